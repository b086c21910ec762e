// tests/oracle/oracle_test.cpp: k-hop neighbourhoods, reachability and counts against Boost.Graph.
//
// The graphs are random, directed, with self-loops and parallel edges. The seed is printed;
// KITH_SEED repeats a run, KITH_ORACLE_GRAPHS asks for more graphs.
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/visitors.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <set>

#include "kith/kith.hpp"

namespace kith {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;
using Undirected = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::mt19937_64 seeded() {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return std::mt19937_64(seed);
}

// The same random graph in Boost and in a kith database.
struct Twin {
  Graph graph;
  Database database = Database::open(":memory:", {.threads = 2});
  Connection connection = database.connect();

  Twin(std::mt19937_64& random, std::size_t nodes, std::size_t edges) : graph(nodes) {
    Appender appender(connection);
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < nodes; ++i)
      ids.push_back(appender.add_node({"N"}, {{"i", static_cast<std::int64_t>(i)}}));
    std::uniform_int_distribution<std::size_t> any(0, nodes - 1);
    for (std::size_t e = 0; e < edges; ++e) {
      const auto from = any(random), to = any(random);
      boost::add_edge(from, to, graph);
      appender.add_relationship("E", ids[from], ids[to]);
    }
    appender.finish();
  }

  std::set<std::int64_t> ask(const std::string& query, std::size_t start) {
    std::set<std::int64_t> found;
    auto result = connection.execute(query, {{"i", static_cast<std::int64_t>(start)}});
    for (const auto& row : result) found.insert(row[0].as_int());
    return found;
  }
  std::int64_t number(const std::string& query) {
    auto result = connection.execute(query);
    return result.next()->values()[0].as_int();
  }
};

template <class G>
std::vector<std::size_t> distances(const G& graph, std::size_t start) {
  std::vector<std::size_t> distance(boost::num_vertices(graph), SIZE_MAX);
  distance[start] = 0;
  boost::breadth_first_search(graph, boost::vertex(start, graph),
                              boost::visitor(boost::make_bfs_visitor(boost::record_distances(
                                  distance.data(), boost::on_tree_edge()))));
  return distance;
}

// Nodes within 0 … hops steps.
std::set<std::int64_t> within(const std::vector<std::size_t>& distance, std::size_t hops) {
  std::set<std::int64_t> nodes;
  for (std::size_t i = 0; i < distance.size(); ++i)
    if (distance[i] <= hops) nodes.insert(static_cast<std::int64_t>(i));
  return nodes;
}

void check_neighbourhoods(Twin& twin, std::size_t start) {
  const auto distance = distances(twin.graph, start);
  for (std::size_t hops = 0; hops <= 3; ++hops) {
    const auto range = "*0.." + std::to_string(hops);
    CHECK(twin.ask("MATCH (:N {i: $i})-[:E" + range + "]->(m) RETURN DISTINCT m.i", start) ==
          within(distance, hops));
  }
  Undirected undirected(boost::num_vertices(twin.graph));
  for (const auto edge : boost::make_iterator_range(boost::edges(twin.graph)))
    boost::add_edge(boost::source(edge, twin.graph), boost::target(edge, twin.graph), undirected);
  CHECK(twin.ask("MATCH (:N {i: $i})-[:E*0..2]-(m) RETURN DISTINCT m.i", start) ==
        within(distances(undirected, start), 2));
}

void check_reachability(Twin& twin, std::size_t start) {
  const auto reachable = within(distances(twin.graph, start), SIZE_MAX - 1);
  CHECK(twin.ask("MATCH (:N {i: $i})-[:E*0..]->(m) RETURN DISTINCT m.i", start) == reachable);
}

// Directed walks of two steps, of three on a cycle, and degrees, counted by hand.
void check_counts(Twin& twin) {
  const auto& g = twin.graph;
  std::int64_t wedges = 0, triangles = 0, loops = 0;
  for (const auto v : boost::make_iterator_range(boost::vertices(g)))
    wedges += static_cast<std::int64_t>(boost::in_degree(v, g) * boost::out_degree(v, g));
  for (const auto e : boost::make_iterator_range(boost::edges(g)))
    if (boost::source(e, g) == boost::target(e, g)) ++loops;
  for (const auto e : boost::make_iterator_range(boost::edges(g)))
    for (const auto f : boost::make_iterator_range(boost::out_edges(boost::target(e, g), g)))
      for (const auto h : boost::make_iterator_range(boost::out_edges(boost::target(f, g), g)))
        if (boost::target(h, g) == boost::source(e, g) && e != f && f != h && e != h) ++triangles;
  CHECK(twin.number("MATCH ()-[:E]->()-[:E]->() RETURN count(*)") == wedges - loops);
  CHECK(twin.number("MATCH (a)-[:E]->(b)-[:E]->(c)-[:E]->(a) RETURN count(*)") == triangles);
  CHECK(twin.number("MATCH (a)-[:E]->(a) RETURN count(*)") == loops);
  CHECK(twin.number("MATCH ()-[r:E]->() RETURN count(r)") ==
        static_cast<std::int64_t>(boost::num_edges(g)));
  CHECK(twin.number("MATCH ()-[r:E]-() RETURN count(r)") ==
        2 * static_cast<std::int64_t>(boost::num_edges(g)) - loops);
}

TEST_CASE("neighbourhoods, reachability and counts agree with Boost.Graph") {
  auto random = seeded();
  const auto graphs = number_from("KITH_ORACLE_GRAPHS", 20);
  for (std::uint64_t round = 0; round < graphs; ++round) {
    const auto nodes = 2 + random() % 40;
    Twin twin(random, nodes, random() % (nodes * 2));
    INFO("graph " << round << " of " << nodes << " nodes");
    for (int i = 0; i < 4; ++i) {
      const auto start = static_cast<std::size_t>(random() % nodes);
      check_neighbourhoods(twin, start);
      check_reachability(twin, start);
    }
    check_counts(twin);
  }
}

}  // namespace
}  // namespace kith
