// cypher/exec/fold_push.cpp: the sums of a step whose ends are tied to a node above, of all nodes
// at once: from that node, against the direction of the step.
//
// Of a circle of four, a node opposite the root weighs as much as there are nodes that both lead
// to. Asked node by node, a list is intersected for each. From the other side, each relationship of
// each node that the root leads to adds to the sum of one node: once for all of them.
#include <numeric>

#include "cypher/exec/direction.hpp"
#include "cypher/exec/fold_tree.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kFew = 64;  // relationships

}  // namespace

void FoldEvaluator::make_push(const plan::WeightStep& step, Step& made) const {
  const Node& to = *made.to;
  const bool is_tied = to.is_one() && to.loops.empty() && to.closings.size() == 1 &&
                       to.closings[0].kind != plan::Closing::Kind::Absent;
  if (!is_tied || made.condition || made.cursor == nullptr) return;
  KITH_ASSERT(to.closings[0].depth == made.looks_at->depth);
  made.back = cursor(step.types, turned(step.direction));
}

// Whether the memo of the step has all sums by now: that is done once as many relationships were
// looked at for single nodes as it takes.
bool FoldEvaluator::push(Step& step) {
  const std::uint64_t time = step.looks_at->entered;
  if (step.asked_at != time) {
    step.asked_at = time;
    step.looked_at = step.back_work = 0;
    step.is_pushed = false;
  }
  if (step.is_pushed) return true;
  if (step.looked_at < kFew) return false;
  if (step.back_work == 0) {
    find_back_ends(step);
    step.pair_weights.resize(step.back_ends.size());
    step.back->degrees(step.back_ends, step.pair_weights);
    step.back_work = std::accumulate(step.pair_weights.begin(), step.pair_weights.end(),
                                     std::uint64_t{step.back_ends.size() + 1});
  }
  if (step.looked_at < step.back_work) return false;
  step.is_pushed = push_all(step);
  if (!step.is_pushed) step.back = nullptr;  // no room for it
  return step.is_pushed;
}

// Those with the labels: lists of others would be found for nothing. Ends that several
// relationships lead to are there as often, and count once for Exists.
void FoldEvaluator::find_back_ends(Step& step) {
  const Node& to = *step.to;
  const bool is_once = to.closings[0].kind == plan::Closing::Kind::Exists;
  step.back_ends.clear();
  for (const std::uint64_t end : to.closings[0].ends->all()) {
    if (is_once && !step.back_ends.empty() && step.back_ends.back() == end) continue;
    if (has_labels(to, end)) step.back_ends.push_back(end);
  }
}

bool FoldEvaluator::push_all(Step& step) {
  Node& to = *step.to;
  const std::uint64_t time = step.looks_at->entered;
  const std::span<const std::uint64_t> ends = step.back_ends;
  learn(to, ends);
  bool has_room = true;
  step.back->each_list(ends, [&](std::size_t place, const storage::NeighbourList& list) {
    if (!has_room || !may_pass(to, ends[place])) return;
    count_work(list.size);
    with_ids(list, [&](auto begins) {
      for (const std::uint64_t begin : begins) has_room &= step.memo->add(begin, time, 1);
    });
  });
  return has_room;
}

}  // namespace kith::exec
