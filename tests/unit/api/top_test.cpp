// tests/unit/api/top_test.cpp: ORDER BY … LIMIT and comparisons that skip segments, against the
// same questions asked so that nothing can be skipped. Random values; KITH_SEED=n repeats a run.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "tests/unit/api/fixture.hpp"

using namespace kith;

namespace {

std::uint64_t fresh_seed() {
  const char* given = std::getenv("KITH_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  // A value of the kind that most values of the segment have.
  Value value(std::uint64_t kind) {
    const auto number = static_cast<std::int64_t>(below(200)) - 100;
    switch (kind) {
      case 0:
        return number;
      case 1:
        return static_cast<double>(number) / 4;
      case 2:
        return std::string("text ") + std::to_string(number);
      case 3:
        return number > 0;
      case 4:
        return Date{number};
      default:
        return number % 7 == 0 ? Value(std::numeric_limits<double>::quiet_NaN())
                               : Value(static_cast<double>(number));
    }
  }

 private:
  std::mt19937_64 random_;
};

constexpr std::int64_t kNodes = 70000;  // over four segments

void fill(Connection& connection, Random& random) {
  const std::uint64_t null_rate = random.below(3);
  std::vector<Value> rows;
  std::uint64_t kind = 0;
  for (std::int64_t i = 0; i < kNodes; ++i) {
    if (i % 16384 == 0) kind = random.below(6);
    const bool other = random.below(20000) == 0;
    const bool is_null = random.below(10) < null_rate;
    const std::uint64_t of = other ? random.below(6) : kind;
    rows.push_back(Map{{"i", i},
                       {"x", is_null ? Value() : random.value(of)},
                       {"y", static_cast<std::int64_t>(random.below(3))}});
  }
  connection.execute("UNWIND $rows AS r CREATE (n:N) SET n = r", {{"rows", Value(rows)}});
}

void change_some(Connection& connection, Random& random) {
  for (int i = 0; i < 20; ++i) {
    connection.execute("MATCH (n:N {i: $i}) SET n.x = $x",
                       {{"i", static_cast<std::int64_t>(random.below(kNodes))},
                        {"x", random.value(random.below(6))}});
  }
}

void compare(Connection& connection, const std::string& skipping, const std::string& plain,
             const Parameters& parameters) {
  INFO(skipping);
  auto got = connection.execute(skipping, parameters).fetch_all();
  auto want = connection.execute(plain, parameters).fetch_all();
  REQUIRE(got.size() == want.size());
  for (std::size_t row = 0; row < got.size(); ++row) {
    for (std::size_t i = 0; i < got[row].size(); ++i)
      CHECK(got[row][i].to_string() == want[row][i].to_string());
  }
}

void ask(Connection& connection, Random& random) {
  const char* const keys[] = {"n.x",          "n.x DESC",      "n.x, n.y", "n.x DESC, n.y, n.i",
                              "n.y, n.x",     "n.y DESC, n.i", "n.i",      "n.i DESC",
                              "n.y + 1, n.i", "n.x, n.i DESC"};
  for (const char* key : keys) {
    const auto limit = static_cast<std::int64_t>(1 + random.below(random.below(2) == 0 ? 5 : 2000));
    const auto skip = static_cast<std::int64_t>(random.below(10));
    const std::string head = std::string("MATCH (n:N) WITH n ORDER BY ") + key;
    // collect() keeps the order of its rows, and needs all of them.
    compare(connection, head + " SKIP $skip LIMIT $limit RETURN n.i, n.x, n.y",
            head +
                " WITH collect(n)[$skip .. $skip + $limit] AS list UNWIND list AS n "
                "RETURN n.i, n.x, n.y",
            {{"skip", skip}, {"limit", limit}});
  }
  const char* const operators[] = {"=", "<", "<=", ">", ">="};
  for (const char* op : operators) {
    for (std::uint64_t kind = 0; kind < 6; ++kind) {
      const Parameters parameters = {{"v", random.value(kind)}};
      compare(connection,
              std::string("MATCH (n:N) WHERE n.x ") + op + " $v RETURN count(*), sum(n.i)",
              std::string("MATCH (n:N) WHERE any(x IN [n.x] WHERE x ") + op +
                  " $v) RETURN count(*), sum(n.i)",
              parameters);
    }
  }
}

}  // namespace

TEST_CASE("what the first rows and comparisons skip is never missed", "[top]") {
  const std::uint64_t seed = fresh_seed();
  INFO("KITH_SEED=" << seed);
  Random random(seed);
  const test::Folder folder;
  const auto path = folder / "graph.kith";
  {
    auto db = Database::open(path);
    auto connection = db.connect();
    fill(connection, random);
  }
  for (const std::uint32_t threads : {1u, 3u}) {
    DatabaseOptions options;
    options.threads = threads;
    auto db = Database::open(path, options);
    auto connection = db.connect();
    ask(connection, random);
    change_some(connection, random);
    ask(connection, random);
  }
}
