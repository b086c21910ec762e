// cypher/plan/selective.cpp: which end a search begins at, and which operator does it.
#include "cypher/plan/selective.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/path_pattern.hpp"

namespace kith::plan {

namespace {

// So few nodes at the other end are given to the search as its goals, one after the other.
constexpr double kFewGoals = 16;

// One quantified relationship whose conditions look at nothing else, and one path or all of the
// least length: the search from both ends.
bool is_plain_search(const bound::PathPattern& path) {
  if (path.repeats || path.selector->count || !path.conjuncts.empty()) return false;
  if (path.stretches.size() != 1 || !path.stretches[0].times) return false;
  const auto& stretch = path.stretches[0];
  if (stretch.steps.size() != 1) return false;
  const SlotSet nodes = {stretch.start, stretch.steps[0].node};
  const bool reads_nodes =
      std::any_of(stretch.conjuncts.begin(), stretch.conjuncts.end(),
                  [&](const auto& e) { return slots_of(*e).intersects(nodes); });
  const bool lists_nodes = std::any_of(stretch.groups.begin(), stretch.groups.end(),
                                       [](const auto& group) { return group.is_node; });
  return !reads_nodes && !lists_nodes;
}

void search_both_ends(Scope& scope, const bound::PatternRelationship& r) {
  const auto& stretch = r.path->stretches[0];
  const auto& step = stretch.steps[0];
  ExpressionPtr predicate;
  if (stretch.conjuncts.size() == 1) {
    predicate = stretch.conjuncts[0];
  } else if (!stretch.conjuncts.empty()) {
    predicate = operation(bound::Operator::And, stretch.conjuncts);
  }
  const double rows = scope.rows();
  ShortestPath op{r.left,
                  r.slot,
                  r.right,
                  step.types,
                  step.direction,
                  stretch.times->min,
                  stretch.times->max,
                  r.path->selector->groups,
                  step.relationship,
                  predicate};
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan));
  std::vector<Item> items;
  for (const auto& group : stretch.groups) {
    items.push_back({group.list, variable(r.slot, kListType)});
  }
  if (!items.empty()) put_above(scope.plan, Project{std::move(items)});
}

}  // namespace

SearchEnds choose_ends(const EndEstimate& left, const EndEstimate& right, bool optimise) {
  if (left.fixed && right.fixed) return {true, true};
  if (!optimise) return {left.fixed || !right.fixed, right.fixed};
  if (std::max(left.rows, right.rows) <= kFewGoals) return {true, true};
  if (left.fixed) return {true, right.rows <= kFewGoals};
  if (right.fixed) return {left.rows <= kFewGoals, true};
  return {left.rows <= right.rows, left.rows > right.rows};
}

void plan_searches(Context& context, Scope& scope, const QueryGraph& graph) {
  for (const auto& r : graph.searches) {
    KITH_ASSERT(r.path && r.path->selector);
    const bool has_left = scope.bound.contains(r.left), has_right = scope.bound.contains(r.right);
    KITH_ASSERT(has_left || has_right);
    if (has_left && has_right && context.optimise && is_plain_search(*r.path)) {
      search_both_ends(scope, r);
    } else {
      const double targets = has_left && has_right ? 1 : std::max(1.0, context.statistics.nodes());
      const double rows = std::min(kMostRows, scope.rows() * targets);
      PathExpand op{.from = has_left ? r.left : r.right,
                    .relationships = r.slot,
                    .to = has_left ? r.right : r.left,
                    .into = has_left && has_right,
                    .reversed = !has_left,
                    .path = has_left ? *r.path : turned(*r.path),
                    .distinct_from = {}};
      scope.plan = make_node(std::move(op), rows, std::move(scope.plan));
    }
    scope.bound.insert(r.slot);
    scope.bound.insert(r.left);
    scope.bound.insert(r.right);
    scope.bound.insert(added_slots(*r.path, r.left, r.right));
  }
}

}  // namespace kith::plan
