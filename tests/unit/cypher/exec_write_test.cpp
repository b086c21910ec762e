// tests/unit/cypher/exec_write_test.cpp: statements that change the graph.
#include <algorithm>
#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "tests/unit/cypher/exec_fixture.hpp"

namespace kith::test {
namespace {

using Rows = std::vector<std::string>;

Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string failure(QueryDatabase& db, const std::string& query) {
  try {
    db.run(query);
  } catch (const Error& e) {
    return e.type() + "/" + e.detail();
  }
  return "no error";
}

template <class Body>
void in_all_modes(Body body) {
  for (const Mode& mode : all_modes()) {
    INFO(mode.name());
    QueryDatabase db(mode);
    body(db);
  }
}

}  // namespace

TEST_CASE("CREATE makes nodes and relationships and counts them") {
  in_all_modes([](QueryDatabase& db) {
    CHECK(
        db.run("CREATE (a:A {x: 1, y: null})-[r:R {z: 'q'}]->(b:B:C) RETURN a.x, r.z, labels(b)") ==
        Rows{"1 | 'q' | ['B', 'C']"});
    CHECK(db.counters().nodes_created == 2);
    CHECK(db.counters().relationships_created == 1);
    CHECK(db.counters().properties_set == 2);
    CHECK(db.counters().labels_added == 3);
    CHECK(db.run("MATCH (a:A)-[r]->(b) RETURN a.x, type(r), b:C") == Rows{"1 | 'R' | true"});
  });
}

TEST_CASE("each row creates, and properties are those of the row") {
  in_all_modes([](QueryDatabase& db) {
    CHECK(db.run("UNWIND range(1, 5) AS i CREATE (n:N {i: i}) RETURN n.i") ==
          Rows{"1", "2", "3", "4", "5"});
    CHECK(db.run("MATCH (a:N) CREATE (a)-[:R]->(b:M {of: a.i}) RETURN b.of").size() == 5);
    CHECK(db.run("MATCH (:N)-[:R]->(m:M) RETURN sum(m.of)") == Rows{"15"});
    db.run("UNWIND [{id: 7}, {id: 8}] AS row CREATE (:P {id: row.id})");
    CHECK(sorted(db.run("MATCH (p:P) RETURN p.id")) == Rows{"7", "8"});
  });
}

TEST_CASE("a write runs to its end whatever LIMIT says") {
  in_all_modes([](QueryDatabase& db) {
    CHECK(db.run("UNWIND range(1, 9) AS i CREATE (n:N) RETURN n LIMIT 0").empty());
    CHECK(db.run("UNWIND range(1, 9) AS i CREATE (n:M {i: i}) RETURN n.i LIMIT 2") ==
          Rows{"1", "2"});
    CHECK(db.run("MATCH (n) RETURN count(*)") == Rows{"18"});
  });
}

TEST_CASE("what a clause creates is not matched by itself") {
  in_all_modes([](QueryDatabase& db) {
    db.run("UNWIND range(1, 7) AS i CREATE (:N)");
    db.run("MATCH (n:N) CREATE (:N)");
    CHECK(db.run("MATCH (n:N) RETURN count(*)") == Rows{"14"});
    db.run("CREATE (:A) WITH 1 AS x MATCH (a:A) CREATE (:B)");
    CHECK(db.run("MATCH (b:B) RETURN count(*)") == Rows{"1"});
  });
}

TEST_CASE("SET and REMOVE change properties and labels") {
  in_all_modes([](QueryDatabase& db) {
    db.run("CREATE (:N {a: 1, b: 2}), (:N {a: 5})");
    CHECK(sorted(db.run("MATCH (n:N) SET n.a = n.a + 1, n:Seen RETURN n.a")) == Rows{"2", "6"});
    CHECK(db.run("MATCH (n:Seen {a: 2}) SET n = {c: 3} RETURN properties(n)") == Rows{"{c: 3}"});
    CHECK(db.run("MATCH (n:N {c: 3}) SET n += {d: 4, c: null} RETURN properties(n)") ==
          Rows{"{d: 4}"});
    CHECK(db.run("MATCH (n:N {d: 4}) REMOVE n.d, n:Seen RETURN properties(n), labels(n)") ==
          Rows{"{} | ['N']"});
    CHECK(db.run("OPTIONAL MATCH (n:Missing) SET n.x = 1 RETURN n") == Rows{"null"});
    CHECK(failure(db, "MATCH (n:N) SET n.x = [{a: 1}]") == "TypeError/InvalidPropertyType");
    CHECK(db.run("MATCH (n:N) WHERE n.x IS NOT NULL RETURN count(*)") == Rows{"0"});
  });
}

TEST_CASE("a later row sees what an earlier one has set") {
  in_all_modes([](QueryDatabase& db) {
    db.run("CREATE (:Counter {n: 0})");
    db.run("MATCH (c:Counter) UNWIND range(1, 10) AS i SET c.n = c.n + i");
    CHECK(db.run("MATCH (c:Counter) RETURN c.n") == Rows{"55"});
  });
}

TEST_CASE("DELETE removes, and refuses to leave relationships without ends") {
  in_all_modes([](QueryDatabase& db) {
    db.run("CREATE (a:A)-[:R]->(b:B), (c:C)");
    CHECK(failure(db, "MATCH (a:A) DELETE a") ==
          "ConstraintVerificationFailed/DeleteConnectedNode");
    CHECK(db.run("MATCH (n) RETURN count(*)") == Rows{"3"});
    CHECK(db.run("MATCH (:A)-[r:R]->() DELETE r RETURN type(r)") == Rows{"'R'"});
    CHECK(failure(db, "MATCH (c:C) DELETE c RETURN c.x") == "EntityNotFound/DeletedEntityAccess");
    CHECK(failure(db, "MATCH (c:C) DELETE c RETURN labels(c)") ==
          "EntityNotFound/DeletedEntityAccess");
    db.run("CREATE (a:D)-[:R]->(b:D)-[:R]->(c:D)");
    db.run("MATCH (d:D) DETACH DELETE d");
    CHECK(db.counters().nodes_deleted == 3);
    CHECK(db.counters().relationships_deleted == 2);
    db.run("CREATE (:P)-[:R]->(:P)");
    db.run("MATCH p = (:P)-->(:P) DELETE p");
    CHECK(db.run("MATCH (n) RETURN count(*)") == Rows{"3"});
  });
}

TEST_CASE("MERGE finds or makes, and sees what earlier rows made") {
  in_all_modes([](QueryDatabase& db) {
    CHECK(db.run("UNWIND [1, 2, 1, 2, 3] AS i MERGE (n:N {i: i}) "
                 "ON CREATE SET n.made = true ON MATCH SET n.again = true RETURN n.i, n.again") ==
          Rows{"1 | true", "2 | true", "1 | true", "2 | true", "3 | null"});
    CHECK(db.run("MATCH (n:N) RETURN count(*), count(n.again)") == Rows{"3 | 2"});
    db.run("MATCH (a:N {i: 1}), (b:N {i: 2}) MERGE (a)-[r:R]->(b) ON CREATE SET r.x = 1");
    db.run("MATCH (a:N {i: 1}), (b:N {i: 2}) MERGE (a)-[r:R]->(b) ON MATCH SET r.x = r.x + 1");
    CHECK(db.run("MATCH ()-[r:R]->() RETURN count(*), sum(r.x)") == Rows{"1 | 2"});
    CHECK(db.run("MATCH (n:N) MERGE (m:M) RETURN count(*), count(DISTINCT m)") == Rows{"3 | 1"});
    CHECK(failure(db, "MERGE ({x: null})") == "SemanticError/MergeReadOwnWrites");
    CHECK(db.run("MERGE p = (:X {k: 1})-[:Y]->(:X) RETURN length(p)") == Rows{"1"});
  });
}

TEST_CASE("FOREACH and unit subqueries run for each row") {
  in_all_modes([](QueryDatabase& db) {
    db.run("CREATE (:N)");
    db.run("MATCH (n:N) FOREACH (i IN range(1, 4) | CREATE (n)-[:R]->(:M {i: i}))");
    CHECK(db.run("MATCH (:N)-[:R]->(m) RETURN count(*), sum(m.i)") == Rows{"4 | 10"});
    db.run("MATCH (m:M) FOREACH (x IN [1, 2] | SET m.i = m.i * 10 SET m.last = x)");
    CHECK(db.run("MATCH (m:M) RETURN sum(m.i), min(m.last)") == Rows{"1000 | 2"});
    CHECK(db.run("UNWIND [1, 2, 3] AS x CALL { WITH x CREATE (:Made {x: x}) } RETURN x") ==
          Rows{"1", "2", "3"});
    CHECK(db.run("MATCH (n:Made) RETURN count(*)") == Rows{"3"});
  });
}

TEST_CASE("rows of a write show the graph after the statement") {
  in_all_modes([](QueryDatabase& db) {
    CHECK(db.run("CREATE (n:N {a: 1}) WITH n SET n.b = 2 RETURN n") == Rows{"(:N {a: 1, b: 2})"});
  });
}

}  // namespace kith::test
