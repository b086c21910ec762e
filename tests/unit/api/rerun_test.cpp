// tests/unit/api/rerun_test.cpp: statements whose runs begin again answer as if they were made
// anew.
#include <atomic>
#include <catch2/catch.hpp>
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
  conn.execute("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE");
  conn.execute("CREATE (:P {id: 1, x: 0})-[:R]->(:P {id: 2})");
  auto find = conn.prepare("MATCH (n:P {id: 1}) RETURN n.x AS x");
  auto steps = conn.prepare("MATCH (n:P {id: 1})-[:R]->(m) RETURN m.id AS id");
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
  conn.execute("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE");
  conn.execute(
      "CREATE (n:P {id: 1}) WITH n UNWIND range(1, 3000) AS i CREATE (n)-[:R]->(:Q {i: i})");
  auto steps = conn.prepare("MATCH (n:P {id: $id})-[:R]->(m) RETURN m.i AS i");
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

TEST_CASE("threads that run one statement share what is kept", "[rerun]") {
  Database db = Database::open(":memory:", {.threads = 2});
  {
    Connection conn = db.connect();
    conn.execute("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE");
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
