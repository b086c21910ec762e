// cypher/exec/repeat.cpp: quantified path patterns: all trails (or walks), depth first.
//
// A path is a stack: frame d holds the candidates for its relationship d, and which is taken. The
// walk can stop after any path, and goes on there for the next batch. A condition is tested at the
// first step at which its repetition has all that it reads.
#include <algorithm>
#include <deque>
#include <limits>

#include "cypher/exec/path_step.hpp"
#include "cypher/exec/step_operator.hpp"
#include "cypher/plan/path_pattern.hpp"

namespace kith::exec {

namespace {

constexpr auto kNoEnd = std::numeric_limits<std::uint64_t>::max();

std::uint64_t times(std::uint64_t a, std::uint64_t b) { return b > kNoEnd / a ? kNoEnd : a * b; }

class RepeatOperator final : public StepOperator {
 public:
  RepeatOperator(const plan::Node& node, const plan::PathExpand& op, const Lowering& lowering)
      : StepOperator(node, ends_of(op), lowering),
        op_(op),
        stretch_(op.path.stretches.at(0)),
        trail_(op.distinct_from),
        reserved_(execution().budget, "a quantified path pattern") {
    KITH_ASSERT(op.path.stretches.size() == 1 && stretch_.times && !stretch_.steps.empty());
    const std::uint64_t length = stretch_.steps.size();
    min_ = times(length, stretch_.times->min);
    max_ = stretch_.times->max ? times(length, *stretch_.times->max) : kNoEnd;
    make_steps(*lowering.worker);
    make_lists(node);
  }

 private:
  struct Frame {
    std::size_t begin, at, end;  // of candidates_; `at` is the one taken
  };
  // What a variable is, one for each repetition: of nodes_ or path_, from `offset` in steps of
  // `stride`.
  struct List {
    Slot slot = 0;
    bool is_node = false;
    std::size_t offset = 0, stride = 1;
    Vector values = {};
  };
  // A variable that conditions of a later step of the same repetition read.
  struct Earlier {
    Slot slot = 0;
    bool is_node = false;
    std::size_t offset = 0;
    Vector value = {};
  };

  bool is_full() const override { return is_full_of_paths(given(), items_in_lists_, execution()); }

  Slot before(std::size_t step) const {
    return step == 0 ? stretch_.start : stretch_.steps[step - 1].node;
  }

  void make_steps(Worker& worker) {
    const auto own = plan::inner_slots(op_.path);
    SlotSet known = {stretch_.start};
    std::vector<bool> used(stretch_.conjuncts.size());
    for (std::size_t s = 0; s < stretch_.steps.size(); ++s) {
      const auto& step = stretch_.steps[s];
      known.insert(SlotSet{step.relationship, step.node});
      std::vector<bound::ExpressionPtr> conditions;
      for (std::size_t i = 0; i < used.size(); ++i) {
        const auto& e = stretch_.conjuncts[i];
        if (used[i] || !known.contains_all(plan::slots_of(*e).common(own))) continue;
        used[i] = true;
        conditions.push_back(e);
      }
      steps_.emplace_back(step, before(s), conditions, own.slots(), worker);
      earlier_.emplace_back();
      for (std::size_t i = 0; i < s; ++i) {
        note_earlier(s, i == 0 ? stretch_.start : before(i), true, i);
        note_earlier(s, stretch_.steps[i].relationship, false, i);
      }
    }
    KITH_ASSERT(std::find(used.begin(), used.end(), false) == used.end());
  }
  void note_earlier(std::size_t step, Slot slot, bool is_node, std::size_t offset) {
    if (slot == before(step) || !steps_[step].reads(slot)) return;
    Earlier& made = earlier_[step].emplace_back();
    made.slot = slot;
    made.is_node = is_node;
    made.offset = offset;
  }

  void make_lists(const plan::Node& node) {
    const auto wanted = [&](Slot slot) {
      return std::find(node.live.begin(), node.live.end(), slot) != node.live.end();
    };
    if (wanted(op_.relationships)) {
      lists_.emplace_back();
      lists_.back().slot = op_.relationships;
    }
    for (const auto& group : stretch_.groups) {
      if (!wanted(group.list)) continue;
      List& list = lists_.emplace_back();
      list.slot = group.list;
      list.is_node = group.is_node;
      list.stride = stretch_.steps.size();
      list.offset = offset_of(group.inside);
    }
    for (List& list : lists_) list.values.arena().charge_to(execution().budget);
  }
  // Of a variable: the number of its step; of a node, that of the step behind it.
  std::size_t offset_of(Slot inside) const {
    if (inside == stretch_.start) return 0;
    for (std::size_t i = 0; i < stretch_.steps.size(); ++i) {
      if (stretch_.steps[i].relationship == inside) return i;
      if (stretch_.steps[i].node == inside) return i + 1;
    }
    KITH_ASSERT(false && "a group variable of another pattern");
    return 0;
  }

  void begin() override {
    for (auto& step : steps_) step.open();
  }
  void begin_output() override {
    items_in_lists_ = 0;
    for (List& list : lists_) list.values.reset(VectorType::Any, execution().batch_rows);
  }
  void begin_input() override {
    if (trail_.is_needed()) trail_.begin(in());
  }
  void end_output(Batch& out) override {
    for (List& list : lists_) {
      list.values.truncate(out.rows);
      out.set(list.slot, list.values);
    }
  }

  void begin_row() override {
    for (auto& step : steps_) step.set_row(in(), row());
    frames_.clear();
    candidate_nodes_.clear();
    candidate_relationships_.clear();
    path_.clear();
    nodes_.assign(1, start());
    if (min_ == 0) found();
    push_frame();
    if (frames_.empty()) leave_row();
  }

  // Goes on until the row is done or the batch is full.
  void continue_row() override {
    std::uint32_t steps = 0;
    while (!is_full()) {
      if ((++steps & 0xfff) == 0) execution().poll();
      if (frames_.empty()) return leave_row();
      Frame& frame = frames_.back();
      if (path_.size() == frames_.size()) {  // back from a deeper frame
        path_.pop_back();
        nodes_.pop_back();
      }
      if (frame.at == frame.end) {
        candidate_nodes_.resize(frame.begin);
        candidate_relationships_.resize(frame.begin);
        frames_.pop_back();
        continue;
      }
      const std::size_t taken = frame.at++;
      take(candidate_nodes_[taken], candidate_relationships_[taken]);
    }
  }

  void take(std::uint64_t node, std::uint64_t relationship) {
    const bool is_there =
        !op_.path.repeats && std::find(path_.begin(), path_.end(), relationship) != path_.end();
    if (is_there) return;
    path_.push_back(relationship);
    nodes_.push_back(node);
    const bool is_whole = path_.size() % stretch_.steps.size() == 0;
    if (is_whole && path_.size() >= min_) found();
    if (path_.size() < max_) push_frame();
  }

  // The candidates for the next relationship.
  void push_frame() {
    const std::size_t begin = candidate_nodes_.size();
    const std::size_t step = path_.size() % stretch_.steps.size();
    const std::size_t repetition = path_.size() - step;
    known_.clear();
    for (Earlier& earlier : earlier_[step]) {
      const auto type = earlier.is_node ? VectorType::Node : VectorType::Relationship;
      const auto& from = earlier.is_node ? nodes_ : path_;
      earlier.value.reset(type, 1);
      earlier.value.data<std::uint64_t>()[0] = from[repetition + earlier.offset];
      known_.push_back({earlier.slot, &earlier.value});
    }
    const std::uint64_t node = nodes_.back();
    PathStepReader& reader = steps_[step];
    reader.begin({&node, 1}, known_);
    while (reader.next(&trail_) != 0) {
      candidate_nodes_.insert(candidate_nodes_.end(), reader.nodes().begin(), reader.nodes().end());
      candidate_relationships_.insert(candidate_relationships_.end(),
                                      reader.relationships().begin(), reader.relationships().end());
    }
    reserved_.grow_to((candidate_nodes_.capacity() + candidate_relationships_.capacity() +
                       path_.capacity() + nodes_.capacity()) *
                          sizeof(std::uint64_t) +
                      frames_.capacity() * sizeof(Frame));
    if (candidate_nodes_.size() == begin) return;
    frames_.push_back({begin, begin, candidate_nodes_.size()});
  }

  void found() {
    if (op_.into && goal() != nodes_.back()) return;
    for (List& list : lists_) {
      items_.clear();
      // A node list may have an offset of its own behind the last relationship.
      const auto& from = list.is_node ? nodes_ : path_;
      const std::size_t count = path_.size() / list.stride;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t id = from[i * list.stride + list.offset];
        items_.push_back(list.is_node ? Cell::of(NodeId{id}) : Cell::of(RelationshipId{id}));
      }
      if (op_.reversed) std::reverse(items_.begin(), items_.end());
      items_in_lists_ += items_.size();
      list.values.data<Cell>()[given()] = make_list(list.values.arena(), items_);
    }
    give(nodes_.back());
  }

  using SlotSet = plan::SlotSet;

  const plan::PathExpand& op_;
  const bound::PathStretch& stretch_;
  TrailCheck trail_;
  Reservation reserved_;     // of the candidates
  std::uint64_t min_, max_;  // relationships
  std::deque<PathStepReader> steps_;
  std::deque<std::deque<Earlier>> earlier_;  // for each step
  std::deque<List> lists_;

  std::uint64_t items_in_lists_ = 0;  // of the batch that is made
  std::vector<Frame> frames_;
  std::vector<std::uint64_t> path_, nodes_;  // relationships taken, and the nodes between
  std::vector<std::uint64_t> candidate_nodes_, candidate_relationships_;  // of all frames
  std::vector<PathStepReader::Known> known_;

  std::vector<Cell> items_;
};

}  // namespace

OperatorPtr make_repeat(const plan::Node& node, const plan::PathExpand& op,
                        const Lowering& lowering) {
  return std::make_unique<RepeatOperator>(node, op, lowering);
}

}  // namespace kith::exec
