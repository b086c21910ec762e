// tests/unit/api/in_transactions_test.cpp: statements that commit by themselves: what stays after a
// failure, what the summary says, what they refuse, and that memory does not grow with the rows.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/folder.hpp"
#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::Folder;
using kith::test::one;

TEST_CASE("what is committed before a failure survives it, and a reopened file") {
  Folder folder;
  const std::string path = folder / "g.kith";
  const std::string statement =
      "UNWIND range(1, 10) AS i CALL (i) { CREATE (:A {i: i, x: 1 / (7 - i)}) } "
      "IN TRANSACTIONS OF 2 ROWS";
  {
    Database db = Database::open(path);
    Connection conn = db.connect();
    CHECK(error_of([&] { conn.execute(statement); }) == "ArithmeticError DivisionByZero");
    CHECK(one(conn, "MATCH (a:A) RETURN max(a.i)") == Value(6));
    CHECK(one(conn, "MATCH (a:A) RETURN count(*)") == Value(6));
    conn.execute("CREATE (:B)");  // the connection goes on
    db.close();
  }
  Database db = Database::open(path);
  Connection conn = db.connect();
  CHECK(one(conn, "MATCH (a:A) RETURN count(*)") == Value(6));
}

TEST_CASE("the summary adds up all transactions that were committed") {
  Database db = Database::open(":memory:");
  Connection conn = db.connect();
  const auto before = conn.execute("RETURN 1").summary().position;
  Result all = conn.execute(
      "UNWIND range(1, 7) AS i CALL (i) { CREATE (:A:B {i: i})-[:R {x: 1}]->(:C) } "
      "IN TRANSACTIONS OF 3 ROWS");
  const Counters& made = all.summary().counters;
  CHECK(made.nodes_created == 14);
  CHECK(made.relationships_created == 7);
  CHECK(made.labels_added == 21);
  CHECK(made.properties_set == 14);
  CHECK(all.summary().position == before + 3);
  CHECK(all.columns().empty());

  Result some = conn.execute(
      "UNWIND [1, 2, 0, 3, 4] AS i CALL (i) { CREATE (:D {x: 12 / i}) } "
      "IN TRANSACTIONS OF 2 ROWS ON ERROR CONTINUE RETURN count(*) AS n");
  CHECK(some.fetch_all()[0][0] == Value(5));
  CHECK(some.summary().counters.nodes_created == 3);
  CHECK(one(conn, "MATCH (d:D) RETURN count(*)") == Value(3));
}

TEST_CASE("inside a transaction a statement that commits by itself is refused") {
  Database db = Database::open(":memory:");
  Connection conn = db.connect();
  const std::string statement = "UNWIND [1] AS i CALL (i) { CREATE (:A) } IN TRANSACTIONS";
  for (const auto mode : {AccessMode::write, AccessMode::automatic}) {
    auto tx = conn.begin(mode);
    CHECK(error_of([&] { tx.execute(statement); }) == "TransactionError AutocommitRequired");
    tx.execute("EXPLAIN " + statement);  // it runs nothing
    tx.rollback();
  }
  CHECK(one(conn, "MATCH (n) RETURN count(*)") == Value(0));
  conn.prepare(statement).execute();
  CHECK(one(conn, "MATCH (n) RETURN count(*)") == Value(1));
}

TEST_CASE("a database that is open for reading refuses it, whatever ON ERROR says") {
  Folder folder;
  const std::string path = folder / "g.kith";
  Database::open(path).close();
  Database db = Database::open(path, {.read_only = true});
  Connection conn = db.connect();
  CHECK(error_of([&] {
          conn.execute(
              "UNWIND [1, 2] AS i CALL (i) { CREATE (:A) } IN TRANSACTIONS OF 1 ROWS "
              "ON ERROR CONTINUE");
        }) != "");
}

TEST_CASE("between two transactions others can write, and an open transaction is waited for") {
  Database db = Database::open(":memory:", {.busy_timeout_ms = 50});
  Connection conn = db.connect(), other = db.connect();
  auto held = other.begin(AccessMode::write);
  CHECK(error_of([&] {
          conn.execute("UNWIND [1] AS i CALL (i) { CREATE (:A) } IN TRANSACTIONS");
        }) == "TransactionError Busy");
  // Another connection's lock is an error of the transaction that wants it.
  Result ran = conn.execute(
      "UNWIND [1] AS i CALL (i) { CREATE (:A) } IN TRANSACTIONS ON ERROR CONTINUE "
      "REPORT STATUS AS s RETURN s.started, s.committed");
  CHECK(ran.fetch_all()[0] == std::vector<Value>{Value(false), Value(false)});
  held.rollback();
  conn.execute("UNWIND [1] AS i CALL (i) { CREATE (:A) } IN TRANSACTIONS");
  CHECK(one(other, "MATCH (n) RETURN count(*)") == Value(1));
}

TEST_CASE("an interrupt ends it under ON ERROR CONTINUE, too") {
  Database db = Database::open(":memory:");
  Connection conn = db.connect();
  conn.set_timeout(std::chrono::milliseconds(200));
  CHECK(error_of([&] {
          conn.execute(
              "UNWIND range(1, 100000000) AS i CALL (i) { CREATE (:A {i: i}) } "
              "IN TRANSACTIONS OF 100 ROWS ON ERROR CONTINUE");
        }) == "Interrupted Timeout");
}

TEST_CASE("a file much larger than the memory of a query is loaded in transactions") {
  Folder folder;
  constexpr int kRows = 60000;
  {
    std::ofstream csv(folder / "rows.csv");
    csv << "id,text\n";
    for (int i = 0; i < kRows; ++i) csv << i << ",row " << i << std::string(200, 'x') << "\n";
  }
  DatabaseOptions options;
  options.import_directory = folder / "";
  options.memory_limit = 64 << 20;
  options.query_memory_limit = 4 << 20;
  Database db = Database::open(folder / "g.kith", options);
  Connection conn = db.connect();
  Result loaded = conn.execute(
      "LOAD CSV WITH HEADERS FROM 'file:///rows.csv' AS row "
      "CALL (row) { CREATE (:Row {id: toInteger(row.id), bytes: size(row.text)}) } "
      "IN TRANSACTIONS OF 5000 ROWS");
  CHECK(loaded.summary().counters.nodes_created == kRows);
  CHECK(one(conn, "MATCH (r:Row) RETURN sum(r.id)") ==
        Value(std::int64_t{kRows} * (kRows - 1) / 2));
}

TEST_CASE("queries read no files unless the database is given a directory") {
  Folder folder;
  std::ofstream(folder / "a.csv") << "1\n";
  std::ofstream(folder / "secret") << "secret\n";
  const std::string load = "LOAD CSV FROM 'file:///a.csv' AS row RETURN row[0] AS x";
  {
    Database db = Database::open(":memory:");
    Connection conn = db.connect();
    CHECK(error_of([&] { conn.execute(load).fetch_all(); }) == "ImportError AccessDenied");
  }
  std::filesystem::create_directory(folder / "in");
  std::ofstream(folder / "in/a.csv") << "2\n";
  std::filesystem::create_symlink(folder / "secret", folder / "in/link.csv");
  std::filesystem::create_symlink("a.csv", folder / "in/inner.csv");
  std::filesystem::create_symlink("nowhere.csv", folder / "in/dangling.csv");
  DatabaseOptions options;
  options.import_directory = folder / "in";
  Database db = Database::open(":memory:", options);
  Connection conn = db.connect();
  const auto loads = [&](const std::string& name) {
    return error_of([&] {
      conn.execute("LOAD CSV FROM $f AS row RETURN row", {{"f", name}}).fetch_all();
    });
  };
  CHECK(one(conn, load) == Value("2"));
  CHECK(loads("inner.csv") == "");
  CHECK(loads("link.csv") == "ImportError AccessDenied");
  CHECK(loads("../secret") == "ImportError AccessDenied");
  CHECK(loads("dangling.csv") == "ImportError FileNotFound");
  options.import_directory = folder / "missing";
  Database lost = Database::open(":memory:", options);
  Connection through = lost.connect();
  CHECK(error_of([&] { through.execute(load).fetch_all(); }) == "ImportError FileNotFound");
}
