// cypher/exec/fold_pairs.cpp: the matches of a step below which something is closed to the node
// that the step begins at, of many nodes at once.
//
// What such a step leads to weighs something else for each node it is reached from. So it is not
// nodes that are weighed, but pairs: what is reached, and from where.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/exec/fold_product.hpp"
#include "cypher/exec/fold_tree.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kPairsAtOnce = 2048;

}  // namespace

// Of steps below which something is closed to the node, and its own loops.
void FoldEvaluator::closed_sums(Node& node, std::span<const std::uint64_t> ids,
                                std::span<Matches> out) {
  const auto looks_here = [](const Step& step) { return step.looks_here; };
  const auto count = std::count_if(node.steps.begin(), node.steps.end(), looks_here);
  if (count == 1 && node.loops.empty()) {
    Step& step = *std::find_if(node.steps.begin(), node.steps.end(), looks_here);
    std::fill(out.begin(), out.end(), 0);
    if (step.cursor == nullptr || step.to->is_impossible) return;
    if (step.to->is_open()) return sum_pairs(node, step, ids, out);
    std::size_t entered = ids.size();
    step.each_ends(ids, [&](std::size_t place, auto ends) {
      if (place != entered) enter(node, ids[place]);
      entered = place;
      out[place] = sum_of(out[place], sum_list(step, ends));
    });
    return;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out[i] = enter(node, ids[i]);
    for (Step& step : node.steps) {
      if (out[i] != 0 && step.looks_here) out[i] = product_of(out[i], sum(step, ids[i]));
    }
  }
}

void FoldEvaluator::sum_pairs(Node& node, Step& step, std::span<const std::uint64_t> ids,
                              std::span<Matches> out) {
  KITH_ASSERT(node.loops.empty() && step.to->is_open());
  for (auto& ends : node.ends) ends->prepare(ids);
  step.each_ends(ids, [&](std::size_t place, auto ends) {
    count_work(ends.size());
    for (std::size_t begin = 0; begin < ends.size();) {
      const std::size_t room = kPairsAtOnce - step.pair_ends.size();
      const auto some = ends.subspan(begin, std::min(ends.size() - begin, room));
      step.pair_ends.insert(step.pair_ends.end(), some.begin(), some.end());
      step.pair_places.resize(step.pair_ends.size(), static_cast<std::uint32_t>(place));
      begin += some.size();
      if (some.size() == room) weigh_pairs(node, step, ids, out);
    }
  });
  weigh_pairs(node, step, ids, out);
}

// sum() will be asked about these: finds what is not remembered of many together.
void FoldEvaluator::look_ahead(Step& step, std::span<const std::uint64_t> ids) {
  constexpr std::size_t kWorthIt = 4;
  if (step.memo == nullptr || ids.size() < kWorthIt) return;
  KITH_ASSERT(!step.looks_here && step.pair_ends.empty());  // no pairs are under way
  const std::uint64_t time = step.looks_at->entered;
  if (step.back != nullptr && push(step)) return;
  for (const std::uint64_t id : ids) {
    if (step.memo->find(id, time) == WeightMemo::kUnknown) step.pair_ends.push_back(id);
  }
  step.pair_weights.resize(step.pair_ends.size());
  const std::uint64_t before = looked_at_;
  sum_lists(step, step.pair_ends, step.pair_weights);
  step.looked_at += looked_at_ - before;
  for (std::size_t i = 0; i < step.pair_ends.size(); ++i) {
    step.memo->note(step.pair_ends[i], time, step.pair_weights[i]);
  }
  step.pair_ends.clear();
}

void FoldEvaluator::weigh_pairs(Node& node, Step& step, std::span<const std::uint64_t> ids,
                                std::span<Matches> out) {
  if (step.pair_ends.empty()) return;
  Node& to = *step.to;
  const std::span<const std::uint64_t> ends(step.pair_ends);
  learn(to, ends);
  step.pair_weights.resize(ends.size());
  Product product(to, ends, step.pair_weights);
  if (!to.labels.empty() || to.condition) {
    product.restrict([&](std::uint64_t id) { return may_pass(to, id); });
  }
  for (Step& below : to.steps) {
    if (below.is_degree() || below.memo != nullptr) multiply(product, below);
  }
  for (Sum& weight : to.weights) multiply(product, weight);
  for (Step& below : to.steps) {
    if (below.is_degree() || below.memo != nullptr) continue;
    product.multiply(false, [&](std::span<const std::uint64_t> nodes, std::span<Matches> factors) {
      std::fill(factors.begin(), factors.end(), 0);
      if (below.cursor == nullptr || below.to->is_impossible) return;
      const bool are_all = nodes.data() == ends.data();
      std::size_t entered = NodeEnds::kNoPlace;
      below.each_ends(nodes, [&](std::size_t i, auto found) {
        const std::size_t place = step.pair_places[are_all ? i : to.rows[i]];
        if (place != entered) enter(node, ids[place], place);
        entered = place;
        factors[i] = sum_of(factors[i], sum_list(below, found));
      });
    });
  }
  product.begin();
  for (std::size_t i = 0; i < ends.size(); ++i) {
    Matches& total = out[step.pair_places[i]];
    total = sum_of(total, step.pair_weights[i]);
  }
  step.pair_ends.clear();
  step.pair_places.clear();
}

}  // namespace kith::exec
