// cypher/exec/unwind.cpp: a row for each element of a list.
//
// Where there is but one list, it is a source: workers take its elements from one queue, a batch at
// a time.
#include <algorithm>
#include <atomic>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::exec {

namespace {

std::span<const Cell> items_of(const Cell& cell) {
  if (cell.kind == Kind::List) return cell.items();
  return cell.is_null() ? std::span<const Cell>() : std::span<const Cell>(&cell, 1);
}

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
      const std::size_t taken = take();
      if (taken == 0) continue;
      picker_.pick(in_, std::span(rows_).first(taken), carry_.of(in_), out);
      fill_narrow(std::span(cells_).first(taken), values_);
      out.set(slot_, values_);
      return true;
    }
  }

 private:
  // As many elements as fit into a batch; how many.
  std::size_t take() {
    const std::size_t most = execution_.batch_rows;
    std::size_t taken = 0;
    while (row_ < in_.rows && taken < most) {
      const Cell cell = lists_.cell(row_);
      const auto items = items_of(cell);
      const std::size_t count = std::min(items.size() - item_, most - taken);
      if (rows_.size() < taken + count) {
        rows_.resize(taken + count);
        cells_.resize(taken + count);
      }
      std::fill_n(rows_.begin() + static_cast<std::ptrdiff_t>(taken), count, row_);
      std::copy_n(items.begin() + static_cast<std::ptrdiff_t>(item_), count,
                  cells_.begin() + static_cast<std::ptrdiff_t>(taken));
      taken += count;
      item_ += count;
      if (item_ < items.size()) break;
      ++row_;
      item_ = 0;
    }
    return taken;
  }

  Slot slot_;
  EvaluatorPtr list_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  Column lists_;
  std::uint32_t row_ = 0;  // of in_, with item_ of its list to be given next
  std::size_t item_ = 0;
  std::vector<std::uint32_t> rows_;  // of the elements, which are cells_; as many as ever were
  std::vector<Cell> cells_;
  Vector values_;
  RowPicker picker_;
};

// The elements of the list of one row.
struct ElementQueue {
  bool computed = false;
  Batch row;  // what the first worker's instance has of it
  Cell list;
  std::span<const Cell> items;
  std::size_t chunk = 1;              // elements to a morsel
  std::atomic<std::size_t> taken{0};  // morsels
};

class UnwindSource final : public Operator {
 public:
  UnwindSource(const plan::Node& node, const plan::Unwind& op, const Lowering& lowering)
      : input_(lower_input(node, lowering)),
        slot_(op.slot),
        list_(compile(*op.list, *lowering.worker)),
        carry_(node, lowering),
        execution_(lowering.execution()),
        id_(node.id) {}

  void open() override {
    queue_ = execution_.shared<ElementQueue>(id_, [] { return std::make_shared<ElementQueue>(); });
    if (queue_->computed) return;
    queue_->computed = true;
    queue_->chunk = execution_.batch_rows;
    input_->open();
    if (!input_->next(queue_->row)) return;
    KITH_ASSERT(queue_->row.rows == 1);
    queue_->list = list_->evaluate(queue_->row).cell(0);
    queue_->items = items_of(queue_->list);
  }

  std::size_t morsels() const override {
    return (queue_->items.size() + queue_->chunk - 1) / queue_->chunk;
  }
  void pause_after(Time time) override { pause_.after(time); }
  bool is_paused() const override { return pause_.is_paused(); }

  bool next(Batch& out) override {
    execution_.poll();
    if (pause_.is_due()) return false;
    const std::size_t morsel = queue_->taken.fetch_add(1, std::memory_order_relaxed);
    if (morsel >= morsels()) return false;
    const std::size_t begin = morsel * queue_->chunk;
    const std::size_t count = std::min(queue_->chunk, queue_->items.size() - begin);
    rows_.assign(count, 0);
    picker_.pick(queue_->row, rows_, carry_.of(queue_->row), out);
    fill_narrow(queue_->items.subspan(begin, count), values_);
    out.set(slot_, values_);
    out.sequence = morsel;
    return true;
  }

 private:
  OperatorPtr input_;  // opened by the first worker alone
  Slot slot_;
  EvaluatorPtr list_;
  Carry carry_;
  Execution& execution_;
  std::uint32_t id_;
  std::shared_ptr<ElementQueue> queue_;
  std::vector<std::uint32_t> rows_;
  Vector values_;
  RowPicker picker_;
  Pause pause_;
};

bool gives_one_row(const plan::Node& node) {
  if (std::holds_alternative<plan::Unit>(node.op)) return true;
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&node.op))
    return aggregate->keys.empty();
  return std::holds_alternative<plan::Project>(node.op) && gives_one_row(*node.children.at(0));
}

}  // namespace

OperatorPtr make_unwind(const plan::Node& node, const plan::Unwind& op, const Lowering& lowering) {
  // Elements that somebody only looks at are not worth gathering them. Under a LIMIT of nothing no
  // list is computed that may fail.
  const bool alone = lowering.gathered || (lowering.limited && plan::can_fail(*op.list));
  if (lowering.shared && !alone && gives_one_row(*node.children.at(0)))
    return std::make_unique<UnwindSource>(node, op, lowering);
  return std::make_unique<UnwindOperator>(node, op, lowering);
}

}  // namespace kith::exec
