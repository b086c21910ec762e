// tests/unit/cypher/plan_index_test.cpp: which conditions an index answers, and when it is used.
#include <catch2/catch.hpp>

#include "tests/unit/cypher/plan_fixture.hpp"

using kith::plan_test::indexed_shape;

TEST_CASE("An equality is looked up", "[plan]") {
  CHECK(indexed_shape("MATCH (p:Person {id: $id}) RETURN p.name") == R"(
ProduceResults `p.name`
Projection p.name AS `p.name`
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = $id
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE 'Ada' = p.name AND p.age > 3 RETURN p") == R"(
ProduceResults p
Filter p.age > 3
NodeIndexSeek RANGE INDEX p:Person(name) WHERE name = 'Ada'
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person {id: $id}) RETURN p", false) == R"(
ProduceResults p
Filter p.id = $id
NodeByLabelScan p:Person
)");
}

TEST_CASE("Lists, ranges, prefixes and composite keys are looked up", "[plan]") {
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.id IN $ids RETURN p") == R"(
ProduceResults p
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id IN $ids
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE 3 < p.id AND p.id <= 7 RETURN p") == R"(
ProduceResults p
NodeIndexSeekByRange UNIQUE p:Person(id) WHERE id > 3 AND id <= 7
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.name STARTS WITH 'A' RETURN p") == R"(
ProduceResults p
NodeIndexSeekByRange RANGE INDEX p:Person(name) WHERE name STARTS WITH 'A'
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.city = 1 AND p.age >= 18 RETURN p") == R"(
ProduceResults p
NodeIndexSeekByRange RANGE INDEX p:Person(city, age) WHERE city = 1 AND age >= 18
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.city = 1 AND p.age IS NOT NULL RETURN p") == R"(
ProduceResults p
NodeIndexSeek RANGE INDEX p:Person(city, age) WHERE city = 1 AND age IS NOT NULL
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.city = 1 AND p.age CONTAINS 'x' RETURN p") == R"(
ProduceResults p
Filter p.age CONTAINS 'x'
NodeIndexSeek RANGE INDEX p:Person(city, age) WHERE city = 1 AND age IS NOT NULL
SingleRow
)");
}

TEST_CASE("An index that lacks elements the pattern may want is not used", "[plan]") {
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.city = 1 RETURN p") == R"(
ProduceResults p
Filter p.city = 1
NodeByLabelScan p:Person
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.name = 'a' OR p.id = 3 RETURN p") == R"(
ProduceResults p
Filter p.name = 'a' OR p.id = 3
NodeByLabelScan p:Person
)");
  CHECK(indexed_shape("MATCH (p) WHERE p.id = 3 RETURN p") == R"(
ProduceResults p
Filter p.id = 3
AllNodesScan p
)");
}

TEST_CASE("Rows feed seeks, a seek for each", "[plan]") {
  CHECK(indexed_shape("UNWIND $rows AS row MATCH (p:Person {id: row.id}) RETURN p") == R"(
ProduceResults p
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = row.id
Unwind $rows AS row
SingleRow
)");
  CHECK(indexed_shape("UNWIND $rows AS row MATCH (a:Person {id: row.a}), (b:Person {id: row.b}) "
                      "CREATE (a)-[:KNOWS]->(b)") == R"(
ProduceResults
Create (a)-[anon_3:KNOWS]->(b)
Eager
NodeUniqueIndexSeek UNIQUE b:Person(id) WHERE id = row.b
NodeUniqueIndexSeek UNIQUE a:Person(id) WHERE id = row.a
Unwind $rows AS row
SingleRow
)");
  CHECK(indexed_shape("MATCH (c:City {id: 3}), (p:Person) WHERE p.id = c.mayor RETURN p") == R"(
ProduceResults p
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = c.mayor
Filter c.id = 3
NodeByLabelScan c:City
)");
  CHECK(indexed_shape("MATCH (m:Message), (p:Person) WHERE p.id = m.author RETURN p") == R"(
ProduceResults p
ValueHashJoin m.author = p.id
| NodeByLabelScan p:Person
NodeByLabelScan m:Message
)");
}

TEST_CASE("Patterns start where an index finds few", "[plan]") {
  CHECK(indexed_shape("MATCH (c:City)<-[:LIVES_IN]-(p:Person {id: 3}) RETURN c") == R"(
ProduceResults c
Filter c:City
Expand(All) (p)-[anon_1:LIVES_IN]->(c)
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = 3
SingleRow
)");
  CHECK(indexed_shape("MATCH (a:Person {id: 1})-[k:KNOWS]->(b:Person {id: 2}) RETURN k") == R"(
ProduceResults k
Filter b:Person AND b.id = 2
Expand(All) (a)-[k:KNOWS]->(b)
NodeUniqueIndexSeek UNIQUE a:Person(id) WHERE id = 1
SingleRow
)");
  CHECK(indexed_shape("UNWIND [1, 2] AS i MATCH (p:Person {id: i})-[:LIVES_IN]->(c) RETURN c") ==
        R"(
ProduceResults c
Expand(All) (p)-[anon_2:LIVES_IN]->(c)
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = i
Unwind [1, 2] AS i
SingleRow
)");
}

TEST_CASE("Relationships are looked up, too", "[plan]") {
  CHECK(indexed_shape("MATCH (a)-[k:KNOWS {since: 2020}]->(b) RETURN a") == R"(
ProduceResults a
DirectedRelationshipIndexSeek RANGE INDEX (a)-[k:KNOWS(since)]->(b) WHERE since = 2020
SingleRow
)");
  CHECK(indexed_shape("MATCH (a)-[k:KNOWS]-(b) WHERE k.since = 2020 RETURN a") == R"(
ProduceResults a
UndirectedRelationshipIndexSeek RANGE INDEX (a)-[k:KNOWS(since)]-(b) WHERE since = 2020
SingleRow
)");
  CHECK(indexed_shape("UNWIND $ats AS at MATCH (:Person)-[l:LIKES {at: at}]->(m) RETURN m") == R"(
ProduceResults m
Filter anon_1:Person
DirectedRelationshipIndexSeek RANGE INDEX (anon_1)-[l:LIKES(at)]->(m) WHERE at = at
Unwind $ats AS at
SingleRow
)");
}

TEST_CASE("MERGE and writes look up what they match", "[plan]") {
  CHECK(indexed_shape("UNWIND $rows AS row MERGE (p:Person {id: row.id}) SET p.x = 1") == R"(
ProduceResults
SetProperty p.x = 1
Eager
Merge (p:Person {id: row.id})
| NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = row.id
| Argument row
Unwind $rows AS row
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person {id: 1}) SET p.id = 2") == R"(
ProduceResults
SetProperty p.id = 2
Eager
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = 1
SingleRow
)");
}

TEST_CASE("MERGE looks up what it makes itself, though there is none yet", "[plan]") {
  CHECK(indexed_shape(
            "UNWIND $rows AS row MATCH (p:Person {id: row.id}) MERGE (t:Tag {name: row.tag}) "
            "MERGE (p)-[:HAS]->(t)") == R"(
ProduceResults
Merge (p)-[anon_3:HAS]->(t)
| Expand(Into) (p)-[anon_3:HAS]->(t)
| Argument p, t
Eager
Merge (t:Tag {name: row.tag})
| NodeUniqueIndexSeek UNIQUE t:Tag(name) WHERE name = row.tag
| Argument row
Eager
NodeUniqueIndexSeek UNIQUE p:Person(id) WHERE id = row.id
Unwind $rows AS row
SingleRow
)");
  // Who only reads scans what is not there.
  CHECK(indexed_shape("UNWIND $rows AS row MATCH (t:Tag {name: row.tag}) RETURN t").find("Seek") ==
        std::string::npos);
}

TEST_CASE("ORDER BY is what an index gives anyway", "[plan]") {
  CHECK(indexed_shape("MATCH (p:Person) RETURN p ORDER BY p.name LIMIT 3") == R"(
ProduceResults p
Limit 3
NodeIndexScan RANGE INDEX p:Person(name) and the rest ORDER BY name ASC
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.id > 5 RETURN p.id AS i ORDER BY i DESC") == R"(
ProduceResults i
Projection p.id AS i
NodeIndexSeekByRange UNIQUE p:Person(id) WHERE id > 5 ORDER BY id DESC
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.city = 3 AND p.age > 1 RETURN p "
                      "ORDER BY p.city, p.age") == R"(
ProduceResults p
NodeIndexSeekByRange RANGE INDEX p:Person(city, age) WHERE city = 3 AND age > 1 ORDER BY age ASC
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) RETURN p ORDER BY p.name, p.id LIMIT 3") == R"(
ProduceResults p
Top p.name ASC, p.id ASC LIMIT 3
NodeByLabelScan p:Person
)");
}

TEST_CASE("min() and max() are at the ends of an index", "[plan]") {
  CHECK(indexed_shape("MATCH (p:Person) RETURN max(p.id) AS m") == R"(
ProduceResults m
EagerAggregation max(p.id) AS m
Limit 1
NodeIndexScan UNIQUE p:Person(id) WHERE id IS NOT NULL ORDER BY id DESC
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) WHERE p.x = 1 RETURN max(p.id) AS m") == R"(
ProduceResults m
EagerAggregation max(p.id) AS m
Filter p.x = 1
NodeByLabelScan p:Person
)");
}

TEST_CASE("Hints are followed, or refused", "[plan]") {
  CHECK(indexed_shape("MATCH (p:Person) USING INDEX p:Person(name) WHERE p.name > 'a' AND "
                      "p.id = 1 RETURN p") == R"(
ProduceResults p
Filter p.id = 1
NodeIndexSeekByRange RANGE INDEX p:Person(name) WHERE name > 'a'
SingleRow
)");
  CHECK(indexed_shape("MATCH (p:Person) USING SCAN p:Person WHERE p.id = 1 RETURN p") == R"(
ProduceResults p
Filter p.id = 1
NodeByLabelScan p:Person
)");
  CHECK(indexed_shape("MATCH (a:Person {id: 1})-[:KNOWS]->(b:Person) USING INDEX b:Person(name) "
                      "WHERE b.name = 'x' RETURN b") == R"(
ProduceResults b
Filter a:Person AND a.id = 1
Expand(All) (b)<-[anon_1:KNOWS]-(a)
NodeIndexSeek RANGE INDEX b:Person(name) WHERE name = 'x'
SingleRow
)");
  const auto refusal = [](const std::string& text) {
    try {
      return indexed_shape(text);
    } catch (const kith::Error& e) {
      return e.type() + " " + e.detail() + " " + std::to_string(e.column());
    }
  };
  CHECK(refusal("MATCH (p:Person) USING INDEX p:Person(x) WHERE p.x = 1 RETURN p") ==
        "SyntaxError IndexNotFound 24");
  CHECK(refusal("MATCH (p:Person) USING INDEX p:Person(name) WHERE p.id = 1 RETURN p") ==
        "SyntaxError InvalidHint 24");
}
