// cypher/exec/unwind.cpp: a row for each element of a list.
#include <algorithm>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class UnwindOperator final : public Streaming {
 public:
  UnwindOperator(const plan::Node& node, const plan::Unwind& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        slot_(op.slot),
        list_(compile(*op.list, *lowering.worker)),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override {
    input_->open();
    in_.rows = row_ = 0;
    item_ = 0;
  }

  bool next(Batch& out) override {
    while (true) {
      execution_.poll();
      if (row_ == in_.rows) {
        if (!input_->next(in_)) return false;
        lists_ = list_->evaluate(in_);
        row_ = 0;
        item_ = 0;
      }
      take();
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      fill_narrow(cells_, values_);
      out.set(slot_, values_);
      return true;
    }
  }

 private:
  // As many elements as fit into a batch.
  void take() {
    rows_.clear();
    cells_.clear();
    while (row_ < in_.rows && rows_.size() < execution_.batch_rows) {
      const Cell cell = lists_.cell(row_);
      const auto items = cell.kind == Kind::List ? cell.items()
                         : cell.is_null()        ? std::span<const Cell>()
                                                 : std::span<const Cell>(&cell, 1);
      const std::size_t count =
          std::min<std::size_t>(items.size() - item_, execution_.batch_rows - rows_.size());
      rows_.insert(rows_.end(), count, row_);
      const auto begin = items.begin() + static_cast<std::ptrdiff_t>(item_);
      cells_.insert(cells_.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
      item_ += count;
      if (item_ < items.size()) return;
      ++row_;
      item_ = 0;
    }
  }

  Slot slot_;
  EvaluatorPtr list_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  Column lists_;
  std::uint32_t row_ = 0;  // of in_, with item_ of its list to be given next
  std::size_t item_ = 0;
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> cells_;
  Vector values_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_unwind(const plan::Node& node, const plan::Unwind& op, const Lowering& lowering) {
  return std::make_unique<UnwindOperator>(node, op, lowering);
}

}  // namespace kith::exec
