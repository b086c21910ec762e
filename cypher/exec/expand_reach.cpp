// cypher/exec/expand_reach.cpp: variable-length steps where nobody counts the trails: each end once
// for each row, or once in all if the row's start does not matter.
#include <algorithm>
#include <limits>

#include "cypher/exec/reach_search.hpp"
#include "cypher/exec/step_operator.hpp"
#include "cypher/exec/step_predicate.hpp"

namespace kith::exec {

namespace {

class ExpandReach final : public StepOperator {
 public:
  ExpandReach(const plan::Node& node, const plan::VarExpand& op, const Lowering& lowering)
      : StepOperator(node, ends_of(op), lowering),
        op_(op),
        predicate_(op.predicate, op.each, *lowering.worker),
        before_(op.before.predicate, op.before.node, *lowering.worker, kNode),
        behind_(op.behind.predicate, op.behind.node, *lowering.worker, kNode),
        reserved_(execution().budget, "a search for what can be reached") {
    KITH_ASSERT(op.each_end_once && op.min <= 1 && op.distinct_from.empty());
    const bool reads_row = predicate_.reads_rows() || before_.reads_rows() || behind_.reads_rows();
    once_in_all_ = !op.into && !op.max && op.direction != Direction::Both && !reads_row &&
                   lowering.carried.empty() && node.live == std::vector<Slot>{op.to};
  }

  bool next(Batch& out) override {
    return (search_ != nullptr || op_.min == 0) && StepOperator::next(out);
  }

 private:
  void begin() override {
    is_first_ = true;
    search_ = searches_.get(execution(), [this] { return make(); });
  }

  std::unique_ptr<ReachSearch> make() {
    auto types = find_types(execution().view, op_.types);
    if (!types) return nullptr;
    ReachSearch::Options options{
        .types = std::move(*types),
        .direction = op_.direction,
        .min = op_.min,
        .max = op_.max.value_or(std::numeric_limits<std::uint64_t>::max()),
        .threads = execution().transaction == nullptr ? execution().threads : 1};
    if (predicate_.is_needed() || before_.is_needed() || behind_.is_needed()) {
      options.keep = [this](std::size_t count, std::uint64_t* places,
                            std::uint64_t* relationships) {
        return keep(count, places, relationships);
      };
    }
    return std::make_unique<ReachSearch>(execution(), std::move(options));
  }

  std::size_t keep(std::size_t count, std::uint64_t* places, std::uint64_t* relationships) {
    predicate_rows_.assign(count, row());
    count = predicate_.keep(in(), count, predicate_rows_.data(), places, relationships);
    for (StepPredicate* of_node : {&behind_, &before_}) {
      if (!of_node->is_needed()) continue;
      nodes_.resize(count);
      for (std::size_t i = 0; i < count; ++i) {
        nodes_[i] = of_node == &behind_ ? search_->behind(places[i]) : search_->before(places[i]);
      }
      const auto passed = of_node->test(in(), count, predicate_rows_.data(), nodes_.data());
      std::size_t kept = 0;
      for (std::size_t i = 0; i < count; ++i) {
        places[kept] = places[i];
        relationships[kept] = relationships[i];
        kept += passed[i];
      }
      count = kept;
    }
    return count;
  }

  void begin_row() override {
    if (search_ == nullptr) {  // no such relationships: the start alone
      if (!op_.into || goal() == start()) give(start());
      return leave_row();
    }
    search_->begin(start(), is_first_ || !once_in_all_);
    is_first_ = false;
    used_ = 0;
    level_ = {};
  }

  void continue_row() override {
    if (used_ == level_.size()) {
      reserved_.grow_to(search_->bytes());
      used_ = 0;
      if (!search_->next()) return leave_row();
      level_ = search_->level();
    }
    if (op_.into) {
      used_ = level_.size();
      if (std::find(level_.begin(), level_.end(), goal()) == level_.end()) return;
      give(goal());
      return leave_row();
    }
    const std::size_t end = std::min(level_.size(), used_ + execution().batch_rows - given());
    give(level_.subspan(used_, end - used_));
    used_ = end;
  }

  static constexpr auto kNode = storage::ElementKind::Node;

  const plan::VarExpand& op_;
  StepPredicate predicate_, before_, behind_;
  Reservation reserved_;
  bool once_in_all_ = false, is_first_ = true;
  PerState<ReachSearch> searches_;
  ReachSearch* search_ = nullptr;  // null: there are no such relationships
  std::span<const std::uint64_t> level_;
  std::size_t used_ = 0;  // of level_
  std::vector<std::uint32_t> predicate_rows_;
  std::vector<std::uint64_t> nodes_;
};

}  // namespace

OperatorPtr make_expand_reach(const plan::Node& node, const plan::VarExpand& op,
                              const Lowering& lowering) {
  return std::make_unique<ExpandReach>(node, op, lowering);
}

}  // namespace kith::exec
