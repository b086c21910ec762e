// cypher/exec/row_buffer.cpp: copying rows in, handing them out as columns.
#include "cypher/exec/row_buffer.hpp"

#include <algorithm>

#include "cypher/exec/columns.hpp"

namespace kith::exec {

void RowEmitter::emit(std::span<Cell* const> rows, std::span<const Emitted> columns, Batch& out) {
  if (vectors_.size() < columns.size()) vectors_.resize(columns.size());
  cells_.resize(rows.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < rows.size(); ++i) cells_[i] = rows[i][columns[c].column];
    fill_narrow(cells_, vectors_[c]);
    out.set(columns[c].slot, vectors_[c]);
  }
  out.rows = static_cast<std::uint32_t>(rows.size());
}

template <class RowAt>
void RowBuffer::fill(std::span<const Column> columns, std::size_t count, RowAt row_at) {
  KITH_ASSERT(columns.size() == columns_);
  const std::size_t first = rows_.size();
  const auto cells = arena_.make_array<Cell>(count * columns_);
  rows_.resize(first + count);
  for (std::size_t i = 0; i < count; ++i) rows_[first + i] = cells.data() + i * columns_;
  for (std::size_t c = 0; c < columns_; ++c) {
    const Column& column = columns[c];
    const VectorType type = column.vector->type();
    const bool deep = type == VectorType::Any || type == VectorType::String;
    Cell* to = cells.data() + c;
    for (std::size_t i = 0; i < count; ++i, to += columns_) {
      const Cell cell = column.cell(row_at(i));
      *to = deep ? copy_into(arena_, cell) : cell;
    }
  }
  if (charging_ == Charging::AtOnce) charge();
}

void RowBuffer::append(std::span<const Column> columns, std::uint32_t rows) {
  fill(columns, rows, [](std::size_t i) { return static_cast<std::uint32_t>(i); });
}

void RowBuffer::append(std::span<const Column> columns, std::span<const std::uint32_t> rows) {
  fill(columns, rows.size(), [&](std::size_t i) { return rows[i]; });
}

Cell* RowBuffer::append_row() {
  const auto cells = arena_.make_array<Cell>(columns_);
  std::fill(cells.begin(), cells.end(), Cell::null());
  rows_.push_back(cells.data());
  return cells.data();
}

Cell* RowBuffer::append_copy(const Cell* row) {
  const auto cells = arena_.make_array<Cell>(columns_);
  for (std::size_t c = 0; c < columns_; ++c) cells[c] = copy_into(arena_, row[c]);
  rows_.push_back(cells.data());
  return cells.data();
}

void RowBuffer::charge() { reserved_.grow_to(bytes()); }

// Keeps what a buffer that is filled again will need at once: its owner accounts for that, too.
void RowBuffer::clear() {
  constexpr std::size_t kFewRows = 4096;
  rows_.clear();
  if (rows_.capacity() > kFewRows) rows_.shrink_to_fit();
  arena_.reset();
  if (reserved_.bytes() > bytes()) reserved_.resize(bytes());
}

}  // namespace kith::exec
