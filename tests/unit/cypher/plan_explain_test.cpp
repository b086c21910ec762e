// tests/unit/cypher/plan_explain_test.cpp: the table that EXPLAIN and PROFILE print.
#include <catch2/catch.hpp>

#include "tests/unit/cypher/plan_fixture.hpp"

using namespace kith;
using kith::plan_test::plan_of;

namespace {

std::string table(const std::string& text, const cypher::Measurements* measured = nullptr) {
  const auto plan = plan_of(text);
  return "\n" + cypher::to_text(cypher::describe(*plan.root, plan.slots, measured));
}

}  // namespace

TEST_CASE("EXPLAIN is a table with a tree, read from the bottom up", "[plan]") {
  CHECK(table("MATCH (a:Person {id: 1})-[:KNOWS]->(b) RETURN b.name AS name") == R"(
+------------------+-------------------------+----------------+
| Operator         | Details                 | Estimated Rows |
+------------------+-------------------------+----------------+
| +ProduceResults  | name                    |             20 |
| |                +-------------------------+----------------+
| +Projection      | b.name AS name          |             20 |
| |                +-------------------------+----------------+
| +Expand(All)     | (a)-[anon_1:KNOWS]->(b) |             20 |
| |                +-------------------------+----------------+
| +Filter          | a.id = 1                |              1 |
| |                +-------------------------+----------------+
| +NodeByLabelScan | a:Person                |          10000 |
+------------------+-------------------------+----------------+
)");
}

TEST_CASE("Inner sides are indented, long details go on in the next line", "[plan]") {
  CHECK(table("MATCH (a:Person), (b:City) WHERE a.first = 'a long enough text' AND "
              "a.second = 'another long enough text' AND a.third = 'the end' RETURN a, b") == R"(
+--------------------+------------------------------------------------------------------------------+----------------+
| Operator           | Details                                                                      | Estimated Rows |
+--------------------+------------------------------------------------------------------------------+----------------+
| +ProduceResults    | a, b                                                                         |          10000 |
| |                  +------------------------------------------------------------------------------+----------------+
| +CartesianProduct  |                                                                              |          10000 |
| |\                 +------------------------------------------------------------------------------+----------------+
| | +Filter          | a.first = 'a long enough text' AND a.second = 'another long enough text' AND |             10 |
| | |                | a.third = 'the end'                                                          |                |
| | |                +------------------------------------------------------------------------------+----------------+
| | +NodeByLabelScan | a:Person                                                                     |          10000 |
| |                  +------------------------------------------------------------------------------+----------------+
| +NodeByLabelScan   | b:City                                                                       |           1000 |
+--------------------+------------------------------------------------------------------------------+----------------+
)");
}

TEST_CASE("PROFILE shows what was measured, zero where nothing was", "[plan]") {
  const auto plan = plan_of("MATCH (a:Person) WHERE a.x = 1 RETURN a");
  cypher::Measurements measured;
  measured[plan.root->id] = {3, 1'500'000, 0};
  measured[plan.root->children[0]->id] = {3, 2'000, 4096};
  CHECK("\n" + cypher::to_text(cypher::describe(*plan.root, plan.slots, &measured)) == R"(
+------------------+----------+----------------+------+----------------+-----------+
| Operator         | Details  | Estimated Rows | Rows | Memory (Bytes) | Time (ms) |
+------------------+----------+----------------+------+----------------+-----------+
| +ProduceResults  | a        |           1000 |    3 |              0 |     1.500 |
| |                +----------+----------------+------+----------------+-----------+
| +Filter          | a.x = 1  |           1000 |    3 |           4096 |     0.002 |
| |                +----------+----------------+------+----------------+-----------+
| +NodeByLabelScan | a:Person |          10000 |    0 |              0 |     0.000 |
+------------------+----------+----------------+------+----------------+-----------+
)");
}

TEST_CASE("An optional step is measured as one operator", "[plan]") {
  const auto plan = plan_of("MATCH (a:Person) OPTIONAL MATCH (a)-[:KNOWS]->(b) RETURN b");
  const auto& apply = *plan.root->children[0];
  cypher::Measurements measured;
  measured[apply.id] = {7, 10, 20};
  measured[apply.children[1]->id] = {5, 100, 200};
  const auto described = cypher::describe(*plan.root, plan.slots, &measured);
  REQUIRE(described.children.size() == 1);
  const auto& expand = described.children[0];
  CHECK(expand.name == "OptionalExpand(All)");
  CHECK(expand.rows == 7u);
  CHECK(expand.elapsed_ns == 110u);
  CHECK(expand.memory_bytes == 220u);
}

TEST_CASE("Every node of a plan has an id of its own, subqueries included", "[plan]") {
  const auto plan = plan_of(
      "MATCH (a:Person) WHERE EXISTS { (a)-[r:KNOWS]->() WHERE r.x > a.x } OR a.x = COUNT { "
      "(a)-->(b) WHERE b.x > a.x } "
      "RETURN [(a)-->(b) | b] AS list");
  std::map<std::uint32_t, int> seen;
  const std::function<void(const plan::Node&)> visit = [&](const plan::Node& root) {
    plan::for_each_node(root, [&](const plan::Node& node) {
      ++seen[node.id];
      plan::for_each_expression(node, [&](const bound::ExpressionPtr& e) {
        bound::any_in(*e, [&](const bound::Expression& part) {
          const auto* subquery = plan::as_subquery(part);
          if (subquery != nullptr) visit(*subquery->plan);
          return false;
        });
      });
    });
  };
  visit(*plan.root);
  CHECK(seen.size() == 12);
  for (const auto& [id, times] : seen) CHECK(times == 1);
}
