// cypher/exec/expand_reach.cpp: variable-length steps where nobody counts the trails: each end once
// for each row, or once in all if the row's start does not matter.
#include <algorithm>
#include <limits>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/reach_search.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/step_predicate.hpp"

namespace kith::exec {

namespace {

class ExpandReach final : public Streaming {
 public:
  ExpandReach(const plan::Node& node, const plan::VarExpand& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        predicate_(op.predicate, op.each, *lowering.worker),
        carry_(node, lowering),
        execution_(lowering.execution()),
        reserved_(execution_.budget, "a search for what can be reached") {
    KITH_ASSERT(op.each_end_once && op.min <= 1 && op.distinct_from.empty());
    const bool reads_row =
        op.predicate != nullptr && bound::free_slots(*op.predicate) != std::vector<Slot>{op.each};
    once_in_all_ = !op.into && !op.max && op.direction != Direction::Both && !reads_row &&
                   lowering.carried.empty() && node.live == std::vector<Slot>{op.to};
  }

  void open() override {
    input_->open();
    in_.rows = row_ = 0;
    in_row_ = false;
    is_first_ = true;
    search_ = searches_.get(execution_, [this] { return make(); });
  }

  bool next(Batch& out) override {
    if (search_ == nullptr && op_.min > 0) return false;
    rows_.clear();
    ends_.clear();
    while (rows_.size() < execution_.batch_rows) {
      if (in_row_) {
        give_ends();
        continue;
      }
      if (row_ == in_.rows) {  // a batch out never has rows of two batches in
        if (!rows_.empty()) break;
        if (!begin_batch()) return false;
        continue;
      }
      begin_row();
    }
    picker_.pick(in_, rows_, carry_.of(in_), out);
    if (!op_.into) {
      end_values_.reset(VectorType::Node, out.rows);
      std::copy(ends_.begin(), ends_.end(), end_values_.data<std::uint64_t>());
      out.set(op_.to, end_values_);
    }
    return true;
  }

 private:
  std::unique_ptr<ReachSearch> make() {
    auto types = find_types(execution_.view, op_.types);
    if (!types) return nullptr;
    ReachSearch::Options options{
        .types = std::move(*types),
        .direction = op_.direction,
        .min = op_.min,
        .max = op_.max.value_or(std::numeric_limits<std::uint64_t>::max())};
    if (predicate_.is_needed()) {
      options.keep = [this](std::size_t count, std::uint64_t* places,
                            std::uint64_t* relationships) {
        predicate_rows_.assign(count, row_);
        return predicate_.keep(in_, count, predicate_rows_.data(), places, relationships);
      };
    }
    return std::make_unique<ReachSearch>(execution_, std::move(options));
  }

  bool begin_batch() {
    execution_.poll();
    row_ = 0;
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    from_.read(in_[op_.from], in_.rows, Kind::Node, "the start of a relationship");
    if (op_.into) to_.read(in_[op_.to], in_.rows, Kind::Node, "the end of a relationship");
    return true;
  }

  void begin_row() {
    if (!from_.is_valid(row_) || (op_.into && !to_.is_valid(row_))) {
      ++row_;
      return;
    }
    if (search_ == nullptr) {  // no such relationships: the start alone
      if (!op_.into || to_.ids()[row_] == from_.ids()[row_]) give(from_.ids()[row_]);
      ++row_;
      return;
    }
    search_->begin(from_.ids()[row_], is_first_ || !once_in_all_);
    is_first_ = false;
    in_row_ = true;
    given_ = 0;
    level_ = {};
  }

  void give_ends() {
    if (given_ == level_.size()) {
      reserved_.grow_to(search_->bytes());
      in_row_ = search_->next();
      given_ = 0;
      if (!in_row_) {
        ++row_;
        return;
      }
      level_ = search_->level();
    }
    if (op_.into) {
      given_ = level_.size();
      if (std::find(level_.begin(), level_.end(), to_.ids()[row_]) == level_.end()) return;
      give(to_.ids()[row_]);
      in_row_ = false;
      ++row_;
      return;
    }
    const std::size_t room = execution_.batch_rows - rows_.size();
    const std::size_t end = std::min(level_.size(), given_ + room);
    for (; given_ < end; ++given_) give(level_[given_]);
  }

  void give(std::uint64_t node) {
    rows_.push_back(row_);
    ends_.push_back(node);
  }

  const plan::VarExpand& op_;
  StepPredicate predicate_;
  Carry carry_;
  Execution& execution_;
  Reservation reserved_;
  bool once_in_all_ = false, is_first_ = true;
  PerState<ReachSearch> searches_;
  ReachSearch* search_ = nullptr;  // null: there are no such relationships
  Batch in_;
  IdColumn from_, to_;
  std::uint32_t row_ = 0;  // of in_
  bool in_row_ = false;    // search_ is at it
  std::span<const std::uint64_t> level_;
  std::size_t given_ = 0;  // of level_
  std::vector<std::uint32_t> rows_, predicate_rows_;
  std::vector<std::uint64_t> ends_;
  Vector end_values_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_expand_reach(const plan::Node& node, const plan::VarExpand& op,
                              const Lowering& lowering) {
  return std::make_unique<ExpandReach>(node, op, lowering);
}

}  // namespace kith::exec
