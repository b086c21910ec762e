// cypher/plan/rules/semi_apply.cpp: EXISTS and NOT EXISTS among a WHERE's conjuncts become Apply
// Semi and Anti, whose inner side the executor can stop at its first row and run for many rows. Or
// joins of those kinds: where looking for each row costs more than finding all matches of the
// pattern once.
#include <algorithm>
#include <cmath>

#include "core/assert.hpp"
#include "cypher/plan/fold_source.hpp"
#include "cypher/plan/join_order.hpp"
#include "cypher/plan/match_cost.hpp"
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

// ---- as a join

// The share of a row's matches that are looked at before there is one.
constexpr double kUntilFirst = 0.5;

// Null if looking for each row costs less.
NodePtr join(NodePtr& input, const bound::Subquery& exists, Apply::Kind kind, Context& context) {
  const bound::Pattern* pattern = only_pattern(exists);
  const SlotSet imports(exists.imports);
  // Around one node there is mostly little to look at before there is a match.
  if (pattern == nullptr || imports.size() < 2 || !stands_alone(*pattern, imports)) return nullptr;
  if (writes_anywhere(*input)) return nullptr;  // they would be read before they are written
  const double rows = input->rows;
  const auto apart = cost_of_matches(context, *pattern, imports, rows);
  const auto once = cost_of_matches(context, *pattern, {}, 1);
  if (!apart || !once || *once >= *apart * kUntilFirst) return nullptr;
  Scope scope = begin({}, {}, Scope::Repeats::No);
  plan_match(context, scope, {pattern});
  const double joining = scope.rows() * kBuildRow + rows * kProbeRow;
  if (*once + joining >= *apart * kUntilFirst) return nullptr;
  rewrite(scope.plan, imports, context);
  HashJoin op;
  op.kind = kind == Apply::Kind::Semi ? HashJoin::Kind::Semi : HashJoin::Kind::Anti;
  for (const Slot slot : imports)
    op.keys.emplace_back(variable(slot, kNodeType), variable(slot, kNodeType));
  return make_node(std::move(op), rows / 2, std::move(input), std::move(scope.plan));
}

// ---- row by row

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
  auto left = std::count_if(filter->conjuncts.begin(), filter->conjuncts.end(),
                            [](const auto& e) { return existence(*e).first != nullptr; });
  if (left == 0) return;
  const double rows = root->rows;
  NodePtr plan = std::move(root->children[0]);
  std::vector<ExpressionPtr> waiting;
  for (const auto& e : filter->conjuncts) {
    const auto [exists, kind] = existence(*e);
    if (exists == nullptr) {
      waiting.push_back(e);
      continue;
    }
    // Each that is left is expected to let half of the rows through.
    const double before = std::min(plan->rows, std::ldexp(rows, static_cast<int>(left--)));
    plan = select(std::move(plan), std::move(waiting), before);
    waiting.clear();
    NodePtr joined = join(plan, *exists, kind, context.context);
    plan = joined ? std::move(joined) : apply(std::move(plan), *exists, kind);
  }
  plan = select(std::move(plan), std::move(waiting), rows);
  plan->rows = rows;
  root = std::move(plan);
}

}  // namespace kith::plan::rule
