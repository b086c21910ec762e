// cypher/exec/expand_var.cpp: variable-length steps: all trails, depth first.
//
// A trail is a stack: frame d holds the candidates for its relationship d, and which is taken. The
// walk can stop after any trail, and goes on there for the next batch.
#include <algorithm>
#include <limits>

#include "cypher/exec/step_operator.hpp"
#include "cypher/exec/step_predicate.hpp"
#include "cypher/exec/trail.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

namespace {

class VarExpandOperator final : public StepOperator {
 public:
  VarExpandOperator(const plan::Node& node, const plan::VarExpand& op, const Lowering& lowering)
      : StepOperator(node, ends_of(op), lowering),
        op_(op),
        trail_(op.distinct_from),
        predicate_(op.predicate, op.each, *lowering.worker),
        max_(op.max.value_or(std::numeric_limits<std::uint64_t>::max())),
        reserved_(execution().budget, "a variable-length expansion") {
    lists_.arena().charge_to(execution().budget);
    const auto& live = node.live;
    wants_list_ = std::find(live.begin(), live.end(), op.relationships) != live.end();
  }

 private:
  struct Frame {
    std::size_t begin, at, end;  // of candidates_; `at` is the one taken
  };

  void begin() override {
    neighbours_ = cursor_.get(execution(), [this]() -> std::unique_ptr<storage::NeighbourCursor> {
      auto types = find_types(execution().view, op_.types);
      if (!types) return nullptr;
      return std::make_unique<storage::NeighbourCursor>(execution().view, op_.direction,
                                                        std::move(*types));
    });
  }
  void begin_output() override { lists_.reset(VectorType::Any, execution().batch_rows); }
  void begin_input() override {
    if (trail_.is_needed()) trail_.begin(in());
  }
  void end_output(Batch& out) override {
    if (!wants_list_) return;
    lists_.truncate(out.rows);
    out.set(op_.relationships, lists_);
  }

  void begin_row() override {
    path_.clear();
    frames_.clear();
    candidate_nodes_.clear();
    candidate_relationships_.clear();
    const std::uint64_t node = start();
    if (op_.min == 0) found(node);
    if (max_ != 0) push_frame(node);
    if (frames_.empty()) leave_row();
  }

  // Goes on until the row is done or the batch is full.
  void continue_row() override {
    std::uint32_t steps = 0;
    while (!is_full()) {
      if ((++steps & 0xfff) == 0) execution().poll();
      if (frames_.empty()) return leave_row();
      Frame& frame = frames_.back();
      if (path_.size() == frames_.size()) path_.pop_back();  // back from a deeper frame
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
    if (std::find(path_.begin(), path_.end(), relationship) != path_.end()) return;
    path_.push_back(relationship);
    if (path_.size() >= op_.min) found(node);
    if (path_.size() < max_) push_frame(node);
  }

  // The candidates for the next relationship, after `node`: the last one has to lead to the goal.
  void push_frame(std::uint64_t node) {
    if (neighbours_ == nullptr) return;
    const std::size_t begin = candidate_nodes_.size();
    const std::uint64_t end = op_.into ? goal() : 0;
    if (op_.into && path_.size() + 1 == max_) {
      neighbours_->begin_between({&node, 1}, {&end, 1});
    } else {
      neighbours_->begin({&node, 1});
    }
    const std::size_t limit = execution().batch_rows;
    scratch_rows_.resize(limit);
    scratch_nodes_.resize(limit);
    scratch_relationships_.resize(limit);
    while (std::size_t count = neighbours_->next(limit, scratch_rows_.data(), scratch_nodes_.data(),
                                                 scratch_relationships_.data())) {
      std::fill_n(scratch_rows_.begin(), count, row());
      if (trail_.is_needed()) {
        count = trail_.keep_new(count, scratch_rows_.data(), scratch_nodes_.data(),
                                scratch_relationships_.data());
      }
      count = predicate_.keep(in(), count, scratch_rows_.data(), scratch_nodes_.data(),
                              scratch_relationships_.data());
      const auto kept = static_cast<std::ptrdiff_t>(count);
      candidate_nodes_.insert(candidate_nodes_.end(), scratch_nodes_.begin(),
                              scratch_nodes_.begin() + kept);
      candidate_relationships_.insert(candidate_relationships_.end(),
                                      scratch_relationships_.begin(),
                                      scratch_relationships_.begin() + kept);
    }
    reserved_.grow_to((candidate_nodes_.capacity() + candidate_relationships_.capacity()) *
                      sizeof(std::uint64_t));
    if (candidate_nodes_.size() == begin) return;
    frames_.push_back({begin, begin, candidate_nodes_.size()});
  }

  void found(std::uint64_t node) {
    if (op_.into && goal() != node) return;
    if (wants_list_) {
      items_.clear();
      for (const std::uint64_t id : path_) items_.push_back(Cell::of(RelationshipId{id}));
      if (op_.reversed) std::reverse(items_.begin(), items_.end());
      lists_.data<Cell>()[given()] = make_list(lists_.arena(), items_);
    }
    give(node);
  }

  const plan::VarExpand& op_;
  TrailCheck trail_;
  StepPredicate predicate_;
  std::uint64_t max_;
  Reservation reserved_;  // of the candidates
  bool wants_list_ = false;
  PerState<storage::NeighbourCursor> cursor_;
  storage::NeighbourCursor* neighbours_ = nullptr;  // nullptr: none of the types exists

  std::vector<Frame> frames_;
  std::vector<std::uint64_t> path_;                                       // relationships taken
  std::vector<std::uint64_t> candidate_nodes_, candidate_relationships_;  // of all frames
  std::vector<std::uint32_t> scratch_rows_;
  std::vector<std::uint64_t> scratch_nodes_, scratch_relationships_;

  std::vector<Cell> items_;
  Vector lists_;  // of the batch being made
};

}  // namespace

OperatorPtr make_expand_var(const plan::Node& node, const plan::VarExpand& op,
                            const Lowering& lowering) {
  return std::make_unique<VarExpandOperator>(node, op, lowering);
}

}  // namespace kith::exec
