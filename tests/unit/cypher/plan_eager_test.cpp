// tests/unit/cypher/plan_eager_test.cpp: where barriers stand between readers and writers.
#include <catch2/catch.hpp>

#include "tests/unit/cypher/plan_fixture.hpp"

using kith::plan_test::shape;

TEST_CASE("A barrier stands between a reader and the writer above it", "[plan]") {
  CHECK(shape("MATCH (n:Person) SET n.x = 1") == R"(
ProduceResults
SetProperty n.x = 1
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) DETACH DELETE n") == R"(
ProduceResults
DetachDelete n
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (a:Person) CREATE (:City {x: a.x})") == R"(
ProduceResults
Create (anon_1:City {x: a.x})
Eager
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (n:Person) FOREACH (x IN [1] | SET n.x = x)") == R"(
ProduceResults
Foreach x IN [1]
| SetProperty n.x = x
| Argument n, x
Eager
NodeByLabelScan n:Person
)");
}

TEST_CASE("No barrier where nothing is read or all input is taken first", "[plan]") {
  CHECK(shape("UNWIND $rows AS row CREATE (a:Person {id: row.id}) SET a.x = row.x") == R"(
ProduceResults
SetProperty a.x = row.x
Create (a:Person {id: row.id})
Unwind $rows AS row
SingleRow
)");
  CHECK(shape("UNWIND $rows AS row WITH row.x AS x CREATE (n {x: x}) WITH n, x WHERE x.y = "
              "1 SET n.y = x.y + 1") == R"(
ProduceResults
SetProperty n.y = x.y + 1
Filter x.y = 1
Create (n {x: x})
Projection row.x AS x
Unwind $rows AS row
SingleRow
)");
  CHECK(shape("MATCH (n:Person) WITH n ORDER BY n.x SET n.x = 1") == R"(
ProduceResults
SetProperty n.x = 1
Sort n.x ASC
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) WITH count(*) AS c CREATE ({c: c})") == R"(
ProduceResults
Create (anon_2 {c: c})
Eager
NodeCountFromCountStore count((:Person)) AS c
)");
}

TEST_CASE("A barrier stands between a writer and the reader above it", "[plan]") {
  CHECK(shape("MATCH (n:Person) SET n.x = 1 RETURN n.x") == R"(
ProduceResults `n.x`
Projection n.x AS `n.x`
Eager
SetProperty n.x = 1
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("CREATE (a:Person) WITH a MATCH (a)-[:KNOWS]->(b) RETURN b") == R"(
ProduceResults b
Expand(All) (a)-[anon_1:KNOWS]->(b)
Eager
Create (a:Person)
SingleRow
)");
  CHECK(shape("UNWIND [1, 2] AS i MERGE (a:Person {id: i}) MERGE (b:City {id: i})") == R"(
ProduceResults
Merge (b:City {id: i})
| ValueHashJoin i = b.id
| | NodeByLabelScan b:City
| Argument i
Eager
Merge (a:Person {id: i})
| ValueHashJoin i = a.id
| | NodeByLabelScan a:Person
| Argument i
Unwind [1, 2] AS i
SingleRow
)");
  CHECK(shape("MATCH (n:Person) DELETE n WITH n CALL db.labels() YIELD label RETURN label") == R"(
ProduceResults label
ProcedureCall db.labels() :: label
Eager
Delete n
Eager
NodeByLabelScan n:Person
)");
}

TEST_CASE("Writers that could meet are apart", "[plan]") {
  CHECK(shape("MATCH (n:Person) SET n.x = 1 SET n.y = 2") == R"(
ProduceResults
SetProperty n.y = 2
Eager
SetProperty n.x = 1
Eager
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person) CREATE (m:City) DELETE n") == R"(
ProduceResults
Delete n
Eager
Create (m:City)
Eager
NodeByLabelScan n:Person
)");
}

TEST_CASE("LIMIT does not stop a writer below it", "[plan]") {
  CHECK(shape("UNWIND [1, 2] AS i CREATE (n {i: i}) RETURN n LIMIT 1") == R"(
ProduceResults n
Limit 1
Eager
Create (n {i: i})
Unwind [1, 2] AS i
SingleRow
)");
}

TEST_CASE("A scan that is joined to writing rows comes after them", "[plan]") {
  CHECK(shape("CREATE (b:Person) WITH b MATCH (n:Person {id: 5}) RETURN n") == R"(
ProduceResults n
CartesianProduct
| Create (b:Person)
| SingleRow
Filter n.id = 5
NodeByLabelScan n:Person
)");
}

TEST_CASE("Barriers stand without optimisation too", "[plan]") {
  CHECK(shape("MATCH (n:Person) SET n.x = 1", false) == R"(
ProduceResults
SetProperty n.x = 1
Eager
NodeByLabelScan n:Person
)");
}
