// storage/column/column_reader.hpp: values of one column chunk.
//
// Not thread-safe; cheap to make (one pin, no allocation). The chunk must outlive the reader. What
// cells point to is either in the arena given or in blocks that this reader keeps pinned until it
// is destroyed or release() is called.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/vector.hpp"
#include "storage/column/column.hpp"

namespace kith::storage {

class ColumnReader {
 public:
  ColumnReader(BufferPool& pool, const ColumnChunk& column);
  ColumnReader(ColumnReader&&) noexcept = default;
  ColumnReader& operator=(ColumnReader&&) = delete;

  const ColumnChunk& column() const { return *column_; }
  VectorType vector_type() const { return column_->vector_type(); }

  // Any slot; null where there is no value. Strings point into pinned blocks, all else that does
  // not fit into a cell (and strings longer than a block) into `arena`.
  Cell read(std::uint32_t slot, Arena& arena);
  bool has_value(std::uint32_t slot) const { return row_of(slot) != kNoRow; }

  // Row rows[i] of `out` becomes the value of slots[i], or null. `out` has been reset to
  // vector_type() or to Any; other rows are left alone.
  void read(std::span<const std::uint32_t> slots, std::span<const std::uint32_t> rows, Vector& out);
  // Rows row, row + 1, … of `out` become the values of slots first, first + 1, … .
  void read_run(std::uint32_t first, std::uint32_t count, std::uint32_t row, Vector& out);

  // Integers (also dates, local times) of slots that all have a value, as with starts and ends.
  void read_integers(std::span<const std::uint32_t> slots, std::int64_t* out) const;
  void read_integers(std::uint32_t first, std::uint32_t count, std::int64_t* out) const;
  std::int64_t integer(std::uint32_t slot) const;

  // Drops the pins on heap blocks; strings read before are invalid.
  void release() { heap_pins_.clear(); }

 private:
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};
  // Where the value of a slot stands among the stored ones.
  std::uint32_t row_of(std::uint32_t slot) const {
    if (slot >= column_->header.rows) return kNoRow;
    if ((column_->header.flags & (kHasValidity | kSparseRows)) == 0) return slot;
    return row_among(slot);
  }
  std::uint32_t row_among(std::uint32_t slot) const;
  template <class Rows>
  void read_rows(std::uint32_t count, const Rows& rows, std::span<const std::uint32_t> to,
                 std::uint32_t first, Vector& out);
  Cell value(std::uint32_t row, Arena& arena);
  std::span<const std::byte> heap_bytes(std::uint32_t row, Arena& arena);
  void constant_cell(Arena& arena, Cell& cell) const;

  BufferPool* pool_;
  const ColumnChunk* column_;
  ChunkPin main_;
  const std::byte* presence_ = nullptr;  // validity words or slot list
  const std::byte* body_ = nullptr;      // what follows: values, codes, offsets
  const std::byte* extra_ = nullptr;     // Dictionary: its offsets
  std::vector<Pin> heap_pins_;           // by part
};

}  // namespace kith::storage
