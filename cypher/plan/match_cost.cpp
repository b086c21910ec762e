// cypher/plan/match_cost.cpp: the cost of the cheapest order.
#include "cypher/plan/match_cost.hpp"

#include "cypher/plan/join_order.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

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

}  // namespace kith::plan
