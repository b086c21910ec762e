// cypher/exec/join_side.hpp: the side of a join that is read first and kept: as rows, in their
// order, and as columns that batches point into.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cypher/exec/lower.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/exec/sort_order.hpp"

namespace kith::exec {

// What is kept; once built, read by all workers.
struct KeptSide {
  std::vector<std::unique_ptr<RowBuffer>> owners;
  std::vector<Cell*> rows;  // keys, columns, position
  RowEmitter emitter;
  Batch columns;  // of all rows
  Reservation reserved;
  bool is_built = false;
  std::uint64_t built_at = 0;  // Execution::changes()

  // Where there was no room for them, all rows are here instead, sorted by the hash of their keys
  // and their position: hash, keys, columns, position.
  std::optional<Run> run;

  // For joins by hash: the rows of bucket b are entries begins[b] … begins[b + 1] - 1, in their
  // order.
  struct Entry {
    std::uint64_t word;  // of the key, if all keys are plain; else its hash
    std::uint32_t row;
  };
  std::vector<std::uint32_t> begins;  // one more than buckets, a power of two
  std::vector<Entry> entries;
  // There is one key, and it is an integer, node or relationship in all rows: this one.
  Kind plain = Kind::Null;

  // Two bits of one word for each key that there is: a row whose bits are not there has no match.
  std::vector<std::uint64_t> sieve;  // a power of two
  bool may_match(std::uint64_t hash) const {
    const std::uint64_t bits = sieve_bits(hash);
    return (sieve[(hash >> 32) & (sieve.size() - 1)] & bits) == bits;
  }
  static std::uint64_t sieve_bits(std::uint64_t hash) {
    return std::uint64_t{1} << (hash & 63) | std::uint64_t{1} << (hash >> 6 & 63);
  }

  std::uint32_t bucket_of(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(hash & (begins.size() - 2));
  }
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
  bool empty() const { return kept_->rows.empty() && !has_spilled(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(kept_->rows.size()); }
  const std::vector<Slot>& slots() const { return slots_; }
  std::size_t keys() const { return keys_.size(); }

  // Gives `out` the columns at these rows.
  void give(std::span<const std::uint32_t> rows, Batch& out) const;

 private:
  void build();
  bool keep_in_memory();
  void index();
  Run write(RowBuffer& rows) const;
  void merge(std::vector<Run> runs);

  const plan::Node& input_;
  std::vector<plan::SortKey> keys_;
  std::vector<Slot> slots_;
  std::uint32_t id_;
  bool shared_, depends_on_argument_;
  Execution& execution_;
  std::string_view who_;
  Pipelines pipelines_;
  std::shared_ptr<KeptSide> kept_;  // shared: by all workers' instances
};

}  // namespace kith::exec
