// cypher/plan/rules/top_k.cpp: ORDER BY … LIMIT keeps the first rows only, not all of them sorted.
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

void top_k(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) top_k(child, context);
  auto* limit = as<Limit>(*root);
  if (limit == nullptr || !limit->limit) return;
  auto* sort = as<Sort>(*root->children[0]);
  if (sort == nullptr) return;
  Top top{std::move(sort->keys), limit->skip, limit->limit};
  const bool skips = limit->skip != nullptr;
  auto& place = skips ? root->children[0] : root;
  NodePtr input = std::move((skips ? place : root->children[0])->children[0]);
  double rows = root->rows;
  if (skips) rows += static_cast<double>(as_integer(*limit->skip).value_or(0));
  place = make_node(std::move(top), rows, std::move(input));
}

}  // namespace kith::plan::rule
