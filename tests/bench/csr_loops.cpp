// tests/bench/csr_loops.cpp: counting queries against loops written by hand for each of them.
//
//   csr_loops DATABASE LABEL TYPE [OTHER_TYPE [THREADS]]
//
// The relationships of TYPE between nodes with LABEL are read into one pair of arrays (CSR), and
// the out-degrees of OTHER_TYPE into another; the loops run over those, on one thread. kith runs
// the query on THREADS (default 1) on the data file, warm. Three times each, in turn; the best
// counts. A loop and its query must agree.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "kith/kith.hpp"

namespace {

struct Graph {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint32_t> ends;     // each list ascending
  std::vector<std::uint64_t> weights;  // out-degrees of the other type

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(offsets.size() - 1); }
  const std::uint32_t* begin(std::uint32_t node) const { return ends.data() + offsets[node]; }
  const std::uint32_t* end(std::uint32_t node) const { return ends.data() + offsets[node + 1]; }
};

std::int64_t number(kith::Connection& connection, const std::string& query) {
  auto result = connection.execute(query);
  return result.fetch_all().at(0).at(0).as_int();
}

class Reader {
 public:
  Reader(kith::Connection& connection, std::string label, std::string type, std::string other)
      : connection_(connection),
        label_(":" + label),
        type_(std::move(type)),
        other_(std::move(other)) {}

  Graph read() {
    Graph graph;
    auto nodes = connection_.execute("MATCH (a" + label_ + ") RETURN id(a)");
    for (const auto& row : nodes.fetch_all()) {
      places_.emplace(row[0].as_int(), static_cast<std::uint32_t>(places_.size()));
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
    auto rows = connection_.execute("MATCH (a" + label_ + ")-[:" + type_ + "]->(b" + label_ +
                                    ") RETURN id(a), id(b)");
    for (std::vector<std::vector<kith::Value>> some; !(some = rows.fetch(100'000)).empty();) {
      for (const auto& row : some) {
        edges.emplace_back(places_.at(row[0].as_int()), places_.at(row[1].as_int()));
      }
    }
    std::sort(edges.begin(), edges.end());
    graph.offsets.assign(places_.size() + 1, 0);
    for (const auto& [from, to] : edges) {
      ++graph.offsets[from + 1];
      graph.ends.push_back(to);
    }
    for (std::size_t i = 1; i < graph.offsets.size(); ++i) graph.offsets[i] += graph.offsets[i - 1];
    graph.weights.assign(places_.size(), 0);
    if (!other_.empty()) read_weights(graph);
    return graph;
  }

 private:
  void read_weights(Graph& graph) {
    auto rows = connection_.execute("MATCH (a" + label_ + ")-[r:" + other_ + "]->() " +
                                    "RETURN id(a), count(r)");
    for (const auto& row : rows.fetch_all()) {
      graph.weights[places_.at(row[0].as_int())] = static_cast<std::uint64_t>(row[1].as_int());
    }
  }

  kith::Connection& connection_;
  std::string label_, type_, other_;
  std::unordered_map<std::int64_t, std::uint32_t> places_;
};

std::uint64_t loops_at(const Graph& graph, std::uint32_t node) {
  const auto range = std::equal_range(graph.begin(node), graph.end(node), node);
  return static_cast<std::uint64_t>(range.second - range.first);
}

std::uint64_t two_steps(const Graph& graph) {
  std::uint64_t total = 0;
  for (std::uint32_t a = 0; a < graph.nodes(); ++a) {
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) {
      total += graph.offsets[*b + 1] - graph.offsets[*b];
    }
    total -= loops_at(graph, a);
  }
  return total;
}

// a -> b -> c, a -> c, the three nodes different, by a bit for each end of a.
std::uint64_t triangles(const Graph& graph) {
  std::vector<std::uint64_t> bits(graph.nodes() / 64 + 1);
  std::uint64_t total = 0;
  for (std::uint32_t a = 0; a < graph.nodes(); ++a) {
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] |= 1ull << *b % 64;
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) {
      if (*b == a) continue;
      for (const auto* c = graph.begin(*b); c != graph.end(*b); ++c) {
        if (*c == a || *c == *b || (bits[*c / 64] >> *c % 64 & 1) == 0) continue;
        const auto range = std::equal_range(graph.begin(a), graph.end(a), *c);
        total += static_cast<std::uint64_t>(range.second - range.first);
      }
    }
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] = 0;
  }
  return total;
}

// a -> b -> c -> other, a <> c, and no a -> c.
std::uint64_t open_ends(const Graph& graph) {
  std::vector<std::uint64_t> bits(graph.nodes() / 64 + 1);
  std::uint64_t total = 0;
  for (std::uint32_t a = 0; a < graph.nodes(); ++a) {
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] |= 1ull << *b % 64;
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) {
      for (const auto* c = graph.begin(*b); c != graph.end(*b); ++c) {
        const bool is_open = *c != a && (bits[*c / 64] >> *c % 64 & 1) == 0;
        total += is_open ? graph.weights[*c] : 0;
      }
    }
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] = 0;
  }
  return total;
}

template <class Work>
double milliseconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void compare(const char* name, kith::Connection& connection, const std::string& query,
             const std::function<std::uint64_t()>& loop) {
  double by_hand = std::numeric_limits<double>::infinity(), by_kith = by_hand;
  std::uint64_t expected = 0, got = 0;
  for (int i = 0; i < 3; ++i) {
    by_hand = std::min(by_hand, milliseconds([&] { expected = loop(); }));
    by_kith = std::min(by_kith, milliseconds([&] {
                         got = static_cast<std::uint64_t>(number(connection, query));
                       }));
  }
  if (got != expected) throw std::runtime_error(std::string(name) + ": the two do not agree");
  std::printf("%-12s %12llu  loop %10.2f ms  kith %10.2f ms  %6.2fx\n", name,
              static_cast<unsigned long long>(got), by_hand, by_kith, by_kith / by_hand);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: csr_loops DATABASE LABEL TYPE [OTHER_TYPE [THREADS]]\n");
    return 2;
  }
  try {
    kith::DatabaseOptions options;
    options.read_only = true;
    options.threads = argc > 5 ? static_cast<std::uint32_t>(std::stoul(argv[5])) : 1;
    auto database = kith::Database::open(argv[1], options);
    auto connection = database.connect();
    const std::string n = std::string("(:") + argv[2] + ")",
                      step = std::string("-[:") + argv[3] + "]->";
    const auto node = [&](const char* name) {
      return std::string("(") + name + ":" + argv[2] + ")";
    };
    const Graph graph = Reader(connection, argv[2], argv[3], argc > 4 ? argv[4] : "").read();
    compare("two steps", connection, "MATCH " + n + step + n + step + n + " RETURN count(*)",
            [&] { return two_steps(graph); });
    compare("triangles", connection,
            "MATCH " + node("a") + step + node("b") + step + node("c") + ", (a)" + step +
                "(c) WHERE a <> b AND b <> c AND a <> c RETURN count(*)",
            [&] { return triangles(graph); });
    if (argc > 4) {
      compare("open ends", connection,
              "MATCH " + node("a") + step + node("b") + step + node("c") + "-[:" + argv[4] +
                  "]->() WHERE a <> c AND NOT (a)" + step + "(c) RETURN count(*)",
              [&] { return open_ends(graph); });
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "csr_loops: %s\n", e.what());
    return 1;
  }
  return 0;
}
