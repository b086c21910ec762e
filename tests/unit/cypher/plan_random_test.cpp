// tests/unit/cypher/plan_random_test.cpp: random patterns get sound plans, in both modes.
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "tests/unit/cypher/plan_fixture.hpp"

using namespace kith;

namespace {

class RandomQuery {
 public:
  explicit RandomQuery(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    std::string query;
    const int clauses = 1 + below(4);
    for (int i = 0; i < clauses; ++i) query += clause();
    return query + "RETURN sum(n0.x) AS n";
  }
  int relationships() const { return relationships_; }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  std::string clause() {
    if (nodes_ > 0 && chance(10)) return "WITH *, n0.x AS x" + std::to_string(extras_++) + " ";
    std::string parts;
    const int count = 1 + below(2);
    for (int i = 0; i < count; ++i) parts += (parts.empty() ? "" : ", ") + part();
    std::string query = (nodes_ > 0 && chance(25) ? "OPTIONAL MATCH " : "MATCH ") + parts + " ";
    if (chance(50)) query += "WHERE " + condition() + " ";
    return query;
  }

  std::string node() {
    static const char* kLabels[] = {"Person", "City", "Message", "Nothing"};
    std::string name = "n" + std::to_string(nodes_ > 0 && chance(50) ? below(nodes_) : nodes_++);
    if (chance(40)) name += ":" + std::string(kLabels[below(4)]);
    if (chance(20)) name += " {id: " + std::to_string(below(9)) + "}";
    return "(" + name + ")";
  }

  std::string part() {
    static const char* kTypes[] = {":KNOWS", ":LIKES", ":LIVES_IN", ":KNOWS|LIKES", ""};
    std::string text = node();
    const int steps = below(4);
    for (int i = 0; i < steps; ++i) {
      std::string inside = "r" + std::to_string(relationships_++) + kTypes[below(5)];
      if (chance(15)) inside += "*1.." + std::to_string(1 + below(3));
      const int direction = below(3);
      text += direction == 0 ? "<-[" + inside + "]-" : "-[" + inside + "]-";
      if (direction == 1) text += ">";
      text += node();
    }
    return text;
  }

  std::string condition() {
    const std::string a = "n" + std::to_string(below(nodes_));
    const std::string b = "n" + std::to_string(below(nodes_));
    switch (below(7)) {
      case 0:
        return a + ".x = " + b + ".y";
      case 1:
        return a + ".x < 3 AND " + b + ".y + 1 > 2";
      case 2:
        return "id(" + a + ") = " + std::to_string(below(9));
      case 3:
        return "id(" + a + ") IN [1, 2, 3]";
      case 4:
        return "NOT (" + a + ")-[:KNOWS]->(" + b + ")";
      case 5:
        return "rand() < 0.5 OR EXISTS { (" + a + ")-->(:City) }";
      default:
        return a + " <> " + b;
    }
  }

  std::mt19937_64 random_;
  int nodes_ = 0, relationships_ = 0, extras_ = 0;
};

// How often each relationship variable is found by an operator outside subqueries.
std::map<Slot, int> found_relationships(const plan::Plan& plan) {
  std::map<Slot, int> found;
  plan::for_each_node(*plan.root, [&](const plan::Node& node) {
    if (const auto* op = plan::as<plan::Expand>(node)) ++found[op->relationship];
    if (const auto* op = plan::as<plan::VarExpand>(node)) ++found[op->relationships];
    if (const auto* op = plan::as<plan::RelationshipScan>(node)) ++found[op->relationship];
    if (const auto* op = plan::as<plan::Intersect>(node)) {
      for (const auto& leg : op->legs) ++found[leg.relationship];
    }
  });
  return found;
}

void check(const std::string& text, int relationships, bool optimise) {
  INFO(text);
  for (const Folding folding : {Folding::automatic, Folding::always}) {
    const auto folded = plan_test::plan_of(text, optimise, plan_test::SocialStatistics(), folding);
    CHECK(plan::defect_of(*folded.root).empty());
  }
  // A fold finds relationships without a variable for them.
  const auto plan =
      plan_test::plan_of(text, optimise, plan_test::SocialStatistics(), Folding::never);
  CHECK(plan::defect_of(*plan.root).empty());
  const auto found = found_relationships(plan);
  int named = 0;
  for (const auto& [slot, times] : found) {
    // Those of pattern predicates may be asked for on both sides of a join.
    if (slot >= plan.slots.size() || !plan.slots[slot].name.starts_with("r")) continue;
    CHECK(times == 1);
    ++named;
  }
  CHECK(named == relationships);
}

}  // namespace

TEST_CASE("Plans of random patterns are sound and look for each relationship once", "[plan]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  for (std::uint64_t i = 0; i < 400; ++i) {
    RandomQuery query(seed + i);
    const std::string text = query.text();
    check(text, query.relationships(), true);
    check(text, query.relationships(), false);
  }
}

TEST_CASE("A long chain is planned without trying all orders", "[plan]") {
  std::string text = "MATCH (n0:Person {id: 1})";
  for (int i = 1; i <= 150; ++i) text += "-[:KNOWS]->(n" + std::to_string(i) + ")";
  const auto plan = plan_test::plan_of(text + " RETURN count(*) AS n");
  CHECK(found_relationships(plan).size() == 150);
  CHECK(plan::defect_of(*plan.root).empty());
}
