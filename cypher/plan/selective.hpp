// cypher/plan/selective.hpp: paths with a selector (SHORTEST 2, ALL SHORTEST …), on top of a match.
//
// Such a path is found when all else of its MATCH is solved: from one of its ends, which is bound
// by then. The other end is bound, too, if that leaves few nodes; else the search finds it.
#pragma once

#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

struct SearchEnds {
  bool left = true, right = true;  // bound before the search; at least one
};
// `left_rows`, `right_rows`: how many nodes an end leaves possible; `left_fixed`: it is bound
// whatever the choice.
struct EndEstimate {
  double rows = 1;
  bool fixed = false;
};
SearchEnds choose_ends(const EndEstimate& left, const EndEstimate& right, bool optimise);

void plan_searches(Context& context, Scope& scope, const QueryGraph& graph);

}  // namespace kith::plan
