// cypher/exec/sort_order.hpp: the order of ORDER BY over kept rows.
//
// The first cells of a row are its sort keys; its last cell says where it came in, which decides
// between rows with equal keys: the order does not depend on the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compare.hpp"
#include "cypher/exec/context.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/row_buffer.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::exec {

class SortOrder {
 public:
  SortOrder(const std::vector<plan::SortKey>& keys, std::size_t columns);
  // By the first `keys` cells, ascending.
  SortOrder(std::size_t keys, std::size_t columns) : ascending_(keys, true), last_(columns - 1) {}

  std::size_t keys() const { return ascending_.size(); }
  bool less(const Cell* a, const Cell* b) const {
    const int by_keys = compare_keys(a, b);
    return by_keys != 0 ? by_keys < 0 : came_before(a, b);
  }
  int compare_keys(const Cell* a, const Cell* b) const;  // -1, 0, 1
  bool came_before(const Cell* a, const Cell* b) const {
    const Cell& x = a[last_];
    const Cell& y = b[last_];
    return x.word != y.word ? x.word < y.word : x.aux < y.aux;
  }

  // Sorts, in parallel where that pays.
  void sort(std::vector<Cell*>& rows, Execution& execution) const;
  void sort_alone(std::vector<Cell*>& rows) const;
  static constexpr std::size_t bytes_per_row() { return 4 * sizeof(void*); }  // while it sorts

  bool ascending(std::size_t key) const { return ascending_[key]; }
  const Cell& position(const Cell* row) const { return row[last_]; }

 private:
  std::vector<bool> ascending_;
  std::size_t last_;
};

// Takes rows of batches with their keys. One worker's.
class SortInput {
 public:
  // `slots`: what a row has besides its keys.
  SortInput(const std::vector<plan::SortKey>& keys, std::vector<Slot> slots, Worker& worker);

  // The first key of all rows; valid until the next call of this or of keys_of().
  Column first_key_of(const Batch& batch) { return keys_[0]->evaluate(batch); }
  // Keys of all rows; valid until the next call. `first`: first_key_of() the same batch, if known.
  std::span<const Column> keys_of(const Batch& batch, const Column* first = nullptr);
  // Copies rows (of the batch that keys_of() was last called with). `rows`: which.
  void append(const Batch& batch, std::span<const std::uint32_t> rows, RowBuffer& buffer);
  // Where the next row comes in.
  Cell position(std::uint64_t sequence);
  std::size_t columns() const { return keys_.size() + slots_.size() + 1; }
  static std::vector<Emitted> emitted(std::size_t keys, const std::vector<Slot>& slots);

 private:
  std::vector<EvaluatorPtr> keys_;
  std::vector<Slot> slots_;
  std::vector<Column> columns_;
  Vector positions_;
  std::uint64_t sequence_ = ~std::uint64_t{0};
  std::uint64_t ordinal_ = 0;
};

}  // namespace kith::exec
