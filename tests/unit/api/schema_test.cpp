// tests/unit/api/schema_test.cpp: schema commands through the API, and plans when the schema
// changes under them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/unit/api/fixture.hpp"

using namespace kith;
using kith::test::error_of;

namespace {

struct Opened {
  Database db = Database::open(":memory:", {.threads = 2});
  Connection conn = db.connect();
};

template <class Runner>
bool uses_index(Runner& runner, const std::string& statement) {
  auto result = runner.execute("EXPLAIN " + statement);
  const auto rows = result.fetch_all();
  return std::any_of(rows.begin(), rows.end(), [](const auto& row) {
    return row[0].as_string().find("IndexSeek") != std::string_view::npos;
  });
}

Value only(Result result) {
  const auto rows = result.fetch_all();
  REQUIRE(rows.size() == 1);
  return rows[0][0];
}

// Until all indexes have been built, which a checkpoint does that their commit starts.
void await_indexes(Connection& connection) {
  constexpr int kMostTries = 3000;
  for (int i = 0; i < kMostTries; ++i) {
    auto result = connection.execute("SHOW INDEXES WHERE state <> 'ONLINE'");
    if (result.fetch_all().empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("an index does not come online");
}

std::vector<std::string> names(Connection& conn) {
  std::vector<std::string> all;
  auto result = conn.execute("SHOW INDEXES YIELD name");
  for (const auto& row : result.fetch_all()) all.emplace_back(row[0].as_string());
  return all;
}

const std::string kFind = "MATCH (n:N {k: $k}) RETURN count(*) AS c";

}  // namespace

TEST_CASE("Schema commands are statements of type s, with counters") {
  Opened o;
  auto made = o.conn.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
  CHECK(made.columns().empty());
  CHECK(made.summary().type == StatementType::Schema);
  CHECK(made.summary().counters.indexes_added == 1);
  auto again = o.conn.execute("CREATE INDEX i IF NOT EXISTS FOR (n:N) ON (n.k)");
  CHECK(again.summary().counters.indexes_added == 0);
  auto constraint = o.conn.execute("CREATE CONSTRAINT c FOR (n:N) REQUIRE n.x IS NOT NULL");
  CHECK(constraint.summary().counters.constraints_added == 1);
  CHECK(o.conn.execute("DROP CONSTRAINT c").summary().counters.constraints_removed == 1);
  CHECK(o.conn.execute("DROP INDEX i").summary().counters.indexes_removed == 1);
  auto shown = o.conn.execute("SHOW INDEXES");
  CHECK(shown.summary().type == StatementType::Read);
  CHECK(o.conn.prepare("CREATE INDEX j FOR (n:N) ON (n.k)").type() == StatementType::Schema);
  CHECK(names(o.conn).empty());
}

TEST_CASE("The name of an index may be a parameter") {
  Opened o;
  o.conn.execute("CREATE INDEX $name FOR (n:N) ON (n.k)", {{"name", "from outside"}});
  CHECK(names(o.conn) == std::vector<std::string>{"from outside"});
  CHECK(error_of([&] { o.conn.execute("DROP INDEX $name"); }) ==
        "ParameterMissing MissingParameter");
  CHECK(error_of([&] {
          o.conn.execute("DROP INDEX $name", {{"name", 5}});
        }) == "TypeError InvalidArgumentType");
}

TEST_CASE("In a transaction schema commands stand among others, and roll back with it") {
  Opened o;
  {
    Transaction tx = o.conn.begin(AccessMode::write);
    tx.execute("CREATE (:N {k: 1})");
    tx.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
    CHECK(only(tx.execute(kFind, {{"k", 1}})) == Value(1));
    CHECK(error_of([&] { tx.execute("CREATE INDEX i FOR (n:N) ON (n.other)"); }) ==
          "SchemaError IndexWithNameAlreadyExists");
    tx.execute("CREATE (:N {k: 1})");
    CHECK(only(tx.execute(kFind, {{"k", 1}})) == Value(2));
    tx.rollback();
  }
  CHECK(names(o.conn).empty());
  {
    Transaction tx = o.conn.begin();
    tx.execute("CREATE (:N {k: 1})");
    tx.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
    tx.execute("CREATE (:N {k: 2})");
    tx.commit();
  }
  CHECK(names(o.conn) == std::vector<std::string>{"i"});
  for (const int k : {1, 2}) CHECK(only(o.conn.execute(kFind, {{"k", k}})) == Value(1));
}

TEST_CASE("A transaction for reading refuses schema commands") {
  Opened o;
  Transaction tx = o.conn.begin(AccessMode::read);
  CHECK(error_of([&] { tx.execute("CREATE INDEX i FOR (n:N) ON (n.k)"); }) ==
        "TransactionError ReadOnlyTransaction");
  tx.rollback();
}

TEST_CASE("A prepared statement is planned anew when an index comes, and when it goes") {
  Opened o;
  o.conn.execute("UNWIND range(1, 500) AS i CREATE (:N {k: i % 250})");
  PreparedStatement find = o.conn.prepare(kFind);
  PreparedStatement write = o.conn.prepare("MATCH (n:N {k: $k}) SET n.k = $to");
  CHECK(only(find.execute({{"k", 7}})) == Value(2));
  CHECK_FALSE(uses_index(o.conn, "MATCH (n:N {k: 7}) RETURN n"));
  o.conn.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
  CHECK(only(find.execute({{"k", 7}})) == Value(2));
  await_indexes(o.conn);
  CHECK(only(find.execute({{"k", 7}})) == Value(2));
  write.execute({{"k", 7}, {"to", 8}});
  CHECK(only(find.execute({{"k", 8}})) == Value(4));
  CHECK(uses_index(o.conn, "MATCH (n:N {k: 7}) RETURN n"));
  o.conn.execute("DROP INDEX i");
  CHECK(only(find.execute({{"k", 8}})) == Value(4));
  write.execute({{"k", 8}, {"to", 9}});
  CHECK(only(find.execute({{"k", 9}})) == Value(6));
  CHECK_FALSE(uses_index(o.conn, "MATCH (n:N {k: 7}) RETURN n"));
}

TEST_CASE("A transaction that drops an index does not use it, others go on with it") {
  Opened o;
  Connection other = o.db.connect();
  o.conn.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
  o.conn.execute("UNWIND range(1, 500) AS i CREATE (:N {k: i % 250})");
  PreparedStatement find = other.prepare(kFind);
  Transaction tx = o.conn.begin(AccessMode::write);
  CHECK(uses_index(tx, "MATCH (n:N {k: 7}) RETURN n"));
  tx.execute("DROP INDEX i");
  CHECK_FALSE(uses_index(tx, "MATCH (n:N {k: 7}) RETURN n"));
  tx.execute("MATCH (n:N {k: 7}) SET n.k = 8");
  CHECK(only(tx.execute(kFind, {{"k", 8}})) == Value(4));
  CHECK(only(find.execute({{"k", 8}})) == Value(2));
  CHECK(uses_index(other, "MATCH (n:N {k: 7}) RETURN n"));
  tx.rollback();
  CHECK(uses_index(o.conn, "MATCH (n:N {k: 7}) RETURN n"));
  CHECK(only(o.conn.execute(kFind, {{"k", 8}})) == Value(2));
}

TEST_CASE("A transaction finds by index what it has just written") {
  Opened o;
  o.conn.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
  o.conn.execute("UNWIND range(1, 500) AS i CREATE (:N {k: i})");
  Transaction tx = o.conn.begin(AccessMode::write);
  tx.execute("CREATE (:N {k: 1000})");
  CHECK(only(tx.execute(kFind, {{"k", 1000}})) == Value(1));
  tx.execute("MATCH (n:N {k: 1000}) SET n.k = 1001");
  CHECK(only(tx.execute(kFind, {{"k", 1000}})) == Value(0));
  CHECK(only(tx.execute(kFind, {{"k", 1001}})) == Value(1));
  tx.execute("MATCH (n:N) WHERE n.k > 400 DELETE n");
  CHECK(only(tx.execute(kFind, {{"k", 1001}})) == Value(0));
  CHECK(only(tx.execute("MATCH (n:N) WHERE n.k >= 395 RETURN count(*) AS c")) == Value(6));
  tx.rollback();
  CHECK(only(o.conn.execute(kFind, {{"k", 401}})) == Value(1));
}

TEST_CASE("A hint for an index that is gone is an error, not another plan") {
  Opened o;
  o.conn.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
  PreparedStatement find = o.conn.prepare("MATCH (n:N) USING INDEX n:N(k) WHERE n.k = 1 RETURN n");
  CHECK(find.execute().fetch_all().empty());
  o.conn.execute("DROP INDEX i");
  CHECK(error_of([&] { find.execute(); }) == "SyntaxError IndexNotFound");
  CHECK(error_of([&] { find.execute(); }) == "SyntaxError IndexNotFound");
  o.conn.execute("CREATE INDEX i FOR (n:N) ON (n.k)");
  CHECK(find.execute().fetch_all().empty());
}
