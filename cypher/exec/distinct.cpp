// cypher/exec/distinct.cpp: each row once, where it is first seen.
//
// A small input streams, so that a LIMIT above can stop it. A large one is read by all workers,
// each with a table of its own; the tables are merged in the order of the rows. One that streams
// and has no room for more rows reads all of its input before it gives the next one.
#include <algorithm>
#include <optional>

#include "cypher/exec/distinct_table.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_source.hpp"

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
        op_(op),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override {
    input_->open();
    table_ = std::make_unique<DistinctTable>(op_.slots.size(), execution_);
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
    columns_of(in_, op_.slots, columns_);
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
    for (const Slot slot : carried_) emitted_.push_back({slot, op_.slots.size() + emitted_.size()});
    width_ = op_.slots.size() + carried_.size() + 1;
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
    DistinctTable* table = table_.get();
    stream_ = DistinctTable::merge_runs({&table, 1});
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
  const plan::Distinct& op_;
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

class SharedDistinct final : public RowSource {
 public:
  SharedDistinct(const plan::Node& node, const plan::Distinct& op, const Lowering& lowering)
      : RowSource(node, lowering, emitted(op)),
        op_(op),
        pipelines_(*node.children.at(0), lowering_of_inputs(node, lowering)) {}

 private:
  struct Partial {
    Partial(std::size_t width, Execution& execution) : table(width, execution) {}
    DistinctTable table;
    std::vector<Column> columns;
    std::vector<std::uint32_t> groups;
  };

  static std::vector<Emitted> emitted(const plan::Distinct& op) {
    std::vector<Emitted> columns;
    for (const Slot slot : op.slots) columns.push_back({slot, columns.size()});
    return columns;
  }

  void compute(Rows& rows) override {
    pipelines_.open();
    partials_.clear();
    for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
      partials_.push_back(std::make_unique<Partial>(op_.slots.size(), execution()));
    }
    pipelines_.drain([this](std::uint32_t worker, const Batch& batch) {
      Partial& mine = *partials_[worker];
      columns_of(batch, op_.slots, mine.columns);
      mine.table.find_or_add(mine.columns, batch, mine.groups);
      if (!mine.table.fits()) mine.table.spill(false);
    });
    if (merge_in_memory()) {
      partials_[0]->table.take_rows(rows.owners, rows.order);
    } else {
      std::vector<DistinctTable*> tables;
      for (const auto& partial : partials_) tables.push_back(&partial->table);
      rows.stream = DistinctTable::merge_runs(tables);
      rows.width = op_.slots.size() + 1;
    }
    partials_.clear();
  }

  // Into the first; false if there is no room for that.
  bool merge_in_memory() {
    for (const auto& partial : partials_) {
      if (partial->table.has_spilled()) return false;
    }
    while (partials_.size() > 1) {
      if (!partials_[0]->table.merge(partials_.back()->table)) return false;
      partials_.pop_back();
    }
    return true;
  }

  const plan::Distinct& op_;
  Pipelines pipelines_;
  std::vector<std::unique_ptr<Partial>> partials_;
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
                        needs_only(node, op.slots);
  if (parallel) return std::make_unique<SharedDistinct>(node, op, lowering);
  return std::make_unique<StreamingDistinct>(node, op, lowering);
}

}  // namespace kith::exec
