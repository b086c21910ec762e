// cypher/plan/cardinality.hpp: how many rows to expect.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cypher/bind/bound.hpp"
#include "cypher/plan/expressions.hpp"
#include "cypher/plan/statistics.hpp"

namespace kith::plan {

using Labels = std::map<Slot, std::vector<std::string>>;  // known to be on node variables

inline constexpr double kMostRows = 1e15;  // estimates stay below it

// How many nodes have all the labels, about; at least 0. No labels: all nodes.
double node_count(const Statistics& statistics, const std::vector<std::string>& labels);
// The share of rows for which a condition is true, 0 … 1. Labels that patterns already account for
// are not conditions here.
double selectivity(const Expression& e, const Labels& labels, const Statistics& statistics);
double selectivity(const std::vector<ExpressionPtr>& conjuncts, const Labels& labels,
                   const Statistics& statistics);
// How many items a list has; `unknown` if it is not written out.
double list_items(const ExpressionPtr& list, const Statistics& statistics, double unknown = 10);
// Into how many values an expression divides that many rows.
double distinct_values(const Expression& e, double rows, const Labels& labels,
                       const Statistics& statistics);

// The relationships that match a pattern's type, direction and the labels of its ends.
double matching_relationships(const bound::PatternRelationship& pattern,
                              const std::vector<std::string>& left,
                              const std::vector<std::string>& right, const Statistics& statistics);
// How many nodes an end of the pattern is drawn from, by its types alone.
double end_population(const bound::PatternRelationship& pattern, bool left,
                      const Statistics& statistics);
// Trails of the pattern's length from one node, if its first step has `first` relationships and
// the others `next`.
double trails(const bound::PatternRelationship::Length& length, double first, double next);

}  // namespace kith::plan
