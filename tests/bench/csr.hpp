// tests/bench/csr.hpp: a graph read out of a database into plain arrays, for loops written by hand.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kith/kith.hpp"

namespace kith::bench {

struct Graph {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint32_t> ends;  // each list ascending

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(offsets.size() - 1); }
  const std::uint32_t* begin(std::uint32_t node) const { return ends.data() + offsets[node]; }
  const std::uint32_t* end(std::uint32_t node) const { return ends.data() + offsets[node + 1]; }
  std::uint64_t degree(std::uint32_t node) const { return offsets[node + 1] - offsets[node]; }
};

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

inline Graph graph_of(Edges edges, std::size_t nodes) {
  std::sort(edges.begin(), edges.end());
  Graph graph;
  graph.offsets.assign(nodes + 1, 0);
  graph.ends.reserve(edges.size());
  for (const auto& [from, to] : edges) {
    ++graph.offsets[from + 1];
    graph.ends.push_back(to);
  }
  for (std::size_t i = 1; i < graph.offsets.size(); ++i) graph.offsets[i] += graph.offsets[i - 1];
  return graph;
}

inline Graph turned(const Graph& graph) {
  Edges edges;
  edges.reserve(graph.ends.size());
  for (std::uint32_t node = 0; node < graph.nodes(); ++node) {
    for (const auto* to = graph.begin(node); to != graph.end(node); ++to) {
      edges.emplace_back(*to, node);
    }
  }
  return graph_of(std::move(edges), graph.nodes());
}

// The relationships of a type between nodes with a label.
class Reader {
 public:
  Reader(Connection& connection, const std::string& label, std::string type)
      : connection_(connection), label_(":" + label), type_(std::move(type)) {}

  Graph read() {
    auto nodes = connection_.execute("MATCH (a" + label_ + ") RETURN id(a)");
    while (const Row* row = nodes.next()) {
      places_.emplace((*row)[0].as_int(), static_cast<std::uint32_t>(ids_.size()));
      ids_.push_back((*row)[0].as_int());
    }
    Edges edges;
    auto rows = connection_.execute("MATCH (a" + label_ + ")-[:" + type_ + "]->(b" + label_ +
                                    ") RETURN id(a), id(b)");
    while (const Row* row = rows.next()) {
      edges.emplace_back(places_.at((*row)[0].as_int()), places_.at((*row)[1].as_int()));
    }
    return graph_of(std::move(edges), places_.size());
  }

  // Out-degrees of another type.
  std::vector<std::uint64_t> degrees(const std::string& other) {
    std::vector<std::uint64_t> weights(places_.size());
    auto rows = connection_.execute("MATCH (a" + label_ + ")-[r:" + other + "]->() " +
                                    "RETURN id(a), count(r)");
    while (const Row* row = rows.next()) {
      weights[places_.at((*row)[0].as_int())] = static_cast<std::uint64_t>((*row)[1].as_int());
    }
    return weights;
  }

  // The id() of each node, by its place in the arrays.
  const std::vector<std::int64_t>& ids() const { return ids_; }

 private:
  Connection& connection_;
  std::string label_, type_;
  std::vector<std::int64_t> ids_;
  std::unordered_map<std::int64_t, std::uint32_t> places_;
};

// What a piece of work takes, in milliseconds: by the clock, and of all processors.
struct Taken {
  double time = std::numeric_limits<double>::infinity(), work = time;
};
template <class Work>
Taken taken(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t before = std::clock();
  work();
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  return {time.count(), 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC};
}

// A loop and the query that asks for the same number, three times each, in turn; the best counts.
// The two must agree. On a machine that others use, the ratio of work says more than that of time.
inline void compare(const std::string& name, const std::function<std::uint64_t()>& loop,
                    const std::function<std::uint64_t()>& query) {
  Taken by_hand, by_kith;
  std::uint64_t expected = 0, got = 0;
  const auto keep = [](Taken& best, const Taken& one) {
    best = {std::min(best.time, one.time), std::min(best.work, one.work)};
  };
  for (int i = 0; i < 3; ++i) {
    keep(by_hand, taken([&] { expected = loop(); }));
    keep(by_kith, taken([&] { got = query(); }));
    if (got != expected) {
      throw std::runtime_error(name + ": the loop says " + std::to_string(expected) +
                               ", the query " + std::to_string(got));
    }
  }
  std::printf("%-20s %14llu  loop %10.3f ms  kith %10.3f ms  time %7.2fx  work %7.2fx\n",
              name.c_str(), static_cast<unsigned long long>(got), by_hand.time, by_kith.time,
              by_kith.time / by_hand.time, by_kith.work / by_hand.work);
  std::fflush(stdout);
}

inline std::uint64_t number(Connection& connection, const std::string& query) {
  auto result = connection.execute(query);
  return static_cast<std::uint64_t>(result.fetch_all().at(0).at(0).as_int());
}

}  // namespace kith::bench
