// cypher/exec/row_buffer.cpp: copying rows in, handing them out as columns.
#include "cypher/exec/row_buffer.hpp"

#include <algorithm>

#include "core/page_memory.hpp"
#include "cypher/exec/columns.hpp"

namespace kith::exec {

void RowEmitter::emit(std::span<Cell* const> rows, std::span<const Emitted> columns, Batch& out) {
  if (vectors_.size() < columns.size()) vectors_.resize(columns.size());
  if (!columns.empty()) cells_.resize(rows.size());
  constexpr std::size_t kAhead = 16;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + kAhead < rows.size()) __builtin_prefetch(rows[i + kAhead] + columns[c].column);
      cells_[i] = rows[i][columns[c].column];
    }
    fill_narrow(cells_, vectors_[c]);
    out.set(columns[c].slot, vectors_[c]);
  }
  out.rows = static_cast<std::uint32_t>(rows.size());
}

namespace {

// Values without nulls as cells, `step` apart.
template <class T, class RowAt>
void spread(const Column& column, std::size_t count, Cell* to, std::size_t step, RowAt row_at) {
  const T* values = column.vector->data<T>();
  for (std::size_t i = 0; i < count; ++i, to += step) *to = Cell::of(values[column.at(row_at(i))]);
}
template <class Id, class RowAt>
void spread_ids(const Column& column, std::size_t count, Cell* to, std::size_t step, RowAt row_at) {
  const auto* values = column.vector->data<std::uint64_t>();
  for (std::size_t i = 0; i < count; ++i, to += step) {
    *to = Cell::of(Id{values[column.at(row_at(i))]});
  }
}

// False if it takes more.
template <class RowAt>
bool spread_plain(const Column& column, std::size_t count, Cell* to, std::size_t step,
                  RowAt row_at) {
  if (column.vector->may_have_nulls()) return false;
  switch (column.vector->type()) {
    case VectorType::Integer:
      spread<std::int64_t>(column, count, to, step, row_at);
      return true;
    case VectorType::Float:
      spread<double>(column, count, to, step, row_at);
      return true;
    case VectorType::Node:
      spread_ids<NodeId>(column, count, to, step, row_at);
      return true;
    case VectorType::Relationship:
      spread_ids<RelationshipId>(column, count, to, step, row_at);
      return true;
    default:
      return false;
  }
}

}  // namespace

template <class RowAt>
void RowBuffer::fill(std::span<const Column> columns, std::size_t count, RowAt row_at) {
  KITH_ASSERT(columns.size() == columns_);
  const std::size_t first = rows_.size();
  const auto cells = arena_.make_array<Cell>(count * columns_);
  make_room(rows_, count);
  rows_.resize(first + count);
  for (std::size_t i = 0; i < count; ++i) rows_[first + i] = cells.data() + i * columns_;
  for (std::size_t c = 0; c < columns_; ++c) {
    const Column& column = columns[c];
    const VectorType type = column.vector->type();
    const bool deep = type == VectorType::Any || type == VectorType::String;
    Cell* to = cells.data() + c;
    if (spread_plain(column, count, to, columns_, row_at)) continue;
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
  make_room(rows_);
  rows_.push_back(cells.data());
  return cells.data();
}

Cell* RowBuffer::append_copy(const Cell* row) {
  const auto cells = arena_.make_array<Cell>(columns_);
  for (std::size_t c = 0; c < columns_; ++c) cells[c] = copy_into(arena_, row[c]);
  make_room(rows_);
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
