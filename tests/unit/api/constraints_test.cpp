// tests/unit/api/constraints_test.cpp: constraints through the handles that programs have, and
// under many threads.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;
using kith::test::Folder;
using kith::test::one;

namespace {

constexpr int kThreads = 4, kRounds = 30, kPeople = 40;

const char* const kUnique = "CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE";
const char* const kOwned =
    "CREATE CONSTRAINT visit_patient FOR (v:Visit) "
    "REQUIRE COUNT { (v)<-[:HAS]-(:Patient) } = 1";

// Runs `work(connection, thread)` in threads; errors that are not worth a retry are returned.
template <class Work>
std::vector<std::string> in_threads(Database& db, Work work) {
  std::vector<std::string> errors(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      auto connection = db.connect();
      try {
        work(connection, t);
      } catch (const std::exception& e) {
        errors[static_cast<std::size_t>(t)] = e.what();
      }
    });
  for (auto& thread : threads) thread.join();
  return errors;
}

// Looks, then writes; again if the graph moved in between.
void put_if_absent(Connection& connection, int id) {
  for (;;) {
    try {
      auto tx = connection.begin();
      const auto found = one(tx, "MATCH (p:Person {id: $id}) RETURN count(p)", {{"id", id}});
      if (found == Value(0)) tx.execute("CREATE (:Person {id: $id})", {{"id", id}});
      tx.commit();
      return;
    } catch (const Error& e) {
      if (!e.retryable()) throw;
    }
  }
}

void check_no_doubles(Database& db) {
  auto connection = db.connect();
  CHECK(one(connection, "MATCH (p:Person) RETURN count(p)") == Value(kPeople));
  CHECK(one(connection, "MATCH (p:Person) RETURN count(DISTINCT p.id)") == Value(kPeople));
}

}  // namespace

TEST_CASE(
    "MERGE of the same keys by many threads makes no doubles, with and without a constraint") {
  for (const bool constrained : {false, true}) {
    CAPTURE(constrained);
    auto db = Database::open(":memory:", {.threads = 1, .busy_timeout_ms = 60000});
    if (constrained) db.connect().execute(kUnique);
    const auto errors = in_threads(db, [](Connection& connection, int thread) {
      for (int i = 0; i < kRounds; ++i)
        connection.execute(
            "MERGE (p:Person {id: $id}) ON MATCH SET p.seen = coalesce(p.seen, 0) + 1",
            {{"id", (i * 7 + thread * 3) % kPeople}});
      connection.execute("UNWIND range(0, $last) AS i MERGE (:Person {id: i})",
                         {{"last", kPeople - 1}});
    });
    for (const auto& error : errors) CHECK(error == "");
    check_no_doubles(db);
  }
}

TEST_CASE("Who has read and then writes conflicts, so that looking first makes no doubles either") {
  for (const bool constrained : {false, true}) {
    CAPTURE(constrained);
    auto db = Database::open(":memory:", {.threads = 1, .busy_timeout_ms = 60000});
    if (constrained) db.connect().execute(kUnique);
    const auto errors = in_threads(db, [&](Connection& connection, int) {
      for (int id = 0; id < kPeople; ++id) put_if_absent(connection, id);
    });
    for (const auto& error : errors) CHECK(error == "");
    check_no_doubles(db);
  }
}

TEST_CASE("Blind creation of the same keys: one wins, the others get the constraint's error") {
  auto db = Database::open(":memory:", {.threads = 1, .busy_timeout_ms = 60000});
  db.connect().execute(kUnique);
  std::atomic<int> made{0}, refused{0};
  const auto errors = in_threads(db, [&](Connection& connection, int) {
    for (int id = 0; id < kPeople; ++id) {
      const auto error = error_of([&] {
        connection.execute("CREATE (:Person {id: $id})", {{"id", id}});
      });
      CHECK((error == "" || error == "ConstraintError NotUnique"));
      ++(error.empty() ? made : refused);
    }
  });
  for (const auto& error : errors) CHECK(error == "");
  CHECK(made == kPeople);
  CHECK(refused == (kThreads - 1) * kPeople);
  check_no_doubles(db);
}

TEST_CASE("A commit that breaks a count ends the transaction, and says that nothing is kept") {
  auto db = Database::open(":memory:");
  auto connection = db.connect();
  connection.execute(kOwned);
  auto tx = connection.begin(AccessMode::write);
  tx.execute("CREATE (:Visit {id: 1})");
  try {
    tx.commit();
    FAIL("committed");
  } catch (const ConstraintError& e) {
    CHECK(e.code() == "KITH-ConstraintError-WrongCount");
    CHECK(std::string(e.what()).find("nothing of it is kept") != std::string::npos);
  }
  CHECK(error_of([&] { tx.execute("RETURN 1"); }) == "TransactionError TransactionClosed");
  CHECK(error_of([&] { tx.commit(); }) == "TransactionError TransactionClosed");
  CHECK(one(connection, "MATCH (n) RETURN count(n)") == Value(0));

  auto again = connection.begin(AccessMode::write);
  again.execute("CREATE (:Visit {id: 1})");
  again.execute("MATCH (v:Visit) MERGE (:Patient {id: 7})-[:HAS]->(v)");
  CHECK_NOTHROW(again.commit());
  CHECK(error_of([&] { connection.execute("CREATE (:Visit)"); }) == "ConstraintError WrongCount");
  CHECK(error_of([&] { connection.execute("MATCH (:Patient)-[r]->() DELETE r"); }) ==
        "ConstraintError WrongCount");
  CHECK(error_of([&] { connection.execute("MERGE (:Visit {id: 2})"); }) ==
        "ConstraintError WrongCount");
  CHECK(one(connection, "MATCH (n) RETURN count(n)") == Value(2));
}

TEST_CASE("A statement that breaks a constraint leaves its transaction open") {
  auto db = Database::open(":memory:");
  auto connection = db.connect();
  connection.execute(kUnique);
  auto tx = connection.begin(AccessMode::write);
  tx.execute("CREATE (:Person {id: 1})");
  CHECK(error_of([&] { tx.execute("UNWIND [2, 1] AS id CREATE (:Person {id: id})"); }) ==
        "ConstraintError NotUnique");
  tx.execute("CREATE (:Person {id: 3})");
  tx.commit();
  CHECK(one(connection, "MATCH (p:Person) RETURN collect(p.id)") == Value(List{1, 3}));
}

TEST_CASE("The rows of an Appender are one statement, and keep the constraints or are not there") {
  auto db = Database::open(":memory:");
  auto connection = db.connect();
  connection.execute(kUnique);
  connection.execute(kOwned);
  const auto append = [&](std::int64_t first, std::int64_t second, bool owned) {
    Appender rows(connection);
    rows.add_node({"Person"}, {{"id", first}});
    const auto patient = rows.add_node({"Person", "Patient"}, {{"id", second}});
    const auto visit = rows.add_node({"Visit"}, {});
    if (owned) rows.add_relationship("HAS", patient, visit);
    rows.finish();
  };
  CHECK(error_of([&] { append(1, 1, true); }) == "ConstraintError NotUnique");
  CHECK(error_of([&] { append(1, 2, false); }) == "ConstraintError WrongCount");
  CHECK(one(connection, "MATCH (n) RETURN count(n)") == Value(0));
  append(1, 2, true);
  CHECK(error_of([&] { append(2, 3, true); }) == "ConstraintError NotUnique");
  CHECK(one(connection, "MATCH (n) RETURN count(n)") == Value(3));
}

TEST_CASE("Constraints hold after reopening") {
  const Folder scratch;
  {
    auto db = Database::open(scratch / "g.kith");
    auto connection = db.connect();
    connection.execute("CREATE (:Person {id: 1})");
    connection.execute(kUnique);
    connection.execute(kOwned);
    db.close();
  }
  auto db = Database::open(scratch / "g.kith");
  auto connection = db.connect();
  CHECK(error_of([&] { connection.execute("CREATE (:Person {id: 1})"); }) ==
        "ConstraintError NotUnique");
  CHECK(error_of([&] { connection.execute("CREATE (:Visit)"); }) == "ConstraintError WrongCount");
}
