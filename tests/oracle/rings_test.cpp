// tests/oracle/rings_test.cpp: patterns with circles, conditions on their relationships, and the
// relationships themselves, against a search through random graphs.
//
// The graphs have self-loops, parallel relationships, two types, and changes over what was merged.
// The seed is printed; KITH_SEED repeats a run, KITH_ORACLE_GRAPHS asks for more graphs.
#include <catch2/catch.hpp>

#include "tests/oracle/twin.hpp"

namespace kith {
namespace {

using namespace test;

// One relationship of a pattern: between two of its nodes, of one of some types (none: of any).
struct Tie {
  std::size_t from, to;
};
struct Condition {  // on the numbers of relationships
  std::size_t one, two;
  enum class Kind { Even, Less } kind;
};
struct Pattern {
  std::size_t nodes = 0;
  std::vector<Tie> ties;
  std::vector<bool> both = {};
  std::vector<std::string> types = {};
  std::vector<Condition> conditions = {};
  bool trail = true;  // one MATCH
};

const Pattern kShapes[] = {
    {.nodes = 3, .ties = {{0, 1}, {1, 2}, {2, 0}}},
    {.nodes = 4, .ties = {{0, 1}, {1, 2}, {2, 3}, {3, 0}}},
    {.nodes = 5, .ties = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 0}}},
    {.nodes = 4, .ties = {{0, 1}, {1, 3}, {0, 2}, {2, 3}}},
    {.nodes = 4, .ties = {{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}}},
    {.nodes = 5, .ties = {{0, 1}, {1, 2}, {2, 0}, {2, 3}, {3, 4}, {4, 2}}},
    {.nodes = 3, .ties = {{0, 1}, {0, 2}, {0, 2}, {1, 2}}},
    {.nodes = 2, .ties = {{0, 1}, {0, 1}, {1, 0}}},
};

std::string name(char kind, std::size_t number) { return kind + std::to_string(number); }

std::string text_of(const Pattern& pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.ties.size(); ++i) {
    const auto& [from, to] = pattern.ties[i];
    text += i == 0 ? "MATCH " : pattern.trail ? ", " : " MATCH ";
    text += "(" + name('n', from) + ":N)-[" + name('r', i) + pattern.types[i] + "]-" +
            (pattern.both[i] ? "(" : ">(") + name('n', to) + ")";
  }
  for (std::size_t i = 0; i < pattern.conditions.size(); ++i) {
    const auto& [one, two, kind] = pattern.conditions[i];
    text += i == 0 ? " WHERE " : " AND ";
    text += name('r', one) + ".e";
    text += kind == Condition::Kind::Even ? " % 2 = 0" : " < " + name('r', two) + ".e";
  }
  return text;
}

// All matches: the nodes, then the relationships.
class Search {
 public:
  Search(const std::vector<Edge>& edges, const Pattern& pattern)
      : edges_(edges), pattern_(pattern), nodes_(pattern.nodes, -1) {
    go();
    std::sort(found.begin(), found.end());
  }
  std::vector<std::vector<std::int64_t>> found;

 private:
  void go() {
    const std::size_t next = taken_.size();
    if (next == pattern_.ties.size()) return note();
    for (const Edge& edge : edges_) {
      const std::string& types = pattern_.types[next];
      if (!types.empty() && types.find(edge.type) == std::string::npos) continue;
      const bool again = std::find(taken_.begin(), taken_.end(), edge.number) != taken_.end();
      if (pattern_.trail && again) continue;
      taken_.push_back(edge.number);
      each_way(edge, pattern_.both[next],
               [&](std::int64_t from, std::int64_t to) { step(next, from, to); });
      taken_.pop_back();
    }
  }
  void step(std::size_t tie, std::int64_t from, std::int64_t to) {
    const auto before = nodes_;
    if (put(pattern_.ties[tie].from, from) && put(pattern_.ties[tie].to, to)) go();
    nodes_ = before;
  }
  bool put(std::size_t node, std::int64_t id) {
    if (nodes_[node] < 0) nodes_[node] = id;
    return nodes_[node] == id;
  }
  void note() {
    for (const auto& [one, two, kind] : pattern_.conditions) {
      const bool holds =
          kind == Condition::Kind::Even ? taken_[one] % 2 == 0 : taken_[one] < taken_[two];
      if (!holds) return;
    }
    auto& row = found.emplace_back(nodes_);
    row.insert(row.end(), taken_.begin(), taken_.end());
  }

  const std::vector<Edge>& edges_;
  const Pattern& pattern_;
  std::vector<std::int64_t> nodes_, taken_;
};

Pattern random_pattern(Twin& twin, const Pattern& shape) {
  static const char* const kTypes[] = {":E", ":E", ":F", ":E|F", ""};
  Pattern pattern = shape;
  pattern.trail = twin.below(3) != 0;
  const bool directed = twin.below(2) == 0;
  for (std::size_t i = 0; i < shape.ties.size(); ++i) {
    pattern.both.push_back(!directed && twin.below(3) == 0);
    pattern.types.emplace_back(kTypes[twin.below(5)]);
  }
  const auto ties = static_cast<std::int64_t>(shape.ties.size());
  for (std::int64_t i = twin.below(4); i > 0; --i) {
    const auto one = static_cast<std::size_t>(twin.below(ties));
    const auto two = static_cast<std::size_t>(twin.below(ties));
    const bool alone = one == two || twin.below(3) == 0;
    pattern.conditions.push_back({one, two, alone ? Condition::Kind::Even : Condition::Kind::Less});
  }
  return pattern;
}

std::vector<std::vector<std::int64_t>> columns(const std::vector<std::vector<std::int64_t>>& rows,
                                               std::size_t first, std::size_t count) {
  std::vector<std::vector<std::int64_t>> some;
  for (const auto& row : rows) {
    const auto begin = row.begin() + static_cast<std::ptrdiff_t>(first);
    some.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  std::sort(some.begin(), some.end());
  return some;
}

void compare(Twin& twin, int& intersected) {
  for (const Pattern& shape : kShapes) {
    const Pattern pattern = random_pattern(twin, shape);
    const std::string query = text_of(pattern);
    INFO(query);
    const auto expected = Search(twin.edges, pattern).found;
    const std::size_t ties = pattern.ties.size();
    std::string nodes, relationships;
    for (std::size_t i = 0; i < pattern.nodes; ++i) {
      nodes += (i > 0 ? ", " : " RETURN ") + name('n', i) + ".i";
    }
    for (std::size_t i = 0; i < ties; ++i) relationships += ", " + name('r', i) + ".e";
    CHECK(twin.rows(query + nodes + relationships) == expected);
    CHECK(twin.rows(query + nodes) == columns(expected, 0, pattern.nodes));
    const std::size_t some = static_cast<std::size_t>(twin.below(static_cast<std::int64_t>(ties)));
    CHECK(twin.rows(query + " RETURN " + name('r', some) + ".e") ==
          columns(expected, pattern.nodes + some, 1));
    CHECK(twin.rows(query + " RETURN count(*)")[0][0] ==
          static_cast<std::int64_t>(expected.size()));
    intersected += twin.plans(query + nodes + relationships, "Intersect") ? 1 : 0;
  }
}

TEST_CASE("rings and their relationships, against a search") {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const auto graphs = number_from("KITH_ORACLE_GRAPHS", 8);
  int intersected = 0;
  for (std::uint64_t round = 0; round < graphs; ++round) {
    INFO("graph " << round << " of seed " << seed);
    const auto nodes = static_cast<std::int64_t>(3 + random() % 10);
    Twin twin(random, nodes, random() % 28, false, 2, round % 2 == 0 ? 7 : 64);
    compare(twin, intersected);
    twin.database.checkpoint();
    compare(twin, intersected);
    for (int i = 0; i < 6; ++i) i % 3 == 0 ? twin.remove() : twin.add();
    compare(twin, intersected);
    twin.transaction.emplace(twin.connection.begin());
    for (int i = 0; i < 6; ++i) i % 3 == 0 ? twin.remove() : twin.add();
    compare(twin, intersected);
    twin.transaction->rollback();
  }
  CHECK(intersected > 0);
}

// The relationships that such a step from a leads to b by; -1 if there is none.
std::vector<std::int64_t> between(const Twin& twin, const std::string& way, std::int64_t a,
                                  std::int64_t b) {
  const bool turned = way.front() == '<', both = !turned && way.back() == '-';
  std::vector<std::int64_t> found;
  for (const Edge& edge : twin.edges) {
    if (way != "-[r]-" && way.substr(4).find(edge.type) == std::string::npos) continue;
    each_way(edge, both, [&](std::int64_t from, std::int64_t to) {
      if (turned) std::swap(from, to);
      if (from == a && to == b) found.push_back(edge.number);
    });
  }
  if (found.empty()) found.push_back(-1);
  return found;
}

// All pairs of nodes, so that one of the two stays the same for many rows.
void compare_pairs(Twin& twin, std::int64_t nodes) {
  for (const std::string way : {"-[r:E]->", "<-[r:F]-", "-[r:E|F]-", "-[r]-"}) {
    std::vector<std::vector<std::int64_t>> expected;
    for (std::int64_t i = 0; i < nodes * nodes; ++i) {
      for (const std::int64_t number : between(twin, way, i / nodes, i % nodes)) {
        expected.push_back({i / nodes, i % nodes, number});
      }
    }
    std::sort(expected.begin(), expected.end());
    for (const std::string first : {"a", "b"}) {
      const std::string query = "MATCH (a:N) MATCH (b:N) WITH a, b ORDER BY " + first +
                                ".i OPTIONAL MATCH (a)" + way +
                                "(b) RETURN a.i, b.i, coalesce(r.e, -1)";
      INFO(query);
      CHECK(twin.rows(query) == expected);
    }
  }
}

TEST_CASE("relationships between all pairs of nodes, against a list of them") {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const auto graphs = number_from("KITH_ORACLE_GRAPHS", 8);
  for (std::uint64_t round = 0; round < graphs; ++round) {
    INFO("graph " << round << " of seed " << seed);
    const auto nodes = static_cast<std::int64_t>(16 + random() % 8);
    Twin twin(random, nodes, random() % 120, false, 2, 2048);
    compare_pairs(twin, nodes);
    twin.database.checkpoint();
    compare_pairs(twin, nodes);
    for (int i = 0; i < 10; ++i) i % 3 == 0 ? twin.remove() : twin.add();
    compare_pairs(twin, nodes);
  }
}

}  // namespace
}  // namespace kith
