// tests/unit/cypher/plan_clauses_test.cpp: how the clauses of a query become operators.
#include <catch2/catch.hpp>

#include "tests/unit/cypher/plan_fixture.hpp"

using kith::plan_test::shape;

TEST_CASE("A projection computes, then removes duplicates, sorts, cuts and filters", "[plan]") {
  CHECK(shape("MATCH (n:Person) RETURN DISTINCT n.name AS x ORDER BY x SKIP 2 LIMIT 3") == R"(
ProduceResults x
Limit SKIP 2 LIMIT 3
Top x ASC LIMIT 3 + 2
Distinct x
Projection n.name AS x
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH n LIMIT 10 WHERE n.age > 3 RETURN n") == R"(
ProduceResults n
Filter n.age > 3
Limit 10
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH n.city AS c, count(*) AS k ORDER BY k SKIP 1 RETURN c") == R"(
ProduceResults c
Skip 1
Sort k ASC
EagerAggregation n.city AS c, count(*) AS k
NodeByLabelScan n:Person
)");
}

TEST_CASE("UNION maps the columns of its parts", "[plan]") {
  CHECK(shape("MATCH (n:Person) RETURN n.name AS x UNION MATCH (n:City) RETURN n.name AS x") == R"(
ProduceResults x
Distinct x
Union x
| Projection n.name AS x
| NodeByLabelScan n:City
Projection n.name AS x
NodeByLabelScan n:Person
)");
  CHECK(shape("RETURN 1 AS x UNION ALL RETURN 2 AS x") == R"(
ProduceResults x
Union x
| Projection 2 AS x
| SingleRow
Projection 1 AS x
SingleRow
)");
}

TEST_CASE("Subqueries of CALL run for each row", "[plan]") {
  CHECK(shape("MATCH (n:Person) CALL (n) { MATCH (n)-[:KNOWS]->(m) RETURN m ORDER BY m.age "
              "LIMIT 3 } RETURN n, m") == R"(
ProduceResults n, m
Apply
| Top m.age ASC LIMIT 3
| Expand(All) (n)-[anon_1:KNOWS]->(m)
| Argument n
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) CALL (n) { MATCH (n)-[:KNOWS]->(m) CREATE (m)-[:KNOWS]->(n) "
              "} RETURN n") == R"(
ProduceResults n
SubqueryForeach
| Create (m)-[anon_3:KNOWS]->(n)
| Eager
| Expand(All) (n)-[anon_1:KNOWS]->(m)
| Argument n
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("CALL { MATCH (n:City) RETURN n LIMIT 1 } RETURN n") == R"(
ProduceResults n
Limit 1
NodeByLabelScan n:City
)");
}

TEST_CASE("Variables of the outer row stay in sight behind an aggregation in a subquery",
          "[plan]") {
  CHECK(shape("MATCH (n:Person) CALL (n) { MATCH (n)-[:KNOWS]->(m) WITH count(m) AS c WHERE "
              "c > n.x RETURN c } RETURN n, c") == R"(
ProduceResults n, c
Apply
| Filter c > n.x
| Apply
| | EagerAggregation count(*) AS c WEIGHT anon_4
| | Fold (n)-[:KNOWS]->(m) AS anon_4
| | Filter n IS NOT NULL
| | Argument n
| Argument n
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) CALL (n) { MATCH (n)-[:KNOWS]->(m) RETURN count(m) AS c } "
              "RETURN n, c") == R"(
ProduceResults n, c
Apply
| EagerAggregation count(*) AS c WEIGHT anon_4
| Fold (n)-[:KNOWS]->(m) AS anon_4
| Filter n IS NOT NULL
| Argument n
NodeByLabelScan n:Person
)");
}

TEST_CASE("Subqueries in expressions have plans of their own", "[plan]") {
  CHECK(shape("MATCH (a:Person) RETURN COUNT { (a)-[r:KNOWS]->() WHERE r.x > a.x } AS c, "
              "[(a)-[:LIVES_IN]->(x) | x.name] AS cities") == R"(
ProduceResults c, cities
Projection COUNT { a … } AS c, COLLECT { a … } AS cities
| Subquery COLLECT { a … }
| Projection x.name AS anon_5
| Expand(All) (a)-[anon_3:LIVES_IN]->(x)
| Argument a
| Subquery COUNT { a … }
| Filter r.x > a.x
| Expand(All) (a)-[r:KNOWS]->(anon_2)
| Argument a
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person) WHERE EXISTS { (a)-[r:KNOWS]->() WHERE r.x > a.x } OR a.age > 3 "
              "RETURN a") == R"(
ProduceResults a
Filter EXISTS { a … } OR a.age > 3
| Subquery EXISTS { a … }
| Filter r.x > a.x
| Expand(All) (a)-[r:KNOWS]->(anon_2)
| Argument a
NodeByLabelScan a:Person
)");
}

TEST_CASE("CREATE clauses in a row are one, unless one uses what another makes", "[plan]") {
  CHECK(shape("CREATE (a:Person), (b:Person) CREATE (a)-[:KNOWS]->(b) CREATE (c:City {x: 1})") ==
        R"(
ProduceResults
Create (a:Person), (b:Person), (c:City {x: 1}), (a)-[anon_2:KNOWS]->(b)
SingleRow
)");
  CHECK(shape("CREATE (a:Person {x: 1}) CREATE (b:Person {x: a.x})") == R"(
ProduceResults
Create (b:Person {x: a.x})
Eager
Create (a:Person {x: 1})
SingleRow
)");
}

TEST_CASE("MERGE matches over its argument", "[plan]") {
  CHECK(shape("MERGE (p:Person {id: 1}) ON CREATE SET p.x = 1 ON MATCH SET p.x = p.x + 1 "
              "RETURN p") == R"(
ProduceResults p
Merge (p:Person {id: 1}) ON CREATE SET p.x = 1 ON MATCH SET p.x = p.x + 1
| Filter p.id = 1
| NodeByLabelScan p:Person
SingleRow
)");
  CHECK(shape("MATCH (a:Person {id: 1}), (b:Person {id: 2}) MERGE (a)-[r:KNOWS]->(b) RETURN r") ==
        R"(
ProduceResults r
Merge (a)-[r:KNOWS]->(b)
| Expand(Into) (a)-[r:KNOWS]->(b)
| Argument a, b
Eager
CartesianProduct
| Filter b.id = 2
| NodeByLabelScan b:Person
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("FOREACH and procedures", "[plan]") {
  CHECK(shape("MATCH (n:Person) FOREACH (x IN [1, 2] | CREATE (:City {id: x}) SET n.x = x)") == R"(
ProduceResults
Foreach x IN [1, 2]
| SetProperty n.x = x
| Create (anon_2:City {id: x})
| Argument n, x
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("CALL db.labels() YIELD label WHERE label <> 'x' RETURN label") == R"(
ProduceResults label
Filter label <> 'x'
ProcedureCall db.labels() :: label
SingleRow
)");
}

TEST_CASE("What can fail is tried early, and what is left of it waits", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE a.id % 4 = 0 RETURN b") == R"(
ProduceResults b
Filter b:Person AND recheck(a.id % 4 = 0)
Expand(All) (a)-[anon_1:KNOWS]->(b)
Filter try(a.id % 4 = 0)
NodeByLabelScan a:Person
)");
  // Nothing is written before it.
  CHECK(shape("MATCH (a)-[:KNOWS]->(b) WHERE a.id % 4 = 0 RETURN b") == R"(
ProduceResults b
Filter a.id % 4 = 0
DirectedRelationshipTypeScan (a)-[anon_1:KNOWS]->(b)
)");
  CHECK(shape("MATCH (a:Person) WITH a ORDER BY a.x MATCH (a)-[:KNOWS]->(b) WITH a, b.x AS x "
              "WHERE a.id % 4 = 0 RETURN x") == R"(
ProduceResults x
Filter recheck(a.id % 4 = 0)
Projection b.x AS x
Expand(All) (a)-[anon_1:KNOWS]->(b)
Sort a.x ASC
Filter try(a.id % 4 = 0)
NodeByLabelScan a:Person
)");
}

TEST_CASE("A fold with conditions that can fail has a plan beside it", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE a.id % 4 = 0 AND b.id % 3 = 0 "
              "RETURN count(*) AS n") == R"(
ProduceResults n
Fallback n
| EagerAggregation count(*) AS n
| Filter b:Person AND try(b.id % 3 = 0) AND recheck(a.id % 4 = 0) AND recheck(b.id % 3 = 0)
| Expand(All) (a)-[anon_1:KNOWS]->(b)
| Filter try(a.id % 4 = 0)
| NodeByLabelScan a:Person
EagerAggregation count(*) AS n WEIGHT anon_4
Fold (a)-[:KNOWS]->(b:Person WHERE b.id % 3 = 0) AS anon_4
Filter a.id % 4 = 0
NodeByLabelScan a:Person
)");
}
