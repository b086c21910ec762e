// tests/unit/cypher/plan_rules_test.cpp: each rewrite rule, by what it makes of a plan.
#include <catch2/catch.hpp>

#include "tests/unit/cypher/plan_fixture.hpp"

using kith::plan_test::shape;

TEST_CASE("constant_folding computes what is the same for every row", "[plan]") {
  CHECK(shape("MATCH (n:Person) WHERE 1 + 1 = 2 AND n.x IN [1, 2 * 3] RETURN n") == R"(
ProduceResults n
Filter n.x IN [1, 6]
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n) WHERE n.x = 1 AND (false OR n.y = -(3)) RETURN n") == R"(
ProduceResults n
Filter n.x = 1 AND n.y = -3
AllNodesScan n
)");
  CHECK(shape("RETURN toUpper('a') AS a, size([1, 2]) AS b, {k: [1]} AS m, date() AS d, "
              "rand() AS r") == R"(
ProduceResults a, b, m, d, r
Projection 'A' AS a, 2 AS b, {k: [1]} AS m, date() AS d, rand() AS r
SingleRow
)");
  CHECK(shape("MATCH (n) WHERE n.x = 1 AND 1 / 0 = 1 RETURN n") == R"(
ProduceResults n
Filter n.x = 1 AND 1 / 0 = 1
AllNodesScan n
)");
}

TEST_CASE("predicate_pushdown moves conditions to their variables", "[plan]") {
  CHECK(shape("MATCH (n:Person) WITH n.age AS age, count(*) AS c WHERE age > 3 AND c > 5 "
              "RETURN age, c") == R"(
ProduceResults age, c
Filter c > 5
EagerAggregation anon_3 AS age, count(*) AS c
Filter anon_3 > 3
Projection n.age AS anon_3
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH DISTINCT n.age AS age WHERE age > 3 RETURN age") == R"(
ProduceResults age
Distinct age
Projection anon_2 AS age
Filter anon_2 > 3
Projection n.age AS anon_2
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH n, n.age AS a WHERE a > 3 AND n.x = 1 RETURN n") == R"(
ProduceResults n
Filter anon_2 > 3 AND n.x = 1
Projection n.age AS anon_2
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1}) OPTIONAL MATCH (a)-[:KNOWS]->(b) WITH a, b WHERE "
              "a.x = 1 AND b.x = 2 RETURN b") == R"(
ProduceResults b
Filter b.x = 2
OptionalExpand(All) (a)-[anon_1:KNOWS]->(b)
Filter a.id = 1 AND a.x = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person) UNWIND a.list AS x WITH a, x WHERE a.x = 1 RETURN x") == R"(
ProduceResults x
Unwind a.list AS x
Filter a.x = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("predicate_pushdown leaves what may not move", "[plan]") {
  CHECK(shape("MATCH (n:Person) WITH n LIMIT 10 WHERE n.age > 3 RETURN n") == R"(
ProduceResults n
Filter n.age > 3
Limit 10
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) SET n.x = 1 WITH n WHERE n.x = 1 RETURN n") == R"(
ProduceResults n
Filter n.x = 1
Eager
SetProperty n.x = 1
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH n, n.a + 1 AS a WHERE a > 3 RETURN n") == R"(
ProduceResults n
Filter a > 3
Projection n.a + 1 AS a
NodeByLabelScan n:Person
)");
}

TEST_CASE("semi_apply makes EXISTS an operator", "[plan]") {
  CHECK(shape("MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->(:Person {name: 'Ada'}) } AND "
              "NOT (a)-[:LIVES_IN]->() RETURN a") == R"(
ProduceResults a
AntiSemiApply
| Expand(All) (a)-[anon_3:LIVES_IN]->(anon_4)
| Argument a
SemiApply
| Filter anon_2:Person AND anon_2.name = 'Ada'
| Expand(All) (a)-[anon_1:KNOWS]->(anon_2)
| Argument a
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person) WHERE a.x = 1 AND EXISTS { (a)-[:KNOWS]->() } AND 1 / a.x = "
              "1 RETURN a") == R"(
ProduceResults a
Filter 1 / a.x = 1
SemiApply
| Expand(All) (a)-[anon_1:KNOWS]->(anon_2)
| Argument a
Filter a.x = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("count_weights makes COUNT and EXISTS around one node its weights", "[plan]") {
  CHECK(shape("MATCH (a:Person) WHERE a.x = 1 AND COUNT { (a)-[:KNOWS]->(:Person) } > 3 RETURN "
              "EXISTS { (a)-[:LIVES_IN]->() } AS e ORDER BY COUNT { (a)<--() }") == R"(
ProduceResults e
Sort anon_8 ASC
Fold (a)<-[]-(anon_7) AS anon_8 OR 0
Projection anon_9 <> 0 AS e
Fold EXISTS {(a)-[:LIVES_IN]->(anon_4)} AS anon_9 OR 0
Filter anon_10 > 3
Fold (a)-[:KNOWS]->(anon_2:Person) AS anon_10 OR 0
Filter a.x = 1
NodeByLabelScan a:Person
)");
  // Nobody looks at it.
  CHECK(shape("MATCH (a:Person) WITH a, COUNT { (a)-[:KNOWS]->() } AS c RETURN a") == R"(
ProduceResults a
NodeByLabelScan a:Person
)");
}

TEST_CASE("count_weights leaves what rows answer at less cost, or alone", "[plan]") {
  // Conditions of one step.
  CHECK(shape("MATCH (a:Person) RETURN COUNT { (a)-[:KNOWS]->(b) WHERE b.x = 1 } AS c") == R"(
ProduceResults c
Projection COUNT { a … } AS c
| Subquery COUNT { a … }
| Filter b.x = 1
| Expand(All) (a)-[anon_1:KNOWS]->(b)
| Argument a
NodeByLabelScan a:Person
)");
  // What a LIMIT may stop, unless it is a degree.
  const std::string limited = shape(
      "MATCH (a:Person) WHERE COUNT { (a)-[:KNOWS]->()-[:LIVES_IN]->() } > 1 AND "
      "COUNT { (a)-[:KNOWS]->() } > 2 RETURN a LIMIT 3");
  CHECK(limited.find("Fold (a)-[:KNOWS]->(anon_6) AS") != std::string::npos);
  CHECK(limited.find("Filter COUNT { a … } > 1") != std::string::npos);
  // A count of distinct values is none of matches.
  CHECK(shape("MATCH (a:Person) RETURN COUNT { MATCH (a)-->(b) RETURN DISTINCT b } AS c") == R"(
ProduceResults c
Projection COUNT { a … } AS c
| Subquery COUNT { a … }
| Distinct b
| Expand(All) (a)-[anon_1]->(b)
| Argument a
NodeByLabelScan a:Person
)");
}

TEST_CASE("OPTIONAL MATCH that is only counted is a weight", "[plan]") {
  CHECK(shape("MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b:Person) RETURN a, count(b) AS n, "
              "max(a.age) AS m") == R"(
ProduceResults a, n, m
EagerAggregation a, sum(anon_5) AS n, max(a.age) AS m
Fold (a)-[:KNOWS]->(b:Person) AS anon_5 OR 0
NodeByLabelScan a:Person
)");
  // More than their number is asked for.
  CHECK(shape("MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b) RETURN a, count(b) AS n, "
              "max(b.age) AS m")
            .find("Fold") == std::string::npos);
  CHECK(shape("MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b) RETURN b.age AS k, count(b) AS n")
            .find("Fold") == std::string::npos);
  CHECK(shape("MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b) RETURN a, count(b) AS n, "
              "sum(a.age) AS s")
            .find("Fold") == std::string::npos);
}

TEST_CASE("uncorrelated runs an inner side once", "[plan]") {
  CHECK(shape("MATCH (a:Person) OPTIONAL MATCH (m:City) RETURN a, m") == R"(
ProduceResults a, m
CartesianProduct
| Apply(Optional) m
| | NodeByLabelScan m:City
| SingleRow
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (p:Person) CALL { MATCH (n:City) RETURN n.x AS c } RETURN p, c") == R"(
ProduceResults p, c
CartesianProduct
| Projection n.x AS c
| NodeByLabelScan n:City
NodeByLabelScan p:Person
)");
  CHECK(shape("MATCH (p:Person) CALL { RETURN rand() AS c } RETURN p, c") == R"(
ProduceResults p, c
Apply
| Projection rand() AS c
| SingleRow
NodeByLabelScan p:Person
)");
}

TEST_CASE("top_k keeps the first rows only", "[plan]") {
  CHECK(shape("MATCH (n:Person) RETURN n ORDER BY n.x LIMIT 5") == R"(
ProduceResults n
Top n.x ASC LIMIT 5
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN n ORDER BY n.x SKIP 2 LIMIT 5") == R"(
ProduceResults n
Limit SKIP 2 LIMIT 5
Top n.x ASC LIMIT 5 + 2
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN n ORDER BY n.x SKIP 2") == R"(
ProduceResults n
Skip 2
Sort n.x ASC
NodeByLabelScan n:Person
)");
}

TEST_CASE("project_late computes for the rows that remain", "[plan]") {
  CHECK(shape("MATCH (n:Person) RETURN n.name, n.age ORDER BY n.id LIMIT 3") == R"(
ProduceResults `n.name`, `n.age`
Projection n.name AS `n.name`, n.age AS `n.age`
Top n.id ASC LIMIT 3
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN n.name AS name, n.age AS age ORDER BY age LIMIT 3") == R"(
ProduceResults name, age
Projection n.name AS name, n.age AS age
Top n.age ASC LIMIT 3
NodeByLabelScan n:Person
)");
  // What can fail fails, whichever rows remain.
  CHECK(shape("MATCH (n:Person) RETURN n.x AS x, 1 / n.y AS y ORDER BY x, y LIMIT 3") == R"(
ProduceResults x, y
Projection n.x AS x
Top n.x ASC, y ASC LIMIT 3
Projection 1 / n.y AS y
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN rand() AS r ORDER BY r LIMIT 3") == R"(
ProduceResults r
Top r ASC LIMIT 3
Projection rand() AS r
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN n.name LIMIT 3") == R"(
ProduceResults `n.name`
Projection n.name AS `n.name`
Limit 3
NodeByLabelScan n:Person
)");
}

TEST_CASE("list_keys groups by the items of lists", "[plan]") {
  CHECK(shape("MATCH (n:Person) RETURN [n.x, n.y] AS k, n.z AS z, max(n.w) AS m") == R"(
ProduceResults k, z, m
Projection [anon_4, anon_5] AS k
EagerAggregation n.x AS anon_4, n.y AS anon_5, n.z AS z, max(n.w) AS m
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN DISTINCT [n.x, n.y] AS k, n.z AS z") == R"(
ProduceResults k, z
Projection [anon_3, anon_4] AS k
Distinct z, anon_3, anon_4
Projection n.x AS anon_3, n.y AS anon_4, n.z AS z
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN n.z AS z, count(DISTINCT [n.x, n.y]) AS c") == R"(
ProduceResults z, c
EagerAggregation anon_3 AS z, count(*) AS c
Distinct anon_3, anon_4, anon_5
Projection n.z AS anon_3, n.x AS anon_4, n.y AS anon_5
NodeByLabelScan n:Person
)");
  // Of several aggregates each has rows of its own.
  CHECK(shape("MATCH (n:Person) RETURN count(DISTINCT [n.x, n.y]) AS c, count(*) AS d") == R"(
ProduceResults c, d
EagerAggregation count(DISTINCT [n.x, n.y]) AS c, count(*) AS d
NodeByLabelScan n:Person
)");
}

TEST_CASE("path_lengths takes the relationships of a path, and their number, from its list",
          "[plan]") {
  CHECK(
      shape("MATCH p = (a:Person)-[:KNOWS*2..3]->(b) WITH p, b RETURN relationships(p)[0] AS r") ==
      R"(
ProduceResults r
Projection anon_1[0] AS r
VarLengthExpand(All) (a)-[anon_1:KNOWS*2..3]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH p = (a:Person)-[:KNOWS*2..3]->(b) RETURN length(p) AS n, b") == R"(
ProduceResults n, b
Projection size(anon_1) AS n
VarLengthExpand(All) (a)-[anon_1:KNOWS*2..3]->(b)
NodeByLabelScan a:Person
)");
  // Where something else looks at the path it is made, and its length read from the list.
  CHECK(shape("MATCH p = (a:Person)-[:KNOWS*2..3]->() RETURN length(p) AS n, p") == R"(
ProduceResults n, p
Projection size(anon_1) AS n
Projection (a)-[anon_1*]-(anon_2) AS p
VarLengthExpand(All) (a)-[anon_1:KNOWS*2..3]->(anon_2)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH p = (a:Person)-[:KNOWS*2]->()-[:KNOWS]->() RETURN length(p) AS n") == R"(
ProduceResults n
Projection length(p) AS n
Projection (a)-[anon_1*]-(anon_2)-[anon_3]-(anon_4) AS p
Expand(All) (anon_2)-[anon_3:KNOWS]->(anon_4) distinct from anon_1
VarLengthExpand(All) (a)-[anon_1:KNOWS*2]->(anon_2)
NodeByLabelScan a:Person
)");
}

TEST_CASE("keys_of_nodes looks groups up by the node that their keys are of", "[plan]") {
  const std::string by_city =
      "MATCH (p:Person)-[l:LIVES_IN]->(c:City) RETURN c.name + '!' AS name, c.size AS size, "
      "max(l.since) AS last";
  CHECK(shape(by_city).find("; groups by c") != std::string::npos);
  // Few rows for each node; keys of two; the node itself; another value each time.
  for (const std::string keys : {"p.name", "c.name, p.name", "c", "c.name, rand()"}) {
    INFO(keys);
    const std::string query =
        "MATCH (p:Person)-[l:LIVES_IN]->(c:City) RETURN " + keys + ", max(l.since) AS last";
    CHECK(shape(query).find("; groups by") == std::string::npos);
  }
  CHECK(shape("MATCH (p:Person)-[l:LIVES_IN]->(c:City) SET c.name = 'x' "
              "RETURN c.name AS name, max(l.since) AS last")
            .find("; groups by") == std::string::npos);
}

TEST_CASE("shared_reads reads a property once", "[plan]") {
  CHECK(shape("MATCH (n:Person) WHERE n.x > 1 AND n.x % 7 = 3 RETURN sum(n.x) AS s") == R"(
ProduceResults s
EagerAggregation sum(anon_2) AS s
Filter anon_2 > 1 AND anon_2 % 7 = 3
Projection n.x AS anon_2
NodeByLabelScan n:Person
)");
  // Only the first conjunct is evaluated for all rows.
  CHECK(shape("MATCH (n:Person) WHERE n.y > 1 AND n.x % 7 = 3 RETURN sum(n.x) AS s") == R"(
ProduceResults s
EagerAggregation sum(n.x) AS s
Filter n.y > 1 AND n.x % 7 = 3
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN min(n.x) AS a, max(n.x) AS b") == R"(
ProduceResults a, b
EagerAggregation min(anon_3) AS a, max(anon_3) AS b
Projection n.x AS anon_3
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person)-->() RETURN n.x AS x, sum(n.x) AS s") == R"(
ProduceResults x, s
EagerAggregation anon_6 AS x, sum(anon_6) AS s WEIGHT anon_5
Projection n.x AS anon_6
Fold (n)-[]->(anon_2) AS anon_5
NodeByLabelScan n:Person
)");
  // The later read sees what was written.
  CHECK(shape("MATCH (n:Person) WHERE n.x > 1 SET n.y = n.x RETURN n.x AS x") == R"(
ProduceResults x
Projection n.x AS x
Eager
SetProperty n.y = n.x
Eager
Filter n.x > 1
NodeByLabelScan n:Person
)");
}

TEST_CASE("count_from_store asks the store for a number it keeps", "[plan]") {
  CHECK(shape("MATCH (n:Person) RETURN count(*)") == R"(
ProduceResults `count(*)`
NodeCountFromCountStore count((:Person)) AS `count(*)`
)");
  CHECK(shape("MATCH (n:Person) RETURN count(n) AS a, count(*) AS b") == R"(
ProduceResults a, b
Projection a AS b
NodeCountFromCountStore count((:Person)) AS a
)");
  CHECK(shape("MATCH ()-[r:KNOWS]->() RETURN count(r)") == R"(
ProduceResults `count(r)`
RelationshipCountFromCountStore count(()-[:KNOWS]->()) AS `count(r)`
)");
  CHECK(shape("MATCH ()-->() RETURN count(*)") == R"(
ProduceResults `count(*)`
RelationshipCountFromCountStore count(()-[]->()) AS `count(*)`
)");
  CHECK(shape("MATCH (n:Person:City) RETURN count(*)") == R"(
ProduceResults `count(*)`
EagerAggregation count(*) AS `count(*)`
NodeByLabelScan n:City:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN count(n.x)") == R"(
ProduceResults `count(n.x)`
EagerAggregation count(n.x) AS `count(n.x)`
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) RETURN count(DISTINCT n)") == R"(
ProduceResults `count(DISTINCT n)`
NodeCountFromCountStore count((:Person)) AS `count(DISTINCT n)`
)");
}

TEST_CASE("dead_variables drops what nobody looks at", "[plan]") {
  CHECK(shape("MATCH (n:Person) WITH n, n.x AS x, n.y AS y RETURN y") == R"(
ProduceResults y
Projection n.y AS y
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH n.c AS c, count(*) AS k, sum(n.x) AS s RETURN c, s") == R"(
ProduceResults c, s
EagerAggregation n.c AS c, sum(n.x) AS s
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH p = (n:Person)-->(m) WITH n, p, m.x AS x RETURN n", false) == R"(
ProduceResults n
Expand(All) (n)-[anon_1]->(m)
NodeByLabelScan n:Person
)");
}

TEST_CASE("frontiers lets each node through once where rows are a set", "[plan]") {
  CHECK(
      shape(
          "MATCH (a:Person {id: 1})-[:KNOWS]->(b) MATCH (b)-[:KNOWS]->(c) MATCH (c)-[:KNOWS]->(d) "
          "RETURN count(DISTINCT d)") == R"(
ProduceResults `count(DISTINCT d)`
EagerAggregation count(DISTINCT d) AS `count(DISTINCT d)`
Expand(All) (c)-[anon_5:KNOWS]->(d)
PruneDuplicates c
Expand(All) (b)-[anon_3:KNOWS]->(c)
PruneDuplicates b
Expand(All) (a)-[anon_1:KNOWS]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) MATCH (b)-[:KNOWS]->(c) RETURN a, max(c.x)") == R"(
ProduceResults a, `max(c.x)`
EagerAggregation a, max(c.x) AS `max(c.x)`
Expand(All) (b)-[anon_3:KNOWS]->(c)
PruneDuplicates b BY a
Expand(All) (a)-[anon_1:KNOWS]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN DISTINCT c") == R"(
ProduceResults c
Distinct c
Expand(All) (b)-[anon_3:KNOWS]->(c) distinct from anon_1
Expand(All) (a)-[anon_1:KNOWS]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS]->(b) MATCH (b)-[:KNOWS]->(c) RETURN count(c)") ==
        R"(
ProduceResults `count(c)`
EagerAggregation count(*) AS `count(c)` WEIGHT anon_6
Fold (a)-[:KNOWS]->(b)-[:KNOWS]->(c) AS anon_6
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("frontiers finds the ends of quantified parts breadth first", "[plan]") {
  CHECK(shape("MATCH (a:Person {id: 1}) ((x)-[r:KNOWS]->(y) WHERE y.x > 1 AND r.w = 2){1,3} (b) "
              "RETURN count(DISTINCT b) AS n") == R"(
ProduceResults n
EagerAggregation count(DISTINCT b) AS n
VarLengthExpand(Pruning) (a)-[anon_7:KNOWS*1..3]->(b) WHERE r.w = 2 AND y.x > 1
Filter a.id = 1
NodeByLabelScan a:Person
)");
  // Not where a condition compares both nodes, or somebody looks at the nodes.
  CHECK(shape("MATCH (a:Person {id: 1}) ((x)-[:KNOWS]->(y) WHERE y.x > x.x)+ (b) "
              "RETURN count(DISTINCT b) AS n") == R"(
ProduceResults n
EagerAggregation count(DISTINCT b) AS n
Repeat(Trail) (a) ((x)-[anon_3:KNOWS]->(y) WHERE y.x > x.x)+ (b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1}) ((x)-[:KNOWS]->(y) WHERE y.x > 1)+ (b) "
              "RETURN DISTINCT b, size(y) AS n") == R"(
ProduceResults b, n
Distinct b, n
Projection size(y) AS n
Repeat(Trail) (a) ((x)-[anon_3:KNOWS]->(y) WHERE y.x > 1)+ (b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  // Nor where a circle may be walked either way.
  CHECK(shape("MATCH (a:Person {id: 1}) ((x)-[:KNOWS]-(y) WHERE y.x > 1)+ (b) "
              "RETURN count(DISTINCT b) AS n") == R"(
ProduceResults n
EagerAggregation count(DISTINCT b) AS n
Repeat(Trail) (a) ((x)-[anon_3:KNOWS]-(y) WHERE y.x > 1)+ (b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("frontiers finds the ends of trails breadth first where nobody looks at trails",
          "[plan]") {
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS*]->(b) RETURN count(DISTINCT b)") == R"(
ProduceResults `count(DISTINCT b)`
EagerAggregation count(DISTINCT b) AS `count(DISTINCT b)`
VarLengthExpand(Pruning) (a)-[anon_1:KNOWS*]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS*2..]->(b) RETURN count(DISTINCT b)") == R"(
ProduceResults `count(DISTINCT b)`
EagerAggregation count(DISTINCT b) AS `count(DISTINCT b)`
VarLengthExpand(All) (a)-[anon_1:KNOWS*2..]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH p = (a:Person {id: 1})-[:KNOWS*]->(b) RETURN DISTINCT length(p)") == R"(
ProduceResults `length(p)`
Distinct `length(p)`
Projection size(anon_1) AS `length(p)`
VarLengthExpand(All) (a)-[anon_1:KNOWS*]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("frontiers leaves out a DISTINCT of each start and each of its ends", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS*1..2]->(b:Person) WITH DISTINCT a, b RETURN count(*)") ==
        R"(
ProduceResults `count(*)`
EagerAggregation count(*) AS `count(*)`
Filter b:Person
VarLengthExpand(Pruning) (a)-[anon_1:KNOWS*1..2]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person)-[:KNOWS*1..2]->(b) WITH DISTINCT b RETURN count(*)") == R"(
ProduceResults `count(*)`
EagerAggregation count(*) AS `count(*)`
Distinct b
VarLengthExpand(Pruning) (a)-[anon_1:KNOWS*1..2]->(b)
NodeByLabelScan a:Person
)");
}

TEST_CASE("frontiers tells pairs of a scan's node with an end apart by a sieve", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) WITH DISTINCT b, a RETURN b") == R"(
ProduceResults b
PruneDuplicates b BY a, EACH ONCE
Expand(All) (a)-[anon_1:KNOWS]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) RETURN a, count(DISTINCT b) AS n, min(b.x) AS m") ==
        R"(
ProduceResults a, n, m
EagerAggregation a, count(b) AS n, min(b.x) AS m
PruneDuplicates b BY a, EACH ONCE
Expand(All) (a)-[anon_1:KNOWS]->(b)
NodeByLabelScan a:Person
)");
  // Groups of several nodes, values that are no nodes, rows that a join gives.
  for (const char* query :
       {"MATCH (a:Person)-[:KNOWS]->(b) RETURN a.x, count(DISTINCT b) AS n",
        "MATCH (a:Person)-[:KNOWS]->(b) WITH DISTINCT a, b.x AS x RETURN count(*)",
        "MATCH (a:Person)-[:KNOWS]->(b) RETURN a, count(DISTINCT b) AS n, count(*) AS m",
        "MATCH (a:Person)-[r:KNOWS]->(b) RETURN a, count(DISTINCT b) AS n, min(r.x) AS m",
        "MATCH (a:Person) UNWIND [1, 1] AS i MATCH (a)-[:KNOWS]->(b) WITH DISTINCT a, b RETURN "
        "b"}) {
    INFO(query);
    CHECK(shape(query).find("EACH ONCE") == std::string::npos);
  }
}

TEST_CASE("folds of one node are one fold, whose weights are multiplied", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) OPTIONAL MATCH (a)-[:LIVES_IN]->(c) "
              "OPTIONAL MATCH (a)<-[:KNOWS]-(d) RETURN count(*)") == R"(
ProduceResults `count(*)`
EagerAggregation count(*) AS `count(*)` WEIGHT anon_8
Fold (a){-[:KNOWS]->(b), OPTIONAL {(a)<-[:KNOWS]-(d)}, OPTIONAL {(a)-[:LIVES_IN]->(c)}} AS anon_8 IN ALL
NodeByLabelScan a:Person
)");
}
