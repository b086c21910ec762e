// cypher/plan/optional_match.cpp: OPTIONAL MATCH: the pattern for each row; or, where finding all
// of its matches once costs less, these joined to the rows by the nodes that they share; or, where
// an aggregation behind it asks no more than how many there are, a weight of the node that it
// begins at.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/fold_source.hpp"
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

// count() of what is never null in a match.
bool counts_matches(const bound::AggregateCall& call, const SlotSet& found) {
  if (call.function == nullptr || call.function->name != "count" || call.distinct) return false;
  const auto* counted = call.arguments.empty() ? nullptr : as_variable(*call.arguments[0]);
  return counted != nullptr && found.contains(counted->slot);
}

// It is the same however often a row is there.
bool ignores_repeats(const bound::AggregateCall& call) {
  if (call.function == nullptr) return false;
  return call.distinct || call.function->name == "min" || call.function->name == "max";
}

SlotSet found_by(const bound::Pattern& pattern) {
  SlotSet found;
  for (const auto& node : pattern.nodes) found.insert(node.slot);
  for (const auto& r : pattern.relationships) found.insert(r.slot);
  return found;
}

// The projection with sums of `weight` instead of counts of what is `found`; nothing if it looks at
// more than how many matches there are.
std::optional<bound::Projection> with_sums(const bound::Projection& body, const SlotSet& own,
                                           const SlotSet& found, Slot weight) {
  const auto looks_at = [&](const ExpressionPtr& e) { return slots_of(*e).intersects(own); };
  bound::Projection sums = body;
  bool any = false;
  for (auto& call : sums.aggregates) {
    if (counts_matches(call, found)) {
      call.function = find_aggregate("sum");
      call.arguments = {variable(weight, kIntegerType)};
      any = true;
    } else if (!ignores_repeats(call) ||
               std::any_of(call.arguments.begin(), call.arguments.end(), looks_at)) {
      return std::nullopt;
    }
  }
  const bool is_key = std::any_of(body.keys.begin(), body.keys.end(),
                                  [&](const auto& key) { return looks_at(key.value); });
  return any && !is_key ? std::optional(std::move(sums)) : std::nullopt;
}

}  // namespace

bool plan_optional_count(Context& context, Scope& scope, const bound::Pattern& pattern,
                         const bound::Projection& body) {
  if (!context.optimise || !body.aggregating || writes_anywhere(*scope.plan)) return false;
  const SlotSet used = slots_in(pattern), imports = used.common(scope.bound);
  if (imports.size() != 1) return false;
  const SlotSet own = used.minus(imports);
  const SlotSet found = found_by(pattern).minus(imports);
  if (!with_sums(body, own, found, 0)) return false;
  auto fold = counted_around(context, pattern, imports.slots()[0], Weight::Kind::Times);
  if (!fold) return false;
  const auto sums = with_sums(body, own, found, fold->weight);
  put_above(scope.plan, *std::move(fold));
  plan_projection(context, scope, *sums);
  return true;
}

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
