// tests/oracle/reach_test.cpp: breadth-first searches that are large enough to change their
// direction and to be shared by threads, against a plain queue.
//
// The seed is printed; KITH_SEED repeats a run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "kith/kith.hpp"

namespace kith {
namespace {

using Lists = std::vector<std::vector<std::size_t>>;
constexpr std::size_t kFar = std::numeric_limits<std::size_t>::max();

// The same graph in plain lists and in databases with one and with three threads.
class Graphs {
 public:
  Graphs(std::mt19937_64& random, std::size_t nodes, std::size_t edges)
      : random_(random), out(nodes), in(nodes) {
    for (std::size_t e = 0; e < edges; ++e) add(pick(), pick());
    fill(one_);
    fill(three_);
    first_.checkpoint();
    second_.checkpoint();
  }

  void begin() {
    transactions_.push_back(one_.begin(AccessMode::write));
    transactions_.push_back(three_.begin(AccessMode::write));
  }
  // The numbers that both databases answer, in the same order.
  std::vector<std::int64_t> ask(const std::string& query, const Parameters& parameters) {
    std::vector<std::int64_t> answers[2];
    for (const std::size_t which : {0, 1}) {
      Result result = transactions_.empty()
                          ? (which == 0 ? one_ : three_).execute(query, parameters)
                          : transactions_[which].execute(query, parameters);
      while (const Row* row = result.next()) answers[which].push_back((*row)[0].as_int());
    }
    CHECK((answers[0] == answers[1]));
    return answers[0];
  }

  // A few nodes have many relationships, and many none.
  std::size_t pick() {
    std::uniform_real_distribution<double> share(0, 1);
    const double x = share(random_);
    return static_cast<std::size_t>(x * x * static_cast<double>(out.size()));
  }
  void add(std::size_t from, std::size_t to) {
    out[from].push_back(to);
    in[to].push_back(from);
  }

  std::vector<std::size_t> distances(std::size_t start, bool directed) const {
    std::vector<std::size_t> distance(out.size(), kFar), queue = {start};
    distance[start] = 0;
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const std::size_t node = queue[next];
      for (const auto* lists : {&out, &in}) {
        if (directed && lists == &in) continue;
        for (const std::size_t to : (*lists)[node]) {
          if (distance[to] != kFar) continue;
          distance[to] = distance[node] + 1;
          queue.push_back(to);
        }
      }
    }
    return distance;
  }

 private:
  void fill(Connection& connection) {
    Appender appender(connection);
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < out.size(); ++i) {
      ids.push_back(appender.add_node({"N"}, {{"i", static_cast<std::int64_t>(i)}}));
    }
    for (std::size_t from = 0; from < out.size(); ++from) {
      for (const std::size_t to : out[from]) appender.add_relationship("E", ids[from], ids[to]);
    }
    appender.finish();
    connection.execute("CREATE INDEX FOR (n:N) ON (n.i)");
  }

  std::mt19937_64& random_;
  Database first_ = Database::open(":memory:", {.threads = 1});
  Database second_ = Database::open(":memory:", {.threads = 3});

  Connection one_ = first_.connect(), three_ = second_.connect();
  std::vector<Transaction> transactions_;

 public:
  Lists out, in;
};

void check_reachable(Graphs& graphs, std::size_t start) {
  const Parameters parameters = {{"i", static_cast<std::int64_t>(start)}};
  for (const bool directed : {true, false}) {
    std::vector<std::int64_t> expected;
    const auto distance = graphs.distances(start, directed);
    for (std::size_t i = 0; i < distance.size(); ++i) {
      if (distance[i] != kFar) expected.push_back(static_cast<std::int64_t>(i));
    }
    const std::string query = std::string("MATCH (:N {i: $i})-[:E*0..]-") + (directed ? ">" : "") +
                              "(m) RETURN DISTINCT m.i";
    auto got = graphs.ask(query, parameters);
    std::sort(got.begin(), got.end());
    CHECK((got == expected));
  }
}

void check_shortest(Graphs& graphs, std::size_t start, std::size_t end) {
  for (const bool directed : {true, false}) {
    const std::size_t distance = graphs.distances(start, directed)[end];
    const std::string query =
        std::string("MATCH (a:N {i: $i}), (b:N {i: $j}) MATCH p = shortestPath((a)-[:E*0..]-") +
        (directed ? ">" : "") +
        "(b)) UNWIND [a.i] + [n IN nodes(p) | n.i] + [r IN relationships(p) | startNode(r).i] +"
        " [r IN relationships(p) | endNode(r).i] AS x RETURN x";
    const Parameters parameters = {{"i", static_cast<std::int64_t>(start)},
                                   {"j", static_cast<std::int64_t>(end)}};
    const auto got = graphs.ask(query, parameters);
    REQUIRE(got.empty() == (distance == kFar));
    if (distance == kFar) continue;
    REQUIRE(got.size() == 2 + 3 * distance);
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(got[i]); };
    CHECK(at(1) == start);
    CHECK(at(1 + distance) == end);
    for (std::size_t step = 0; step < distance; ++step) {
      const std::size_t from = at(1 + step), to = at(2 + step);
      const std::size_t begin = at(2 + distance + step), goal = at(2 + 2 * distance + step);
      const bool forward = begin == from && goal == to;
      CHECK((forward || (!directed && begin == to && goal == from)));
    }
  }
}

struct Targets {
  std::string match;  // of b
  std::size_t step, end;
};

// From one node to many, or from many to one: each way is one, and as long as the queue says.
void check_many_shortest(Graphs& graphs, std::size_t start, const Targets& targets, bool turned,
                         std::size_t most) {
  const std::string times = most == kFar ? "*" : "*.." + std::to_string(most);
  const std::string query = "MATCH (a:N {i: $i}) " + targets.match +
                            " WHERE a <> b MATCH p = shortestPath(" +
                            (turned ? "(b)<-[:E" + times + "]-(a)" : "(a)-[:E" + times + "]->(b)") +
                            ") WITH b, [x IN nodes(p) | x.i] AS n, relationships(p) AS r WHERE"
                            " all(k IN range(0, size(r) - 1) WHERE " +
                            (turned ? "endNode(r[k]).i = n[k] AND startNode(r[k]).i = n[k + 1])"
                                    : "startNode(r[k]).i = n[k] AND endNode(r[k]).i = n[k + 1])") +
                            " UNWIND [b.i, size(r)] AS x RETURN x";
  std::map<std::int64_t, std::int64_t> expected, got;
  const auto distance = graphs.distances(start, true);
  for (std::size_t i = 0; i < distance.size() && i < targets.end; i += targets.step) {
    if (i == start || distance[i] == kFar || distance[i] > most) continue;
    expected[static_cast<std::int64_t>(i)] = static_cast<std::int64_t>(distance[i]);
  }
  const auto answer = graphs.ask(query, {{"i", static_cast<std::int64_t>(start)}});
  for (std::size_t i = 0; i + 1 < answer.size(); i += 2) got[answer[i]] = answer[i + 1];
  CHECK((answer.size() == 2 * expected.size() && got == expected));
}

void check_many_shortest(Graphs& graphs, std::size_t start) {
  const Targets all = {"MATCH (b:N)", 1, kFar};
  const Targets some = {"UNWIND range(0, 999) AS x MATCH (b:N {i: 7 * x})", 7, 7000};
  for (const bool turned : {false, true}) {
    for (const Targets& targets : {all, some}) {
      check_many_shortest(graphs, start, targets, turned, kFar);
      check_many_shortest(graphs, start, targets, turned, 3);
    }
  }
}

void run(Graphs& graphs) {
  check_many_shortest(graphs, graphs.pick());
  for (int i = 0; i < 3; ++i) {
    check_reachable(graphs, graphs.pick());
    check_shortest(graphs, graphs.pick(), graphs.pick());
  }
}

}  // namespace

TEST_CASE("Large breadth-first searches find what a queue finds, with any number of threads") {
  const char* text = std::getenv("KITH_SEED");
  const std::uint64_t seed =
      text == nullptr ? std::random_device{}() : std::strtoull(text, nullptr, 10);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  Graphs graphs(random, 50'000, 150'000);
  run(graphs);
  // What a transaction has changed is seen by its own statements.
  graphs.begin();
  for (int i = 0; i < 200; ++i) {
    const std::size_t from = graphs.pick(), to = graphs.pick();
    graphs.add(from, to);
    graphs.ask("MATCH (a:N {i: $a}), (b:N {i: $b}) CREATE (a)-[:E]->(b)",
               {{"a", static_cast<std::int64_t>(from)}, {"b", static_cast<std::int64_t>(to)}});
  }
  run(graphs);
  for (std::size_t node = 0; node < 40; ++node) {  // hubs: all that begin there
    for (const std::size_t to : graphs.out[node]) std::erase(graphs.in[to], node);
    graphs.out[node].clear();
    graphs.ask("MATCH (:N {i: $a})-[r:E]->() DELETE r", {{"a", static_cast<std::int64_t>(node)}});
  }
  run(graphs);
}

}  // namespace kith
