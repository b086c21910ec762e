// tests/unit/api/index_random_test.cpp: random statements with indexes and without: the same
// answers, the same errors, the same graph.
//
// Two databases get the same statements; one has indexes. Values of all kinds are mixed under each
// key. KITH_SEED=n repeats a run, KITH_ROUNDS=n makes it longer.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <random>
#include <sstream>
#include <thread>

#include "tests/unit/api/fixture.hpp"

using namespace kith;

namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Writes random expressions and statements.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }
  template <class List>
  auto one_of(const List& list) {
    return *(list.begin() + static_cast<std::ptrdiff_t>(below(list.size())));
  }

  // What a property may hold. Integers and floats never agree, so that ties have one order only.
  std::string stored() {
    const auto digit = std::to_string(below(5));
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
        return std::to_string(static_cast<int>(below(12)) - 4);
      case 3:
        return digit + ".5";
      case 4:
      case 5:
        return "'" + one_of(kTexts) + "'";
      case 6:
        return one_of(std::vector<std::string>{"true", "false"});
      case 7:
        return "date('2020-01-0" + std::to_string(1 + below(5)) + "')";
      case 8:
        return "localdatetime('2020-01-01T0" + digit + ":00:00')";
      case 9:
        return "datetime('2020-01-01T0" + digit + ":00:00" + one_of(kZones) + "')";
      case 10:
        return "time('0" + digit + ":00:00" + one_of(kZones) + "')";
      case 11:
        return "[" + digit + ", " + std::to_string(below(3)) + "]";
      case 12:
        return one_of(std::vector<std::string>{"duration('P1D')", "duration('PT24H')",
                                               "point({x: 1, y: 2})", "localtime('01:00')"});
      default:
        return one_of(std::vector<std::string>{"0.0 / 0.0", "1.0 / 0.0", "['a', 'ab']", "''"});
    }
  }
  std::string compared() {
    switch (below(8)) {
      case 0:
        return std::to_string(below(6)) + ".0";
      case 1:
        return one_of(std::vector<std::string>{"null", "-0.0", "[1, null]", "{a: 1}", "[]"});
      default:
        return stored();
    }
  }
  std::string list() {
    std::string text;
    for (std::size_t i = below(4); i > 0; --i) text += (text.empty() ? "" : ", ") + compared();
    return "[" + text + "]";
  }

  std::string comparison(const std::string& subject, const std::string& value) {
    const std::string op =
        one_of(std::vector<std::string>{" = ", " = ", " = ", " < ", " <= ", " > ", " >= ", " <> "});
    return below(4) == 0 ? value + op + subject : subject + op + value;
  }
  std::string condition(const std::string& of) {
    const std::string key = of + "." + one_of(kKeys);
    switch (below(12)) {
      case 0:
        return key + " IN " + list();
      case 1:
        return key + " STARTS WITH " + one_of(std::vector<std::string>{"'a'", "'ab'", "''", "1"});
      case 2:
        return key + " IS NOT NULL";
      case 3:
        return key + " CONTAINS 'a'";
      case 4:
        return key + " >= " + compared() + " AND " + key + " < " + compared();
      case 5:
        return "NOT " + comparison(key, compared());
      case 6:
        return "(" + comparison(key, compared()) + " OR " + comparison(key, compared()) + ")";
      case 7:
        return comparison(key, "toInteger([" + compared() + "][0])");
      default:
        return comparison(key, compared());
    }
  }
  std::string conditions(const std::string& of) {
    std::string text = condition(of);
    for (std::size_t i = below(3); i > 0; --i) text += " AND " + condition(of);
    return text;
  }

  std::string update() {
    const std::string label = one_of(kLabels), key = one_of(kKeys);
    const std::string at = "(n:" + label + ") WHERE " + conditions("n");
    switch (below(10)) {
      case 0:
      case 1:
        return "CREATE (:" + label + " {a: " + stored() + ", b: " + stored() + "})";
      case 2:
        return "MATCH " + at + " SET n." + key + " = " + stored();
      case 3:
        return "MATCH " + at + " REMOVE n." + key;
      case 4:
        return "MATCH " + at + " SET n:" + one_of(kLabels);
      case 5:
        return "MATCH " + at + " REMOVE n:" + one_of(kLabels);
      case 6:
        return "MATCH " + at + " WITH n ORDER BY id(n) LIMIT 1 DETACH DELETE n";
      case 7:
        return "UNWIND [3, 3, 'ab', 3] AS v MERGE (n:" + label + " {" + key +
               ": v}) ON MATCH SET n.b = 1";
      case 8:
        return "MATCH " + at +
               " MATCH (m:L) WHERE m.a = n.b WITH n, m ORDER BY id(n), id(m) "
               "CREATE (n)-[:R {a: " +
               stored() + "}]->(m)";
      default:
        return "MATCH ()-[r:R]->() WHERE " + conditions("r") + " SET r.a = " + stored();
    }
  }

  // A query; `ordered`: the order of its rows counts.
  std::string query(bool& ordered) {
    ordered = false;
    const std::string label = one_of(kLabels), key = one_of(kKeys);
    switch (below(12)) {
      case 0:
        return "MATCH ()-[r:R]->() WHERE " + conditions("r") + " RETURN id(r)";
      case 1:
        return "MATCH (m)-[r:R]-(n) WHERE " + conditions("r") + " RETURN id(m), id(r), id(n)";
      case 2:
        return "UNWIND " + list() + " AS v MATCH (n:" + label + " {" + key +
               ": v}) RETURN v, id(n)";
      case 3:
        return "UNWIND [{v: " + compared() + "}, {v: " + compared() +
               "}] AS row MATCH (n:" + label + ") WHERE n." + key + " > row.v RETURN row.v, id(n)";
      case 4:
        return "MATCH (n:" + label + "), (m:M) WHERE " + conditions("n") + " AND m.a = n." + key +
               " RETURN id(n), id(m)";
      case 5:
        ordered = true;
        return "MATCH (n:" + label + ") RETURN n." + key + " AS k ORDER BY k " +
               one_of(kDirections) + " LIMIT " + std::to_string(1 + below(9));
      case 6:
        ordered = true;
        return "MATCH (n:" + label + ") WHERE " + conditions("n") + " RETURN n." + key +
               " ORDER BY n." + key + " " + one_of(kDirections);
      case 7:
        return "MATCH (n:" + label + ") RETURN min(n." + key + "), max(n." + key + ")";
      case 8:
        return "MATCH (n:" + label + ") WHERE " + condition("n") + " RETURN min(n." + key +
               "), count(*), max(n.a)";
      case 9:
        return "MATCH (n:" + label + ")-[:R]->(m) WHERE " + conditions("n") + " AND " +
               condition("m") + " RETURN id(n), id(m)";
      case 10:
        return "MATCH (m:M) OPTIONAL MATCH (n:" + label + " {" + key +
               ": m.b}) RETURN id(m), id(n)";
      default:
        return "MATCH (n:" + label + ") WHERE " + conditions("n") + " RETURN id(n)";
    }
  }

 private:
  const std::vector<std::string> kTexts = {"a", "ab", "abc", "b", "", "ä", "a\\u0000b"};
  const std::vector<std::string> kZones = {"Z", "+01:00", "-02:00"};
  const std::vector<std::string> kKeys = {"a", "b"};
  const std::vector<std::string> kLabels = {"L", "M"};
  const std::vector<std::string> kDirections = {"ASC", "DESC"};
  std::mt19937_64 random_;
};

std::string answer(Connection& connection, const std::string& statement, bool ordered) {
  try {
    auto result = connection.execute(statement);
    std::vector<std::string> lines;
    for (const auto& row : result.fetch_all()) {
      std::ostringstream line;
      for (const auto& value : row) line << value << " | ";
      lines.push_back(line.str());
    }
    if (!ordered) std::sort(lines.begin(), lines.end());
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  } catch (const Error& e) {
    return e.type() + " " + e.detail();
  }
}

bool uses_index(Connection& connection, const std::string& statement) {
  return answer(connection, "EXPLAIN " + statement, true).find("Index") != std::string::npos;
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

constexpr const char* kIndexes[] = {
    "CREATE INDEX la FOR (n:L) ON (n.a)", "CREATE INDEX lab FOR (n:L) ON (n.a, n.b)",
    "CREATE INDEX mb FOR (n:M) ON (n.b)", "CREATE INDEX lb FOR (n:L) ON (n.b)",
    "CREATE INDEX ra FOR ()-[r:R]-() ON (r.a)"};

void run(std::uint64_t seed, std::uint32_t batch_rows) {
  INFO("KITH_SEED=" << seed << " batch_rows " << batch_rows);
  Writer writer(seed);
  DatabaseOptions options;
  options.threads = 2;
  options.batch_rows = batch_rows;
  Database plain = Database::open(":memory:", options),
           indexed = Database::open(":memory:", options);
  Connection one = plain.connect(), two = indexed.connect();
  const std::size_t at_first = writer.below(std::size(kIndexes) + 1);
  for (std::size_t i = 0; i < at_first; ++i) two.execute(kIndexes[i]);
  // False: one of them failed, so an update was made in one only.
  const auto both = [&](const std::string& statement, bool ordered) {
    INFO(statement);
    const std::string expected = answer(one, statement, ordered);
    const std::string found = answer(two, statement, ordered);
    // Whether a value that cannot be computed is asked for depends on where matching begins.
    const auto fails = [](const std::string& text) { return text.starts_with("ArithmeticError"); };
    if (fails(found) != fails(expected)) return false;
    CHECK(found == expected);
    return true;
  };
  for (int i = 0; i < 60; ++i) {
    both("CREATE (:L {a: " + writer.stored() + ", b: " + writer.stored() +
             "})-[:R {a: " + writer.stored() + "}]->(:M {b: " + writer.stored() + "})",
         false);
  }
  for (std::size_t i = at_first; i < std::size(kIndexes); ++i) two.execute(kIndexes[i]);
  await_indexes(two);
  std::size_t with_index = 0;
  const auto rounds = number_from("KITH_ROUNDS", 150);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    if (writer.below(4) == 0 && !both(writer.update(), false)) return;
    bool ordered = false;
    const std::string query = writer.query(ordered);
    both(query, ordered);
    with_index += uses_index(two, query) ? 1 : 0;
  }
  both("MATCH (n) RETURN n", false);
  both("MATCH ()-[r]->() RETURN r", false);
  CHECK(with_index > rounds / 4);  // or it shows nothing
}

}  // namespace

TEST_CASE("Random statements have the same answers with indexes and without") {
  const std::uint64_t seed = number_from("KITH_SEED", std::random_device()());
  std::printf("index_random_test: KITH_SEED=%llu\n", static_cast<unsigned long long>(seed));
  for (std::uint64_t i = 0; i < 4; ++i) run(seed + i, i % 2 == 0 ? 0 : 2);
}
