// tests/unit/cypher/plan_test.cpp: how patterns are planned: starts, order, joins, paths.
#include <catch2/catch.hpp>

#include "tests/unit/cypher/plan_fixture.hpp"

using kith::plan_test::shape;

TEST_CASE("A scan takes the labels, conditions follow as soon as their variables are there",
          "[plan]") {
  CHECK(shape("MATCH (n) RETURN n") == R"(
ProduceResults n
AllNodesScan n
)");
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) WHERE a.name = 'Ada' AND b.age > 30 RETURN "
              "b.name AS name") == R"(
ProduceResults name
Projection b.name AS name
Filter b.age > 30
Expand(All) (a)-[anon_1:KNOWS]->(b)
Filter a.name = 'Ada'
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (n:Person:Message) RETURN n") == R"(
ProduceResults n
NodeByLabelScan n:Person:Message
)");
}

TEST_CASE("The selective end is where a pattern starts", "[plan]") {
  CHECK(shape("MATCH (c:City)<-[:LIVES_IN]-(p:Person)-[:LIKES]->(m:Message {id: 5}) RETURN "
              "c, p") == R"(
ProduceResults c, p
Filter c:City
Expand(All) (p)-[anon_1:LIVES_IN]->(c)
Filter p:Person
Expand(All) (m)<-[anon_3:LIKES]-(p)
Filter m.id = 5
NodeByLabelScan m:Message
)");
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS]->()-[:KNOWS]->(c:Person {id: 2}) RETURN "
              "count(*)") == R"(
ProduceResults `count(*)`
EagerAggregation count(*) AS `count(*)`
Filter c:Person AND c.id = 2
Expand(All) (anon_2)-[anon_3:KNOWS]->(c) distinct from anon_1
Expand(All) (a)-[anon_1:KNOWS]->(anon_2)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("What is read of many nodes or relationships makes them come in their order", "[plan]") {
  // Nothing of messages is read: from the few persons.
  CHECK(shape("MATCH (p:Person)-[:WROTE]->(m:Message) RETURN p.name, collect(m)") == R"(
ProduceResults `p.name`, `collect(m)`
EagerAggregation p.name AS `p.name`, collect(m) AS `collect(m)`; groups by p
Filter m:Message
Expand(All) (p)-[anon_1:WROTE]->(m)
NodeByLabelScan p:Person
)");
  CHECK(shape("MATCH (p:Person)-[:WROTE]->(m:Message) RETURN p.name, sum(m.length)") == R"(
ProduceResults `p.name`, `sum(m.length)`
EagerAggregation p.name AS `p.name`, sum(m.length) AS `sum(m.length)`; groups by p
Filter p:Person
Expand(All) (m)<-[anon_1:WROTE]-(p)
NodeByLabelScan m:Message
)");
  // Relationships lie where they begin.
  CHECK(shape("MATCH (p:Person)-[l:LIKES]->(m:Message) RETURN m, max(l.at)") == R"(
ProduceResults m, `max(l.at)`
EagerAggregation m, max(l.at) AS `max(l.at)`; groups by m
Filter m:Message
Expand(All) (p)-[l:LIKES]->(m)
NodeByLabelScan p:Person
)");
  // Nor is the cheapest beginning always the one for the whole.
  CHECK(shape("MATCH (q:Person)-[:KNOWS]->(p:Person)-[:WROTE]->(m:Message) "
              "RETURN q.name, sum(m.length)") == R"(
ProduceResults `q.name`, `sum(m.length)`
EagerAggregation q.name AS `q.name`, sum(m.length) AS `sum(m.length)`; groups by q
Filter q:Person
Expand(All) (p)<-[anon_1:KNOWS]-(q)
Filter p:Person
Expand(All) (m)<-[anon_3:WROTE]-(p)
NodeByLabelScan m:Message
)");
  // What a LIMIT cuts off is not read.
  CHECK(shape("MATCH (p:Person)-[:WROTE]->(m:Message) RETURN m.length ORDER BY p.age LIMIT 5") ==
        R"(
ProduceResults `m.length`
Projection m.length AS `m.length`
Top p.age ASC LIMIT 5
Filter m:Message
Expand(All) (p)-[anon_1:WROTE]->(m)
NodeByLabelScan p:Person
)");
}

TEST_CASE("Cycles are closed by expanding into a known node", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person)-[:KNOWS]->(a) "
              "RETURN a, b, c") == R"(
ProduceResults a, b, c
Intersect (b)-[anon_3:KNOWS]->(c) distinct from anon_1, (a)<-[anon_5:KNOWS]-(c) distinct from anon_1, anon_3 WHERE c:Person
Filter b:Person
Expand(All) (a)-[anon_1:KNOWS]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a)-[r]->(a) RETURN r") == R"(
ProduceResults r
Expand(Into) (a)-[r]->(a)
AllNodesScan a
)");
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c), "
              "(a)-[:LIVES_IN]->(x)<-[:LIVES_IN]-(c) WHERE a.id = 1 RETURN b") == R"(
ProduceResults b
Intersect (a)-[anon_1:KNOWS]->(b), (c)<-[anon_3:KNOWS]-(b) distinct from anon_1
Expand(All) (x)<-[anon_7:LIVES_IN]-(c) distinct from anon_5
Expand(All) (a)-[anon_5:LIVES_IN]->(x)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("Two selective ends meet in the middle", "[plan]") {
  CHECK(shape("MATCH (a:Person {id: "
              "1})-[:KNOWS]->()-[:KNOWS]->(x)<-[:KNOWS]-()<-[:KNOWS]-(b:Person {id: 2}) "
              "RETURN x") == R"(
ProduceResults x
Filter anon_1 <> anon_5 AND anon_1 <> anon_7 AND anon_3 <> anon_5 AND anon_3 <> anon_7
NodeHashJoin x
| Expand(All) (anon_6)-[anon_5:KNOWS]->(x) distinct from anon_7
| Expand(All) (b)-[anon_7:KNOWS]->(anon_6)
| Filter b.id = 2
| NodeByLabelScan b:Person
Expand(All) (anon_2)-[anon_3:KNOWS]->(x) distinct from anon_1
Expand(All) (a)-[anon_1:KNOWS]->(anon_2)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("Nodes with a known id are looked up", "[plan]") {
  CHECK(shape("MATCH (n) WHERE id(n) = 3 RETURN n") == R"(
ProduceResults n
NodeByIdSeek id(n) IN [3]
SingleRow
)");
  CHECK(shape("MATCH (n) WHERE id(n) IN [1, 2, 3] AND n.x > 1 RETURN n") == R"(
ProduceResults n
Filter n.x > 1
NodeByIdSeek id(n) IN [1, 2, 3]
SingleRow
)");
  CHECK(shape("UNWIND [1, 2] AS i MATCH (n:Person) WHERE id(n) = i RETURN n") == R"(
ProduceResults n
Filter n:Person
NodeByIdSeek id(n) IN [i]
Unwind [1, 2] AS i
SingleRow
)");
  CHECK(shape("MATCH (a)-[r]->(b) WHERE id(a) = 1 AND id(b) = 2 RETURN r") == R"(
ProduceResults r
Expand(Into) (a)-[r]->(b)
NodeByIdSeek id(b) IN [2]
NodeByIdSeek id(a) IN [1]
SingleRow
)");
}

TEST_CASE("Parts without a common variable are joined on equality or multiplied", "[plan]") {
  CHECK(shape("UNWIND [1, 2] AS i MATCH (n:Person) WHERE n.id = i RETURN n") == R"(
ProduceResults n
ValueHashJoin n.id = i
| Unwind [1, 2] AS i
| SingleRow
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (a:Person), (b:City) RETURN a, b") == R"(
ProduceResults a, b
CartesianProduct
| NodeByLabelScan b:City
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person), (b:Person) WHERE a.name = b.name AND a.id < b.id RETURN a, b") ==
        R"(
ProduceResults a, b
Filter a.id < b.id
ValueHashJoin a.name = b.name
| NodeByLabelScan b:Person
NodeByLabelScan a:Person
)");
  CHECK(shape("UNWIND $rows AS row MATCH (a:Person {id: row.a}) MATCH (b:Person {id: "
              "row.b}) RETURN a, b") == R"(
ProduceResults a, b
ValueHashJoin b.id = row.b
| ValueHashJoin a.id = row.a
| | Unwind $rows AS row
| | SingleRow
| NodeByLabelScan a:Person
NodeByLabelScan b:Person
)");
}

TEST_CASE("Relationships between unknown nodes are scanned by type", "[plan]") {
  CHECK(shape("MATCH ()-[r:KNOWS]->() RETURN r.since") == R"(
ProduceResults `r.since`
Projection r.since AS `r.since`
DirectedRelationshipTypeScan (anon_0)-[r:KNOWS]->(anon_2)
)");
  CHECK(shape("MATCH ()<-[r:KNOWS]-() RETURN r.since") == R"(
ProduceResults `r.since`
Projection r.since AS `r.since`
DirectedRelationshipTypeScan (anon_2)-[r:KNOWS]->(anon_0)
)");
  CHECK(shape("MATCH ()-[r:KNOWS]-() RETURN r.since") == R"(
ProduceResults `r.since`
Projection r.since AS `r.since`
Expand(All) (anon_0)-[r:KNOWS]-(anon_2)
AllNodesScan anon_0
)");
}

TEST_CASE("Relationships of one MATCH differ where they could be the same", "[plan]") {
  CHECK(shape("MATCH (a {id: 1})-[:KNOWS]->(b)-[:LIVES_IN]->(c) RETURN c") == R"(
ProduceResults c
Expand(All) (b)-[anon_3:LIVES_IN]->(c)
Filter a.id = 1
DirectedRelationshipTypeScan (a)-[anon_1:KNOWS]->(b)
)");
  CHECK(shape("MATCH (a)-[:KNOWS]->(b), (c)-[:KNOWS]->(d) RETURN a, d") == R"(
ProduceResults a, d
Filter anon_1 <> anon_4
CartesianProduct
| DirectedRelationshipTypeScan (c)-[anon_4:KNOWS]->(d)
DirectedRelationshipTypeScan (a)-[anon_1:KNOWS]->(b)
)");
  CHECK(shape("MATCH (a {id: 1})-[:KNOWS]->(b) MATCH (b)-[:KNOWS]->(c) RETURN c") == R"(
ProduceResults c
Expand(All) (b)-[anon_3:KNOWS]->(c)
Filter a.id = 1
DirectedRelationshipTypeScan (a)-[anon_1:KNOWS]->(b)
)");
  CHECK(shape("MATCH (a {id: 1})-[:KNOWS*2]->(b)-[r]->(c) RETURN c") == R"(
ProduceResults c
Expand(All) (b)-[r]->(c) distinct from anon_1
VarLengthExpand(All) (a)-[anon_1:KNOWS*2]->(b)
Filter a.id = 1
AllNodesScan a
)");
}

TEST_CASE("Relationships bound before are followed to their ends", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[r:KNOWS]->(b) WITH r MATCH (x)-[r]->(y) RETURN x, y") == R"(
ProduceResults x, y
ProjectEndpoints (x)-[r]->(y)
Expand(All) (a)-[r:KNOWS]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1})-[r:KNOWS]->(b) WITH a, r LIMIT 1 MATCH "
              "(a)-[r]-(c)-[s]->(d) RETURN d") == R"(
ProduceResults d
Expand(All) (c)-[s]->(d) distinct from r
ProjectEndpoints (a)-[r]-(c)
Limit 1
Expand(All) (a)-[r:KNOWS]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("Several MATCH clauses are planned as one pattern", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) MATCH (b)-[:LIKES]->(m:Message {id: 1}) "
              "RETURN a") == R"(
ProduceResults a
Filter a:Person
Expand(All) (b)<-[anon_1:KNOWS]-(a)
Expand(All) (m)<-[anon_3:LIKES]-(b)
Filter m.id = 1
NodeByLabelScan m:Message
)");
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) WITH a, b WHERE b.id = 1 RETURN a") == R"(
ProduceResults a
Filter b.id = 1
Expand(All) (a)-[anon_1:KNOWS]->(b)
NodeByLabelScan a:Person
)");
}

TEST_CASE("OPTIONAL MATCH keeps its conditions inside", "[plan]") {
  CHECK(shape("MATCH (a:Person {id: 1}) OPTIONAL MATCH (a)-[:LIVES_IN]->(c:City) WHERE "
              "c.name = 'Oslo' RETURN a, c") == R"(
ProduceResults a, c
OptionalExpand(All) (a)-[anon_1:LIVES_IN]->(c) WHERE c:City AND c.name = 'Oslo'
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1}) OPTIONAL MATCH (a)-[:KNOWS]->(b)-[:LIVES_IN]->(c) "
              "RETURN a, c") == R"(
ProduceResults a, c
Apply(Optional) c
| Expand(All) (b)-[anon_3:LIVES_IN]->(c)
| Expand(All) (a)-[anon_1:KNOWS]->(b)
| Argument a
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("OPTIONAL MATCH (a:Person {id: 1}) RETURN a") == R"(
ProduceResults a
Apply(Optional) a
| Filter a.id = 1
| NodeByLabelScan a:Person
SingleRow
)");
}

TEST_CASE("Conditions on each relationship of a trail prune it as it grows", "[plan]") {
  CHECK(shape("MATCH p = (a:Person {id: 1})-[:KNOWS*1..3]->(b) WHERE all(r IN "
              "relationships(p) WHERE r.since > 2000) RETURN p") == R"(
ProduceResults p
Projection (a)-[anon_1*]-(b) AS p
VarLengthExpand(All) (a)-[anon_1:KNOWS*1..3]->(b) WHERE r.since > 2000
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (n:Person)-[r:KNOWS*2]->(m) WHERE none(x IN r WHERE x.a = n.a) RETURN m") ==
        R"(
ProduceResults m
VarLengthExpand(All) (n)-[r:KNOWS*2]->(m) WHERE NOT x.a = n.a
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (n:Person)-[r:KNOWS* {w: 1}]->(m) RETURN m") == R"(
ProduceResults m
VarLengthExpand(All) (n)-[r:KNOWS*]->(m) WHERE r.w = 1
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (a), (n:Person)-[r:KNOWS* {w: a.x}]->(m) RETURN m") == R"(
ProduceResults m
Filter all(r IN r WHERE r.w = a.x)
CartesianProduct
| AllNodesScan a
VarLengthExpand(All) (n)-[r:KNOWS*]->(m)
NodeByLabelScan n:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS*]->(b) WITH a, b LIMIT 1 MATCH "
              "(a)-[r:KNOWS* {w: a.x}]->(m) RETURN m") == R"(
ProduceResults m
VarLengthExpand(All) (a)-[r:KNOWS*]->(m) WHERE r.w = a.x
Limit 1
VarLengthExpand(All) (a)-[anon_1:KNOWS*]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("Paths are made only when somebody looks at them", "[plan]") {
  CHECK(shape("MATCH p = (a:Person {id: 1})-[:KNOWS*1..3]->(b) RETURN b") == R"(
ProduceResults b
VarLengthExpand(All) (a)-[anon_1:KNOWS*1..3]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH p = (a:Person {id: 1})-[:KNOWS*1..3]->(b) WHERE length(p) > 1 RETURN b") == R"(
ProduceResults b
Filter size(anon_1) > 1
VarLengthExpand(All) (a)-[anon_1:KNOWS*1..3]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("Shortest paths are searched between bound ends", "[plan]") {
  CHECK(shape("MATCH (a:Person {id: 1}), (b:Person {id: 2}), p = "
              "shortestPath((a)-[:KNOWS*]-(b)) RETURN length(p)") == R"(
ProduceResults `length(p)`
Projection size(anon_2) AS `length(p)`
ShortestPath (a)-[anon_2:KNOWS*]-(b)
CartesianProduct
| Filter b.id = 2
| NodeByLabelScan b:Person
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1}), (b:Person {id: 2}), p = "
              "shortestPath((a)-[:KNOWS*]-(b)) WHERE length(p) < 5 RETURN p") == R"(
ProduceResults p
Filter size(anon_2) < 5
Projection (a)-[anon_2*]-(b) AS p
ShortestPath (a)-[anon_2:KNOWS*]-(b)
CartesianProduct
| Filter b.id = 2
| NodeByLabelScan b:Person
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("A node tied to two that earlier clauses found is found from both lists", "[plan]") {
  CHECK(shape("MATCH (a:Person {id: 1})-[:KNOWS]->(b:Person) WITH DISTINCT a, b "
              "MATCH (a)-[:LIKES]->(m:Message)<-[:LIKES]-(b) RETURN m") == R"(
ProduceResults m
Intersect (a)-[anon_3:LIKES]->(m), (b)-[anon_5:LIKES]->(m) distinct from anon_3 WHERE m:Message
PruneDuplicates b BY a, EACH ONCE
Filter b:Person
Expand(All) (a)-[anon_1:KNOWS]->(b)
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE("Conditions on a whole shortest path and on its nodes are tested by the search",
          "[plan]") {
  CHECK(shape("MATCH (a:Person), (b:Person), p = shortestPath((a)-[r:KNOWS*]->(b)) "
              "WHERE all(n IN nodes(p) WHERE n.x > 3) RETURN size(r)") == R"(
ProduceResults `size(r)`
Projection size(r) AS `size(r)`
StatefulShortestPath(Into) SHORTEST 1 (a) ((anon_7)-[anon_8:KNOWS]->(anon_9) WHERE anon_9.x > 3)+ (b)
CartesianProduct
| NodeByLabelScan b:Person
Filter a.x > 3
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1}), (b:Person {id: 2}), p = "
              "shortestPath((a)-[:KNOWS*]-(b)) WHERE length(p) > 2 AND none(r IN "
              "relationships(p) WHERE r.bad = true) RETURN p") == R"(
ProduceResults p
Projection (a)-[anon_2*]-(b) AS p
StatefulShortestPath(Into) SHORTEST 1 (a) ((anon_6)-[r:KNOWS]-(anon_7) WHERE NOT r.bad = true)+ (b) WHERE size(anon_5) > 2
CartesianProduct
| Filter b.id = 2
| NodeByLabelScan b:Person
Filter a.id = 1
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person {id: 1}), (b:Person {id: 2}), p = "
              "allShortestPaths((a)-[:KNOWS*]-(b)) WHERE length(p) > 2 RETURN p") == R"(
ProduceResults p
Projection (a)-[anon_2*]-(b) AS p
StatefulShortestPath(Into) SHORTEST 1 GROUPS (a) ((anon_5)-[anon_6:KNOWS]-(anon_7))+ (b) WHERE size(anon_4) > 2
CartesianProduct
| Filter b.id = 2
| NodeByLabelScan b:Person
Filter a.id = 1
NodeByLabelScan a:Person
)");
}

TEST_CASE(
    "What can fail stays behind the conditions written before it, what is volatile behind all",
    "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) WHERE b.x = 1 AND 10 / a.x > 1 AND a.y = 2 "
              "RETURN a") == R"(
ProduceResults a
Filter b.x = 1 AND recheck(10 / a.x > 1)
Expand(All) (a)-[anon_1:KNOWS]->(b)
Filter a.y = 2 AND try(10 / a.x > 1)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person) WHERE rand() < 0.5 AND a.x = 1 RETURN a") == R"(
ProduceResults a
Filter a.x = 1 AND rand() < 0.5
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person), (b:Person) WHERE a.x <> b.x AND a.id = b.id + 1 RETURN a") == R"(
ProduceResults a
Filter a.x <> b.x AND a.id = b.id + 1
CartesianProduct
| NodeByLabelScan b:Person
NodeByLabelScan a:Person
)");
}

TEST_CASE("Without optimisation clauses stand as written", "[plan]") {
  CHECK(shape("MATCH (a:Person)-[:KNOWS]->(b) WITH a, b WHERE b.id = 1 RETURN a", false) == R"(
ProduceResults a
Filter b.id = 1
Expand(All) (a)-[anon_1:KNOWS]->(b)
NodeByLabelScan a:Person
)");
  CHECK(shape("MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->() } RETURN a.name ORDER BY "
              "a.id LIMIT 1",
              false) == R"(
ProduceResults `a.name`
Limit 1
Sort a.id ASC
Projection a.name AS `a.name`
Filter EXISTS { a … }
| Subquery EXISTS { a … }
| Expand(All) (a)-[anon_1:KNOWS]->(anon_2)
| Argument a
NodeByLabelScan a:Person
)");
}
