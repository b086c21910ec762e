// cypher/plan/fold_cost.cpp: counting what a tree of weights looks at.
#include "cypher/plan/fold_cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/assert.hpp"
#include "cypher/plan/cardinality.hpp"
#include "cypher/plan/fold_pattern.hpp"
#include "cypher/plan/path_pattern.hpp"

namespace kith::plan {

namespace {

// About nanoseconds: a degree, the beginning of a list, where nodes come in the order in which they
// lie, and where they do not; an item of a list, and one whose weight is looked up.
constexpr double kDegree = 2, kFarDegree = 15, kList = 12, kFarList = 35;
constexpr double kItem = 2, kKnownItem = 6;
constexpr double kTested = 8;  // a relationship, or a node, whose condition is looked up
constexpr double kIntersection = 25, kHit = 10;  // of a node that both lists have
constexpr double kLabelTest = 4;
constexpr double kPushed = 2;  // before that, as much was looked at for single nodes
constexpr double kKept = 5;    // a node whose weight is remembered
// The share of a label's nodes from which on they are computed in their order.
constexpr double kInOrder = 0.4;
constexpr double kNearlyAll = 0.99;
// Samples are small.
constexpr double kLeastSkew = 0.1, kMostSkew = 100;

class Coster {
 public:
  Coster(const FoldPattern& pattern, const Statistics& statistics)
      : pattern_(pattern), statistics_(statistics) {}

  // Of computing `visits` nodes that their closings let through. `near`: in order. `came`: the step
  // that led to each of the visits; null: it did not, or each node is visited once.
  TreeCost visit(const WeightNode& node, double visits, bool near, const WeightStep* came) {
    path_.push_back({&node, std::max(1.0, visits)});
    double accepted = visits * passing(node), cost = 0;
    for (const auto& step : node.steps) {
      const Fan fan = fan_below(node, step, came);
      if (is_degree(step) && fan.matching > fan.looked_at * kNearlyAll) {
        cost += accepted * (near ? kDegree : kFarDegree);
        accepted *= std::min(1.0, fan.passing);  // if they are spread evenly
        continue;
      }
      double lists = accepted;
      if (const double distinct = distinct_lists(node, step, accepted); distinct < accepted) {
        cost += accepted * kKnownItem;
        lists = distinct;
      }
      const TreeCost below = step_cost(step, fan, lists, near);
      cost += std::min(below.cost, push_cost(node, step));
      accepted *= below.share;
    }
    path_.pop_back();
    return {cost, visits > 0 ? accepted / visits : 0};
  }

 private:
  // Of a node: relationships that are looked at, those that lead to nodes with the labels, and of
  // these those that pass.
  struct Fan {
    double looked_at, matching, passing;
  };
  struct Place {
    const WeightNode* node;
    double visits;
  };

  TreeCost step_cost(const WeightStep& step, const Fan& fan, double lists, bool near) {
    const WeightNode& to = step.to;
    double cost = lists * (near ? kList : kFarList);
    if (!to.closings.empty()) cost += lists * kIntersection;
    const double items = lists * fan.looked_at;
    cost += items * (to.steps.empty() ? kItem : kKnownItem);
    if (!step.conjuncts.empty()) cost += items * kTested;
    if (!to.conjuncts.empty()) cost += items * kTested;
    const bool is_remembered = least_depth(to) >= path_.size();
    const double hits = lists * fan.looked_at * closing(step);
    if (!to.closings.empty()) cost += hits * kHit;
    if (fan.matching <= fan.looked_at * kNearlyAll) cost += items * kLabelTest;
    const double reached = lists * fan.passing * closing(step), all = count(to);
    const bool in_order = is_remembered && reached > all * kInOrder;
    if (in_order) cost += all * kKept;
    const double visits = is_remembered ? std::min(reached, all) : reached;
    const bool each_once = is_remembered && reached >= all;
    const TreeCost below = visit(to, visits, in_order, each_once ? nullptr : &step);
    return {cost + below.cost, std::min(1.0, fan.passing * closing(step) * below.share)};
  }

  // A node with many relationships is come to often.
  Fan fan_below(const WeightNode& node, const WeightStep& step, const WeightStep* came) const {
    const double all = fan_of(step.types, step.direction, node.labels, {}, statistics_);
    const double matching =
        fan_of(step.types, step.direction, node.labels, step.to.labels, statistics_);
    Fan fan{all, std::min(matching, all), 0};
    const bool is_known = came != nullptr && came->types.size() == 1 && step.types.size() == 1 &&
                          came->direction != Direction::Both && all > 0;
    if (is_known) {
      const End end = came->direction == Direction::Out ? End::End : End::Start;
      const auto behind =
          statistics_.fan_behind(came->types[0], end, step.types[0], step.direction);
      const double more = std::clamp(behind.value_or(all) / all, kLeastSkew, kMostSkew);
      fan.looked_at *= more;
      fan.matching *= more;
    }
    fan.passing = fan.matching * step.passing;
    return fan;
  }

  // Sums of a step are remembered while the node that something below looks at stays the same: how
  // many different nodes it is asked of, if `asked` are drawn at random.
  double distinct_lists(const WeightNode& node, const WeightStep& step, double asked) const {
    const auto depth = static_cast<std::uint32_t>(path_.size() - 1);
    const auto deepest = deepest_look(step.to, depth);
    if (!deepest || depth < *deepest + 2) return asked;
    const double times = path_[*deepest].visits, all = count(node);
    return std::min(asked, times * all * (1 - std::exp(-asked / times / all)));
  }
  // Of having the sums of a step from the other side (exec/fold_push.cpp).
  double push_cost(const WeightNode& node, const WeightStep& step) const {
    constexpr double kCannot = std::numeric_limits<double>::infinity();
    const WeightNode& to = step.to;
    const bool is_tied = to.steps.empty() && to.weights.empty() && to.closings.size() == 1 &&
                         to.closings[0].kind != Closing::Kind::Absent && step.conjuncts.empty();
    if (!is_tied || path_.size() < std::size_t{to.closings[0].depth} + 3) return kCannot;
    const Closing& closing = to.closings[0];
    const Place& from = path_[closing.depth];
    const double ends =
        fan_of(closing.types, closing.direction, from.node->labels, to.labels, statistics_);
    const WeightStep in{closing.types, closing.direction, WeightNode(to.slot)};
    const WeightStep out{step.types, turned(step.direction), WeightNode(node.slot)};
    return kPushed * from.visits * ends *
           (kFarList + kKnownItem * fan_below(to, out, &in).looked_at);
  }

  double count(const WeightNode& node) const {
    return std::max(1.0, node_count(statistics_, node.labels));
  }
  double passing(const WeightNode& node) const {
    const auto place = pattern_.find(node.slot);
    KITH_ASSERT(place.has_value());
    return pattern_.nodes[*place].passing;
  }
  // The share that closings let through.
  double closing(const WeightStep& step) const {
    const WeightNode& node = step.to;
    double share = 1;
    for (const auto& closing : node.closings) {
      if (closing.kind == Closing::Kind::Absent || closing.depth >= path_.size()) continue;
      const bool is_step_itself = closing.depth + 1 == path_.size() &&
                                  closing.types == step.types &&
                                  closing.direction == step.direction;
      if (is_step_itself) continue;
      const double fan = fan_of(closing.types, closing.direction, path_[closing.depth].node->labels,
                                node.labels, statistics_);
      share *= std::min(1.0, fan / count(node));
    }
    return share;
  }

  const FoldPattern& pattern_;
  const Statistics& statistics_;
  std::vector<Place> path_;
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
  return Coster(pattern, statistics).visit(root, visits, true, nullptr);
}

}  // namespace kith::plan
