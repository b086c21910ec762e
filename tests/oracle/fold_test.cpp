// tests/oracle/fold_test.cpp: counting by folds against counting rows, on random graphs with
// self-loops and parallel relationships, and random patterns.
//
// Two databases hold the same graph; one folds wherever it can, the other never. Each query runs
// on what a checkpoint merged, with committed changes on top, and inside a transaction with
// changes of its own. The seed is printed; KITH_SEED repeats a run, KITH_ORACLE_GRAPHS asks for
// more graphs.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "kith/kith.hpp"

namespace kith {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

// A query that counts matches of a random pattern.
class Query {
 public:
  explicit Query(Random& random) : random_(random) {}

  std::string text() {
    std::string query = "MATCH " + pattern();
    if (chance(60)) query += " WHERE " + conditions();
    while (chance(20)) query += " OPTIONAL MATCH " + hanging();
    return query + " RETURN " + result();
  }

 private:
  bool chance(int percent) { return random_.chance(percent); }
  std::string known() { return "n" + std::to_string(random_.below(nodes_)); }
  std::string fresh() { return "m" + std::to_string(extra_++); }

  // `may_name`: a pattern that is a condition has no variables of its own.
  std::string arrow(bool may_name = true) {
    static const char* kTypes[] = {":R", ":S", ":R|S", ""};
    std::string inside = kTypes[chance(70) ? 0 : random_.below(4)];
    if (may_name && chance(15)) {
      const std::string name = "r" + std::to_string(extra_++);
      inside = name + inside + " WHERE " + name + ".w < " + std::to_string(random_.below(4));
    } else if (chance(10)) {
      inside += " {w: " + std::to_string(random_.below(3)) + "}";
    }
    inside = "[" + inside + "]";
    const int way = random_.below(8);
    if (way == 0) return "-" + inside + "-";
    return way < 3 ? "<-" + inside + "-" : "-" + inside + "->";
  }
  std::string labels() { return chance(25) ? (chance(50) ? ":A" : ":B") : ""; }
  std::string node(const std::string& name) { return "(" + name + labels() + ")"; }

  std::string pattern() {
    std::string text = node("n0");
    nodes_ = 1;
    for (int steps = 1 + random_.below(4); steps > 0; --steps) {
      if (chance(25)) text += ", (" + known() + ")";
      std::string to;
      if (nodes_ > 1 && chance(25)) {
        to = "(" + known() + ")";
      } else {
        to = node("n" + std::to_string(nodes_));
        text += arrow() + to;
        ++nodes_;
        continue;
      }
      text += arrow() + to;
    }
    return text;
  }

  std::string hanging() {
    std::string text = "(" + known() + ")" + arrow() + node(fresh());
    if (chance(30)) text += arrow() + node(fresh());
    return text;
  }

  std::string condition() {
    switch (random_.below(6)) {
      case 0:
        return known() + ".x < " + std::to_string(random_.below(5));
      case 1:
        return known() + " <> " + known();
      case 2:
        return "NOT (" + known() + ")" + arrow(false) + "(" + known() + ")";
      case 3:
        return "EXISTS { " + hanging() + " }";
      case 4:
        return "NOT EXISTS { MATCH " + hanging() + " WHERE " + known() + ".x > 1 }";
      default:
        return known() + ".x = " + known() + ".x";
    }
  }
  std::string conditions() {
    std::string text = condition();
    while (chance(40)) text += " AND " + condition();
    return text;
  }

  std::string result() {
    switch (random_.below(7)) {
      case 0:
        return known() + ".x AS k, count(*) AS n ORDER BY k, n";
      case 1:
        return "sum(" + known() + ".x) AS n";
      case 2:
        return known() + ".x AS k, " + known() + ".x AS l, count(" + known() +
               ") AS n ORDER BY k, l, n";
      case 3:
        return "count(DISTINCT " + known() + ") AS n";
      default:
        return "count(*) AS n";
    }
  }

  Random& random_;
  int nodes_ = 0, extra_ = 0;
};

std::vector<std::string> random_changes(Random& random, int nodes, int count) {
  std::vector<std::string> changes;
  const auto any = [&] { return std::to_string(random.below(nodes)); };
  for (int i = 0; i < count; ++i) {
    const std::string two = "MATCH (a {i: " + any() + "}), (b {i: " + any() + "}) ";
    switch (random.below(9)) {
      case 4:
        changes.push_back("MATCH (a {i: " + any() +
                          "})-[r]-() SET r.w = " + std::to_string(random.below(4)));
        break;
      case 0:
        changes.push_back("MATCH (a {i: " + any() + "})-[r]->() WITH r LIMIT 1 DELETE r");
        break;
      case 1:
        changes.push_back("MATCH (a {i: " + any() + "}) SET a:A REMOVE a:B");
        break;
      case 2:
        changes.push_back("MATCH (a {i: " + any() + "}) DETACH DELETE a");
        break;
      case 3:
        changes.push_back("MATCH (a {i: " + any() + "}) CREATE (a)-[:R]->(a)");
        break;
      default:
        changes.push_back(
            two + (random.chance(70) ? "CREATE (a)-[:R {w: 1}]->(b)" : "CREATE (a)-[:S]->(b)"));
    }
  }
  return changes;
}

std::vector<std::string> initial(Random& random, int nodes, int relationships) {
  std::vector<std::string> statements;
  static const char* kLabels[] = {"", ":A", ":B", ":A:B"};
  for (int i = 0; i < nodes; ++i) {
    statements.push_back(std::string("CREATE (") + kLabels[random.below(4)] + " {i: " +
                         std::to_string(i) + ", x: " + std::to_string(random.below(4)) + "})");
  }
  const bool loops = random.chance(60);
  for (int i = 0; i < relationships; ++i) {
    const int a = random.below(nodes);
    int b = random.below(nodes);
    if (a == b && !loops) b = (a + 1) % nodes;
    statements.push_back(
        "MATCH (a {i: " + std::to_string(a) + "}), (b {i: " + std::to_string(b) +
        "}) CREATE (a)-[:" + (random.chance(70) ? "R" : "S") +
        (random.chance(80) ? " {w: " + std::to_string(random.below(4)) + "}" : "") + "]->(b)");
  }
  return statements;
}

template <class Source>
std::string answer(Source& source, const std::string& query) {
  std::string text;
  auto result = source.execute(query);
  for (const auto& row : result.fetch_all()) {
    for (const auto& value : row) text += value.to_string() + " ";
    text += "\n";
  }
  return text;
}

class Pair {
 public:
  Pair() : folding_(open(Folding::always)), plain_(open(Folding::never)) {}

  void change(const std::string& statement) {
    folding_.connection.execute(statement);
    plain_.connection.execute(statement);
  }
  void checkpoint() {
    folding_.database.checkpoint();
    plain_.database.checkpoint();
  }
  void compare(const std::string& query) {
    INFO(query);
    CHECK(answer(folding_.connection, query) == answer(plain_.connection, query));
    folded_ += answer(folding_.connection, "EXPLAIN " + query).find("Fold ") != std::string::npos;
  }
  void compare_inside(const std::vector<std::string>& changes,
                      const std::vector<std::string>& queries) {
    auto one = folding_.connection.begin();
    auto two = plain_.connection.begin();
    for (const auto& statement : changes) {
      one.execute(statement);
      two.execute(statement);
    }
    for (const auto& query : queries) {
      INFO("in a transaction: " << query);
      CHECK(answer(one, query) == answer(two, query));
    }
    one.rollback();
    two.rollback();
  }
  int folded() const { return folded_; }

 private:
  struct Side {
    Database database;
    Connection connection;
  };
  static Side open(Folding folding) {
    DatabaseOptions options;
    options.threads = 2;
    options.folding = folding;
    options.batch_rows = 3;
    Database database = Database::open(":memory:", options);
    Connection connection = database.connect();
    return {std::move(database), std::move(connection)};
  }

  Side folding_, plain_;
  int folded_ = 0;
};

TEST_CASE("counting by folds agrees with counting rows") {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Random random(seed);
  const auto graphs = number_from("KITH_ORACLE_GRAPHS", 12);
  int folded = 0;
  for (std::uint64_t round = 0; round < graphs; ++round) {
    INFO("graph " << round);
    const int nodes = 2 + random.below(12);
    Pair pair;
    for (const auto& statement : initial(random, nodes, random.below(nodes * 3))) {
      pair.change(statement);
    }
    pair.checkpoint();
    std::vector<std::string> queries;
    for (int i = 0; i < 60; ++i) queries.push_back(Query(random).text());
    for (const auto& query : queries) pair.compare(query);
    for (const auto& change : random_changes(random, nodes, 6)) pair.change(change);
    for (const auto& query : queries) pair.compare(query);
    pair.compare_inside(random_changes(random, nodes, 6), queries);
    folded += pair.folded();
  }
  CHECK(folded > static_cast<int>(graphs) * 30);
}

}  // namespace
}  // namespace kith
