// cypher/exec/row_buffer.hpp: rows copied out of batches, to be kept.
//
// A row is an array of cells, one for each column, whose every byte lies in the buffer's arena.
// Rows are named by pointers, which sorting and picking move about instead of the rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/memory_budget.hpp"
#include "core/vector.hpp"

namespace kith::exec {

// A column of kept rows that becomes the column `slot` of a batch.
struct Emitted {
  Slot slot;
  std::size_t column;
};

// Turns kept rows into the columns of a batch, each in the narrowest type that holds it. Strings
// and the like stay where the rows have them.
class RowEmitter {
 public:
  void emit(std::span<Cell* const> rows, std::span<const Emitted> columns, Batch& out);

 private:
  std::vector<Vector> vectors_;
  std::vector<Cell> cells_;
};

// Who accounts for the memory of rows: the buffer, at once, or its owner, who may write them to
// disk instead.
enum class Charging : std::uint8_t { AtOnce, ByOwner };

class RowBuffer {
 public:
  // `who`: for errors of the budget; a literal.
  RowBuffer(std::size_t columns, MemoryBudget& budget, std::string_view who,
            Charging charging = Charging::AtOnce)
      : columns_(columns), charging_(charging), reserved_(budget, who) {}

  // New rows, copied from columns (as many as the buffer has). `rows`: which of theirs.
  void append(std::span<const Column> columns, std::uint32_t rows);
  void append(std::span<const Column> columns, std::span<const std::uint32_t> rows);
  // A new row of nulls, for the caller to fill; what its cells point to is put into arena().
  Cell* append_row();
  void charge();  // after append_row(): accounts for memory
  // A copy of a row of as many cells.
  Cell* append_copy(const Cell* row);

  std::uint64_t bytes() const { return arena_.bytes() + rows_.capacity() * sizeof(void*); }
  Reservation& reserved() { return reserved_; }

  std::size_t columns() const { return columns_; }
  std::size_t size() const { return rows_.size(); }
  Cell* row(std::size_t i) const { return rows_[i]; }
  // To be moved about, cut or taken; the cells stay.
  std::vector<Cell*>& pointers() { return rows_; }
  std::span<Cell* const> rows() const { return rows_; }
  Arena& arena() { return arena_; }
  void clear();

 private:
  template <class RowAt>
  void fill(std::span<const Column> columns, std::size_t count, RowAt row_at);

  std::size_t columns_;
  Charging charging_;
  std::vector<Cell*> rows_;
  Arena arena_;
  Reservation reserved_;
};

}  // namespace kith::exec
