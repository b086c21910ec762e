// cypher/exec/distinct.cpp: each row once, where it is first seen.
//
// A small input streams, so that a LIMIT above can stop it. A large one is read by all workers, as
// groups without calls are (aggregate.cpp). One that streams and has no room for more rows reads
// all of its input before it gives the next one.
#include <algorithm>
#include <optional>

#include "cypher/exec/distinct_table.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_stream.hpp"

namespace kith::exec {

namespace {

void columns_of(const Batch& batch, const std::vector<Slot>& slots, std::vector<Column>& out) {
  out.clear();
  for (const Slot slot : slots) out.push_back(batch[slot]);
}

class StreamingDistinct final : public Operator {
 public:
  StreamingDistinct(const plan::Node& node, const plan::Distinct& op, const Lowering& lowering)
      : input_(lower_input(node, lowering)),
        slots_(op.slots),
        carry_(node, lowering),
        execution_(lowering.execution()) {
    // Rows of different outer rows are different.
    slots_.insert(slots_.end(), lowering.carried.begin(), lowering.carried.end());
  }

  void open() override {
    input_->open();
    table_ = std::make_unique<DistinctTable>(slots_.size(), execution_);
    stream_.reset();
    spills_ = false;
  }

  bool next(Batch& out) override {
    if (spills_) return next_spilled(out);
    while (input_->next(in_)) {
      execution_.poll();
      find_new();
      if (!table_->fits()) begin_spilling();
      if (kept_.empty() && spills_) return next_spilled(out);
      if (kept_.empty()) continue;
      picker_.pick(in_, kept_, carry_.of(in_), out);
      return true;
    }
    return false;
  }

 private:
  // The rows of in_ that are not in the table yet, which they are then.
  void find_new() {
    columns_of(in_, slots_, columns_);
    std::uint32_t known = table_->size();
    table_->find_or_add(columns_, in_, groups_);
    kept_.clear();
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      if (groups_[i] < known) continue;
      kept_.push_back(i);
      known = groups_[i] + 1;
    }
  }

  void begin_spilling() {
    spills_ = true;
    carried_.assign(carry_.of(in_).begin(), carry_.of(in_).end());
    table_->carry(carried_.size());
    table_->spill(true);
    emitted_.clear();
    for (const Slot slot : carried_) emitted_.push_back({slot, slots_.size() + emitted_.size()});
    width_ = slots_.size() + carried_.size() + 1;
    streamed_ = std::make_unique<StreamedBatch>(width_, execution_.budget);
  }

  // The rest of the input is read before the next row is given.
  void read_rest() {
    while (input_->next(in_)) {
      execution_.poll();
      find_new();
      if (kept_.empty()) continue;
      columns_of(in_, carried_, columns_);
      table_->carried().append(columns_, kept_);
      if (!table_->fits()) table_->spill(false);
    }
    stream_ = table_->merge_runs();
  }

  bool next_spilled(Batch& out) {
    if (!stream_) read_rest();
    std::optional<std::uint64_t> sequence;  // E3
    const auto same = [&](const Cell* row) {
      if (!sequence) sequence = row[width_ - 1].word;
      return row[width_ - 1].word == *sequence;
    };
    if (!streamed_->take(*stream_, execution_.batch_rows, same)) return false;
    out.columns.assign(execution_.slot_count, Column{});
    streamed_->emit(emitted_, out);
    out.sequence = *sequence;
    return true;
  }

  OperatorPtr input_;
  std::vector<Slot> slots_;
  Carry carry_;
  Execution& execution_;
  std::unique_ptr<DistinctTable> table_;
  Batch in_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> groups_, kept_;
  RowPicker picker_;

  // Once there was no room for more:
  bool spills_ = false;
  std::vector<Slot> carried_;
  std::vector<Emitted> emitted_;
  std::size_t width_ = 0;
  RowStreamPtr stream_;
  std::unique_ptr<StreamedBatch> streamed_;
};

// Nothing but these slots is needed above, which is so wherever DISTINCT ends a WITH or RETURN
// without ORDER BY over other variables.
bool needs_only(const plan::Node& node, const std::vector<Slot>& slots) {
  return std::all_of(node.live.begin(), node.live.end(), [&](Slot slot) {
    return std::find(slots.begin(), slots.end(), slot) != slots.end();
  });
}

}  // namespace

OperatorPtr make_distinct(const plan::Node& node, const plan::Distinct& op,
                          const Lowering& lowering) {
  const bool parallel = lowering.shared && !lowering.limited && lowering.execution().threads > 1 &&
                        !op.slots.empty() && needs_only(node, op.slots);
  if (parallel) return make_shared_distinct(node, op, lowering);
  return std::make_unique<StreamingDistinct>(node, op, lowering);
}

}  // namespace kith::exec
