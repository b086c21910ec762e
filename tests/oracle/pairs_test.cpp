// tests/oracle/pairs_test.cpp: different pairs of where a pattern begins and where it ends, and how
// many ends there are for each beginning, against all matches of random graphs.
//
// The seed is printed; KITH_SEED repeats a run, KITH_ORACLE_GRAPHS asks for more graphs.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/oracle/twin.hpp"

namespace kith {
namespace {

using namespace test;

const std::string kSteps[] = {
    "(a:N)-[:E]->(b)",           "(a:N)-[r]-(b:Odd)",
    "(a:N)-[:E]->(x)-[:F]->(b)", "(a:Odd)-[r]->(x)-[s]-(b:N)",
    "(a:N)-->(x)-->(y)-->(b)",   "(a:N)-[:E]->(x:Odd)<-[:E]-(b) WHERE b.i % 2 = 0",
    "(a:N)-->(b)-->(a)",
};

void compare(Twin& twin, const std::string& steps) {
  std::set<std::vector<std::int64_t>> pairs;
  std::map<std::int64_t, std::set<std::int64_t>> ends;
  for (const auto& row : twin.run("MATCH " + steps + " RETURN a.i, b.i")) {
    pairs.insert({row[0].as_int(), row[1].as_int()});
    ends[row[0].as_int()].insert(row[1].as_int());
  }
  INFO(steps);
  const std::vector<std::vector<std::int64_t>> all(pairs.begin(), pairs.end());
  CHECK(twin.rows("MATCH " + steps + " WITH DISTINCT a, b RETURN a.i, b.i") == all);
  CHECK(twin.rows("MATCH " + steps + " WITH DISTINCT b AS c, a AS d RETURN d.i, c.i") == all);
  const auto count = static_cast<std::int64_t>(all.size());
  CHECK(twin.run("MATCH " + steps + " RETURN count(DISTINCT [a, b])")[0][0].as_int() == count);
  std::vector<std::vector<std::int64_t>> counted;
  for (const auto& [a, some] : ends) {
    counted.push_back({a, static_cast<std::int64_t>(some.size()), *some.rbegin()});
  }
  CHECK(twin.rows("MATCH " + steps +
                  " WITH a, count(DISTINCT b) AS n, max(b.i) AS m "
                  "RETURN a.i, n, m") == counted);
  CHECK(twin.rows("MATCH " + steps +
                  " WITH a, collect(DISTINCT b) AS l, max(b.i) AS m "
                  "RETURN a.i, size(l), m") == counted);
}

}  // namespace

TEST_CASE("different pairs of the ends of a pattern", "[oracle]") {
  const std::uint64_t seed = number_from("KITH_SEED", std::random_device()());
  const std::uint64_t graphs = number_from("KITH_ORACLE_GRAPHS", 10);
  std::mt19937_64 random(seed);
  INFO("KITH_SEED=" << seed);
  for (std::uint64_t graph = 0; graph < graphs; ++graph) {
    const auto nodes = static_cast<std::int64_t>(1 + random() % 40);
    const std::uint32_t batch_rows = graph % 2 == 0 ? 2048 : 3;
    Twin twin(random, nodes, static_cast<std::size_t>(nodes) * 4, false, 2, batch_rows);
    for (const std::string& steps : kSteps) compare(twin, steps);
  }
}

}  // namespace kith
