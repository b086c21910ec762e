// tests/unit/api/procedures_test.cpp: what SHOW and CALL tell of the open database.
#include <catch2/catch.hpp>

#include "kith/kith.hpp"
#include "tests/unit/api/fixture.hpp"

namespace {

std::vector<std::string> lines(kith::Connection& connection, const std::string& statement) {
  std::vector<std::string> out;
  auto result = connection.execute(statement);
  for (const kith::Row& row : result) {
    std::string line;
    for (const kith::Value& value : row.values()) {
      line += (line.empty() ? "" : " | ") + value.to_string();
    }
    out.push_back(line);
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("SHOW DATABASES tells of the one that is open") {
  auto database = kith::Database::open(":memory:");
  auto connection = database.connect();
  CHECK(lines(connection, "SHOW DATABASES YIELD name, access, currentStatus, default") ==
        Lines{"'memory' | 'read-write' | 'online' | true"});
  CHECK(lines(connection, "SHOW DATABASE memory YIELD name") == Lines{"'memory'"});
  CHECK(lines(connection, "SHOW DATABASE `memory` YIELD writer") == Lines{"true"});
  CHECK(lines(connection, "SHOW DATABASE neo4j").empty());
  CHECK(lines(connection, "SHOW DEFAULT DATABASE YIELD name, home") == Lines{"'memory' | true"});
  CHECK(lines(connection, "CALL db.info() YIELD name, id") == Lines{"'memory' | ':memory:'"});
  CHECK(lines(connection, "CALL db.ping()") == Lines{"true"});
}

TEST_CASE("SHOW SETTINGS tells how the database was opened") {
  auto database = kith::Database::open(":memory:", {.threads = 2, .busy_timeout_ms = 7});
  auto connection = database.connect();
  CHECK(
      lines(connection, "SHOW SETTINGS YIELD name, value, isExplicitlySet WHERE isExplicitlySet") ==
      Lines{"'busy_timeout_ms' | '7' | true", "'threads' | '2' | true"});
  CHECK(lines(connection, "SHOW SETTING 'threads' YIELD value, defaultValue") ==
        Lines{"'2' | '0'"});
  CHECK(lines(connection, "SHOW SETTINGS 'threads', 'durability' YIELD name") ==
        Lines{"'durability'", "'threads'"});
  CHECK(lines(connection, "SHOW SETTINGS 'nope'").empty());
}

TEST_CASE("SHOW TRANSACTIONS tells of the one that asks") {
  auto database = kith::Database::open(":memory:");
  auto connection = database.connect();
  lines(connection, "CREATE ()");
  CHECK(lines(connection, "SHOW TRANSACTIONS YIELD transactionId, status, database") ==
        Lines{"'memory-transaction-1' | 'Running' | 'memory'"});
  CHECK(lines(connection,
              "SHOW TRANSACTION 'memory-transaction-1' YIELD elapsedTime AS t "
              "RETURN t >= duration('PT0S') IS NULL")
            .size() == 1);
  CHECK(lines(connection, "SHOW TRANSACTIONS 'other'").empty());
}

TEST_CASE("db.awaitIndexes returns when the index is online") {
  auto database = kith::Database::open(":memory:");
  auto connection = database.connect();
  lines(connection, "UNWIND range(1, 100) AS i CREATE (:A {x: i})");
  {
    auto transaction = connection.begin(kith::AccessMode::write);
    transaction.execute("CREATE INDEX later FOR (n:A) ON (n.x)");
    transaction.execute("CALL db.awaitIndexes(1)");  // its own index is not committed yet
    transaction.commit();
  }
  lines(connection, "CALL db.awaitIndex('later', 60)");
  CHECK(lines(connection, "SHOW INDEXES YIELD name, state") == Lines{"'later' | 'ONLINE'"});
  lines(connection, "CALL db.awaitIndexes()");
  CHECK_THROWS_AS(lines(connection, "CALL db.awaitIndex('nope')"), kith::QueryError);
}
