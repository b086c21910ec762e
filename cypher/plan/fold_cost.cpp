// cypher/plan/fold_cost.cpp: counting what a tree of weights looks at.
#include "cypher/plan/fold_cost.hpp"

#include <algorithm>
#include <limits>

#include "core/assert.hpp"
#include "cypher/plan/cardinality.hpp"
#include "cypher/plan/fold_pattern.hpp"

namespace kith::plan {

namespace {

// About nanoseconds: a degree, the beginning of a list, where nodes come in the order in which they
// lie, and where they do not; an item of a list, and one whose weight is looked up.
constexpr double kDegree = 2, kFarDegree = 15, kList = 12, kFarList = 35;
constexpr double kItem = 2, kKnownItem = 6;
constexpr double kIntersection = 25;
constexpr double kKept = 5;  // a node whose weight is remembered
// The share of a label's nodes from which on they are computed in their order.
constexpr double kInOrder = 0.4;

class Coster {
 public:
  Coster(const FoldPattern& pattern, const Statistics& statistics)
      : pattern_(pattern), statistics_(statistics) {}

  // Of computing `visits` nodes that their closings let through. `near`: in order.
  TreeCost visit(const WeightNode& node, double visits, bool near) {
    path_.push_back(&node);
    double accepted = visits * passing(node), cost = 0;
    for (const auto& step : node.steps) {
      const double fan =
          fan_of(step.types, step.direction, node.labels, step.to.labels, statistics_);
      const WeightNode& to = step.to;
      if (to.steps.empty() && to.closings.empty() && to.conjuncts.empty() && to.weights.empty()) {
        cost += accepted * (near ? kDegree : kFarDegree);
        accepted *= std::min(1.0, fan);  // if they are spread evenly
        continue;
      }
      cost += accepted * (near ? kList : kFarList);
      if (!to.closings.empty()) cost += accepted * kIntersection;
      const bool is_remembered = least_depth(to) >= path_.size();
      const double items = accepted * fan;
      cost += items * (to.steps.empty() ? kItem : kKnownItem);
      double reached = items * closing(to);
      const double all = count(to);
      const bool in_order = is_remembered && reached > all * kInOrder;
      if (in_order) cost += all * kKept;
      const TreeCost below = visit(to, is_remembered ? std::min(reached, all) : reached, in_order);
      cost += below.cost;
      accepted *= std::min(1.0, fan * closing(to) * below.share);
    }
    path_.pop_back();
    return {cost, visits > 0 ? accepted / visits : 0};
  }

 private:
  double count(const WeightNode& node) const {
    return std::max(1.0, node_count(statistics_, node.labels));
  }
  double passing(const WeightNode& node) const {
    const auto place = pattern_.find(node.slot);
    KITH_ASSERT(place.has_value());
    return pattern_.nodes[*place].passing;
  }
  // The share that closings let through.
  double closing(const WeightNode& node) const {
    double share = 1;
    for (const auto& closing : node.closings) {
      if (closing.kind == Closing::Kind::Absent || closing.depth >= path_.size()) continue;
      const double fan = fan_of(closing.types, closing.direction, path_[closing.depth]->labels,
                                node.labels, statistics_);
      share *= std::min(1.0, fan / count(node));
    }
    return share;
  }
  // Named by a closing of what is below the node.
  static std::size_t least_depth(const WeightNode& node) {
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const auto& step : node.steps) {
      least = std::min(least, least_depth(step.to));
      for (const auto& closing : step.to.closings) {
        least = std::min(least, std::size_t{closing.depth});
      }
    }
    return least;
  }

  const FoldPattern& pattern_;
  const Statistics& statistics_;
  std::vector<const WeightNode*> path_;
};

}  // namespace

double fan_of(const std::vector<std::string>& types, Direction direction,
              const std::vector<std::string>& from, const std::vector<std::string>& to,
              const Statistics& statistics) {
  bound::PatternRelationship r;
  r.types = types;
  r.direction = direction;
  const double population =
      from.empty() ? end_population(r, true, statistics) : node_count(statistics, from);
  return matching_relationships(r, from, to, statistics) / std::max(1.0, population);
}

TreeCost cost_of_tree(const WeightNode& root, const FoldPattern& pattern, double visits,
                      const Statistics& statistics) {
  return Coster(pattern, statistics).visit(root, visits, true);
}

}  // namespace kith::plan
