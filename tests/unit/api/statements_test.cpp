// tests/unit/api/statements_test.cpp: results, prepared statements, parameters, errors, interrupts.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <thread>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::kForever;
using kith::test::one;

namespace {

struct Opened {
  Database db = Database::open(":memory:", {.threads = 2});
  Connection conn = db.connect();
};

}  // namespace

TEST_CASE("rows by index and by name") {
  Opened o;
  auto result = o.conn.execute("RETURN 1 AS a, 'x' AS b");
  CHECK(result.columns() == std::vector<std::string>{"a", "b"});
  const Row* row = result.next();
  REQUIRE(row != nullptr);
  CHECK(row->size() == 2);
  CHECK((*row)[0] == Value(1));
  CHECK((*row)["b"] == Value("x"));
  CHECK(error_of([&] { (*row)["c"]; }) == "ArgumentError NoSuchColumn");
  CHECK(result.next() == nullptr);
}

TEST_CASE("fetch hands out so many rows at a time") {
  Opened o;
  auto result = o.conn.execute("UNWIND range(1, 5000) AS i RETURN i");
  std::int64_t next = 1;
  for (const std::size_t size : {1u, 2u, 1000u, 3000u}) {
    const auto rows = result.fetch(size);
    REQUIRE(rows.size() == size);
    for (const auto& row : rows) CHECK(row[0].as_int() == next++);
  }
  CHECK(result.summary().rows == 4003);
  CHECK(result.fetch_all().size() == 997);
  CHECK(result.fetch(10).empty());
  CHECK(result.summary().rows == 5000);
}

TEST_CASE("the summary: type, counters, position") {
  Opened o;
  auto made = o.conn.execute("CREATE (:A {x: 1, y: 2})-[:R {z: 3}]->(:B:C)");
  const auto summary = made.summary();
  CHECK(summary.type == StatementType::Write);
  CHECK(summary.counters.nodes_created == 2);
  CHECK(summary.counters.relationships_created == 1);
  CHECK(summary.counters.properties_set == 3);
  CHECK(summary.counters.labels_added == 3);
  CHECK(summary.counters.nodes_deleted == 0);
  CHECK(made.columns().empty());
  CHECK(made.next() == nullptr);
  CHECK(o.conn.execute("MATCH (n) RETURN n").summary().position == summary.position);
  CHECK(o.conn.execute("MATCH (n) SET n.x = 5 RETURN n").summary().type ==
        StatementType::ReadWrite);
  CHECK(o.conn.execute("MATCH (n) RETURN n").summary().position > summary.position);
  CHECK(o.conn.execute("RETURN 1").summary().type == StatementType::Read);
}

TEST_CASE("EXPLAIN gives a plan and does nothing; PROFILE counts rows") {
  Opened o;
  auto explained = o.conn.execute("EXPLAIN CREATE (:A)");
  REQUIRE(explained.summary().plan);
  CHECK_FALSE(explained.summary().plan->name.empty());
  CHECK_FALSE(explained.summary().plan->to_string().empty());
  CHECK(one(o.conn, "MATCH (n) RETURN count(*)") == Value(0));
  auto profiled = o.conn.execute("PROFILE UNWIND [1, 2, 3] AS x RETURN x");
  CHECK(profiled.fetch_all().size() == 3);
  REQUIRE(profiled.summary().plan);
  CHECK(profiled.summary().plan->rows == 3u);
}

TEST_CASE("prepared statements are used again with other parameters") {
  Opened o;
  auto make = o.conn.prepare("CREATE (:N {i: $i, s: $s})");
  CHECK(make.type() == StatementType::Write);
  for (int i = 0; i < 100; ++i) make.execute({{"i", i}, {"s", std::to_string(i)}});
  auto find = o.conn.prepare("MATCH (n:N {i: $i}) RETURN n.s AS s");
  CHECK(find.columns() == std::vector<std::string>{"s"});
  CHECK(find.type() == StatementType::Read);
  for (const int i : {99, 0, 42, 7}) {
    const auto rows = find.execute({{"i", i}}).fetch_all();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0][0] == Value(std::to_string(i)));
  }
  CHECK(find.execute({{"i", 100}}).fetch_all().empty());
  CHECK(find.execute({{"i", "7"}}).fetch_all().empty());  // another type
  CHECK(find.execute({{"i", nullptr}}).fetch_all().empty());
  CHECK(find.execute({{"i", 7.0}}).fetch_all().size() == 1);
}

TEST_CASE("a prepared statement sees labels, types and keys that came after it") {
  Opened o;
  auto count = o.conn.prepare("MATCH (n:Later {k: 1})-[:LATER]->() RETURN count(*) AS c");
  CHECK(count.execute().fetch_all()[0][0] == Value(0));
  o.conn.execute("CREATE (:Later {k: 1})-[:LATER]->(:X)");
  CHECK(count.execute().fetch_all()[0][0] == Value(1));
  CHECK(one(o.conn, "MATCH (n:Later {k: 1})-[:LATER]->() RETURN count(*) AS c") == Value(1));
}

TEST_CASE("two results of one prepared statement at a time") {
  Opened o;
  auto range = o.conn.prepare("UNWIND range(1, $n) AS i RETURN i");
  auto few = range.execute({{"n", 3}});
  auto many = range.execute({{"n", 3000}});
  CHECK(few.next()->values()[0] == Value(1));
  CHECK(many.fetch_all().size() == 3000);
  CHECK(few.fetch_all().size() == 2);
}

TEST_CASE("a parameter that is missing is an error, one too many is none") {
  Opened o;
  CHECK(error_of([&] { o.conn.execute("RETURN $x"); }) == "ParameterMissing MissingParameter");
  auto statement = o.conn.prepare("RETURN $x AS x");
  CHECK(error_of([&] { statement.execute(); }) == "ParameterMissing MissingParameter");
  CHECK(statement.execute({{"x", 1}, {"y", 2}}).fetch_all()[0][0] == Value(1));
}

TEST_CASE("values of every type go in and come out as they were") {
  Opened o;
  const List values{nullptr,
                    true,
                    -42,
                    2.5,
                    std::nan(""),
                    "größe",
                    std::string(10000, 'x'),
                    List{1, "a", nullptr, List{}},
                    Map{{"a", 1}, {"b", Map{{"c", List{1.5}}}}},
                    Date::of(2020, 2, 29),
                    LocalTime::parse("12:30:15.123456789"),
                    Time::parse("12:30+01:00"),
                    LocalDateTime::parse("2020-02-29T12:30"),
                    DateTime::parse("2020-02-29T12:30[Europe/Stockholm]"),
                    Duration::parse("P1Y2M3DT4H"),
                    Point{.srid = Point::kWgs84_3d, .x = 1, .y = 2, .z = 3}};
  for (const auto& value : values) {
    INFO(value);
    CHECK(one(o.conn, "RETURN $v", {{"v", value}}) == value);
    CHECK(one(o.conn, "UNWIND [$v] AS v WITH {k: v} AS m RETURN m.k", {{"v", value}}) == value);
    const bool storable = value.type() != ValueType::Map && value.type() != ValueType::List;
    if (!storable) continue;
    auto rows = o.conn.execute("CREATE (n:V {v: $v}) RETURN n, n.v", {{"v", value}}).fetch_all();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0][1] == value);
    CHECK(rows[0][0].as_node()["v"] == value);
  }
}

TEST_CASE("nodes, relationships and paths are whole and stay when the graph changes") {
  Opened o;
  o.conn.execute("CREATE (:A {x: 1})-[:R {w: 2}]->(:B)");
  const auto rows = o.conn.execute("MATCH p = (a:A)-[r]->(b) RETURN a, r, b, p").fetch_all();
  o.conn.execute("MATCH (n) DETACH DELETE n");
  REQUIRE(rows.size() == 1);
  const auto& a = rows[0][0].as_node();
  const auto& r = rows[0][1].as_relationship();
  const auto& p = rows[0][3].as_path();
  CHECK(a.labels() == std::vector<std::string>{"A"});
  CHECK(a["x"] == Value(1));
  CHECK(a["nothing"].is_null());
  CHECK(r.type() == "R");
  CHECK(r["w"] == Value(2));
  CHECK(r.start_id() == a.id());
  CHECK(r.end_id() == rows[0][2].as_node().id());
  CHECK(p.length() == 1);
  CHECK(p.nodes()[0] == a);
  CHECK(p.relationships()[0] == r);
}

TEST_CASE("errors know their type, phase and place, and the connection goes on") {
  Opened o;
  const auto fails = [&](const std::string& statement) {
    try {
      o.conn.execute(statement).fetch_all();
    } catch (const Error& e) {
      return e.type() + " " + std::string(e.phase_name()) + " " + e.detail() + " " +
             std::to_string(e.line()) + ":" + std::to_string(e.column());
    }
    return std::string("no error");
  };
  CHECK(fails("RETURN x") == "SyntaxError compile time UndefinedVariable 1:8");
  CHECK(fails("RETURN\n 'é' +\n  y") == "SyntaxError compile time UndefinedVariable 3:3");
  CHECK(fails("UNWIND [1, 0] AS x RETURN 1 / x") == "ArithmeticError runtime DivisionByZero 1:27");
  CHECK(fails("") == "SyntaxError compile time UnexpectedSyntax 1:1");
  CHECK(fails(std::string("RETURN '\xff'")).starts_with("SyntaxError compile time"));
  CHECK(fails(std::string("RETURN 1") + '\0' + "2").starts_with("SyntaxError compile time"));
  CHECK(fails("RETURN " + std::string(100000, '(')).starts_with("ResourceError"));
  CHECK(fails("CREATE (a)-[:R]->(b) DELETE a") ==
        "ConstraintVerificationFailed runtime DeleteConnectedNode 0:0");
  CHECK(one(o.conn, "MATCH (n) RETURN count(*)") == Value(0));
}

TEST_CASE("errors are of the class that their type names") {
  Opened o;
  CHECK_THROWS_AS(o.conn.execute("RETURN x"), SyntaxError);
  CHECK_THROWS_AS(o.conn.execute("CREATE ({x: {}})"), TypeError);
  CHECK_THROWS_AS(o.conn.execute("RETURN 1 / 0").fetch_all(), QueryError);
  CHECK_THROWS_AS(o.conn.execute("CREATE (a)-[:R]->(b) DELETE a"), ConstraintError);
  CHECK_THROWS_AS(Value(1).as_string(), TypeError);
}

// Interrupts a connection again and again while it lives: an interrupt that comes before the
// statement has begun does nothing.
class Interrupter {
 public:
  explicit Interrupter(Connection& conn) {
    thread_ = std::thread([this, &conn] {
      while (!done_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        conn.interrupt();
      }
    });
  }
  ~Interrupter() {
    done_ = true;
    thread_.join();
  }
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

TEST_CASE("interrupt() from another thread ends the statement, and only that one") {
  Opened o;
  o.conn.interrupt();  // nothing runs: nothing happens
  CHECK(one(o.conn, "RETURN 1") == Value(1));
  for (int round = 0; round < 3; ++round) {
    {
      const Interrupter interrupter(o.conn);
      CHECK(error_of([&] { o.conn.execute(kForever).fetch_all(); }) == "Interrupted Cancelled");
    }
    CHECK(one(o.conn, "RETURN 2") == Value(2));
  }
}

TEST_CASE("interrupt() ends expansions and searches of paths") {
  Opened o;
  o.conn.execute("UNWIND range(0, 11) AS i CREATE (:K {i: i})");
  o.conn.execute("MATCH (a:K), (b:K) WHERE a.i <> b.i CREATE (a)-[:E]->(b)");
  for (const char* query : {"MATCH (:K)-[:E]->{1,}(b) RETURN count(*)",
                            "MATCH (:K) ((x)-[r]->(y) WHERE x.i <> y.i)+ (b) RETURN count(*)",
                            "MATCH SHORTEST 1000000000 (:K)-[:E]->+(b) RETURN count(*)"}) {
    INFO(query);
    const Interrupter interrupter(o.conn);
    CHECK(error_of([&] { o.conn.execute(query).fetch_all(); }) == "Interrupted Cancelled");
  }
}

TEST_CASE("a write that is interrupted leaves nothing behind") {
  Opened o;
  {
    const Interrupter interrupter(o.conn);
    CHECK(error_of([&] {
            o.conn.execute("UNWIND range(1, 1000) AS a UNWIND range(1, 1000000) AS i CREATE (:A)");
          }) == "Interrupted Cancelled");
  }
  CHECK(one(o.conn, "MATCH (n) RETURN count(*)") == Value(0));
  o.conn.execute("CREATE (:A)");
  CHECK(one(o.conn, "MATCH (n) RETURN count(*)") == Value(1));
}

TEST_CASE("the timeout ends what takes longer, until it is taken back") {
  Opened o;
  o.conn.set_timeout(std::chrono::milliseconds(50));
  CHECK(error_of([&] { o.conn.execute(kForever).fetch_all(); }) == "Interrupted Timeout");
  CHECK(one(o.conn, "RETURN 1") == Value(1));
  o.conn.set_timeout(std::chrono::milliseconds(0));
  CHECK(one(o.conn, "UNWIND range(1, 100000) AS a RETURN sum(a)") == Value(5000050000));
}

TEST_CASE("a query that needs too much memory fails, and the database lives on") {
  auto db = Database::open(":memory:", {.memory_limit = 64 << 20});
  auto conn = db.connect();
  CHECK(error_of([&] {
          conn.execute("UNWIND range(1, 100000000) AS a WITH collect(a) AS l RETURN size(l)")
              .fetch_all();
        }).starts_with("ResourceError"));
  CHECK(error_of([&] {
          conn.execute("UNWIND range(1, 100000000) AS a WITH a ORDER BY -a RETURN count(a)")
              .fetch_all();
        }).starts_with("ResourceError"));
  CHECK(one(conn, "UNWIND range(1, 10000) AS a RETURN size(collect(a))") == Value(10000));
}

TEST_CASE("table procedures") {
  Opened o;
  o.db.add_table_procedure("test.f(a :: INTEGER?) :: (b :: STRING?)",
                           {Map{{"a", 1}, {"b", "one"}}, Map{{"a", 2}, {"b", "two"}},
                            Map{{"a", nullptr}, {"b", "none"}}});
  CHECK(one(o.conn, "CALL test.f(2)") == Value("two"));
  CHECK(one(o.conn, "CALL test.f($a) YIELD b RETURN b", {{"a", nullptr}}) == Value("none"));
  CHECK(error_of([&] { o.conn.execute("CALL test.g(2)"); }) == "ProcedureError ProcedureNotFound");
  CHECK(error_of([&] { o.db.add_table_procedure("nonsense", {}); }) ==
        "SyntaxError InvalidProcedureSignature");
}
