// cypher/exec/aggregate_partial.hpp: the groups and states of one worker of an aggregation.
//
// Where nearly every row is a new group, a table of all of them would be looked up outside the
// caches: it is sealed while it is small, and the next one begun. When there are too many for the
// memory, they are written to runs sorted by the hash of the keys, and it begins
// anew. A row of such a run is: hash, keys, the state of each call as bytes, position of the
// group's first row. Distinct values have runs of their own for each call: hash of keys and values,
// keys, values, position.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/extreme_zones.hpp"
#include "cypher/exec/group_results.hpp"
#include "cypher/exec/groups.hpp"
#include "cypher/exec/node_groups.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/plan/logical.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

[[noreturn]] inline void too_many_matches() {
  throw QueryError("ArithmeticError", "IntegerOverflow",
                   "the number of matches is outside the range of a 64-bit integer");
}

// How often a row counts, for the steps that are not taken.
class Multiplicity {
 public:
  Multiplicity(const plan::Expand& step, Execution& execution)
      : step_(step), execution_(execution) {}

  // weights[i] *= the degree of row i's node.
  void multiply(const Batch& batch, std::vector<std::uint64_t>& weights) {
    auto* cursor = cursor_.get(execution_, [&]() -> std::unique_ptr<storage::NeighbourCursor> {
      auto types = find_types(execution_.view, step_.types);
      if (!types) return nullptr;
      return std::make_unique<storage::NeighbourCursor>(execution_.view, step_.direction,
                                                        std::move(*types));
    });
    from_.read(batch[step_.from], batch.rows, Kind::Node, "the start of a relationship");
    degrees_.assign(batch.rows, 0);
    if (cursor != nullptr) cursor->degrees(from_.ids(), degrees_);
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const std::uint64_t degree = from_.is_valid(i) ? degrees_[i] : 0;
      if (__builtin_mul_overflow(weights[i], degree, &weights[i])) {
        too_many_matches();
      }
    }
  }

 private:
  const plan::Expand& step_;
  Execution& execution_;
  PerState<storage::NeighbourCursor> cursor_;
  IdColumn from_;
  std::vector<std::uint64_t> degrees_;
};

class AggregatePartial {
 public:
  AggregatePartial(const plan::Aggregate& op, const std::vector<const plan::Expand*>& steps,
                   Worker& worker);

  // Forgets all groups.
  void reset();
  void consume(const Batch& batch);
  // The rows of the batch as groups of their own, keys and results, instead of consuming them;
  // false if no row counts. Valid until the next call.
  bool give_each(const Batch& batch, Batch& out);
  std::uint64_t bytes() const;
  // All groups, those of sealed tables too: of these a key may have several.
  std::uint64_t group_count_in_all() const { return sealed_count_ + groups_->size(); }
  bool has_sealed() const { return !sealed_.empty(); }
  bool can_seal() const { return !keys_.empty() && groups_->have_ranges(); }
  // Takes over another's groups, neither having spilled or sealed; false if there is no room for
  // them.
  bool merge(AggregatePartial& other);
  // All groups, sealed. It has none afterwards; what they take is reserved until release().
  std::vector<SealedGroups> take_sealed();
  void release() { reserved_.clear(); }
  Groups new_groups() const;
  Worker& worker() const { return worker_; }
  // Groups in the order of their first rows; keys, then results. And forgets all groups. False, and
  // nothing has changed, if there is no room for that.
  bool finish(const WantedResults& wanted, ComputedRows& out);

  // ---- what does not fit into memory
  bool has_spilled() const { return !runs_.empty(); }
  void spill();
  std::vector<Run>& runs() { return runs_; }
  std::vector<Run>& value_runs(std::size_t call) { return calls_[call].value_runs; }

  // ---- merging runs: see aggregate_merge.cpp
  // Distinct values will come through feed().
  void expect_fed();
  void load(const Cell* row);                    // of runs()
  void feed(std::size_t call, const Cell* row);  // of value_runs(), each value once, in their order
  bool is_full() const;
  // Keys, results, position of the first row; and forgets all groups.
  void finish_into(RowSorter& results);

 private:
  struct Call {
    const bound::AggregateCall* op;
    std::vector<EvaluatorPtr> arguments;
    std::vector<Run> value_runs;
    std::unique_ptr<RowBuffer> fed;         // values not yet given to the accumulator …
    std::vector<std::uint32_t> fed_groups;  // … and whose they are
    // Of give_each(): results, their values, and the states of the last batch. These are kept until
    // there are others: what is freed at the end of the heap would go back to the system each time.
    Vector results = {};
    Arena memory = {};
    std::unique_ptr<Accumulator> states = {};
    ExtremeZones zones;
    std::uint64_t most = kAllValues;             // values that are looked at
    std::unique_ptr<Narrowed> wanted = nullptr;  // its argument, where that is not all
  };

  std::uint32_t group_count() const { return keys_.empty() ? 1 : groups_->size(); }
  std::uint32_t group_of(const Cell* keys);
  void find_groups(const Batch& batch);
  void find_groups_by_node(const Batch& batch, const Column& nodes);
  bool is_weighed() const { return !multiplicities_.empty() || !weight_slots_.empty(); }
  void add_first_values(Call& call, Accumulator& states, const Batch& batch,
                        const GroupedRows& rows);
  void multiply_by_columns(const Batch& batch);
  // The rows that count at all, with weights_; nullptr if none does.
  const Batch* weigh(const Batch& batch);
  void seal_if_worth();
  void seal();
  void unseal();
  void complete();
  bool finish_columns(const WantedResults& wanted, ComputedRows& out);
  void fill(Cell* row, std::uint32_t group, Arena& arena);
  void spill_groups();
  std::uint64_t spill_values(std::size_t call);
  void give_fed(std::size_t call);

  const plan::Aggregate& op_;
  Worker& worker_;
  Execution& execution_;
  std::vector<EvaluatorPtr> keys_;
  std::vector<Call> calls_;
  std::vector<Multiplicity> multiplicities_;
  const std::vector<Slot>& weight_slots_;
  std::vector<std::int64_t> weight_scratch_;
  std::optional<Groups> groups_;
  std::vector<SealedGroups> sealed_;
  std::uint64_t sealed_bytes_ = 0, sealed_count_ = 0;
  std::uint64_t rows_ = 0;                          // that groups_ has had
  std::uint64_t seal_at_ = 0, look_at_sealed_ = 0;  // so many groups
  std::uint64_t sequence_ = 0, before_ = 0;  // the last batch's; groups and values written since it
  Reservation reserved_;
  std::vector<Run> runs_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> found_, kept_;
  std::vector<std::uint32_t> wanted_, wanted_groups_;
  std::vector<std::uint64_t> weights_, wanted_weights_;
  std::vector<Slot> present_;
  RowPicker picker_;
  Batch picked_;
  std::vector<Cell> cells_;
  // Of keys that are of one node.
  std::optional<NodeGroups> by_node_;
  std::vector<std::uint32_t> missing_, of_missing_;
  Batch missing_rows_;
};

}  // namespace kith::exec
