// tests/unit/api/read_first_test.cpp: statements that read, on one thread or many, before they
// write: the same answers, errors and graph, ids included.
//
// Two databases get the same random statements, some in transactions of several. KITH_SEED=n
// repeats a run, KITH_ROUNDS=n makes it longer.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "tests/unit/api/fixture.hpp"

using namespace kith;

namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  std::string statement() { return rows() + " " + writes(); }

 private:
  std::string number(std::uint64_t limit) { return std::to_string(below(limit)); }
  std::string one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }
  std::string some() { return " WHERE n.k % " + number(9) + " <> " + number(3); }
  std::string list() {
    const std::string few = "range(0, " + number(3000) + ", " + std::to_string(1 + below(3)) + ")";
    return one_of({few, "[x IN " + few + " | x * 7 % 2500]", "[1, 1, 2, null, 'x', 2.0]", "$ids"});
  }
  // Nodes n and m, and a number i; m may be null.
  std::string rows() {
    const std::string seek = "UNWIND " + list() + " AS i MATCH (n:N {k: i})";
    const std::string scan = "MATCH (n:N)" + some() + " WITH n, n.k AS i";
    const std::string other = " OPTIONAL MATCH (m:N {k: i + " + number(50) + "})";
    switch (below(6)) {
      case 0:
        return seek + " MATCH (n)-[:R]-(m)";
      case 1:
        return scan + " MATCH (n)-[:R]->(m)";
      case 2:
        return scan + other;
      case 3:
        return "MATCH (n:N)-[:R]->(m)" + some() + " WITH DISTINCT m AS n, n AS m, m.k AS i";
      case 4:
        return "MATCH (n:N) WITH n.w AS w, collect(n) AS ns, max(n.k) AS i UNWIND ns AS n" + other;
      default:
        return seek + other;
    }
  }
  std::string writes() {
    switch (below(9)) {
      case 0:
        return "SET n.v = i RETURN count(*), sum(n.v)";
      case 1:
        return "SET n.v = m.v, m.w = n.w";
      case 2:
        return "CREATE (:M {k: i, w: m.k})";
      case 3:
        return "WITH n, m, i WHERE m IS NOT NULL CREATE (n)-[:R {w: i}]->(m)";
      case 4:
        return "CREATE (n)-[:R]->(m)";  // fails where there is none
      case 5:
        return "MERGE (x:M {k: i % 10}) ON CREATE SET x.w = n.k ON MATCH SET x.v = n.k";
      case 6:
        return "WITH n, i LIMIT 200 SET n.k = i + " + number(2);  // must be unique
      case 7:
        return "WITH n, 1000 / (i - " + number(9000) + ") AS x SET n.w = x";
      default:
        return "WITH n ORDER BY n.v, n.k LIMIT 15 DETACH DELETE n";
    }
  }

  std::mt19937_64 random_;
};

std::string text_of(Result result) {
  std::string text;
  for (const auto& row : result.fetch_all()) {
    for (const Value& value : row) text += value.to_string() + " | ";
    text += "\n";
  }
  return text;
}

struct One {
  explicit One(std::uint32_t threads, std::uint32_t batch_rows)
      : database(Database::open(":memory:", {.threads = threads, .batch_rows = batch_rows})) {}

  std::string run(const std::string& statement) {
    std::vector<Value> ids;
    for (std::int64_t i = 0; i < 900; ++i) ids.emplace_back(i * 11 % 2600);
    const Parameters with = {{"ids", Value(std::move(ids))}};
    try {
      return text_of(transaction ? transaction->execute(statement, with)
                                 : connection.execute(statement, with));
    } catch (const Error& error) {
      return error.what();
    }
  }
  std::string graph() {
    return run("MATCH (n) RETURN id(n), labels(n), properties(n) ORDER BY id(n)") +
           run("MATCH (a)-[r]->(b) RETURN id(r), id(a), id(b), type(r), properties(r) "
               "ORDER BY id(r)");
  }

  Database database;
  Connection connection = database.connect();
  std::optional<Transaction> transaction;
};

}  // namespace

TEST_CASE("What is read before a write is the same on one thread and on many") {
  const std::uint64_t seed = number_from("KITH_SEED", std::random_device()());
  const std::uint64_t rounds = number_from("KITH_ROUNDS", 2);
  INFO("KITH_SEED=" << seed);
  Writer writer(seed);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint32_t batch_rows = round % 2 == 0 ? 2 : 40;
    One one(1, batch_rows), many(4, batch_rows);
    const auto both = [&](const std::string& statement) {
      INFO(statement);
      REQUIRE(one.run(statement) == many.run(statement));
    };
    both("CREATE CONSTRAINT FOR (n:N) REQUIRE n.k IS UNIQUE");
    both("UNWIND range(0, 2499) AS i CREATE (:N {k: i, w: i % 13})");
    both("MATCH (n:N) MATCH (m:N {k: (n.k * 31 + 7) % 2500}) CREATE (n)-[:R]->(m)");
    for (int i = 0; i < 12; ++i) {
      if (writer.below(4) == 0)
        for (One* each : {&one, &many}) each->transaction = each->connection.begin();
      for (std::uint64_t j = writer.below(4); j > 0; --j) both(writer.statement());
      const bool commits = writer.below(2) == 0;
      for (One* each : {&one, &many}) {
        if (!each->transaction) continue;
        if (commits)
          each->transaction->commit();
        else
          each->transaction->rollback();
        each->transaction.reset();
      }
    }
    CHECK(one.graph() == many.graph());
  }
}
