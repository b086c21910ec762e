// tests/oracle/subqueries_test.cpp: subqueries that group, sort, cut and unite, and OPTIONAL MATCH,
// for all rows of random graphs at once, against the same clauses run for each row by itself.
//
// The seed is printed; KITH_SEED repeats a run, KITH_ORACLE_GRAPHS asks for more graphs.
#include <catch2/catch.hpp>

#include "tests/oracle/twin.hpp"

namespace kith {
namespace {

using namespace test;

// What a subquery does with a node `a`: parts of a UNION ALL. $k is a small number.
using Body = std::vector<std::string>;

const Body kBodies[] = {
    {"MATCH (a)-[r:E]->(b) RETURN count(b) AS x, coalesce(max(r.e), -1) AS y"},
    {"MATCH (a)-[r]->(b:Odd) RETURN size(collect(b)) AS x, count(DISTINCT b) AS y"},
    {"MATCH (a)-[r]-(b) RETURN coalesce(percentileDisc(r.e, 0.5), -1) AS x, sum(b.i) AS y"},
    {"MATCH (a)-[:E]->()-[:F]->(b) RETURN count(*) AS x, count(DISTINCT b.i % 3) AS y"},
    {"MATCH (a)-[r:F]->(b) WITH b.i % 3 AS x, count(*) AS y RETURN x, y"},
    {"MATCH (a)-[r]->(b) WITH b.i % 3 AS k, count(*) AS n RETURN count(k) AS x, sum(n) AS y"},
    {"MATCH (a)-[r:E]-(b) RETURN DISTINCT b.i % 4 AS x, 0 AS y"},
    {"MATCH (a)-[r:E]-(b) WITH DISTINCT b RETURN count(b) AS x, sum(b.i) AS y"},
    {"MATCH (a)-[r]->(b) RETURN b.i AS x, r.e AS y ORDER BY x DESC, y LIMIT $k"},
    {"MATCH (a)-[r]->(b) RETURN b.i AS x, r.e AS y ORDER BY x % 3, y DESC SKIP 1 LIMIT $k"},
    {"MATCH (a)-[r]-(b) RETURN b.i AS x, r.e AS y ORDER BY toString(x), y SKIP $k"},
    {"MATCH (a)-[r]->(b) WITH b, r ORDER BY CASE WHEN b:Odd THEN r.e END, r.e LIMIT 3 "
     "RETURN count(*) AS x, sum(r.e) AS y"},
    {"MATCH (a)-[r]->(b) WITH b.i AS x, count(*) AS y ORDER BY y DESC, x LIMIT $k "
     "RETURN x, y"},
    {"MATCH (a)-[r]->(b) WITH r.e AS e ORDER BY e DESC WITH collect(e) AS l "
     "RETURN coalesce(l[0], -1) AS x, coalesce(l[$k], -1) AS y"},
    {"OPTIONAL MATCH (a)-[r:F]->(b:Odd) RETURN count(*) AS x, count(b) AS y"},
    {"MATCH (a)-[r:E]->(b) RETURN b.i AS x, r.e AS y",
     "MATCH (a)<-[r:F]-(b) RETURN 0 AS x, r.e AS y"},
    {"RETURN 1 AS x, a.i AS y", "MATCH (a)-[r:F]->(b) RETURN count(*) AS x, 7 AS y"},
    {"MATCH (a)-[r]->(b) CALL (b) { MATCH (b)-[s]->() RETURN count(*) AS n } "
     "RETURN sum(n) AS x, count(*) AS y"},
    {"MATCH (a)-[r]->(b) CALL (b) { MATCH (b)-[s]->(c) RETURN s.e AS e ORDER BY e LIMIT $k } "
     "RETURN coalesce(min(e), -1) AS x, count(*) AS y"},
    {"WITH a WHERE a.i % 2 = 0 MATCH (a)-[r]->() RETURN count(*) AS x, sum(r.e) AS y"},
    {"MATCH (a)-[r]->(b) RETURN count(*) AS x, COUNT { MATCH (b)-->(c) RETURN DISTINCT c } AS y"},
};

// OPTIONAL MATCH between nodes `a` and `b`, or around `a` alone; what it finds is `c`.
const std::string kOptionals[] = {
    "(a)-->(c)-->(b)",
    "(a)-[:E]->(c:Odd)-[:F]->(b)",
    "(a)-->(c)<--(b) WHERE c.i % 3 > 0",
    "(a)-->(x)-->(c), (x)-->(b) WHERE x.i < c.i",
    "(a)--()--(c:Odd)",
    "(a)-[:F]->(c) WHERE c.i % 4 = 0",
};

// Counted around a node `a`, with a relationship `r`.
const std::string kPatterns[] = {
    "(a)-[r:E]->()",
    "(a)-[r]-(:Odd)",
    "(a)-[r:E]->(b)-[:F]->(c)",
    "(a)-[r:E]->(:Odd)<-[:E]-()",
    "(a)-->(b)-[r]->(c) WHERE c.i % 2 = 0",
    "(a)-[r]->(b)-->(a)",
    "(a)-[r:E]->(b), (a)<-[s:F]-(c) WHERE r.e % 3 > 0",
    "(a)-[r]->(b) WHERE NOT EXISTS { (b)-[:F]->() }",
};

std::string united(const Body& body, const std::string& before) {
  std::string text;
  for (const std::string& part : body) text += (text.empty() ? "" : " UNION ALL ") + before + part;
  return text;
}

void compare(Twin& twin, std::int64_t nodes, const Body& body) {
  const std::int64_t k = twin.below(4);
  std::vector<std::vector<std::int64_t>> expected;
  for (std::int64_t i = 0; i < nodes; ++i) {
    const auto rows = twin.run(united(body, "MATCH (a:N {i: $i}) "), {{"i", i}, {"k", k}});
    for (const auto& row : rows) expected.push_back({i, row[0].as_int(), row[1].as_int()});
  }
  std::sort(expected.begin(), expected.end());
  const std::string call =
      "MATCH (a:N) WITH a ORDER BY a.i CALL (a) { " + united(body, "") + " } RETURN a.i, x, y";
  for (const std::string tail : {"", " LIMIT 1000000"}) {  // a LIMIT asks for few rows at a time
    INFO(call << tail << ", k = " << k);
    std::vector<std::vector<std::int64_t>> found;
    for (const auto& row : twin.run(call + tail, {{"k", k}})) {
      found.push_back({row[0].as_int(), row[1].as_int(), row[2].as_int()});
    }
    // Those of one node come together.
    CHECK(std::is_sorted(found.begin(), found.end(),
                         [](const auto& a, const auto& b) { return a[0] < b[0]; }));
    std::sort(found.begin(), found.end());
    CHECK(found == expected);
  }
}

void compare_counts(Twin& twin, std::int64_t nodes, const std::string& pattern) {
  std::vector<std::vector<std::int64_t>> expected;
  for (std::int64_t i = 0; i < nodes; ++i) {
    const auto count =
        twin.run("MATCH (a:N {i: $i}) MATCH " + pattern + " RETURN count(*)", {{"i", i}});
    const std::int64_t n = count[0][0].as_int();
    expected.push_back({i, n, n > 0 ? 1 : 0});
  }
  const std::string query = "MATCH (a:N) RETURN a.i, COUNT { " + pattern +
                            " } AS n, CASE WHEN EXISTS { " + pattern + " } THEN 1 ELSE 0 END AS e";
  INFO(query);
  CHECK(twin.rows(query) == expected);
  const std::string optional = "MATCH (a:N) OPTIONAL MATCH " + pattern;
  CHECK(twin.rows(optional + " WITH a, count(r) AS n, min(a.i) AS m RETURN m, n, CASE WHEN n > 0 "
                             "THEN 1 ELSE 0 END AS e") == expected);
  std::int64_t all = 0;
  for (const auto& row : expected) all += row[1];
  CHECK(twin.rows(optional + " RETURN count(r)") == std::vector<std::vector<std::int64_t>>{{all}});
  CHECK(twin.rows("MATCH (a:N) OPTIONAL MATCH (a)<-[:F]-(x) OPTIONAL MATCH " + pattern +
                  " RETURN a.i, count(r) AS n, count(DISTINCT x) AS k") ==
        twin.rows("MATCH (a:N) OPTIONAL MATCH (a)<-[:F]-(x) OPTIONAL MATCH " + pattern +
                  " RETURN a.i, size(collect(r)) AS n, count(DISTINCT x) AS k"));
}

void compare_optional(Twin& twin, const std::string& pattern, std::size_t& joined) {
  std::vector<std::vector<std::int64_t>> expected;
  for (const auto& row : twin.run("MATCH (a:N)-[r:E]->(b) RETURN a.i, b.i, r.e")) {
    const std::int64_t a = row[0].as_int(), b = row[1].as_int(), e = row[2].as_int();
    const auto found =
        twin.run("MATCH (a:N {i: $a}), (b:N {i: $b}) MATCH " + pattern + " RETURN c.i",
                 {{"a", a}, {"b", b}});
    for (const auto& c : found) expected.push_back({a, b, e, c[0].as_int()});
    if (found.empty()) expected.push_back({a, b, e, -1});
  }
  std::sort(expected.begin(), expected.end());
  const std::string query = "MATCH (a:N)-[r:E]->(b) OPTIONAL MATCH " + pattern +
                            " RETURN a.i, b.i, r.e, coalesce(c.i, -1) AS c";
  INFO(query);
  joined += twin.plans(query, "LeftOuterHashJoin") ? 1 : 0;
  CHECK(twin.rows(query) == expected);
}

}  // namespace

TEST_CASE("OPTIONAL MATCH of many rows at once", "[oracle]") {
  const std::uint64_t seed = number_from("KITH_SEED", std::random_device()());
  const std::uint64_t graphs = number_from("KITH_ORACLE_GRAPHS", 6);
  std::mt19937_64 random(seed);
  INFO("KITH_SEED=" << seed);
  std::size_t joined = 0;
  for (std::uint64_t graph = 0; graph < graphs; ++graph) {
    const auto nodes = static_cast<std::int64_t>(4 + random() % 12);
    // A join pays where nodes have many relationships: those of the first two have.
    const std::int64_t relationships = nodes * (graph < 2 ? 40 : 8);
    const std::uint32_t batch_rows = graph % 2 == 0 ? 2048 : 3;
    Twin twin(random, nodes, static_cast<std::size_t>(relationships), false, 2, batch_rows);
    for (const std::string& pattern : kOptionals) compare_optional(twin, pattern, joined);
  }
  CHECK(joined > 0);
}

TEST_CASE("subqueries of many rows at once", "[oracle]") {
  const std::uint64_t seed = number_from("KITH_SEED", std::random_device()());
  const std::uint64_t graphs = number_from("KITH_ORACLE_GRAPHS", 6);
  std::mt19937_64 random(seed);
  INFO("KITH_SEED=" << seed);
  for (std::uint64_t graph = 0; graph < graphs; ++graph) {
    const auto nodes = static_cast<std::int64_t>(1 + random() % 30);
    const std::uint32_t batch_rows = graph % 2 == 0 ? 2048 : 3;
    Twin twin(random, nodes, static_cast<std::size_t>(nodes) * 3, false, 2, batch_rows);
    for (const Body& body : kBodies) compare(twin, nodes, body);
    for (const std::string& pattern : kPatterns) compare_counts(twin, nodes, pattern);
  }
}

}  // namespace kith
