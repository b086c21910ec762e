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
    const auto ends = step.to->closings[0].ends->all();
    step.pair_weights.resize(ends.size());
    step.back->degrees(ends, step.pair_weights);
    step.back_work = std::accumulate(step.pair_weights.begin(), step.pair_weights.end(),
                                     std::uint64_t{ends.size() + 1});
  }
  if (step.looked_at < step.back_work) return false;
  step.is_pushed = push_all(step);
  if (!step.is_pushed) step.back = nullptr;  // no room for it
  return step.is_pushed;
}

bool FoldEvaluator::push_all(Step& step) {
  Node& to = *step.to;
  const plan::Closing::Kind kind = to.closings[0].kind;
  const std::uint64_t time = step.looks_at->entered;
  const auto ends = to.closings[0].ends->all();
  learn(to, ends);
  bool has_room = true;
  // Ends that several relationships lead to are there as often, and count once for Exists.
  step.back->each_list(ends, [&](std::size_t place, const storage::NeighbourList& list) {
    const std::uint64_t end = ends[place];
    const bool again = place > 0 && ends[place - 1] == end;
    if (!has_room || (again && kind == plan::Closing::Kind::Exists) || !may_pass(to, end)) return;
    count_work(list.size);
    with_ids(list, [&](auto begins) {
      for (const std::uint64_t begin : begins) has_room &= step.memo->add(begin, time, 1);
    });
  });
  return has_room;
}

}  // namespace kith::exec
