// cypher/plan/shortest.hpp: shortestPath() and allShortestPaths() of a match, on top of it.
#pragma once

#include "cypher/plan/planner.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

// How many rows a part of the pattern had before it was joined with the others.
struct PartRows {
  SlotSet slots;
  double rows = 1;
};

// The ends are bound; `parts` are those of the graph. Conditions on each relationship go into the
// search. Those on each node, and those that look at the whole path and could reject a shortest one
// for a longer one, make it a search length by length (or, where they have a subquery, all trails
// are tried); they are marked as answered.
void plan_shortest(Context& context, Scope& scope, QueryGraph& graph,
                   const std::vector<PartRows>& parts);

// all(r IN list WHERE …) and none(…), where `list` is what `is_list` says: the condition on each
// relationship, over `each`; null if the expression is nothing of the kind.
ExpressionPtr each_condition(const Expression& e, Slot each, const SlotSet& bound,
                             const std::function<bool(const Expression&)>& is_list);

}  // namespace kith::plan
