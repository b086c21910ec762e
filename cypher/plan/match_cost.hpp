// cypher/plan/match_cost.hpp: what it takes to find the matches of a pattern as rows.
#pragma once

#include <optional>
#include <vector>

#include "cypher/plan/planner.hpp"

namespace kith::plan {

// A unit of the costs of rows in those of folds (docs/optimiser.md).
inline constexpr double kFoldPerRow = 11;

// For so many rows that have `known`, in the units of rows; nothing if it is not one connected
// pattern.
std::optional<double> cost_of_matches(Context& context, const bound::Pattern& pattern,
                                      const SlotSet& known, double rows);

// Of the matches of all the patterns as rows, found without intersections: a fold intersects lists,
// too, and makes no rows of what it finds.
struct RowsCost {
  double cost = 0, rows = 1;
};
RowsCost cost_of_rows(Context& context, const std::vector<const bound::Pattern*>& patterns,
                      const Scope& scope);

// All matches can be found without knowing the rows that have `imports`: no condition may fail for
// others than those of a row, and what it takes from the row are nodes of the pattern.
bool stands_alone(const bound::Pattern& pattern, const SlotSet& imports);

}  // namespace kith::plan
