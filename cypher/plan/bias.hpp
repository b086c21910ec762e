// cypher/plan/bias.hpp: relationships meet at nodes that have many.
#pragma once

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "cypher/plan/path_pattern.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

// How many times more relationships of one edge the nodes at an end of another have than all nodes
// there have on average: the same from either. Relationships that are sampled lie in runs that
// begin at one node, so those that end at the node tell more.
class Bias {
 public:
  double of(const QueryGraph& graph, std::size_t node, std::size_t one, std::size_t two) const {
    if (begins_at(graph, node, one) && !begins_at(graph, node, two)) std::swap(one, two);
    const auto [at, is_new] = known_.try_emplace({node, one, two}, 1.0);
    if (is_new) at->second = compute(graph, node, graph.edges[one], graph.edges[two]);
    return at->second;
  }

 private:
  static constexpr double kLeast = 0.05, kMost = 1e4;

  static bool begins_at(const QueryGraph& graph, std::size_t node, std::size_t e) {
    const GraphEdge& edge = graph.edges[e];
    return edge.pattern.direction == (edge.left == node ? Direction::Out : Direction::In);
  }

  static double compute(const QueryGraph& graph, std::size_t node, const GraphEdge& one,
                        const GraphEdge& two) {
    const Direction direction =
        two.left == node ? two.pattern.direction : turned(two.pattern.direction);
    const Direction way = one.left == node ? one.pattern.direction : turned(one.pattern.direction);
    double total = 0;
    int samples = 0;
    for (const End end : {End::Start, End::End}) {
      if (way == (end == End::Start ? Direction::In : Direction::Out)) continue;
      const auto fan =
          graph.statistics->fan_behind(one.pattern.types[0], end, two.pattern.types[0], direction);
      if (!fan) return 1;
      total += *fan;
      ++samples;
    }
    const double mean = two.left == node ? two.fan_left : two.fan_right;
    return std::clamp(total / samples / std::max(mean, 1e-9), kLeast, kMost);
  }

  mutable std::map<std::tuple<std::size_t, std::size_t, std::size_t>, double> known_;
};

}  // namespace kith::plan
