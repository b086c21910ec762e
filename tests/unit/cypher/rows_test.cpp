// tests/unit/cypher/rows_test.cpp: joins, groups and distinct rows by random keys: the same as
// without any of it, however many threads there are and however long batches are.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/core/random_cells.hpp"
#include "tests/unit/cypher/exec_fixture.hpp"

namespace kith::test {
namespace {

constexpr std::uint64_t kKeys = 7;  // k0 … k6: see fill()

// Small integers; integers of any size; numbers of which some are whole floats, and NaN; texts;
// booleans and nulls; dates; all of that.
void fill(QueryDatabase& db, std::uint64_t seed) {
  const Parameters parameters = {{"seed", static_cast<std::int64_t>(seed % 100'003)}};
  db.run(
      "UNWIND range(0, 899) AS i "
      "WITH i, ($seed + i * 7919) % 10007 AS r, ($seed + i * 104729) % 10009 AS s "
      "CREATE (n:N {id: i, k0: r % 23 - 7, k2: CASE s % 40 WHEN 0 THEN 0.0 / 0.0 "
      "    ELSE CASE r % 3 WHEN 0 THEN toFloat(s % 12) ELSE s % 12 END END, "
      "  k1: CASE s % 5 WHEN 0 THEN 9223372036854775807 - r % 3 "
      "    WHEN 1 THEN -9223372036854775807 + r % 3 ELSE (r % 50) * 1000000007 END, "
      "  k3: 'text ' + (s % 31), k4: CASE r % 4 WHEN 0 THEN null WHEN 1 THEN true ELSE false END, "
      "  k5: date('2020-01-01') + duration({days: s % 9})}) "
      "SET n.k6 = CASE i % 4 WHEN 0 THEN n.k0 WHEN 1 THEN n.k2 WHEN 2 THEN n.k3 ELSE n.k5 END "
      "FOREACH (x IN CASE WHEN i % 3 = 0 THEN [1] ELSE [] END | SET n:A) "
      "FOREACH (x IN CASE WHEN s % 3 = 0 THEN [1] ELSE [] END | SET n:B)",
      parameters);
  db.run("MATCH (a:N), (b:N {id: (a.id * 3 + 1) % 900}) CREATE (a)-[:TO]->(b)");
  db.run("MATCH (a:N), (b:N {id: (a.id * a.id + 7) % 90}) CREATE (a)-[:TO]->(b)");
}

class Queries {
 public:
  Queries(std::uint64_t seed, Arena& arena) : random_(seed, arena) {}

  std::string next() {
    switch (random_.below(8)) {
      case 0:
      case 1:
        return join();
      case 2:
        return "MATCH (n:N) RETURN [" + keys("n") + "] AS k, count(*) AS c, max(n.id) AS m";
      case 3:
        return "MATCH (n:N) RETURN DISTINCT [" + keys("n") + "] AS k, " + key("n") + " AS l";
      case 4:
        return "MATCH (n:N) RETURN " + key("n") + " AS k, count(DISTINCT [" + keys("n") + "]) AS c";
      case 5:
        return "MATCH (a:N)-[:TO]->(b)-[:TO]->(c) RETURN count(DISTINCT [a, c]) AS n";
      case 6:
        return "MATCH (n:N) WITH " + key("n") + " AS x, " + key("n") +
               " AS y, count(*) AS c, sum(n.k0) AS s RETURN count(*) AS n, max(c) AS m, sum(c) AS "
               "r";
      default:
        return "MATCH (a:N)-[:TO]->(b)-[:TO]->(c) WITH DISTINCT a, c" +
               std::string(random_.below(2) == 0 ? " RETURN count(*) AS n"
                                                 : ", b RETURN a.id, b.id, c.id");
    }
  }

 private:
  std::string key(const std::string& of) {
    return of + ".k" + std::to_string(random_.below(kKeys));
  }
  std::string keys(const std::string& of) {
    std::string all = key(of);
    for (std::uint64_t more = random_.below(3); more > 0; --more) all += ", " + key(of);
    return all;
  }
  // Also of nodes, of which some keys are fixed by others.
  std::string join() {
    std::string where;
    for (std::uint64_t count = 1 + random_.below(3); count > 0; --count) {
      where += where.empty() ? " WHERE " : " AND ";
      // Now and then of two different kinds.
      const std::string left = key("a");
      where += left + " = " + (random_.below(4) == 0 ? key("b") : "b" + left.substr(1));
    }
    const bool pairs = random_.below(3) == 0;
    return (pairs ? "MATCH (a:A)-[:TO]->(c)-[:TO]->(e), (e)-[:TO]->(d)-[:TO]->(b:B)"
                  : "MATCH (a:A), (b:B)") +
           where + " RETURN a.id, b.id, b.k3, b.k6 ORDER BY a.id, b.id";
  }

  RandomCells random_;
};

}  // namespace

TEST_CASE("joins, groups and distinct rows by random keys") {
  const std::uint64_t seed = fresh_seed();
  CAPTURE(seed);
  QueryDatabase plain({1, kBatchRows, false, 0});
  QueryDatabase db({4, kBatchRows, true, 0});
  fill(plain, seed);
  fill(db, seed);
  Arena arena;
  Queries queries(seed, arena);
  const std::vector<Mode> modes = {{1, kBatchRows, true, 0}, {1, 2, true, 0},
                                   {4, 2, true, 0},          {4, 64, true, 0},
                                   {4, kBatchRows, true, 0}, {4, 2, true, 1000}};
  for (int i = 0; i < 60; ++i) {
    const std::string query = queries.next();
    CAPTURE(query);
    const auto expected = plain.run(query);
    for (const Mode& mode : modes) {
      INFO(mode.name());
      db.set_mode(mode);
      CHECK(db.run(query) == expected);
    }
  }
}

}  // namespace kith::test
