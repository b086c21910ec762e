// tests/unit/api/rerun_test.cpp: statements whose runs begin again answer as if they were made
// anew.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::one;

namespace {

const char* const kGraph =
    "UNWIND range(0, 199) AS i CREATE (n:P:Q {id: i, name: 'n' + toString(i % 7), x: i * 0.5}) "
    "WITH collect(n) AS ns UNWIND range(0, 199) AS i UNWIND [1, 2, 5, 11] AS d "
    "WITH ns[i] AS a, ns[(i * d + d) % 200] AS b, d CREATE (a)-[:R {w: d}]->(b)";

// So many that they are looked up by the index: only then may a run begin again.
void make_nodes(Connection& conn) {
  conn.execute("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE");
  conn.execute("UNWIND range(100001, 100999) AS i CREATE (:P {id: i})-[:R]->(:Other)");
}
bool is_looked_up(Connection& conn, const std::string& text) {
  std::string plan;
  for (const auto& row : conn.execute("EXPLAIN " + text).fetch_all()) plan += row[0].as_string();
  return plan.find("IndexSeek") != std::string::npos;
}

// What a statement says: its rows, or its error.
std::string answer(PreparedStatement& statement, const Parameters& parameters) {
  std::ostringstream out;
  try {
    for (const Row& row : statement.execute(parameters)) {
      for (std::size_t i = 0; i < row.size(); ++i) out << row[i] << " | ";
      out << '\n';
    }
  } catch (const Error& e) {
    out << e.type() << ' ' << e.detail() << ' ' << e.what();
  }
  return out.str();
}

std::int64_t snapshots_held(Connection& conn) {
  return one(conn, "CALL db.stats() YIELD name, value WITH * WHERE name = 'readers' RETURN value")
      .as_int();
}

}  // namespace

TEST_CASE("a statement that runs again sees its own parameters", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect();
  conn.execute("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE");
  conn.execute("CREATE INDEX FOR (n:P) ON (n.x)");
  conn.execute(kGraph);
  const std::vector<std::string> texts = {
      "MATCH (n:P {id: $a}) RETURN n.name AS name, n.x + $b AS y, n",
      "MATCH (n:P) WHERE n.x >= $a AND n.x < $b RETURN n.id AS id ORDER BY id",
      "MATCH (n:P) WHERE n.id IN [$a, $b, 3] RETURN n.id AS id",
      "MATCH (n) WHERE id(n) = $a RETURN n.id AS id, $b AS b",
      "MATCH (n) WHERE id(n) IN $a RETURN n.id AS id, n.x > $b AS more",
      "MATCH (n:P {id: $a})-[r:R]->(m) WHERE r.w < $b RETURN m.id AS id, r.w AS w",
      "MATCH (n:P {id: $a})-[r:R]->(m:Q) RETURN m.name STARTS WITH $b AS s LIMIT 3",
      "MATCH (n:P {id: $a})-[:R]->(m) RETURN m.id AS id SKIP 1 LIMIT $b",
      "MATCH (a:P {id: $a}), (b:P {id: $b}) MATCH p = shortestPath((a)-[:R*]->(b)) RETURN "
      "length(p)",
      "MATCH (a:P {id: $a}), (b:P {id: $b}) MATCH (a)-[r:R]->(b) RETURN r.w AS w",
      "MATCH (n:P {id: $a}) RETURN count(*) AS n, $b AS b",
      "RETURN $a + 1 AS x, $b AS y",
      "RETURN [$a, $b, [$b]] AS l, $a IS NULL AS n, $a = $b AS e, $a < $b AS less",
      "RETURN $a + $b AS sum",
      "RETURN -$a AS x, $b ^ 2 AS y",
      "RETURN $a OR $b AS either, NOT $a AS no",
      "MATCH (n:P {id: 1}) WHERE $a RETURN n.id = $b AS same",
      "MATCH (n:P {id: 7})-[r:R]->(m) WHERE r.w = $a OR m.name >= $b RETURN m.id AS id",
  };
  const std::vector<Value> values = {
      1, 2, 7, 198, 500, -1, 2.0, 3.5, "n1", true, Value{}, std::vector<Value>{1, 2, 9}, "x"};
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto any = [&] { return values[random() % values.size()]; };
  std::vector<PreparedStatement> kept;
  for (const auto& text : texts) kept.push_back(conn.prepare(text));
  for (int i = 0; i < 1500; ++i) {
    const std::size_t at = random() % texts.size();
    Parameters given = {{"a", any()}, {"b", any()}};
    if (random() % 20 == 0) given.erase("b");
    const std::string again = answer(kept[at], given);
    db.checkpoint();  // nothing is kept to begin again
    PreparedStatement fresh = conn.prepare(texts[at]);
    INFO(texts[at] << " with " << given.begin()->second << ", "
                   << (given.size() == 2 ? std::next(given.begin())->second : Value{}));
    REQUIRE(again == answer(fresh, given));
    answer(kept[at], given);  // so that the next finds one
  }
}

TEST_CASE("a statement that runs again with other literals sees them", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 2});
  Connection conn = db.connect();
  conn.execute("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE");
  conn.execute(kGraph);
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    CHECK(one(conn, "MATCH (n:P {id: " + id + "}) RETURN n.x") == Value(i * 0.5));
    CHECK(one(conn, "MATCH (n:P) WHERE n.id = " + id + " RETURN n.id - 1") == Value(i - 1));
    auto result = conn.execute("MATCH (n:P {id: " + id + "}) RETURN n.id, 7");
    CHECK(result.columns() == std::vector<std::string>{"n.id", "7"});
    CHECK((*result.next())[0] == Value(i));
  }
}

TEST_CASE("a run that is kept sees what was committed since, and holds no view", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect(), other = db.connect();
  make_nodes(conn);
  conn.execute("CREATE (:P {id: 1, x: 0})-[:R]->(:P {id: 2})");
  auto find = conn.prepare("MATCH (n:P {id: 1}) RETURN n.x AS x");
  auto steps = conn.prepare("MATCH (n:P {id: 1})-[:R]->(m) RETURN m.id AS id");
  CHECK(is_looked_up(conn, "MATCH (n:P {id: 1})-[:R]->(m) RETURN m.id AS id"));
  for (int i = 0; i < 100; ++i) {
    CHECK(find.execute().fetch_all() == std::vector<std::vector<Value>>{{i}});
    CHECK(steps.execute().fetch_all().size() == static_cast<std::size_t>(i + 1));
    {
      Transaction tx = other.begin(AccessMode::write);
      tx.execute("MATCH (n:P {id: 1}) SET n.x = n.x + 1 CREATE (n)-[:R]->(:P {id: $i})",
                 {{"i", 100 + i}});
      // Its own changes, of which others see nothing.
      CHECK(one(tx, "MATCH (n:P {id: 1}) RETURN n.x AS x") == Value(i + 1));
      CHECK(find.execute().fetch_all() == std::vector<std::vector<Value>>{{i}});
      tx.execute("MATCH (n:P {id: 1}) SET n.x = n.x + 0");
      CHECK(one(tx, "MATCH (n:P {id: 1}) RETURN n.x AS x") == Value(i + 1));
      tx.commit();
    }
    Transaction reads = other.begin(AccessMode::read);
    CHECK(one(reads, "MATCH (n:P {id: 1}) RETURN n.x AS x") == Value(i + 1));
  }
  find.execute().fetch_all();
  CHECK(snapshots_held(conn) == 1);  // that of the statement that asks
}

TEST_CASE("a run that was not read to its end does not begin again", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect();
  make_nodes(conn);
  conn.execute(
      "CREATE (n:P {id: 1}) WITH n UNWIND range(1, 3000) AS i CREATE (n)-[:R]->(:Q {i: i})");
  auto steps = conn.prepare("MATCH (n:P {id: $id})-[:R]->(m) RETURN m.i AS i");
  CHECK(is_looked_up(conn, "MATCH (n:P {id: $id})-[:R]->(m) RETURN m.i AS i"));
  for (int i = 0; i < 5; ++i) {
    Result half = steps.execute({{"id", 1}});
    REQUIRE(half.next() != nullptr);
    Result beside = steps.execute({{"id", 1}});  // while the other is open
    CHECK(beside.fetch_all().size() == 3000);
    CHECK(half.fetch_all().size() == 2999);
    CHECK(steps.execute({{"id", 2}}).fetch_all().empty());
    Result left = steps.execute({{"id", 1}});
    REQUIRE(left.next() != nullptr);
  }
  CHECK(error_of([&] { steps.execute(); }) == "ParameterMissing MissingParameter");
  CHECK(steps.execute({{"id", 1}}).fetch_all().size() == 3000);
}

TEST_CASE("a run that failed on its way leaves nothing to the next", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect();
  make_nodes(conn);
  conn.execute(
      "CREATE (n:P {id: 1}) WITH n UNWIND range(1, 5000) AS i CREATE (n)-[:R {i: i}]->(:Q {i: i})");
  auto divide = conn.prepare("MATCH (n:P {id: $id})-[r:R]->(m) RETURN m.i / (r.i - $z) AS x");
  CHECK(is_looked_up(conn, "MATCH (n:P {id: $id})-[r:R]->(m) RETURN m.i / (r.i - $z) AS x"));
  auto filter = conn.prepare(
      "MATCH (n:P {id: $id})-[r:R]->(m) WHERE m.i % (r.i - $z) = 0 "
      "RETURN r.i AS i");
  for (const int z : {0, 1, 300, 2500, 5000, 5001}) {
    for (auto* statement : {&divide, &filter}) {
      const bool fails = z > 0 && z <= 5000;
      const auto expected = fails ? "ArithmeticError DivisionByZero" : "";
      CHECK(error_of([&] { statement->execute({{"id", 1}, {"z", z}}).fetch_all(); }) == expected);
      CHECK(error_of([&] {
              statement->execute({{"id", 1}, {"z", "?"}}).fetch_all();
            }) == "TypeError InvalidArgumentType");
      CHECK(statement->execute({{"id", 2}, {"z", z}}).fetch_all().empty());
    }
    CHECK(divide.execute({{"id", 1}, {"z", 0}}).fetch_all() ==
          std::vector<std::vector<Value>>(5000, {Value(1)}));
  }
}

TEST_CASE("a run that LIMIT ended begins at the beginning", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 2});
  Connection conn = db.connect();
  make_nodes(conn);
  conn.execute(
      "CREATE (n:P {id: 1}) WITH n UNWIND range(1, 5000) AS i CREATE (n)-[:R]->(:Q {i: i})");
  auto part = conn.prepare("MATCH (n:P {id: $id})-[:R]->(m) RETURN m.i AS i SKIP $s LIMIT $l");
  CHECK(is_looked_up(conn, "MATCH (n:P {id: $id})-[:R]->(m) RETURN m.i AS i SKIP 1 LIMIT 1"));
  const auto all = conn.execute("MATCH (:P {id: 1})-[:R]->(m) RETURN m.i AS i").fetch_all();
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const int counts[] = {0, 1, 2, 255, 256, 257, 2047, 2048, 2049, 4999, 5000, 6000};
  for (int i = 0; i < 300; ++i) {
    const int skip = counts[random() % std::size(counts)];
    const int limit = counts[random() % std::size(counts)];
    INFO("SKIP " << skip << " LIMIT " << limit);
    const auto first = all.begin() + std::min(skip, 5000);
    const std::vector<std::vector<Value>> expected(
        first, first + std::min<std::ptrdiff_t>(limit, all.end() - first));
    REQUIRE(part.execute({{"id", 1}, {"s", skip}, {"l", limit}}).fetch_all() == expected);
    CHECK(error_of([&] { part.execute({{"id", 1}, {"s", -1}, {"l", limit}}); }) != "");
    CHECK(error_of([&] { part.execute({{"id", 1}, {"s", 0}, {"l", "x"}}); }) != "");
  }
}

TEST_CASE("a run is stopped by the connection that it runs for", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  const std::string text = "MATCH (n:P {id: $id})-[:R]->(m) RETURN m.i AS i";
  Connection other = db.connect();
  {
    Connection first = db.connect();
    make_nodes(first);
    first.execute(
        "CREATE (n:P {id: 1}) WITH n UNWIND range(1, 9000) AS i CREATE (n)-[:R]->(:Q {i: i})");
    first.set_timeout(std::chrono::hours(1));
    CHECK(first.execute(text, {{"id", 1}}).fetch_all().size() == 9000);
  }  // what it kept was made for a connection that is gone
  CHECK(is_looked_up(other, text));
  for (int i = 0; i < 3; ++i) {
    CHECK(other.execute(text, {{"id", 1}}).fetch_all().size() == 9000);
    Result half = other.execute(text, {{"id", 1}});
    REQUIRE(half.next() != nullptr);
    other.interrupt();
    CHECK(error_of([&] { half.fetch_all(); }) == "Interrupted Cancelled");
  }
}

TEST_CASE("a run that begins again sees names that came and went", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect();
  make_nodes(conn);
  conn.execute("CREATE (:P {id: 1})");
  const std::string text = "MATCH (n:P {id: $id}) RETURN n:Later AS later, n.more AS more";
  CHECK(is_looked_up(conn, text));
  auto find = conn.prepare(text);
  using Rows = std::vector<std::vector<Value>>;
  const auto finds = [&](const Rows& rows) {
    for (int i = 0; i < 3; ++i) CHECK(find.execute({{"id", 1}}).fetch_all() == rows);
  };
  finds({{false, Value{}}});
  conn.execute("MATCH (n:P {id: 1}) SET n:Later");
  finds({{true, Value{}}});
  conn.execute("MATCH (n:Later) SET n.more = 5");
  finds({{true, 5}});
  const Value constraint = one(conn, "SHOW CONSTRAINTS YIELD name RETURN name");
  conn.execute("DROP CONSTRAINT " + std::string(constraint.as_string()));
  finds({{true, 5}});
  conn.execute("CREATE (:P:Later {id: 1, more: 5})");
  finds({{true, 5}, {true, 5}});
  conn.execute("CREATE INDEX FOR (n:P) ON (n.id)");
  CHECK(is_looked_up(conn, text));
  finds({{true, 5}, {true, 5}});
  conn.execute("MATCH (n:P {id: 1}) REMOVE n:Later, n.more");
  finds({{false, Value{}}, {false, Value{}}});
  conn.execute("MATCH (n:P {id: 1}) DELETE n");
  finds({});
}

TEST_CASE("a transaction that begins to write sees its own changes", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect(), other = db.connect();
  make_nodes(conn);
  conn.execute("CREATE (:P {id: 1, x: 0})");
  const std::string text = "MATCH (n:P {id: 1}) RETURN n.x AS x";
  CHECK(is_looked_up(other, text));
  auto find = other.prepare(text);
  const auto outside = [&] { return find.execute().fetch_all()[0][0]; };
  for (int i = 1; i < 20; ++i) {
    Transaction tx = conn.begin();
    CHECK(one(tx, text) == Value(0));
    CHECK(outside() == Value(0));
    CHECK(one(tx, text) == Value(0));
    tx.execute("MATCH (n:P {id: 1}) SET n.x = $x", {{"x", i}});
    CHECK(outside() == Value(0));
    CHECK(one(tx, text) == Value(i));
    tx.execute("MATCH (n:P {id: 1}) SET n.x = $x", {{"x", -i}});
    CHECK(one(tx, text) == Value(-i));
    CHECK(outside() == Value(0));
    tx.rollback();
    CHECK(one(conn, text) == Value(0));
  }
}

TEST_CASE("what a run tells of itself is told anew each time", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 1});
  Connection conn = db.connect();
  make_nodes(conn);
  conn.execute(kGraph);
  auto profile = conn.prepare("PROFILE MATCH (n:P {id: $id})-[:R]->(m) RETURN m.id AS id");
  auto plain = conn.prepare("MATCH (n:P {id: $id})-[:R]->(m) RETURN m.id AS id");
  for (const int id : {1, 500, 2}) {
    Result shown = profile.execute({{"id", id}});
    const std::size_t rows = shown.fetch_all().size();
    CHECK(rows == (id == 500 ? 0u : 4u));
    REQUIRE(shown.summary().plan.has_value());
    CHECK(shown.summary().plan->rows == rows);
    Result hidden = plain.execute({{"id", id}});
    CHECK(hidden.fetch_all().size() == rows);
    CHECK_FALSE(hidden.summary().plan.has_value());
    CHECK(hidden.summary().rows == rows);
  }
  auto times = conn.prepare("MATCH (n:P {id: $id}) RETURN timestamp() AS t");
  const auto before = times.execute({{"id", 1}}).fetch_all()[0][0].as_int();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(times.execute({{"id", 2}}).fetch_all()[0][0].as_int() > before);
}

TEST_CASE("a run that is over when its database was closed is not kept", "[rerun]") {
  const kith::test::Folder scratch;
  const std::string path = scratch / "g.kith";
  // Whether this process has the file open.
  const auto is_open = [&] {
    namespace fs = std::filesystem;
    const auto leads_there = [&](const fs::directory_entry& entry) {
      std::error_code gone;
      return fs::read_symlink(entry.path(), gone).string() == fs::canonical(path).string();
    };
    const fs::directory_iterator all("/proc/self/fd");
    return std::any_of(begin(all), end(all), leads_there);
  };
  {
    Database db = Database::open(path);
    Connection conn = db.connect();
    make_nodes(conn);
    conn.execute("CREATE (n:P {id: 1}) WITH n UNWIND range(1, 900) AS i CREATE (n)-[:R]->(:Q)");
  }
  Database db = Database::open(path, {.read_only = true});  // its views alone keep the file
  Connection conn = db.connect();
  auto steps = conn.prepare("MATCH (n:P {id: $id})-[:R]->(m) RETURN id(m) AS i");
  CHECK(is_looked_up(conn, "MATCH (n:P {id: $id})-[:R]->(m) RETURN id(m) AS i"));
  CHECK(steps.execute({{"id", 1}}).fetch_all().size() == 900);
  {
    Result half = steps.execute({{"id", 1}});
    REQUIRE(half.next() != nullptr);
    db.close();
    CHECK(is_open());  // for the result
    CHECK(half.fetch_all().size() == 899);
  }
  CHECK_FALSE(is_open());
  CHECK(error_of([&] { steps.execute({{"id", 1}}); }) == "TransactionError Closed");
}

TEST_CASE("threads that run one statement share what is kept", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 2});
  {
    Connection conn = db.connect();
    make_nodes(conn);
    conn.execute("UNWIND range(0, 99) AS i CREATE (:P {id: i, x: 0})");
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Connection conn = db.connect();
      auto find = conn.prepare("MATCH (n:P {id: $id}) RETURN n.id AS id");
      for (int i = 0; i < 500; ++i) {
        const int id = (i * 7 + t) % 100;
        const auto rows = find.execute({{"id", id}}).fetch_all();
        if (rows.size() != 1 || rows[0][0] != Value(id)) ++wrong;
        if (t == 0 && i % 50 == 0) conn.execute("MATCH (n:P {id: 3}) SET n.x = n.x + 1");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
