// tests/unit/cypher/exec_test.cpp: queries and their answers, the same in every mode.
#include <algorithm>
#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "tests/unit/cypher/exec_fixture.hpp"

namespace kith::test {
namespace {

struct Case {
  std::vector<std::string> before;
  std::string query;
  std::vector<std::string> rows;  // in any order, unless the query has ORDER BY
  Parameters parameters = {};
};

void check(const std::vector<Case>& cases) {
  for (const Mode& mode : all_modes()) {
    for (const Case& c : cases) {
      QueryDatabase db(mode);
      for (const auto& statement : c.before) db.run(statement);
      auto expected = c.rows;
      INFO(mode.name());
      INFO(c.query);
      auto rows = db.run(c.query, c.parameters);
      if (c.query.find("ORDER BY") == std::string::npos) {
        std::sort(rows.begin(), rows.end());
        std::sort(expected.begin(), expected.end());
      }
      CHECK(rows == expected);
    }
  }
}

// type/detail of the error that a query ends with.
std::string failure(QueryDatabase& db, const std::string& query,
                    const Parameters& parameters = {}) {
  try {
    db.run(query, parameters);
  } catch (const Error& e) {
    return e.type() + "/" + e.detail();
  }
  return "no error";
}

// Ada knows Bob (2010) and Cy (2012); Bob knows Cy (2015); Cy likes Ada; Dan knows himself.
const std::string kPeople =
    "CREATE (a:Person:Admin {name: 'Ada', age: 36}), (b:Person {name: 'Bob', age: 41}), "
    "(c:Person {name: 'Cy'}), (d:Dog {name: 'Dan', age: 3.5}), "
    "(a)-[:KNOWS {since: 2010}]->(b), (a)-[:KNOWS {since: 2012}]->(c), "
    "(b)-[:KNOWS {since: 2015}]->(c), (c)-[:LIKES]->(a), (d)-[:KNOWS]->(d)";

}  // namespace

TEST_CASE("expressions of constants have their values") {
  check({
      {{}, "RETURN 1 + 2 * 3, 7 / 2, 7 % 4, 2 ^ 3, -5", {"7 | 3 | 3 | 8.0 | -5"}},
      {{},
       "RETURN 1.5 + 1, 7.0 / 2, 'a' + 'b', [1] + 2, [1] + [2, 3]",
       {"2.5 | 3.5 | 'ab' | [1, 2] | [1, 2, 3]"}},
      {{},
       "RETURN 1 + null, null = null, 1 = 1.0, 'a' < 'b', 1 < 'a'",
       {"null | null | true | true | null"}},
      {{},
       "RETURN true AND null, false AND null, true OR null, NOT null, true XOR true",
       {"null | false | true | null | false"}},
      {{},
       "RETURN 2 IN [1, 2], 3 IN [1, null], null IN [], 1 IN []",
       {"true | null | false | false"}},
      {{},
       "RETURN 'kinship' STARTS WITH 'kin', 'kinship' ENDS WITH 'ship', 'kinship' CONTAINS 'ns', "
       "'kinship' =~ 'k.*p', 1 STARTS WITH 'a'",
       {"true | true | true | true | null"}},
      {{},
       "RETURN [1, 2, 3][0], [1, 2, 3][-1], [1, 2, 3][5], [1, 2, 3][1..], {a: 1}.a, {a: 1}['b']",
       {"1 | 3 | null | [2, 3] | 1 | null"}},
      {{},
       "RETURN CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END, "
       "CASE WHEN false THEN 1 END, coalesce(null, 5, 6)",
       {"'b' | null | 5"}},
      {{},
       "RETURN [x IN [1, 2, 3] WHERE x > 1 | x * 10], [x IN [1, 2]], [x IN null | x]",
       {"[20, 30] | [1, 2] | null"}},
      {{},
       "RETURN all(x IN [1, 2] WHERE x > 0), any(x IN [1, null] WHERE x > 5), "
       "none(x IN [] WHERE true), single(x IN [1, 2] WHERE x = 2)",
       {"true | null | true | true"}},
      {{},
       "RETURN reduce(s = 0, x IN [1, 2, 3] | s + x), reduce(s = '', x IN [] | s + x)",
       {"6 | ''"}},
      {{}, "RETURN [x IN range(1, 3) | [y IN range(1, x) | x * y]]", {"[[1], [2, 4], [3, 6, 9]]"}},
      {{}, "WITH {a: 1, b: 'x'} AS m RETURN m {.*, c: 2}", {"{a: 1, b: 'x', c: 2}"}},
      {{},
       "RETURN $n + 1, $list[1], $map.k",
       {"42 | 'b' | true"},
       {{"n", 41}, {"list", List{"a", "b"}}, {"map", Map{{"k", true}}}}},
  });
}

TEST_CASE("patterns of nodes and relationships match") {
  check({
      {{kPeople},
       "MATCH (p:Person) RETURN p.name, p.age",
       {"'Ada' | 36", "'Bob' | 41", "'Cy' | null"}},
      {{kPeople}, "MATCH (n) WHERE n.age > 30 RETURN n.name", {"'Ada'", "'Bob'"}},
      {{kPeople}, "MATCH (n:Person:Admin) RETURN n.name", {"'Ada'"}},
      {{kPeople}, "MATCH (n:Missing) RETURN n", {}},
      {{kPeople},
       "MATCH (a)-[k:KNOWS]->(b) RETURN a.name, k.since, b.name",
       {"'Ada' | 2010 | 'Bob'", "'Ada' | 2012 | 'Cy'", "'Bob' | 2015 | 'Cy'",
        "'Dan' | null | 'Dan'"}},
      {{kPeople},
       "MATCH (a:Person)-[:KNOWS]-(b) RETURN a.name, b.name",
       {"'Ada' | 'Bob'", "'Ada' | 'Cy'", "'Bob' | 'Ada'", "'Bob' | 'Cy'", "'Cy' | 'Ada'",
        "'Cy' | 'Bob'"}},
      {{kPeople}, "MATCH (d:Dog)-[r]-(e) RETURN d.name, e.name", {"'Dan' | 'Dan'"}},
      {{kPeople},
       "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN a.name, b.name, c.name",
       {"'Ada' | 'Bob' | 'Cy'"}},
      {{kPeople},
       "MATCH (a)-[:KNOWS|LIKES]->(b)-[:LIKES]->(c) RETURN a.name, c.name",
       {"'Ada' | 'Ada'", "'Bob' | 'Ada'"}},
      {{kPeople},
       "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c), (a)-[:KNOWS]->(c) RETURN a.name, b.name",
       {"'Ada' | 'Bob'"}},
      {{kPeople},
       "MATCH (a:Person), (d:Dog) RETURN a.name, d.name",
       {"'Ada' | 'Dan'", "'Bob' | 'Dan'", "'Cy' | 'Dan'"}},
      {{kPeople},
       "MATCH (a:Person), (b:Person) WHERE a.age < b.age RETURN a.name, b.name",
       {"'Ada' | 'Bob'"}},
      {{kPeople},
       "MATCH ()-[r:KNOWS]->() WITH r MATCH (a)-[r]->(b) RETURN a.name, b.name",
       {"'Ada' | 'Bob'", "'Ada' | 'Cy'", "'Bob' | 'Cy'", "'Dan' | 'Dan'"}},
      {{kPeople},
       "MATCH p = (a {name: 'Ada'})-[:KNOWS]->(b) RETURN length(p), nodes(p)[1].name",
       {"1 | 'Bob'", "1 | 'Cy'"}},
      {{kPeople}, "MATCH (n) WHERE n:Dog OR n:Admin RETURN n.name", {"'Ada'", "'Dan'"}},
      {{kPeople},
       "MATCH (b {name: 'Bob'}) WITH id(b) AS i MATCH (a) WHERE id(a) = i RETURN a.name",
       {"'Bob'"}},
      {{kPeople}, "MATCH (a)-[r]->(b) WHERE type(r) = 'LIKES' RETURN a.name", {"'Cy'"}},
  });
}

TEST_CASE("optional patterns give nulls where nothing matches") {
  check({
      {{kPeople},
       "MATCH (p:Person) OPTIONAL MATCH (p)-[:KNOWS]->(f) RETURN p.name, f.name",
       {"'Ada' | 'Bob'", "'Ada' | 'Cy'", "'Bob' | 'Cy'", "'Cy' | null"}},
      {{kPeople}, "OPTIONAL MATCH (p:Missing) RETURN p", {"null"}},
      {{kPeople},
       "MATCH (p:Person) OPTIONAL MATCH (p)-[k:KNOWS]->(f) WHERE k.since > 2011 "
       "RETURN p.name, f.name",
       {"'Ada' | 'Cy'", "'Bob' | 'Cy'", "'Cy' | null"}},
      {{kPeople},
       "MATCH (p:Person) OPTIONAL MATCH (p)-[:LIKES]->(f) OPTIONAL MATCH (f)-[:KNOWS]->(g) "
       "RETURN p.name, f.name, g.name",
       {"'Ada' | null | null", "'Bob' | null | null", "'Cy' | 'Ada' | 'Bob'",
        "'Cy' | 'Ada' | 'Cy'"}},
      {{kPeople},
       "MATCH (p:Person) OPTIONAL MATCH (p)-[:KNOWS]->(f) RETURN p.name, count(f)",
       {"'Ada' | 2", "'Bob' | 1", "'Cy' | 0"}},
  });
}

TEST_CASE("variable-length patterns and shortest paths find trails") {
  check({
      {{kPeople},
       "MATCH (a {name: 'Ada'})-[:KNOWS*]->(b) RETURN b.name",
       {"'Bob'", "'Cy'", "'Cy'"}},
      {{kPeople},
       "MATCH (a {name: 'Ada'})-[:KNOWS*0..1]->(b) RETURN b.name",
       {"'Ada'", "'Bob'", "'Cy'"}},
      {{kPeople}, "MATCH (a {name: 'Ada'})-[r:KNOWS*2]->(b) RETURN size(r), b.name", {"2 | 'Cy'"}},
      {{kPeople}, "MATCH (d:Dog)-[:KNOWS*]->(x) RETURN x.name", {"'Dan'"}},
      {{kPeople}, "MATCH (d:Dog)-[:KNOWS*0..]-(x) RETURN x.name", {"'Dan'", "'Dan'"}},
      {{kPeople},
       "MATCH (a)-[:KNOWS* {since: 2010}]->(b) RETURN a.name, b.name",
       {"'Ada' | 'Bob'"}},
      {{kPeople},
       "MATCH p = (a {name: 'Bob'})<-[:KNOWS*]-(b) RETURN [n IN nodes(p) | n.name]",
       {"['Bob', 'Ada']"}},
      {{kPeople},
       "MATCH p = (a {name: 'Ada'})-[:KNOWS*2..2]->(b) RETURN [n IN nodes(p) | n.name]",
       {"['Ada', 'Bob', 'Cy']"}},
      {{kPeople},
       "MATCH p = shortestPath((a {name: 'Bob'})-[*]->(b {name: 'Ada'})) "
       "RETURN [n IN nodes(p) | n.name]",
       {"['Bob', 'Cy', 'Ada']"}},
      {{kPeople},
       "MATCH (a {name: 'Ada'}), (d:Dog) MATCH p = shortestPath((a)-[*]-(d)) RETURN p",
       {}},
      {{"CREATE (a:S), (b), (c), (d:E), (a)-[:R]->(b)-[:R]->(d), (a)-[:R]->(c)-[:R]->(d), "
        "(a)-[:Q]->(d)"},
       "MATCH p = allShortestPaths((a:S)-[:R*]->(b:E)) RETURN length(p)",
       {"2", "2"}},
  });
}

TEST_CASE("aggregates group and count") {
  check({
      {{kPeople},
       "MATCH (n) RETURN count(*), count(n.age), sum(n.age), min(n.name), max(n.age)",
       {"4 | 3 | 80.5 | 'Ada' | 41"}},
      {{kPeople},
       "MATCH (n) RETURN labels(n)[0] AS l, count(*) AS c ORDER BY c DESC, l",
       {"'Person' | 3", "'Dog' | 1"}},
      {{kPeople},
       "MATCH (n:Missing) RETURN count(*), sum(n.x), collect(n.x), avg(n.x)",
       {"0 | 0 | [] | null"}},
      {{kPeople}, "MATCH (n:Missing) RETURN n.x, count(*)", {}},
      {{kPeople},
       "MATCH (a)-[:KNOWS]->(b) RETURN count(*), count(DISTINCT b), count(DISTINCT b.name)",
       {"4 | 3 | 3"}},
      {{kPeople},
       "MATCH (a)-[:KNOWS]->() RETURN a.name, count(*)",
       {"'Ada' | 2", "'Bob' | 1", "'Dan' | 1"}},
      {{kPeople}, "MATCH (a)-[:KNOWS]->()-[:KNOWS]->() RETURN count(*)", {"1"}},
      {{}, "UNWIND [1, 1.0, 2, null, 2] AS x RETURN x, count(*)", {"1 | 2", "2 | 2", "null | 1"}},
      {{}, "UNWIND range(1, 10) AS x RETURN collect(x)", {"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"}},
      {{},
       "UNWIND [3, 1, 3, 2] AS x RETURN collect(DISTINCT x), sum(DISTINCT x)",
       {"[3, 1, 2] | 6"}},
      {{},
       "UNWIND [1, 2, 3, 4] AS x RETURN avg(x), stDevP(x), percentileDisc(x, 0.5)",
       {"2.5 | 1.118033988749895 | 2"}},
      {{}, "UNWIND [1, 2.5] AS x RETURN sum(x), max(x)", {"3.5 | 2.5"}},
      {{},
       "UNWIND range(1, 6) AS x WITH x % 2 AS odd, x RETURN odd, collect(x) AS xs ORDER BY odd",
       {"0 | [2, 4, 6]", "1 | [1, 3, 5]"}},
  });
}

TEST_CASE("many rows are grouped, sorted and joined the same by one worker and by four") {
  const std::string make =
      "UNWIND range(1, 300) AS i CREATE (a:N {i: i, m: i % 7, s: toString(i % 5)})";
  const std::string link =
      "MATCH (a:N), (b:N) WHERE b.i = a.i + 1 OR b.i = a.i * 2 CREATE (a)-[:R {w: a.i}]->(b)";
  check({
      {{make},
       "MATCH (n:N) RETURN n.m AS m, count(*) AS c, sum(n.i) AS s ORDER BY m",
       {"0 | 42 | 6321", "1 | 43 | 6364", "2 | 43 | 6407", "3 | 43 | 6450", "4 | 43 | 6493",
        "5 | 43 | 6536", "6 | 43 | 6579"}},
      {{make},
       "MATCH (n:N) WITH n.s AS s, collect(n.i) AS xs RETURN s, xs[0], xs[-1] ORDER BY s",
       {"'0' | 5 | 300", "'1' | 1 | 296", "'2' | 2 | 297", "'3' | 3 | 298", "'4' | 4 | 299"}},
      {{make}, "MATCH (n:N) RETURN n.i AS i ORDER BY n.m DESC, i LIMIT 3", {"6", "13", "20"}},
      {{make},
       "MATCH (n:N) RETURN n.i AS i ORDER BY n.s, n.m SKIP 2 LIMIT 3",
       {"105", "140", "175"}},
      {{make, link},
       "MATCH (a:N)-[r:R]->(b:N) RETURN count(*), sum(r.w), sum(b.i)",
       {"448 | 56174 | 67797"}},
      {{make, link},
       "MATCH (a:N)-[:R]->(b)-[:R]->(c) RETURN count(*), count(DISTINCT c)",
       {"669 | 298"}},
      {{make}, "MATCH (a:N), (b:N) WHERE a.m = b.i RETURN count(*), sum(b.i)", {"258 | 903"}},
      {{make}, "MATCH (n:N) RETURN DISTINCT n.m AS m", {"0", "1", "2", "3", "4", "5", "6"}},
      {{make}, "MATCH (n:N) WITH DISTINCT n.s AS s RETURN count(*)", {"5"}},
      {{make}, "MATCH (n:N) WITH n LIMIT 10 RETURN sum(n.i)", {"55"}},
      {{make}, "MATCH (n:N) WHERE n.i > 295 RETURN n.i", {"296", "297", "298", "299", "300"}},
  });
}

TEST_CASE("unordered rows come in the order of the scan, whoever read them") {
  for (const Mode& mode : all_modes()) {
    QueryDatabase db(mode);
    db.run("UNWIND range(0, 999) AS i CREATE (:N {i: i})");
    const auto rows = db.run("MATCH (n:N) RETURN n.i");
    INFO(mode.name());
    REQUIRE(rows.size() == 1000);
    for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i] == std::to_string(i));
    CHECK(db.run("MATCH (n:N) RETURN DISTINCT n.i % 3").front() == "0");
    CHECK(db.run("MATCH (n:N) RETURN n.i % 4 AS k, count(*)") ==
          std::vector<std::string>{"0 | 250", "1 | 250", "2 | 250", "3 | 250"});
  }
}

TEST_CASE("projections, UNWIND, UNION, SKIP and LIMIT shape rows") {
  check({
      {{}, "UNWIND [3, 1, 2] AS x RETURN x ORDER BY x", {"1", "2", "3"}},
      {{},
       "UNWIND [1, null, 'a', 2.5, [1], true] AS x RETURN x ORDER BY x",
       {"[1]", "'a'", "true", "1", "2.5", "null"}},
      {{}, "UNWIND [[1, 2], [], [3]] AS l UNWIND l AS x RETURN x", {"1", "2", "3"}},
      {{}, "UNWIND null AS x RETURN x", {}},
      {{}, "UNWIND range(1, 10) AS x WITH x SKIP 3 LIMIT 4 RETURN sum(x)", {"22"}},
      {{}, "UNWIND [1, 2] AS x WITH x WHERE x > 1 RETURN x", {"2"}},
      {{}, "RETURN 1 AS x UNION RETURN 1 AS x UNION RETURN 2 AS x", {"1", "2"}},
      {{}, "RETURN 1 AS x UNION ALL RETURN 1 AS x", {"1", "1"}},
      {{}, "UNWIND [1, 2, 3] AS x RETURN x ORDER BY -x LIMIT $k", {"3", "2"}, {{"k", 2}}},
      {{}, "UNWIND [1, 1, 2] AS x RETURN DISTINCT x", {"1", "2"}},
      {{},
       "UNWIND [1, 2] AS x UNWIND ['a', 'b'] AS y RETURN x, y",
       {"1 | 'a'", "1 | 'b'", "2 | 'a'", "2 | 'b'"}},
      {{kPeople},
       "MATCH (p:Person) WITH p ORDER BY p.name LIMIT 2 MATCH (p)-[:KNOWS]->(f) "
       "RETURN p.name, f.name",
       {"'Ada' | 'Bob'", "'Ada' | 'Cy'", "'Bob' | 'Cy'"}},
      {{kPeople}, "MATCH (p:Person) RETURN p.name ORDER BY p.age DESC", {"'Cy'", "'Bob'", "'Ada'"}},
  });
}

TEST_CASE("subqueries see the outer row") {
  check({
      {{kPeople},
       "MATCH (p:Person) WHERE EXISTS { MATCH (p)-[:KNOWS]->() } RETURN p.name",
       {"'Ada'", "'Bob'"}},
      {{kPeople}, "MATCH (p:Person) WHERE NOT (p)-[:KNOWS]->() RETURN p.name", {"'Cy'"}},
      {{kPeople},
       "MATCH (p:Person) RETURN p.name, COUNT { (p)-[:KNOWS]->() }",
       {"'Ada' | 2", "'Bob' | 1", "'Cy' | 0"}},
      {{kPeople},
       "MATCH (p:Person) RETURN p.name, [(p)-[:KNOWS]->(f) | f.name]",
       {"'Ada' | ['Bob', 'Cy']", "'Bob' | ['Cy']", "'Cy' | []"}},
      {{kPeople},
       "MATCH (p:Person) WHERE (p)-[:KNOWS]->() OR p.age IS NULL RETURN p.name",
       {"'Ada'", "'Bob'", "'Cy'"}},
      {{kPeople},
       "MATCH (p:Person) RETURN p.name, EXISTS { (p)-[:LIKES]->() } AS likes",
       {"'Ada' | false", "'Bob' | false", "'Cy' | true"}},
      {{kPeople},
       "MATCH (p:Person) RETURN p.name, COUNT { MATCH (p)-[:KNOWS]->(f) RETURN DISTINCT f.name }",
       {"'Ada' | 2", "'Bob' | 1", "'Cy' | 0"}},
      {{kPeople},
       "MATCH (p:Person) CALL { WITH p MATCH (p)-[:KNOWS]->(f) RETURN count(f) AS n } "
       "RETURN p.name, n",
       {"'Ada' | 2", "'Bob' | 1", "'Cy' | 0"}},
      {{kPeople},
       "MATCH (p:Person) CALL { WITH p MATCH (p)-[:KNOWS]->(f) RETURN f ORDER BY f.name LIMIT 1 } "
       "RETURN p.name, f.name",
       {"'Ada' | 'Bob'", "'Bob' | 'Cy'"}},
      {{kPeople},
       "UNWIND [1, 2] AS x CALL { WITH x RETURN x * 10 AS y UNION RETURN 7 AS y } RETURN x, y",
       {"1 | 10", "1 | 7", "2 | 20", "2 | 7"}},
  });
}

TEST_CASE("errors of data have their names and places") {
  for (const Mode& mode : all_modes()) {
    INFO(mode.name());
    QueryDatabase db(mode);
    db.run(kPeople);
    CHECK(failure(db, "RETURN 9223372036854775807 + 1") == "ArithmeticError/IntegerOverflow");
    CHECK(failure(db, "UNWIND [1, 0] AS x RETURN 1 / x") == "ArithmeticError/DivisionByZero");
    CHECK(failure(db, "UNWIND [1] AS x RETURN x.name") == "TypeError/InvalidArgumentType");
    CHECK(failure(db, "WITH $e AS e, $i AS i RETURN e[i]", {{"e", Map{}}, {"i", 0}}) ==
          "TypeError/MapElementAccessByNonString");
    CHECK(failure(db, "RETURN $missing") == "ParameterMissing/MissingParameter");
    CHECK(failure(db, "MATCH (n) RETURN n LIMIT $k", {{"k", -1}}) ==
          "SyntaxError/NegativeIntegerArgument");
    CHECK(failure(db, "MATCH (n) RETURN n LIMIT $k", {{"k", 1.5}}) ==
          "SyntaxError/InvalidArgumentType");
    CHECK(failure(db, "UNWIND [1] AS x MATCH (n) WHERE 'a' =~ '(' RETURN n") ==
          "ArgumentError/InvalidRegularExpression");
    // an operand that need not be evaluated cannot fail
    CHECK(failure(db, "UNWIND [0, 1] AS x RETURN x = 0 OR 1 / x = 1") == "no error");
    CHECK(failure(db, "UNWIND [0, 1] AS x RETURN CASE x WHEN 0 THEN 0 ELSE 1 / x END") ==
          "no error");
    CHECK(failure(db, "UNWIND [0, 1] AS x RETURN coalesce(x, 1 / 0)") == "no error");
  }
}

TEST_CASE("a run ends when it is cancelled and when memory runs out") {
  for (const Mode& mode : all_modes()) {
    INFO(mode.name());
    QueryDatabase db(mode, 32 * kMiB);
    db.run("UNWIND range(1, 50) AS i CREATE (:N {i: i})");
    CHECK(failure(db, "UNWIND [100000000] AS n RETURN size(range(1, n))") ==
          "ResourceError/OutOfMemory");  // rows spill, a single value cannot
    CHECK(db.run("MATCH (n:N) RETURN count(*)").front() == "50");
    db.cancellation.cancel();
    CHECK(failure(db, "MATCH (a:N), (b:N) RETURN count(*)") == "Interrupted/Cancelled");
  }
}

TEST_CASE("EXPLAIN runs nothing, PROFILE counts rows") {
  for (const Mode& mode : all_modes()) {
    INFO(mode.name());
    QueryDatabase db(mode);
    db.run(kPeople);
    CHECK_FALSE(db.run("EXPLAIN CREATE (:New)").empty());
    CHECK(db.plan().has_value());
    CHECK(db.run("MATCH (n:New) RETURN count(*)").front() == "0");
    CHECK(db.run("PROFILE MATCH (p:Person) RETURN p.name").size() == 3);
    REQUIRE(db.plan().has_value());
    CHECK(db.plan()->rows == 3);
  }
}

}  // namespace kith::test
