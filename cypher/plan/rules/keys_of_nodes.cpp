// cypher/plan/rules/keys_of_nodes.cpp: groups by properties of a node are looked up by the node.
//
// `MATCH (a)-[t:PAID]->(b) RETURN b.name, sum(t.amount)` has each b many times: its name is read,
// hashed and compared once, and for the other rows its group is known by the node. Where there are
// few rows for a node, that would cost more than it spares. So are groups by the node itself, if
// there are many. Not in statements that write: there a
// later row may read another name.
#include <algorithm>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

constexpr double kLeastRows = 2;  // for a node
// Of so many nodes their groups are in no cache; one property of few values, packed, may be.
constexpr double kManyNodes = 1 << 18, kManyOfValue = 64;

// Whether the keys are of this node alone, and the same each time.
bool are_of(const std::vector<Item>& keys, Slot node) {
  const auto depends = [&](const Item& item) {
    const Expression& key = *item.value;
    if (is_volatile(key) || has_subquery(key)) return false;
    const std::vector<Slot> slots = bound::free_slots(key);
    return std::all_of(slots.begin(), slots.end(), [&](Slot slot) { return slot == node; });
  };
  return std::all_of(keys.begin(), keys.end(), depends);
}

bool is_found_as_fast(const Node& node, const Aggregate& op) {
  const auto is_name = [](const Item& item) { return as_variable(*item.value) != nullptr; };
  if (std::all_of(op.keys.begin(), op.keys.end(), is_name)) return op.of_node->nodes < kManyNodes;
  const bool is_property =
      op.keys.size() == 1 && std::holds_alternative<bound::Property>(op.keys[0].value->node);
  return is_property && op.of_node->nodes >= kManyNodes &&
         node.rows * kManyOfValue <= op.of_node->nodes;
}

}  // namespace

void keys_of_nodes(NodePtr& root, RuleContext& /*context*/) {
  if (writes_anywhere(*root)) return;
  for_each_node(*root, [](Node& node) {
    auto* op = as<Aggregate>(node);
    if (op == nullptr || !op->of_node) return;
    const bool pays = node.children[0]->rows >= kLeastRows * op->of_node->nodes;
    op->of_node->looks_up =
        pays && are_of(op->keys, op->of_node->node) && !is_found_as_fast(node, *op);
  });
}

}  // namespace kith::plan::rule
