// tests/fuzz/progress.hpp: what a round has done, in memory that outlives its process.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/fuzz/oracles.hpp"

namespace kith::fuzz {

struct Feature {
  const char* name;
  const char* text;  // that queries with it have
};
constexpr std::array<Feature, 34> kFeatures = {{
    {"optional match", "OPTIONAL MATCH"},
    {"several parts", "), ("},
    {"variable length", "*1.."},
    {"zero length", "*0"},
    {"shortest path", " shortestPath("},
    {"all shortest paths", "allShortestPaths("},
    {"named path", "p1 = ("},
    {"label or", "|"},
    {"label not", ":!"},
    {"label any", "%"},
    {"inline where", " WHERE (n"},
    {"exists", "EXISTS {"},
    {"count subquery", "COUNT {"},
    {"collect subquery", "COLLECT {"},
    {"pattern comprehension", "[(n"},
    {"quantifier", "all("},
    {"list comprehension", "[x"},
    {"reduce", "reduce("},
    {"case", "CASE"},
    {"type predicate", "IS ::"},
    {"three-valued", "XOR"},
    {"unwind", "UNWIND"},
    {"with", " WITH "},
    {"distinct", "DISTINCT"},
    {"order", "ORDER BY"},
    {"skip", "SKIP"},
    {"limit", "LIMIT"},
    {"union", "UNION"},
    {"call subquery", "CALL ("},
    {"collect", "collect("},
    {"set", " SET "},
    {"merge", " MERGE "},
    {"delete", "DELETE"},
    {"foreach", "FOREACH"},
}};

struct Progress {
  struct Count {
    std::uint64_t asked = 0, applied = 0, with_rows = 0;
  };
  struct ErrorCount {
    std::array<char, 64> name{};
    std::uint64_t count = 0;
  };
  std::array<Count, kOracles> oracles;
  std::array<std::uint64_t, kFeatures.size()> features;  // with rows in the answer
  std::array<ErrorCount, 64> errors;
  std::uint64_t rounds = 0, failures = 0, gave_up = 0;
  // What is being asked: of interest when the process does not come back.
  Oracle oracle = Oracle::Optimiser;
  std::array<char, 16384> query{}, condition{};

  void begin(const Case& question) {
    oracle = question.oracle;
    put(query, question.query);
    put(condition, question.condition);
  }

  void end(const Case& question, const Verdict& verdict) {
    auto& count = oracles[static_cast<std::size_t>(question.oracle)];
    ++count.asked;
    count.applied += verdict.applied ? 1 : 0;
    gave_up += verdict.answer.gave_up ? 1 : 0;
    if (verdict.answer.failed()) add_error(verdict.answer.error_type);
    if (verdict.answer.failed() || verdict.answer.rows.empty()) return;
    ++count.with_rows;
    for (std::size_t i = 0; i < kFeatures.size(); ++i)
      if (question.query.find(kFeatures[i].text) != std::string::npos) ++features[i];
  }

 private:
  template <std::size_t N>
  static void put(std::array<char, N>& into, const std::string& text) {
    const auto size = std::min(N - 1, text.size());
    std::memcpy(into.data(), text.data(), size);
    into[size] = 0;
  }
  void add_error(const std::string& name) {
    for (auto& error : errors) {
      if (error.count == 0) put(error.name, name);
      if (name != error.name.data()) continue;
      ++error.count;
      return;
    }
  }
};

}  // namespace kith::fuzz
