// cypher/plan/optional_match.cpp: OPTIONAL MATCH: the pattern for each row; or, where finding all
// of its matches once costs less, these joined to the rows by the nodes that they share.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/join_order.hpp"
#include "cypher/plan/match_cost.hpp"
#include "cypher/plan/planner.hpp"

namespace kith::plan {

namespace {

// Finding all is a loss where fewer rows come than were expected: it has to be that much better.
constexpr double kClearlyLess = 0.7;

bool join_all(Context& context, Scope& scope, const bound::Pattern& pattern,
              const SlotSet& imports) {
  const bool runs_once = scope.repeats != Scope::Repeats::Row && scope.imports.empty();
  if (!context.optimise || !runs_once || imports.empty()) return false;
  if (!stands_alone(pattern, imports) || writes_anywhere(*scope.plan)) return false;
  const double rows = scope.rows();
  const auto apart = cost_of_matches(context, pattern, imports, rows);
  const auto once = cost_of_matches(context, pattern, {}, 1);
  if (!apart || !once || *once + rows * kProbeRow >= *apart * kClearlyLess) return false;
  Scope all = begin({}, {}, Scope::Repeats::No);
  plan_match(context, all, {&pattern});
  if (*once + rows * kProbeRow + all.rows() * kBuildRow >= *apart * kClearlyLess) return false;
  const SlotSet introduced = available_slots(*all.plan).minus(imports);
  HashJoin op;
  op.kind = HashJoin::Kind::Left;
  for (const Slot slot : imports) {
    op.keys.emplace_back(variable(slot, kNodeType), variable(slot, kNodeType));
  }
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(all.plan));
  scope.bound.insert(introduced);
  return true;
}

}  // namespace

void plan_optional_match(Context& context, Scope& scope, const bound::Pattern& pattern,
                         bool may_be_cut) {
  const SlotSet used = slots_in(pattern);
  const SlotSet imports = used.common(scope.bound);
  if (!may_be_cut && join_all(context, scope, pattern, imports)) return;
  Scope inner = begin(imports, scope.labels, Scope::Repeats::Batch);
  plan_match(context, inner, {&pattern});
  const double outer_rows = scope.rows();
  for_each_node(*inner.plan, [&](Node& node) { node.rows *= outer_rows; });
  Apply op;
  op.kind = Apply::Kind::Optional;
  op.imports = imports.slots();
  const SlotSet introduced = available_slots(*inner.plan).minus(imports);
  op.introduced = introduced.slots();
  const double rows = std::max(outer_rows, inner.rows());
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan), std::move(inner.plan));
  scope.bound.insert(introduced);
}

}  // namespace kith::plan
