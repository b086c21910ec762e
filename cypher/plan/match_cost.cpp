// cypher/plan/match_cost.cpp: the cost of the cheapest order.
#include "cypher/plan/match_cost.hpp"

#include <algorithm>

#include "cypher/plan/join_order.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

bool stands_alone(const bound::Pattern& pattern, const SlotSet& imports) {
  SlotSet nodes;
  for (const auto& node : pattern.nodes) nodes.insert(node.slot);
  if (!nodes.contains_all(imports)) return false;
  const auto is_plain = [](const bound::PatternRelationship& r) {
    return !r.length && !r.path && !r.bound_before && !r.predicate;
  };
  return pattern.shortest.empty() && pattern.hints.empty() &&
         std::all_of(pattern.relationships.begin(), pattern.relationships.end(), is_plain) &&
         std::all_of(pattern.conjuncts.begin(), pattern.conjuncts.end(), [](const auto& e) {
           return !condition_can_fail(*e) && !is_volatile(*e) && !has_subquery(*e);
         });
}

std::optional<double> cost_of_matches(Context& context, const bound::Pattern& pattern,
                                      const SlotSet& known, double rows) {
  const QueryGraph graph = make_query_graph(context, {&pattern}, known, {});
  const auto components = components_of(graph);
  if (components.size() != 1) return std::nullopt;
  Outer outer;
  outer.rows = rows;
  outer.slots = known;
  const StepPtr order = order_joins(graph, components[0], outer);
  return order == nullptr ? std::nullopt : std::optional(order->cost);
}

RowsCost cost_of_rows(Context& context, const std::vector<const bound::Pattern*>& patterns,
                      const Scope& scope) {
  const QueryGraph graph = make_query_graph(context, patterns, scope.bound, scope.labels);
  Outer outer{scope.rows(), scope.bound};
  outer.intersects = false;
  RowsCost all;
  for (const auto& component : components_of(graph)) {
    const StepPtr order = order_joins(graph, component, outer);
    if (order == nullptr) continue;
    all.cost += order->cost;
    all.rows *= order->rows;
  }
  return all;
}

}  // namespace kith::plan
