// cypher/plan/rules/uncorrelated.cpp: an inner side that does not look at the outer row runs once.
//
// Not if it writes or is volatile, and not behind a write: in a product the second side comes
// first.
#include <algorithm>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

bool varies(const Node& node) {
  bool found = false;
  for_each_node(node, [&](const Node& each) {
    found = found || as<CallProcedure>(each) != nullptr;
    for_each_expression(each, [&](const ExpressionPtr& e) { found = found || is_volatile(*e); });
  });
  return found;
}

}  // namespace

void uncorrelated(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) uncorrelated(child, context);
  const auto* apply = as<Apply>(*root);
  if (apply == nullptr || !argument_slots(*root->children[1]).empty()) return;
  const bool optional = apply->kind == Apply::Kind::Optional;
  if (!optional && apply->kind != Apply::Kind::Cross) return;
  if (as<Unit>(*root->children[0]) != nullptr || as<Argument>(*root->children[0]) != nullptr)
    return;
  if (writes_anywhere(*root) || varies(*root->children[1])) return;
  if (optional) {  // once, with nulls if there is nothing
    Apply once = *apply;
    const double rows = std::max(1.0, root->children[1]->rows);
    root->children[1] =
        make_node(std::move(once), rows, make_node(Unit{}, 1), std::move(root->children[1]));
  }
  root->op = CartesianProduct{};
}

}  // namespace kith::plan::rule
