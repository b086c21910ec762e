// tests/unit/api/plan_cache_test.cpp: texts that share a plan answer as if each had its own.
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::one;

namespace {

struct Opened {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect();

  std::int64_t stat(const std::string& name) {
    return one(conn, "CALL db.stats() YIELD name, value WITH * WHERE name = $n RETURN value",
               {{"n", name}})
        .as_int();
  }
  std::int64_t hits() { return stat("plans.hits"); }
  // Whether running this finds a plan.
  bool hits(const std::string& statement, const Parameters& parameters = {}) {
    const auto before = hits();
    conn.execute(statement, parameters).fetch_all();
    return hits() > before;
  }
  std::string columns(const std::string& statement) {
    std::string all;
    auto result = conn.execute(statement);
    for (const auto& column : result.columns()) all += (all.empty() ? "" : " | ") + column;
    return all;
  }
};

// "line:column", or "".
std::string place_of_error(Connection& conn, const std::string& statement) {
  try {
    conn.execute(statement).fetch_all();
  } catch (const Error& e) {
    return std::to_string(e.line()) + ":" + std::to_string(e.column());
  }
  return "";
}

}  // namespace

TEST_CASE("statements that differ in literals share a plan", "[plan cache]") {
  Opened o;
  o.conn.execute("UNWIND range(1, 100) AS i CREATE (:P {id: i, name: 'n' + toString(i)})");
  CHECK_FALSE(o.hits("MATCH (p:P {id: 7}) RETURN p.name AS name"));
  CHECK(o.hits("MATCH (p:P {id: 8}) RETURN p.name AS name"));
  CHECK(one(o.conn, "MATCH (p:P {id: 9}) RETURN p.name AS name") == Value("n9"));
  CHECK(one(o.conn, "MATCH (p:P {id: 42}) RETURN p.name AS name") == Value("n42"));
  CHECK_FALSE(o.hits("MATCH (p:P {id: 7.0}) RETURN p.name AS name"));  // another type
  CHECK_FALSE(o.hits("MATCH (p:P {id: 'x'}) RETURN p.name AS name"));
  CHECK_FALSE(o.hits("MATCH (p:P {id: null}) RETURN p.name AS name"));  // another text
}

TEST_CASE("columns are named by this text", "[plan cache]") {
  Opened o;
  CHECK(o.columns("RETURN 1") == "1");
  CHECK(o.columns("RETURN 23") == "23");
  CHECK(o.columns("RETURN 1 + 2, 'é' AS x, 3") == "1 + 2 | x | 3");
  CHECK(o.columns("RETURN 10 + 200, 'longer' AS x, 4") == "10 + 200 | x | 4");
  CHECK(o.columns("RETURN [1, 2] UNION RETURN [1, 2]") == "[1, 2]");
  CHECK(o.columns("RETURN [3] UNION RETURN [3]") == "[3]");
  CHECK(one(o.conn, "RETURN 23") == Value(23));
  CHECK(o.hits("RETURN 77"));
}

TEST_CASE("names that must agree or differ", "[plan cache]") {
  Opened o;
  o.conn.execute("RETURN 1 UNION RETURN 1").fetch_all();
  CHECK(error_of([&] { o.conn.execute("RETURN 1 UNION RETURN 2"); }) ==
        "SyntaxError DifferentColumnsInUnion");
  o.conn.execute("RETURN 1, 2").fetch_all();
  CHECK(error_of([&] { o.conn.execute("RETURN 2, 2"); }) == "SyntaxError ColumnNameConflict");
  o.conn.execute("RETURN 3 AS `2`, 1").fetch_all();
  CHECK(error_of([&] { o.conn.execute("RETURN 3 AS `2`, 2"); }) ==
        "SyntaxError ColumnNameConflict");
}

TEST_CASE("SKIP, LIMIT, lengths, null and booleans are part of the plan", "[plan cache]") {
  Opened o;
  o.conn.execute("UNWIND range(1, 20) AS i CREATE (:P {id: i})-[:R]->(:Q)-[:R]->(:Q)");
  const auto rows = [&](const std::string& text) {
    return o.conn.execute(text).fetch_all().size();
  };
  CHECK(rows("MATCH (p:P) RETURN p.id ORDER BY p.id SKIP 1 LIMIT 3") == 3);
  CHECK(rows("MATCH (p:P) RETURN p.id ORDER BY p.id SKIP 1 LIMIT 5") == 5);
  CHECK(rows("MATCH (p:P) RETURN p.id ORDER BY p.id SKIP 18 LIMIT 5") == 2);
  CHECK(error_of([&] { o.conn.execute("MATCH (p:P) RETURN p.id LIMIT -1"); }) ==
        "SyntaxError NegativeIntegerArgument");
  CHECK(rows("MATCH (p:P {id: 1})-[*1..1]->(q) RETURN q") == 1);
  CHECK(rows("MATCH (p:P {id: 7})-[*1..2]->(q) RETURN q") == 2);
  CHECK(rows("MATCH (p:P) WHERE true RETURN p") == 20);
  CHECK(rows("MATCH (p:P) WHERE false RETURN p") == 0);
  CHECK(o.hits("MATCH (p:P {id: 3})-[*1..2]->(q) RETURN q"));
}

TEST_CASE("the sign belongs to the number", "[plan cache]") {
  Opened o;
  CHECK(one(o.conn, "RETURN -5 AS x") == Value(-5));
  CHECK(one(o.conn, "RETURN -6 AS x") == Value(-6));
  CHECK(one(o.conn, "RETURN -9223372036854775808 AS x") == Value(INT64_MIN));
  CHECK(one(o.conn, "RETURN 7 -5 AS x") == Value(2));
  CHECK(one(o.conn, "RETURN 7 -6 AS x") == Value(1));
  CHECK(one(o.conn, "RETURN -(5) AS x") == Value(-5));
  CHECK(one(o.conn, "RETURN -(6) AS x") == Value(-6));
  CHECK(one(o.conn, "RETURN - -1.5 AS x") == Value(1.5));
  CHECK(one(o.conn, "RETURN - -2.5 AS x") == Value(2.5));
}

TEST_CASE("constant lists are one literal", "[plan cache]") {
  Opened o;
  o.conn.execute("UNWIND range(1, 100) AS i CREATE (:P {id: i})");
  const std::string count = "MATCH (p:P) WHERE p.id IN ";
  CHECK(one(o.conn, count + "[1, 2, 3] RETURN count(*) AS c") == Value(3));
  CHECK(o.hits(count + "[7] RETURN count(*) AS c"));
  CHECK(one(o.conn, count + "[-1, 5] RETURN count(*) AS c") == Value(1));
  CHECK(one(o.conn, count + "[1, null] RETURN count(*) AS c") == Value(1));
  CHECK(one(o.conn, "UNWIND [{a: 1}, {a: 2}] AS m RETURN sum(m.a) AS s") == Value(3));
  CHECK(o.hits("UNWIND [{a: 5}] AS m RETURN sum(m.a) AS s"));
  CHECK(one(o.conn, "UNWIND [{a: 5}, {a: 6}, {b: 7}] AS m RETURN sum(m.a) AS s") == Value(11));
}

TEST_CASE("errors are those of this text, and point into it", "[plan cache]") {
  Opened o;
  Database plain = Database::open(":memory:", {.plan_cache = false});
  Connection without = plain.connect();
  const auto same_place = [&](const std::string& statement) {
    const std::string place = place_of_error(without, statement);
    CHECK_FALSE(place.empty());
    CHECK(place_of_error(o.conn, statement) == place);
  };
  o.conn.execute("RETURN 1 + 2 AS x").fetch_all();
  CHECK(error_of([&] { o.conn.execute("RETURN 1 + true AS x"); }).starts_with("SyntaxError"));
  same_place("WITH 'a' AS s RETURN 5 + nope");
  same_place("WITH 'longer' AS s RETURN 500 + nope");
  same_place("WITH 'a' AS s, 0 AS z RETURN 5 / z");
  const auto before = o.hits();
  same_place("WITH 'longer\nthan a line' AS s, 0 AS z RETURN 500 / z");
  same_place("WITH 'ü' AS s, 0 AS z RETURN 12 / z");
  CHECK(o.hits() == before + 2);
}

TEST_CASE("literals of another selectivity get another plan", "[plan cache]") {
  Opened o;
  o.conn.execute("UNWIND range(1, 10000) AS i CREATE (:P {id: i, k: i % 10})");
  o.conn.execute("CREATE INDEX FOR (p:P) ON (p.id)");
  const std::string text = "MATCH (p:P) WHERE p.id > ";
  CHECK_FALSE(o.hits(text + "9998 RETURN count(*) AS c"));
  CHECK(o.hits(text + "9999 RETURN count(*) AS c"));
  CHECK_FALSE(o.hits(text + "10 RETURN count(*) AS c"));
  CHECK(o.hits(text + "20 RETURN count(*) AS c"));
  CHECK(o.hits(text + "9997 RETURN count(*) AS c"));
  CHECK(one(o.conn, text + "9990 RETURN count(*) AS c") == Value(10));
  CHECK(one(o.conn, text + "90 RETURN count(*) AS c") == Value(9910));
}

TEST_CASE("a function of literals in a filter is computed once, for these literals",
          "[plan cache]") {
  Opened o;
  o.conn.execute("CREATE (:E {at: date('2020-01-01')}), (:E {at: date('2021-01-01')})");
  const std::string text = "MATCH (e:E) WHERE e.at > date(";
  CHECK(one(o.conn, text + "'2020-06-01') RETURN count(*) AS c") == Value(1));
  CHECK(one(o.conn, text + "'2019-06-01') RETURN count(*) AS c") == Value(2));
  CHECK(one(o.conn, text + "'2022-06-01') RETURN count(*) AS c") == Value(0));
  CHECK(o.hits(text + "'2019-06-01') RETURN count(*) AS c"));
}

TEST_CASE("schema changes and first appearances end plans", "[plan cache]") {
  Opened o;
  const std::string text = "MATCH (p:New {id: 1}) RETURN count(*) AS c";
  o.conn.execute("UNWIND range(1, 2000) AS i CREATE (:Old {id: i})");
  CHECK_FALSE(o.hits(text));
  CHECK(o.hits(text));
  o.conn.execute("CREATE CONSTRAINT unique_id FOR (p:New) REQUIRE p.id IS UNIQUE");
  CHECK_FALSE(o.hits(text));
  CHECK(o.hits(text));
  // The label is there now; the graph as a whole has not grown tenfold.
  o.conn.execute("UNWIND range(1, 1500) AS i CREATE (:New {id: i})");
  CHECK_FALSE(o.hits(text));
  CHECK(one(o.conn, text) == Value(1));
  o.conn.execute("DROP CONSTRAINT unique_id");
  CHECK_FALSE(o.hits(text));
}

TEST_CASE("writing statements share plans too", "[plan cache]") {
  Opened o;
  for (int i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i);
    o.conn.execute("CREATE (:W {id: " + n + ", name: 'w" + n + "', tags: ['a', '" + n + "']})");
    o.conn.execute("MERGE (w:W {id: " + n + "}) ON MATCH SET w.seen = -" + n);
  }
  CHECK(one(o.conn, "MATCH (w:W) RETURN sum(w.seen) AS s") == Value(-1225));
  CHECK(one(o.conn, "MATCH (w:W {id: 7}) RETURN w.name + w.tags[1] AS s") == Value("w77"));
  CHECK(o.hits("CREATE (:W {id: 99, name: 'x', tags: ['a', 'b']})"));
}

TEST_CASE("EXPLAIN prints the literals of its text", "[plan cache]") {
  Opened o;
  const auto plan = [&](const std::string& text) {
    std::string all;
    for (const auto& row : o.conn.execute(text).fetch_all()) all += row[0].as_string();
    return all;
  };
  CHECK(plan("EXPLAIN MATCH (n) WHERE n.x = 123 RETURN n").find("123") != std::string::npos);
  CHECK(plan("EXPLAIN MATCH (n) WHERE n.x = 456 RETURN n").find("456") != std::string::npos);
  CHECK(plan("EXPLAIN MATCH (n) WHERE n.x = 456 RETURN n LIMIT 7")
            .find("for any literals in the place of 456") != std::string::npos);
}

TEST_CASE("without a plan cache nothing is kept", "[plan cache]") {
  Database db = Database::open(":memory:", {.plan_cache = false});
  Connection conn = db.connect();
  for (int i = 0; i < 3; ++i) CHECK(one(conn, "RETURN 1 AS x") == Value(1));
  CHECK(one(conn,
            "CALL db.stats() YIELD name, value WITH * WHERE name = 'plans' "
            "RETURN value") == Value(0));
}

TEST_CASE("the cache keeps within its limits", "[plan cache]") {
  Opened o;
  for (int i = 0; i < 2000; ++i) {
    o.conn.execute("RETURN 1 AS name" + std::to_string(i)).fetch_all();
  }
  CHECK(o.stat("plans") <= 1024);
  CHECK(o.stat("plans") > 500);
  CHECK(o.stat("plans.bytes") <= 32 << 20);
}

TEST_CASE("prepared statements run with literals of their own", "[plan cache]") {
  Opened o;
  o.conn.execute("UNWIND range(1, 10) AS i CREATE (:P {id: i})");
  auto three = o.conn.prepare("MATCH (p:P {id: 3}) RETURN p.id AS id");
  auto four = o.conn.prepare("MATCH (p:P {id: 4}) RETURN p.id AS id");
  for (int i = 0; i < 3; ++i) {
    CHECK(three.execute().fetch_all()[0][0] == Value(3));
    CHECK(four.execute().fetch_all()[0][0] == Value(4));
  }
  o.conn.execute("CREATE INDEX FOR (p:P) ON (p.id)");
  CHECK(three.execute().fetch_all()[0][0] == Value(3));
  CHECK(four.execute().fetch_all()[0][0] == Value(4));
}

TEST_CASE("threads run like and unlike texts while the schema changes", "[plan cache]") {
  Opened o;
  o.conn.execute("UNWIND range(0, 199) AS i CREATE (:P {id: i, name: 'n' + toString(i)})");
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0}, done{0};
  const auto read = [&](int thread) {
    Connection conn = o.db.connect();
    for (int i = thread; !stop; ++i) {
      const std::string id = std::to_string(i % 200);
      const Value name = one(conn, "MATCH (p:P {id: " + id + "}) RETURN p.name AS name");
      if (name != Value("n" + id)) ++wrong;
      const std::string other = "RETURN " + id + " AS c" + std::to_string(i % 37);
      if (one(conn, other) != Value(i % 200)) ++wrong;
      ++done;
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back(read, t * 71);
  for (int i = 0; i < 30 || done < 300; ++i) {
    o.conn.execute("CREATE INDEX by_id FOR (p:P) ON (p.id)");
    o.conn.execute("CREATE (:Label" + std::to_string(i) + ")");
    o.conn.execute("DROP INDEX by_id");
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
