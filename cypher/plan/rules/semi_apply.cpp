// cypher/plan/rules/semi_apply.cpp: EXISTS and NOT EXISTS among a WHERE's conjuncts become Apply
// Semi and Anti, whose inner side the executor can stop at its first row and run for many rows.
#include "core/assert.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

const bound::Subquery* as_exists(const Expression& e) {
  const auto* subquery = as_subquery(e);
  const bool exists = subquery != nullptr && subquery->kind == bound::Subquery::Kind::Exists;
  return exists ? subquery : nullptr;
}

// The EXISTS of a conjunct, and which Apply it becomes.
std::pair<const bound::Subquery*, Apply::Kind> existence(const Expression& e) {
  if (const auto* exists = as_exists(e)) return {exists, Apply::Kind::Semi};
  const auto* negated = as_operation(e, bound::Operator::Not);
  if (negated == nullptr) return {nullptr, Apply::Kind::Anti};
  return {as_exists(*negated->operands[0]), Apply::Kind::Anti};
}

NodePtr apply(NodePtr input, const bound::Subquery& exists, Apply::Kind kind) {
  KITH_ASSERT(exists.plan != nullptr);
  Apply op;
  op.kind = kind;
  op.imports = exists.imports;
  const double rows = input->rows;
  NodePtr inner = clone(*exists.plan);
  for_each_node(*inner, [&](Node& node) { node.rows *= rows; });
  return make_node(std::move(op), rows / 2, std::move(input), std::move(inner));
}

}  // namespace

void semi_apply(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) semi_apply(child, context);
  auto* filter = as<Select>(*root);
  if (filter == nullptr) return;
  bool found = false;
  for (const auto& e : filter->conjuncts) found = found || existence(*e).first != nullptr;
  if (!found) return;
  const double rows = root->rows;
  NodePtr plan = std::move(root->children[0]);
  std::vector<ExpressionPtr> waiting;
  for (const auto& e : filter->conjuncts) {
    const auto [exists, kind] = existence(*e);
    if (exists == nullptr) {
      waiting.push_back(e);
      continue;
    }
    const double share = selectivity(waiting, {}, context.context.statistics);
    const double before = plan->rows * share;
    plan = select(std::move(plan), std::move(waiting), before);
    waiting.clear();
    plan = apply(std::move(plan), *exists, kind);
  }
  plan = select(std::move(plan), std::move(waiting), rows);
  plan->rows = rows;
  root = std::move(plan);
}

}  // namespace kith::plan::rule
