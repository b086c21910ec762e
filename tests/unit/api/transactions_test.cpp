// tests/unit/api/transactions_test.cpp: what a transaction sees, keeps and refuses.
#include <catch2/catch.hpp>
#include <optional>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::Folder;
using kith::test::one;

namespace {

struct Opened {
  Database db = Database::open(":memory:", {.busy_timeout_ms = 100});
  Connection conn = db.connect();
  Connection other = db.connect();

  Value count(Connection& through) { return one(through, "MATCH (n) RETURN count(*)"); }
};

}  // namespace

TEST_CASE("what a transaction writes is seen by itself at once, by others when it commits") {
  Opened o;
  auto tx = o.conn.begin(AccessMode::write);
  tx.execute("CREATE (:A {x: 1})");
  CHECK(one(tx, "MATCH (n) RETURN n.x") == Value(1));
  tx.execute("MATCH (n) SET n.x = 2");
  CHECK(one(tx, "MATCH (n) RETURN n.x") == Value(2));
  CHECK(o.count(o.other) == Value(0));
  tx.commit();
  CHECK(o.count(o.other) == Value(1));
}

TEST_CASE("a rollback takes all of it back, and so does dropping the transaction") {
  Opened o;
  o.conn.execute("CREATE (:A {x: 1})-[:R]->(:B)");
  {
    auto tx = o.conn.begin(AccessMode::write);
    tx.execute("MATCH (n:A) SET n.x = 2, n:New");
    tx.execute("MATCH (n) DETACH DELETE n");
    tx.execute("CREATE (:C)");
    tx.rollback();
  }
  { o.conn.begin(AccessMode::write).execute("MATCH (n) DETACH DELETE n"); }
  CHECK(one(o.conn, "MATCH (a:A {x: 1})-[:R]->(b:B) RETURN count(*)") == Value(1));
  CHECK(o.count(o.conn) == Value(2));
  CHECK(one(o.conn, "MATCH (a:New) RETURN count(*)") == Value(0));
}

TEST_CASE("a statement that fails leaves nothing behind, and the transaction goes on") {
  Opened o;
  auto tx = o.conn.begin(AccessMode::write);
  tx.execute("CREATE (:A {x: 1})");
  CHECK(error_of([&] {
          tx.execute("UNWIND [1, 2, 0] AS d MATCH (a:A) SET a.x = 10 / d CREATE (:B {x: 1 / d})");
        }) == "ArithmeticError DivisionByZero");
  CHECK(error_of([&] { tx.execute("RETURN nope"); }) == "SyntaxError UndefinedVariable");
  CHECK(error_of([&] { tx.execute("CREATE (a)-[:R]->(b) DELETE a"); }) ==
        "ConstraintVerificationFailed DeleteConnectedNode");
  CHECK(error_of([&] { tx.execute("UNWIND [1, 0] AS d RETURN 1 / d").fetch_all(); }) ==
        "ArithmeticError DivisionByZero");
  tx.execute("CREATE (:C)");
  tx.commit();
  CHECK(o.count(o.conn) == Value(2));
  CHECK(one(o.conn, "MATCH (a:A) RETURN a.x") == Value(1));
  CHECK(one(o.conn, "MATCH (b:B) RETURN count(*)") == Value(0));
}

TEST_CASE("a transaction for reading sees one state and refuses to write") {
  Opened o;
  o.conn.execute("CREATE (:A)");
  auto tx = o.conn.begin(AccessMode::read);
  CHECK(one(tx, "MATCH (n) RETURN count(*)") == Value(1));
  o.other.execute("CREATE (:A)");
  CHECK(one(tx, "MATCH (n) RETURN count(*)") == Value(1));
  CHECK(error_of([&] { tx.execute("CREATE (:A)"); }) == "TransactionError ReadOnlyTransaction");
  CHECK(one(tx, "MATCH (n) RETURN count(*)") == Value(1));
  tx.commit();
  CHECK(o.count(o.conn) == Value(2));
}

TEST_CASE("automatic: the first write fails, to be tried again, if the graph has moved on") {
  Opened o;
  auto tx = o.conn.begin();
  CHECK(one(tx, "MATCH (n) RETURN count(*)") == Value(0));
  o.other.execute("CREATE (:A)");
  try {
    tx.execute("CREATE (:B)");
    FAIL("no conflict");
  } catch (const TransactionError& e) {
    CHECK(e.retryable());
  }
  tx.rollback();
  auto again = o.conn.begin();
  CHECK(one(again, "MATCH (n) RETURN count(*)") == Value(1));
  again.execute("CREATE (:B)");
  again.commit();
  CHECK(o.count(o.other) == Value(2));
}

TEST_CASE("a writer waits for another, and then gives up, to be tried again") {
  Opened o;
  auto tx = o.conn.begin(AccessMode::write);
  tx.execute("CREATE (:A)");
  try {
    o.other.execute("CREATE (:B)");
    FAIL("two writers");
  } catch (const TransactionError& e) {
    CHECK(e.retryable());
  }
  CHECK(o.count(o.other) == Value(0));  // readers do not wait
  tx.commit();
  o.other.execute("CREATE (:B)");
  CHECK(o.count(o.conn) == Value(2));
}

TEST_CASE("one transaction a connection, and its statements go through it") {
  Opened o;
  auto tx = o.conn.begin();
  CHECK(error_of([&] { o.conn.begin(); }) == "TransactionError TransactionOpen");
  CHECK(error_of([&] { o.conn.execute("RETURN 1"); }) == "TransactionError TransactionOpen");
  CHECK(error_of([&] { Appender appender(o.conn); }) == "TransactionError TransactionOpen");
  tx.rollback();
  CHECK(one(o.conn, "RETURN 1") == Value(1));
}

TEST_CASE("a transaction that has ended takes nothing more") {
  Opened o;
  auto tx = o.conn.begin(AccessMode::write);
  tx.commit();
  CHECK(error_of([&] { tx.commit(); }) == "TransactionError TransactionClosed");
  CHECK(error_of([&] { tx.rollback(); }) == "TransactionError TransactionClosed");
  CHECK(error_of([&] { tx.execute("RETURN 1"); }) == "TransactionError TransactionClosed");
}

TEST_CASE("a result holds its snapshot while others commit") {
  Opened o;
  o.conn.execute("UNWIND range(1, 50000) AS i CREATE (:A {i: i, v: 0})");
  auto result = o.conn.execute("MATCH (a:A) RETURN a.i, a.v, a");
  REQUIRE(result.fetch(10).size() == 10);
  o.other.execute("MATCH (a:A) SET a.v = 1");
  o.other.execute("MATCH (a:A) WHERE a.i % 2 = 0 DELETE a");
  o.other.execute("UNWIND range(1, 1000) AS i CREATE (:A {i: -i, v: 2})");
  o.db.checkpoint();
  const auto rows = result.fetch_all();
  CHECK(rows.size() == 49990);
  bool all_old = true;
  for (const auto& row : rows)
    all_old = all_old && row[1] == Value(0) && row[2].as_node()["v"] == Value(0);
  CHECK(all_old);
  CHECK(o.count(o.conn) == Value(26000));
}

TEST_CASE("a result of a transaction is whole although the transaction writes on") {
  Opened o;
  o.conn.execute("UNWIND range(1, 5000) AS i CREATE (:A {i: i})");
  auto tx = o.conn.begin(AccessMode::write);
  auto result = tx.execute("MATCH (a:A) RETURN a.i AS i, a");
  REQUIRE(result.next() != nullptr);
  tx.execute("MATCH (a:A) SET a.i = 0");
  tx.execute("MATCH (a:A) DELETE a");
  tx.commit();
  std::int64_t sum = 1;
  for (const Row& row : result) {
    sum += row["i"].as_int();
    CHECK(row["a"].as_node()["i"] == row["i"]);
  }
  CHECK(sum == 12502500);
  CHECK(o.count(o.conn) == Value(0));
}

TEST_CASE("commits are there when the file is opened again, what was open is not") {
  const Folder scratch;
  const auto file = scratch / "g.kith";
  std::uint64_t position = 0;
  {
    auto db = Database::open(file);
    auto conn = db.connect();
    auto tx = conn.begin(AccessMode::write);
    for (int i = 0; i < 50; ++i) tx.execute("CREATE (:A {i: $i})-[:R]->(:B)", {{"i", i}});
    position = tx.commit();
    auto open = conn.begin(AccessMode::write);
    open.execute("MATCH (n) DETACH DELETE n");
  }
  auto db = Database::open(file);
  auto conn = db.connect();
  CHECK(one(conn, "MATCH (a:A)-[:R]->(b:B) RETURN count(*)") == Value(50));
  CHECK(conn.execute("RETURN 1").summary().position == position);
}

TEST_CASE("time stands still in a transaction, and in a statement") {
  Opened o;
  auto tx = o.conn.begin();
  const auto first = one(tx, "RETURN datetime.transaction()");
  CHECK(one(tx, "RETURN datetime.transaction()") == first);
  CHECK(one(tx, "RETURN datetime.statement() = datetime.statement()") == Value(true));
}

TEST_CASE("an appender writes rows, all or none of them") {
  Opened o;
  {
    Appender appender(o.conn);
    std::vector<std::int64_t> nodes;
    for (int i = 0; i < 20000; ++i)
      nodes.push_back(appender.add_node({"A", "B"}, {{"i", i}, {"none", nullptr}}));
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i)
      appender.add_relationship("NEXT", nodes[i], nodes[i + 1], {{"w", 0.5}});
    CHECK(error_of([&] {
            appender.add_node({"A"}, {{"m", Map{}}});
          }) == "TypeError InvalidPropertyType");
    CHECK(error_of([&] {
            appender.add_relationship("NEXT", nodes[0], 99999999);
          }).starts_with("EntityNotFound"));
    CHECK(o.count(o.other) == Value(0));
    appender.finish();
    CHECK(error_of([&] { appender.finish(); }) == "TransactionError TransactionClosed");
    CHECK(error_of([&] { appender.add_node({}, {}); }) == "TransactionError TransactionClosed");
  }
  CHECK(o.count(o.other) == Value(20000));
  CHECK(one(o.conn, "MATCH (a:A)-[r:NEXT {w: 0.5}]->(b:B) WHERE b.i = a.i + 1 RETURN count(*)") ==
        Value(19999));
  CHECK(one(o.conn, "MATCH (a:A {i: 7}) RETURN keys(a)").to_string() == "['i']");
  {
    Appender appender(o.conn);
    appender.add_node({"A"}, {});
    CHECK(error_of([&] { o.conn.execute("CREATE (:X)"); }) == "TransactionError TransactionOpen");
    Appender moved = std::move(appender);
    moved.add_node({"A"}, {});
  }
  CHECK(o.count(o.conn) == Value(20000));
  o.conn.execute("CREATE (:X)");
}

TEST_CASE("rows of a result that was not read, and that do not fit, are an error of what follows") {
  Database db = Database::open(":memory:", {.memory_limit = 16 << 20});
  Connection conn = db.connect();
  auto tx = conn.begin(AccessMode::read);
  auto rows =
      tx.execute("UNWIND range(1, 200000) AS x RETURN 'a text that takes some memory ' + x");
  CHECK(error_of([&] { tx.execute("RETURN 1"); }) == "ResourceError OutOfMemory");
  std::size_t count = 0;
  while (rows.next() != nullptr) ++count;
  CHECK(count == 200'000);
  CHECK(one(tx, "RETURN 1") == Value(1));
}
