// storage/column/column_reader.hpp: values of one column chunk.
//
// Not thread-safe; cheap to make (one pin, no allocation). The chunk must outlive the reader. What
// cells point to is either in the arena given or in blocks that this reader keeps pinned until it
// is destroyed or release() is called.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/vector.hpp"
#include "storage/column/column.hpp"
#include "storage/column/encoding.hpp"
#include "storage/pack/bits.hpp"

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
  std::int64_t integer(std::uint32_t slot) const {
    KITH_ASSERT(dense() && slot < column_->header.rows);
    const ColumnHeader& header = column_->header;
    if (header.encoding == Encoding::Packed)
      return static_cast<std::int64_t>(
          header.base + unpack(view_.first, header.width, low_bits(header.width), slot));
    if (header.encoding == Encoding::Plain) {
      std::int64_t value;
      std::memcpy(&value, view_.first + std::size_t{slot} * sizeof value, sizeof value);
      return value;
    }
    return static_cast<std::int64_t>(header.minimum);  // constant
  }

  // Drops the pins on heap blocks; strings read before are invalid.
  void release() { view_.pins.clear(); }

 private:
  static constexpr std::uint32_t kNoRow = ~std::uint32_t{0};
  bool dense() const { return (column_->header.flags & (kHasValidity | kSparseRows)) == 0; }
  // Where the value of a slot stands among the stored ones.
  std::uint32_t row_of(std::uint32_t slot) const {
    if (slot >= column_->header.rows) return kNoRow;
    return dense() ? slot : row_among(slot);
  }
  std::uint32_t row_among(std::uint32_t slot) const;
  template <class SlotAt, class RowAt>
  void read_some(std::uint32_t count, SlotAt&& slot_at, RowAt&& row_at, Vector& out);

  const ColumnChunk* column_;
  ChunkPin main_;
  const EncodingDef* encoding_;
  const std::byte* presence_ = nullptr;  // validity bits or slot list
  ColumnView view_;
};

}  // namespace kith::storage
