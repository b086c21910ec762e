// tests/unit/api/handles_test.cpp: the handles: their lives, moves and order of destruction.
#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::Folder;
using kith::test::one;

TEST_CASE("the example of the documentation") {
  const Folder scratch;
  Database db = Database::open(scratch / "social.kith", {.threads = 2, .memory_limit = 1ull << 30});
  Connection conn = db.connect();
  conn.execute("CREATE (:Person {id: $id, name: $name})", {{"id", 1}, {"name", "Ada"}});
  PreparedStatement find = conn.prepare("MATCH (p:Person {id: $id}) RETURN p.name AS name, p");
  Result result = find.execute({{"id", 1}});
  int rows = 0;
  for (const Row& row : result) {
    ++rows;
    CHECK(row["name"].as_string() == "Ada");
    const Node& person = row["p"].as_node();
    CHECK(person.labels()[0] == "Person");
    CHECK(person["name"].to_string() == "'Ada'");
  }
  CHECK(rows == 1);
  Transaction tx = conn.begin(AccessMode::write);
  tx.execute("MATCH (p:Person {id: 1}) SET p.age = 36");
  tx.commit();
  CHECK(one(conn, "MATCH (p:Person) RETURN p.age") == Value(36));
  try {
    conn.execute("RETURN nope");
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.line() == 1);
    CHECK(e.column() == 8);
    CHECK(e.code() == "KITH-SyntaxError-UndefinedVariable");
    CHECK(e.phase() == Phase::CompileTime);
    CHECK_FALSE(e.retryable());
  }
}

TEST_CASE("handles may be dropped in any order") {
  // One of the 24 orders after the other: database, connection, statement, result.
  std::vector<int> order{0, 1, 2, 3};
  do {
    const Folder scratch;
    std::optional<Database> db = Database::open(scratch / "g.kith");
    std::optional<Connection> conn = db->connect();
    conn->execute("UNWIND range(1, 5000) AS i CREATE (:A {i: i})");
    std::optional<PreparedStatement> statement = conn->prepare("MATCH (a:A) RETURN a.i AS i");
    std::optional<Result> result = statement->execute();
    REQUIRE(result->next() != nullptr);
    bool read = false;
    for (const int handle : order) {
      if (handle == 0) db.reset();
      if (handle == 1) conn.reset();
      if (handle == 2) statement.reset();
      if (handle == 3) {
        CHECK(result->fetch_all().size() == 4999);
        read = true;
        result.reset();
      }
    }
    CHECK(read);
    // The file was let go of with the last of them.
    auto again = Database::open(scratch / "g.kith");
    auto other = again.connect();
    CHECK(one(other, "MATCH (a:A) RETURN count(*)") == Value(5000));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a result that was not read to its end may be dropped at any time") {
  auto db = Database::open(":memory:");
  auto conn = db.connect();
  for (const int read : {0, 1, 255, 256, 257}) {
    auto result = conn.execute("UNWIND range(1, 10000) AS i RETURN i");
    for (int i = 0; i < read; ++i) REQUIRE(result.next() != nullptr);
  }
  auto first = conn.execute("UNWIND [1, 2] AS i RETURN i");
  auto second = conn.execute("UNWIND [3, 4] AS i RETURN i");
  CHECK(first.next()->values()[0] == Value(1));
  CHECK(second.next()->values()[0] == Value(3));
  CHECK(first.next()->values()[0] == Value(2));
  CHECK(second.next()->values()[0] == Value(4));
  CHECK(first.next() == nullptr);
  CHECK(first.next() == nullptr);
}

TEST_CASE("transactions and their results, dropped in either order") {
  auto db = Database::open(":memory:");
  auto conn = db.connect();
  conn.execute("UNWIND range(1, 3000) AS i CREATE (:A {i: i})");
  {
    auto tx = conn.begin();
    auto result = tx.execute("MATCH (a:A) RETURN a.i");
    REQUIRE(result.next() != nullptr);
    tx.rollback();
    CHECK(error_of([&] { tx.execute("RETURN 1"); }) == "TransactionError TransactionClosed");
  }
  {
    std::optional<Transaction> tx = conn.begin(AccessMode::write);
    std::optional<Result> result = tx->execute("MATCH (a:A) SET a.x = 1 RETURN a.i");
    REQUIRE(result->next() != nullptr);
    tx.reset();
    result.reset();
  }
  {
    std::optional<Result> result;
    auto tx = conn.begin(AccessMode::write);
    result = tx.execute("MATCH (a:A) RETURN a.i");
    REQUIRE(result->next() != nullptr);
    tx.execute("CREATE (:A)");  // what the first has not handed out is kept for it
    CHECK(result->fetch_all().size() == 2999);
    result.reset();
    tx.commit();
  }
  CHECK(one(conn, "MATCH (a:A) RETURN count(*)") == Value(3001));
  CHECK(one(conn, "MATCH (a:A) RETURN count(a.x)") == Value(0));
}

TEST_CASE("handles move") {
  auto db = Database::open(":memory:");
  Database moved = std::move(db);
  Connection a = moved.connect();
  Connection b = std::move(a);
  a = std::move(b);
  auto tx = a.begin(AccessMode::write);
  auto result = tx.execute("CREATE (n:A {x: 1}) RETURN n.x AS x");
  Transaction tx2 = std::move(tx);
  Result result2 = std::move(result);
  CHECK(result2.columns() == std::vector<std::string>{"x"});
  CHECK(result2.fetch_all() == std::vector<std::vector<Value>>{{Value(1)}});
  tx2.commit();
  PreparedStatement p = a.prepare("MATCH (n:A) RETURN n.x");
  PreparedStatement q = std::move(p);
  CHECK(q.execute().fetch_all().size() == 1);
}

TEST_CASE("two databases in one process know nothing of each other") {
  const Folder scratch;
  auto one_db = Database::open(scratch / "1.kith");
  auto two_db = Database::open(scratch / "2.kith");
  auto three_db = Database::open(":memory:");
  auto four_db = Database::open(":memory:");
  auto a = one_db.connect(), b = two_db.connect(), c = three_db.connect(), d = four_db.connect();
  a.execute("CREATE (:X {of: 1})");
  b.execute("CREATE (:Y {von: 2})");
  auto tx = a.begin(AccessMode::write);
  tx.execute("CREATE (:X)");
  b.execute("CREATE (:Y)");  // the other's writer lock is not ours
  c.execute("CREATE (:Z)");
  tx.commit();
  CHECK(one(a, "MATCH (n) RETURN count(*)") == Value(2));
  CHECK(one(a, "MATCH (n:X) RETURN count(*)") == Value(2));
  CHECK(one(b, "MATCH (n:Y) RETURN count(*)") == Value(2));
  CHECK(one(b, "MATCH (n:X) RETURN count(*)") == Value(0));
  CHECK(one(c, "MATCH (n) RETURN count(*)") == Value(1));
  CHECK(one(d, "MATCH (n) RETURN count(*)") == Value(0));
}

TEST_CASE("a file that is open for writing is not opened again") {
  const Folder scratch;
  auto db = Database::open(scratch / "g.kith", {.busy_timeout_ms = 50});
  CHECK(error_of([&] { Database::open(scratch / "g.kith", {.busy_timeout_ms = 50}); }) != "");
  db.close();
  db.close();  // once more is no error
  CHECK(error_of([&] { Database::open(scratch / "g.kith"); }) == "");
}

TEST_CASE("opening says what is wrong") {
  const Folder scratch;
  CHECK(error_of([&] {
          Database::open(scratch / "none.kith", {.create = false});
        }).starts_with("StorageError"));
  CHECK(error_of([&] {
          Database::open(scratch / "none.kith", {.read_only = true});
        }).starts_with("StorageError"));
  CHECK(
      error_of([&] { Database::open(scratch / "no/folder/g.kith"); }).starts_with("StorageError"));
}

TEST_CASE("statistics count what is there") {
  const Folder scratch;
  auto db = Database::open(scratch / "g.kith");
  auto conn = db.connect();
  CHECK(db.statistics().nodes == 0);
  conn.execute("CREATE (:A)-[:R]->(:B), (:C)");
  const auto before = db.statistics();
  CHECK(before.nodes == 3);
  CHECK(before.relationships == 1);
  db.checkpoint();
  const auto after = db.statistics();
  CHECK(after.nodes == 3);
  CHECK(after.checkpoint > before.checkpoint);
  CHECK(after.position == before.position);
  CHECK(after.file_bytes > 0);
  conn.execute("MATCH (n) DETACH DELETE n");
  CHECK(db.statistics().nodes == 0);
}
