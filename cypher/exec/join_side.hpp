// cypher/exec/join_side.hpp: the side of a join that is read first and kept: column by column, in
// the order of its rows, for batches to point into.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/join_index.hpp"
#include "cypher/exec/kept_columns.hpp"
#include "cypher/exec/lower.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

// What is kept; once built, read by all workers.
struct KeptSide {
  std::vector<std::unique_ptr<KeptColumns>> owners;  // of what values point to
  std::vector<Vector> columns;  // of all rows: keys, and what they have besides
  std::uint32_t rows = 0;
  Reservation reserved;
  bool is_built = false;
  std::uint64_t built_at = 0;  // Execution::changes()

  // Where there was no room for them, all rows are here instead, sorted by the hash of their keys
  // and their position: hash, keys, columns, position.
  std::optional<Run> run;

  JoinIndex index;  // of joins by hash
};

// Null and NaN are equal to nothing.
bool matches_nothing(const Cell& key);

// Reads the second input of `node` with the values of `keys`.
class JoinSide {
 public:
  JoinSide(const plan::Node& node, const std::vector<bound::ExpressionPtr>& keys,
           const Lowering& lowering, std::string_view who);

  // Reads it, unless another worker has, or nothing it depends on has changed since.
  void open();
  const KeptSide& kept() const { return *kept_; }
  bool has_spilled() const { return kept_->run.has_value(); }
  bool empty() const { return kept_->rows == 0 && !has_spilled(); }
  std::uint32_t size() const { return kept_->rows; }
  const std::vector<Slot>& slots() const { return slots_; }
  std::size_t keys() const { return keys_.size(); }

  // Gives `out` the columns at these rows.
  void give(std::span<const std::uint32_t> rows, Batch& out) const;
  // The same, of which some may be kNoRow, and null then. They are copied into `values`.
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};
  void give_or_null(std::span<const std::uint32_t> rows, std::vector<Vector>& values,
                    Batch& out) const;

 private:
  struct Input;

  void build();
  void read(std::vector<std::vector<Run>>& runs);
  bool keep_in_memory();
  Run write(KeptColumns& rows) const;
  void merge(std::vector<Run> runs);

  const plan::Node& input_;
  const std::vector<bound::ExpressionPtr> keys_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> column_of_slot_;  // of slots_: a key's, if it is that
  std::size_t column_count_;
  std::uint32_t id_;
  bool shared_, depends_on_argument_;
  Execution& execution_;
  const std::uint64_t* as_of_;  // Lowering::as_of
  std::string_view who_;
  Pipelines pipelines_;
  std::shared_ptr<KeptSide> kept_;  // shared: by all workers' instances
};

}  // namespace kith::exec
