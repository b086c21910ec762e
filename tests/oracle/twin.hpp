// tests/oracle/twin.hpp: a random graph that is kept twice, in a database and as a list of its
// relationships.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "kith/kith.hpp"

namespace kith::test {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Edge {
  std::int64_t from, to, number;
  char type = 'E';
};

// One graph, here and in a database.
class Twin {
 public:
  // `simple`: without self-loops and parallel relationships. `types`: of relationships; E, F, …
  Twin(std::mt19937_64& random, std::int64_t nodes, std::size_t count, bool simple,
       std::int64_t types = 1, std::uint32_t batch_rows = 7)
      : database(Database::open(":memory:", {.threads = 2, .batch_rows = batch_rows})),
        random_(random),
        nodes_(nodes),
        types_(types),
        simple_(simple) {
    for (std::int64_t i = 0; i < nodes; ++i) {
      run("CREATE (:" + std::string(below(3) == 0 ? "N:Odd" : "N") + " {i: $i})", {{"i", i}});
    }
    for (std::size_t e = 0; e < count; ++e) add();
  }

  void add() {
    const std::int64_t from = below(nodes_), to = below(nodes_);
    const auto is_there = [&](const Edge& edge) { return edge.from == from && edge.to == to; };
    if (simple_ && (from == to || std::any_of(edges.begin(), edges.end(), is_there))) return;
    const char type = static_cast<char>('E' + (types_ == 1 ? 0 : below(types_)));
    edges.push_back({from, to, next_++, type});
    run("MATCH (a:N {i: $a}), (b:N {i: $b}) CREATE (a)-[:" + std::string(1, type) +
            " {e: $e}]->(b)",
        {{"a", from}, {"b", to}, {"e", edges.back().number}});
  }
  void remove() {
    if (edges.empty()) return;
    const auto place = below(static_cast<std::int64_t>(edges.size()));
    run("MATCH ()-[r {e: $e}]->() DELETE r",
        {{"e", edges[static_cast<std::size_t>(place)].number}});
    edges.erase(edges.begin() + place);
  }
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }

  std::vector<std::vector<std::int64_t>> rows(const std::string& query) {
    std::vector<std::vector<std::int64_t>> found;
    for (const auto& row : run(query)) {
      std::vector<std::int64_t> numbers;
      for (const auto& value : row) numbers.push_back(value.as_int());
      found.push_back(std::move(numbers));
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  bool plans(const std::string& query, const std::string& what) {
    for (const auto& row : run("EXPLAIN " + query)) {
      if (row[0].to_string().find(what) != std::string::npos) return true;
    }
    return false;
  }
  std::vector<std::vector<Value>> run(const std::string& query, const Parameters& with = {}) {
    auto result = transaction ? transaction->execute(query, with) : connection.execute(query, with);
    return result.fetch_all();
  }

  std::vector<Edge> edges;
  Database database;
  Connection connection = database.connect();
  std::optional<Transaction> transaction;

 private:
  std::mt19937_64& random_;
  std::int64_t nodes_, types_, next_ = 0;
  bool simple_;
};

// The ends of an edge as a step that goes its way, or either way.
inline void each_way(const Edge& edge, bool both,
                     const std::function<void(std::int64_t, std::int64_t)>& take) {
  take(edge.from, edge.to);
  if (both && edge.from != edge.to) take(edge.to, edge.from);
}

}  // namespace kith::test
