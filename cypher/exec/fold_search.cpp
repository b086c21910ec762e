// cypher/exec/fold_search.cpp: whether there is a match, without looking at all of them.
//
// Where something must exist, or must not, and whether it does is known from the conditions of one
// more node, those that a node leads to are asked a few at a time, for many nodes together, until
// one passes.
#include <algorithm>
#include <optional>

#include "cypher/exec/fold_tree.hpp"
#include "cypher/plan/sample.hpp"

namespace kith::exec {

namespace {

// Of each node, so many are asked for at first, and so many times more in each round.
constexpr std::size_t kFirstAsked = 4, kGrowth = 4;
// But of all nodes together no more than that, if they are many.
constexpr std::size_t kMostAsked = 1 << 18;
// Asking here and there takes so many times longer than in the order in which elements lie.
constexpr double kStrewn = 4;
// Rounds end after the first that passes.
constexpr double kOvershot = 2;

}  // namespace

// An existence whose one step leads to nodes with conditions of their own, and no more.
bool FoldEvaluator::is_search(const Sum& sum) {
  const bool exists =
      sum.kind == plan::Weight::Kind::Exists || sum.kind == plan::Weight::Kind::Absent;
  if (!exists || sum.terms.size() != 1 || sum.terms[0].factor != 1) return false;
  const Node& root = *sum.terms[0].root;
  const bool is_step = root.memo == nullptr && root.labels.empty() && !root.is_impossible &&
                       !root.condition && root.loops.empty() && root.ends.empty() &&
                       root.weights.empty() && root.steps.size() == 1;
  if (!is_step) return false;
  const Step& step = root.steps[0];
  const Node& to = *step.to;
  return step.cursor != nullptr && !step.condition && !to.is_impossible && to.condition &&
         to.is_one() && to.loops.empty() && to.closings.empty();
}

// Of the nodes of a sample that have the labels, the share that passes.
double FoldEvaluator::sampled_share(const Node& node) const {
  std::optional<LabelId> label;
  if (!node.known_labels.empty()) label = node.known_labels[0];
  const auto some = plan::sample_nodes(execution_.view, label);
  node.condition->learn(std::span<const std::uint64_t>(some));
  const auto passed = std::count_if(some.begin(), some.end(),
                                    [&](std::uint64_t id) { return node.condition->passes(id); });
  return (static_cast<double>(passed) + 0.5) / (static_cast<double>(some.size()) + 1);
}

// Fewer nodes will be asked about than it is worth to ask about all of them in their order.
bool FoldEvaluator::finds_soon(const Sum& sum, Visits visits) const {
  if (!is_search(sum)) return false;
  const Step& step = sum.terms[0].root->steps[0];
  const double reached = reached_by(step, visits), all = count_of(*step.to);
  if (reached < kWorthALayer) return false;  // nor will anybody ask about all
  const auto is_soon = [&](double asked) {
    return std::min(reached, visits.times * asked) * kStrewn < all;
  };
  return is_soon(kFirstAsked) &&
         is_soon(std::max<double>(kFirstAsked, kOvershot / sampled_share(*step.to)));
}

// `out`: 1 where there is a match.
void FoldEvaluator::search(Sum& sum, std::span<const std::uint64_t> ids, std::span<Matches> out) {
  Step& step = sum.terms[0].root->steps[0];
  Node& to = *step.to;
  std::fill(out.begin(), out.end(), 0);
  sum.left.assign(ids.begin(), ids.end());
  sum.rows.resize(ids.size());
  for (std::uint32_t i = 0; i < sum.rows.size(); ++i) sum.rows[i] = i;
  std::size_t begin = 0, asked = kFirstAsked;
  while (!sum.left.empty()) {
    sum.some.assign(sum.left.size(), 0);  // how many each leads to
    step.pair_ends.clear();
    step.pair_places.clear();
    step.each_ends(sum.left, [&](std::size_t place, auto ends) {
      const std::size_t before = sum.some[place], after = before + ends.size();
      const std::size_t from = std::clamp(begin, before, after);
      const std::size_t until = std::clamp(begin + asked, before, after);
      for (std::size_t i = from; i < until; ++i) {
        step.pair_ends.push_back(ends[i - before]);
        step.pair_places.push_back(static_cast<std::uint32_t>(place));
      }
      sum.some[place] = after;
    });
    count_work(step.pair_ends.size());
    learn(to, std::span<const std::uint64_t>(step.pair_ends));
    for (std::size_t i = 0; i < step.pair_ends.size(); ++i) {
      Matches& found = out[sum.rows[step.pair_places[i]]];
      if (found == 0 && may_pass(to, step.pair_ends[i])) found = 1;
    }
    begin += asked;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sum.left.size(); ++i) {
      sum.left[kept] = sum.left[i];
      sum.rows[kept] = sum.rows[i];
      kept += out[sum.rows[i]] == 0 && sum.some[i] > begin ? 1 : 0;
    }
    sum.left.resize(kept);
    sum.rows.resize(kept);
    asked = std::min(asked * kGrowth, std::max(asked, kMostAsked / std::max<std::size_t>(1, kept)));
  }
  if (sum.kind != plan::Weight::Kind::Absent) return;
  for (Matches& matches : out) matches ^= 1;
}

}  // namespace kith::exec
