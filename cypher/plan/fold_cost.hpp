// cypher/plan/fold_cost.hpp: what a tree of weights takes to compute.
#pragma once

#include "cypher/plan/logical.hpp"
#include "cypher/plan/statistics.hpp"

namespace kith::plan {

struct FoldPattern;

// The relationships of that step that a node with these labels has, about.
double fan_of(const std::vector<std::string>& types, Direction direction,
              const std::vector<std::string>& from, const std::vector<std::string>& to,
              const Statistics& statistics);

struct TreeCost {
  double cost = 0;   // in about nanoseconds
  double share = 1;  // of the roots, that weigh something
};
// For `visits` different roots in the order in which they lie. `pattern`: what the tree was made
// of.
TreeCost cost_of_tree(const WeightNode& root, const FoldPattern& pattern, double visits,
                      const Statistics& statistics);

}  // namespace kith::plan
