// cypher/exec/cartesian_product.cpp: every row of the first input with every row of the second,
// which is kept.
#include <algorithm>

#include "cypher/exec/join_side.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_stream.hpp"

namespace kith::exec {

namespace {

class CartesianProductOperator final : public Streaming {
 public:
  CartesianProductOperator(const plan::Node& node, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        side_(node, {}, lowering, "a cartesian product"),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override {
    side_.open();
    input_->open();
    in_.rows = row_ = 0;
    other_ = 0;
    others_read_.reset();
  }

  bool next(Batch& out) override {
    execution_.poll();
    if (side_.empty()) return false;
    if (row_ == in_.rows) {
      row_ = 0;
      if (!input_->next(in_)) {
        in_.rows = 0;
        return false;
      }
    }
    if (side_.has_spilled()) return next_spilled(out);
    rows_.clear();
    others_.clear();
    while (row_ < in_.rows && rows_.size() < execution_.batch_rows) take();
    picker_.pick(in_, rows_, carry_.of(in_), out);
    side_.give(others_, out);
    return true;
  }

 private:
  // The kept side is read from the beginning for each row.
  bool next_spilled(Batch& out) {
    const Run& run = *side_.kept().run;
    if (!streamed_) {
      streamed_ = std::make_unique<StreamedBatch>(run.columns(), execution_.budget);
      for (const Slot slot : side_.slots()) emitted_.push_back({slot, 1 + emitted_.size()});
    }
    if (!others_read_) {
      streamed_->restart();
      others_read_ = std::make_unique<RunStream>(run);
    }
    streamed_->take(*others_read_, execution_.batch_rows);
    rows_.assign(streamed_->rows().size(), row_);
    other_ += rows_.size();
    picker_.pick(in_, rows_, carry_.of(in_), out);
    streamed_->emit(emitted_, out);
    if (other_ < run.rows()) return true;
    other_ = 0;
    ++row_;
    others_read_.reset();
    return true;
  }

  void take() {
    const auto room = static_cast<std::uint32_t>(execution_.batch_rows - rows_.size());
    const auto first = static_cast<std::uint32_t>(other_);
    const std::uint32_t count = std::min(room, side_.size() - first);
    rows_.insert(rows_.end(), count, row_);
    for (std::uint32_t i = 0; i < count; ++i) others_.push_back(first + i);
    other_ += count;
    if (other_ < side_.size()) return;
    other_ = 0;
    ++row_;
  }

  JoinSide side_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  std::uint32_t row_ = 0;
  std::uint64_t other_ = 0;  // with row_: the pair to be given next
  std::vector<std::uint32_t> rows_, others_;
  RowPicker picker_;

  // If the kept side is on disk:
  RowStreamPtr others_read_;  // for row_
  std::unique_ptr<StreamedBatch> streamed_;
  std::vector<Emitted> emitted_;
};

}  // namespace

OperatorPtr make_cartesian_product(const plan::Node& node, const Lowering& lowering) {
  return std::make_unique<CartesianProductOperator>(node, lowering);
}

}  // namespace kith::exec
