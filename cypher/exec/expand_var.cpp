// cypher/exec/expand_var.cpp: variable-length steps: all trails, depth first.
//
// A trail is a stack: frame d holds the candidates for its relationship d, and which is taken. The
// walk can stop after any trail, and goes on there for the next batch.
//
// Between two bound nodes the last step has to lead to the second, the goal. Once it was asked
// often enough whether one does, the relationships that lead to the goal are held; then the last
// step but one goes to their nodes only.
#include <algorithm>
#include <limits>
#include <utility>

#include "cypher/exec/direction.hpp"
#include "cypher/exec/node_ties.hpp"
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
        reserved_(execution().budget, "a variable-length expansion"),
        goal_account_(execution().budget, "a variable-length expansion") {
    lists_.arena().charge_to(execution().budget);
    const auto& live = node.live;
    wants_list_ = std::find(live.begin(), live.end(), op.relationships) != live.end();
  }

 private:
  // The goal is held once it was asked about so often, and once for so many relationships it has.
  static constexpr std::size_t kFewAsked = 8, kItemsForOne = 16;

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
    if (neighbours_ == nullptr || !op_.into) return;
    goal_ties_ = ties_.get(execution(), [this] {
      auto cursor = std::make_unique<storage::NeighbourCursor>(
          execution().view, turned(op_.direction), *find_types(execution().view, op_.types));
      auto ties = std::make_unique<NodeTies>(std::move(cursor), execution().view.node_id_limit(),
                                             goal_account_);
      if (predicate_.is_needed() && !predicate_.reads_rows()) ties->set_keep(keeper());
      return ties;
    });
  }
  NodeTies::Keep keeper() {
    return [this](std::size_t count, std::uint64_t* nodes, std::uint64_t* relationships) {
      no_rows_.assign(count, 0);  // it reads nothing of them
      return predicate_.keep(in(), count, no_rows_.data(), nodes, relationships);
    };
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
    goal_asked_ = 0;
    goal_is_held_ = false;
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
    const bool is_last = op_.into && path_.size() + 1 == max_;
    const bool is_last_but_one = op_.into && path_.size() + 2 == max_;
    const std::size_t limit = execution().batch_rows;
    scratch_rows_.resize(limit);
    scratch_nodes_.resize(limit);
    scratch_relationships_.resize(limit);
    if (is_last && goal_is_held_) {
      add_last(node);
    } else {
      const std::uint64_t end = op_.into ? goal() : 0;
      is_last ? neighbours_->begin_between({&node, 1}, {&end, 1}) : neighbours_->begin({&node, 1});
      while (std::size_t count =
                 neighbours_->next(limit, scratch_rows_.data(), scratch_nodes_.data(),
                                   scratch_relationships_.data())) {
        if (is_last_but_one && holds_goal(count)) count = keep_before_goal(count);
        add_candidates(count);
      }
    }
    reserved_.grow_to((candidate_nodes_.capacity() + candidate_relationships_.capacity()) *
                      sizeof(std::uint64_t));
    if (candidate_nodes_.size() == begin) return;
    frames_.push_back({begin, begin, candidate_nodes_.size()});
  }

  // What is in scratch_nodes_ and scratch_relationships_.
  void add_candidates(std::size_t count) {
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
    candidate_relationships_.insert(candidate_relationships_.end(), scratch_relationships_.begin(),
                                    scratch_relationships_.begin() + kept);
  }

  // ---- the goal

  // `more`: nodes from which the last step may be asked for.
  bool holds_goal(std::size_t more) {
    if (goal_is_held_) return true;
    goal_asked_ += more;
    const std::uint64_t node = goal();
    std::uint64_t degree = 0;
    if (goal_asked_ >= kFewAsked) goal_ties_->degrees({&node, 1}, {&degree, 1});
    if (goal_asked_ < kFewAsked || goal_asked_ < degree / kItemsForOne) return false;
    goal_ties_->enter(node);
    goal_is_held_ = true;
    return true;
  }

  // Those at the goal, and those from which a step leads there.
  std::size_t keep_before_goal(std::size_t count) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t node = scratch_nodes_[i];
      scratch_nodes_[kept] = node;
      scratch_relationships_[kept] = scratch_relationships_[i];
      kept += node == goal() || goal_ties_->leads_to(node) ? 1 : 0;
    }
    return kept;
  }

  // The relationships from the node to the goal, which is held.
  void add_last(std::uint64_t node) {
    const auto [begin, end] = goal_ties_->leading_to(node);
    std::size_t count = 0;
    for (std::size_t place = begin; place < end; ++place) {
      scratch_nodes_[count] = goal();
      scratch_relationships_[count++] = goal_ties_->relationship(place);
      if (count == scratch_nodes_.size()) add_candidates(std::exchange(count, 0));
    }
    add_candidates(count);
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

  FoldAccount goal_account_;
  PerState<NodeTies> ties_;
  NodeTies* goal_ties_ = nullptr;
  std::size_t goal_asked_ = 0;
  bool goal_is_held_ = false;

  std::vector<Frame> frames_;
  std::vector<std::uint64_t> path_;                                       // relationships taken
  std::vector<std::uint64_t> candidate_nodes_, candidate_relationships_;  // of all frames
  std::vector<std::uint32_t> scratch_rows_, no_rows_;
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
