// storage/column/column_reader.cpp: from slots to stored rows, and from there to the encoding.
#include "storage/column/column_reader.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

namespace {

constexpr std::uint32_t kPieceRows = 512;  // rows translated at a time

}  // namespace

ColumnReader::ColumnReader(BufferPool& pool, const ColumnChunk& column)
    : column_(&column),
      main_(pool, column.chunk, BlockKind::Column),
      encoding_(&encoding_def(column.header.encoding)) {
  const ColumnHeader& header = column.header;
  KITH_ASSERT(header.values > 0 && header.values <= header.rows);
  view_.pool = &pool;
  view_.header = &header;
  view_.column = &column;
  view_.main = main_.data();
  view_.main_bytes = main_.size();
  view_.rows = (header.flags & kSparseRows) ? header.values : header.rows;
  if (header.flags & kSparseRows)
    view_.body = static_cast<std::uint32_t>(padded(std::size_t{header.values} * 2));
  else if (header.flags & kHasValidity)
    view_.body = (header.rows + 63) / 64 * 8;
  presence_ = view_.bytes(0, view_.body);
  encoding_->open(view_);
}

std::uint32_t ColumnReader::row_among(std::uint32_t slot) const {
  if (column_->header.flags & kHasValidity) return bit_at(presence_, slot) ? slot : kNoRow;
  const auto* slots = static_cast<const std::uint16_t*>(static_cast<const void*>(presence_));
  const auto* end = slots + column_->header.values;
  const auto* found = std::lower_bound(slots, end, slot);
  if (found == end || *found != slot) return kNoRow;
  return static_cast<std::uint32_t>(found - slots);
}

Cell ColumnReader::read(std::uint32_t slot, Arena& arena) {
  const std::uint32_t row = row_of(slot);
  return row == kNoRow ? Cell::null() : encoding_->value(view_, row, arena);
}

template <class SlotAt, class RowAt>
void ColumnReader::read_some(std::uint32_t count, SlotAt&& slot_at, RowAt&& row_at, Vector& out) {
  std::uint32_t rows[kPieceRows], to[kPieceRows];
  for (std::uint32_t at = 0; at < count; at += kPieceRows) {
    const std::uint32_t end = std::min(count, at + kPieceRows);
    std::uint32_t found = 0;
    for (std::uint32_t i = at; i < end; ++i) {
      const std::uint32_t row = row_of(slot_at(i));
      rows[found] = row;
      to[found] = row_at(i);
      if (row == kNoRow)
        out.set_null(row_at(i));
      else
        ++found;
    }
    if (found > 0) encoding_->read(view_, {found, rows, 0, to, 0}, out);
  }
}

void ColumnReader::read(std::span<const std::uint32_t> slots, std::span<const std::uint32_t> rows,
                        Vector& out) {
  KITH_ASSERT(slots.size() == rows.size());
  KITH_ASSERT(out.type() == vector_type() || out.type() == VectorType::Any);
  const auto count = static_cast<std::uint32_t>(slots.size());
  if (count == 0) return;
  if (dense() && *std::max_element(slots.begin(), slots.end()) < column_->header.rows) {
    encoding_->read(view_, {count, slots.data(), 0, rows.data(), 0}, out);
    return;
  }
  read_some(
      count, [&](std::uint32_t i) { return slots[i]; }, [&](std::uint32_t i) { return rows[i]; },
      out);
}

void ColumnReader::read_run(std::uint32_t first, std::uint32_t count, std::uint32_t row,
                            Vector& out) {
  KITH_ASSERT(row + count <= out.rows());
  KITH_ASSERT(out.type() == vector_type() || out.type() == VectorType::Any);
  if (count == 0) return;
  if (dense() && first + count <= column_->header.rows) {
    encoding_->read(view_, {count, nullptr, first, nullptr, row}, out);
    return;
  }
  read_some(
      count, [&](std::uint32_t i) { return first + i; }, [&](std::uint32_t i) { return row + i; },
      out);
}

void ColumnReader::read_integers(std::span<const std::uint32_t> slots, std::int64_t* out) const {
  for (const std::uint32_t slot : slots) *out++ = integer(slot);
}

void ColumnReader::read_integers(std::uint32_t first, std::uint32_t count,
                                 std::int64_t* out) const {
  for (std::uint32_t i = 0; i < count; ++i) out[i] = integer(first + i);
}

}  // namespace kith::storage
