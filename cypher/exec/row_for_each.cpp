// cypher/exec/row_for_each.cpp: an aggregation without keys that runs for many outer rows at once:
// outer rows without input have a row, too, with what the calls give of nothing.
#include "cypher/exec/aggregate_partial.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class RowForEach final : public Streaming {
 public:
  RowForEach(const plan::Aggregate& op, const Lowering& lowering, OperatorPtr counted)
      : Streaming(std::move(counted)),
        op_(op),
        argument_(*lowering.argument),
        ordinal_(lowering.carried.at(0)),
        worker_(*lowering.worker),
        execution_(lowering.execution()),
        values_(op.calls.size()) {
    KITH_ASSERT(op.keys.empty());
  }

  void open() override {
    input_->open();
    due_ = 0;
    ended_ = false;
  }

  // Rows come in the order of the outer rows, one for each of these at most.
  bool next(Batch& out) override {
    if (ended_) return false;
    ended_ = !input_->next(in_);
    if (ended_) in_.rows = 0;
    rows_.clear();
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      add_until(number_of(i));
      rows_.push_back(i);
      ++due_;
    }
    if (ended_) add_until(argument_.rows().rows);
    if (rows_.empty()) return false;
    give(out);
    return true;
  }

 private:
  static constexpr std::uint32_t kNothing = ~std::uint32_t{0};

  std::uint32_t number_of(std::uint32_t row) const {
    return static_cast<std::uint32_t>(in_[ordinal_].cell(row).integer);
  }
  // Outer rows before `end`, of nothing.
  void add_until(std::uint32_t end) {
    KITH_ASSERT(due_ <= end);
    for (; due_ < end; ++due_) rows_.push_back(kNothing);
  }

  void give(Batch& out) {
    const auto count = static_cast<std::uint32_t>(rows_.size());
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = count;
    out.sequence = in_.sequence;
    numbers_.reset(VectorType::Integer, count);
    for (std::uint32_t i = 0; i < count; ++i) {
      numbers_.data<std::int64_t>()[i] = static_cast<std::int64_t>(due_ - count + i);
    }
    out.set(ordinal_, numbers_);
    for (std::size_t call = 0; call < op_.calls.size(); ++call) {
      const Slot slot = op_.calls[call].slot;
      if (in_.rows == count) {
        out.columns[slot] = in_.columns[slot];
        continue;
      }
      if (in_.rows != 0 && !in_.columns[slot].is_set()) continue;  // nobody needs it
      cells_.clear();
      for (const std::uint32_t row : rows_) {
        cells_.push_back(row == kNothing ? of_nothing()[call] : in_[slot].cell(row));
      }
      fill_narrow(cells_, values_[call]);
      out.set(slot, values_[call]);
    }
  }

  // The results of the calls for no rows.
  const Cell* of_nothing() {
    if (nothing_.order.empty()) {
      const WantedResults wanted{std::vector<bool>(op_.calls.size(), true)};
      AggregatePartial none(op_, {}, worker_);
      const bool fits = none.finish(wanted, nothing_);
      KITH_ASSERT(fits && nothing_.order.size() == 1);
    }
    return nothing_.order[0];
  }

  const plan::Aggregate& op_;
  const ArgumentRows& argument_;
  Slot ordinal_;
  Worker& worker_;
  Execution& execution_;
  ComputedRows nothing_;
  Batch in_;
  std::uint32_t due_ = 0;  // the first outer row that has not been given
  bool ended_ = false;
  std::vector<std::uint32_t> rows_;  // of in_
  std::vector<Cell> cells_;
  Vector numbers_;
  std::vector<Vector> values_;  // by call
};

}  // namespace

OperatorPtr with_row_for_each(const plan::Aggregate& op, const Lowering& lowering,
                              OperatorPtr counted) {
  return std::make_unique<RowForEach>(op, lowering, std::move(counted));
}

}  // namespace kith::exec
