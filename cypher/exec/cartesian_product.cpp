// cypher/exec/cartesian_product.cpp: every row of the first input with every row of the second,
// which is kept.
#include <algorithm>

#include "cypher/exec/join_side.hpp"
#include "cypher/exec/operators.hpp"

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
    in_.rows = row_ = other_ = 0;
  }

  bool next(Batch& out) override {
    execution_.poll();
    if (side_.size() == 0) return false;
    if (row_ == in_.rows) {
      row_ = 0;
      if (!input_->next(in_)) {
        in_.rows = 0;
        return false;
      }
    }
    rows_.clear();
    others_.clear();
    while (row_ < in_.rows && rows_.size() < execution_.batch_rows) take();
    picker_.pick(in_, rows_, carry_.of(in_), out);
    side_.give(others_, out);
    return true;
  }

 private:
  void take() {
    const auto room = static_cast<std::uint32_t>(execution_.batch_rows - rows_.size());
    const std::uint32_t count = std::min(room, side_.size() - other_);
    rows_.insert(rows_.end(), count, row_);
    for (std::uint32_t i = 0; i < count; ++i) others_.push_back(other_ + i);
    other_ += count;
    if (other_ < side_.size()) return;
    other_ = 0;
    ++row_;
  }

  JoinSide side_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  std::uint32_t row_ = 0, other_ = 0;  // the pair to be given next
  std::vector<std::uint32_t> rows_, others_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_cartesian_product(const plan::Node& node, const Lowering& lowering) {
  return std::make_unique<CartesianProductOperator>(node, lowering);
}

}  // namespace kith::exec
