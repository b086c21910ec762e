// cypher/exec/columns.cpp: shapes and nulls of columns, resolved once per batch.
#include "cypher/exec/columns.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace kith::exec {

void copy_nulls(const Column& column, std::uint32_t rows, Vector& out) {
  if (!may_have_nulls(column)) return;
  if (column.constant) {
    if (column.vector->valid(0)) return;
    for (std::uint32_t i = 0; i < rows; ++i) out.set_null(i);
    return;
  }
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (!column.valid(i)) out.set_null(i);
  }
}

void not_a_boolean(const Cell& cell, Position at) {
  throw TypeError("InvalidArgumentType",
                  "expected a BOOLEAN, got a value of type " + std::string(kind_name(cell.kind)),
                  at);
}

namespace {

// Eight bytes at a time: whatever is not 0 is true.
void read_bytes(const std::uint8_t* values, std::uint32_t rows, Truth* out) {
  constexpr std::uint64_t kLow = 0x0101010101010101, kRest = 0x7F7F7F7F7F7F7F7F;
  std::uint32_t i = 0;
  for (; i + 8 <= rows; i += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, values + i, 8);
    bytes = ((((bytes & kRest) + kRest) | bytes) >> 7) & kLow;
    std::memcpy(out + i, &bytes, 8);
  }
  for (; i < rows; ++i) out[i] = truth(values[i] != 0);
}

bool has_unknown(std::span<const Truth> truths) {
  constexpr std::uint64_t kUnknown = 0x0202020202020202;
  std::uint64_t found = 0;
  std::size_t i = 0;
  for (; i + 8 <= truths.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &truths[i], 8);
    found |= eight & kUnknown;
  }
  for (; i < truths.size(); ++i) found |= truths[i] == Truth::Unknown ? 1 : 0;
  return found != 0;
}

}  // namespace

void read_truths(const Column& column, std::uint32_t rows, std::span<Truth> out, Position at) {
  KITH_ASSERT(out.size() >= rows);
  const Vector& vector = *column.vector;
  if (vector.type() == VectorType::Boolean && !column.constant) {
    const auto* values = vector.data<std::uint8_t>();
    const bool nulls = vector.may_have_nulls();
    if (!nulls && column.index == nullptr) return read_bytes(values, rows, out.data());
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t at_row = column.at(i);
      out[i] =
          nulls && vector.validity()[at_row] == 0 ? Truth::Unknown : truth(values[at_row] != 0);
    }
    return;
  }
  const auto one = [&](std::uint32_t row) {
    const Cell cell = column.cell(row);
    if (cell.is_null()) return Truth::Unknown;
    if (cell.kind != Kind::Boolean) not_a_boolean(cell, at);
    return truth(cell.is_true());
  };
  if (column.constant) {
    std::fill_n(out.begin(), rows, one(0));
    return;
  }
  for (std::uint32_t i = 0; i < rows; ++i) out[i] = one(i);
}

void write_truths(std::span<const Truth> truths, Vector& out) {
  out.reset(VectorType::Boolean, static_cast<std::uint32_t>(truths.size()));
  auto* values = out.data<std::uint8_t>();
  static_assert(static_cast<int>(Truth::False) == 0 && static_cast<int>(Truth::True) == 1);
  if (!has_unknown(truths)) {
    std::memcpy(values, truths.data(), truths.size());
    return;
  }
  for (std::size_t i = 0; i < truths.size(); ++i) {
    values[i] = truths[i] == Truth::True ? 1 : 0;
    if (truths[i] == Truth::Unknown) out.set_null(static_cast<std::uint32_t>(i));
  }
}

namespace {

template <class T, class Read>
void fill(std::span<const Cell> cells, Vector& out, Read read) {
  T* const values = out.data<T>();
  bool nulls = false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool null = cells[i].is_null();
    nulls |= null;
    values[i] = null ? T{} : read(cells[i]);
  }
  for (std::uint32_t i = 0; nulls && i < cells.size(); ++i) {
    if (cells[i].is_null()) out.set_null(i);
  }
}

// A null's place in `out` has an empty text.
void fill_texts(std::span<const Cell> cells, Vector& out) {
  auto* const texts = out.data<Cell>();
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (cells[i].is_null()) {
      out.set_null(i);
    } else {
      texts[i] = cells[i];
    }
  }
}

}  // namespace

bool RepeatedRows::find(std::span<const Column> columns, std::uint32_t rows) {
  const std::uint32_t* index = nullptr;
  for (const Column& column : columns) {
    if (column.constant) continue;
    if (column.index == nullptr || (index != nullptr && column.index != index)) return false;
    index = column.index;
  }
  if (index == nullptr || rows == 0) return false;
  std::uint32_t runs = 1;
  for (std::uint32_t i = 1; i < rows; ++i) runs += index[i] != index[i - 1] ? 1 : 0;
  if (runs > rows / 2) return false;
  firsts_.clear();
  run_of_row_.resize(rows);
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (i == 0 || index[i] != index[i - 1]) firsts_.push_back(index[i]);
    run_of_row_[i] = static_cast<std::uint32_t>(firsts_.size() - 1);
  }
  return true;
}

void RepeatedRows::pick(std::span<Column> columns) const {
  for (Column& column : columns) {
    if (!column.constant) column.index = firsts_.data();
  }
}

Operand<double> real_operand(const Column& column, std::uint32_t rows,
                             std::vector<double>& scratch) {
  if (column.vector->type() == VectorType::Float) return operand<double>(column, rows, scratch);
  KITH_ASSERT(column.vector->type() == VectorType::Integer);
  const auto* values = column.vector->data<std::int64_t>();
  const std::uint32_t count = column.constant ? 1 : rows;
  scratch.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) scratch[i] = static_cast<double>(values[column.at(i)]);
  return {scratch.data(), column.constant};
}

void fill_narrow(std::span<const Cell> cells, Vector& out) {
  Kind kind = Kind::Null;
  bool mixed = false;
  for (const Cell& cell : cells) {
    if (cell.is_null() || cell.kind == kind) continue;
    mixed |= kind != Kind::Null;
    kind = cell.kind;
  }
  const auto rows = static_cast<std::uint32_t>(cells.size());
  const VectorType type = mixed ? VectorType::Any : narrow_type(kind);
  out.reset(type, rows);
  switch (type) {
    case VectorType::Any:
      std::copy(cells.begin(), cells.end(), out.data<Cell>());
      return;
    case VectorType::Integer:
      return fill<std::int64_t>(cells, out, [](const Cell& cell) { return cell.integer; });
    case VectorType::Float:
      return fill<double>(cells, out, [](const Cell& cell) { return cell.real; });
    case VectorType::Node:
    case VectorType::Relationship:
      return fill<std::uint64_t>(cells, out, [](const Cell& cell) { return cell.word; });
    case VectorType::String:
      return fill_texts(cells, out);
    case VectorType::Boolean:
      for (std::uint32_t i = 0; i < rows; ++i) out.set(i, cells[i]);
      return;
  }
}

void IdColumn::read(const Column& column, std::uint32_t rows, Kind kind, std::string_view role) {
  KITH_ASSERT(kind == Kind::Node || kind == Kind::Relationship);
  const Vector& vector = *column.vector;
  const VectorType wanted = kind == Kind::Node ? VectorType::Node : VectorType::Relationship;
  if (vector.type() != wanted) {
    read_cells(column, rows, kind, role);
    return;
  }
  const auto* values = vector.data<std::uint64_t>();
  const bool flat = column.index == nullptr && !column.constant;
  if (flat) {
    ids_ = {values, rows};
    valid_ = vector.may_have_nulls() ? vector.validity() : nullptr;
    return;
  }
  id_scratch_.resize(rows);
  for (std::uint32_t i = 0; i < rows; ++i) id_scratch_[i] = values[column.at(i)];
  ids_ = id_scratch_;
  valid_ = nullptr;
  if (!vector.may_have_nulls()) return;
  valid_scratch_.resize(rows);
  for (std::uint32_t i = 0; i < rows; ++i) valid_scratch_[i] = vector.validity()[column.at(i)];
  valid_ = valid_scratch_.data();
}

void IdColumn::read_cells(const Column& column, std::uint32_t rows, Kind kind,
                          std::string_view role) {
  id_scratch_.assign(rows, 0);
  valid_scratch_.assign(rows, 0);
  for (std::uint32_t i = 0; i < rows; ++i) {
    const Cell cell = column.cell(i);
    if (cell.is_null()) continue;
    if (cell.kind != kind) {
      throw TypeError("InvalidArgumentType", std::string(role) + " must be a " +
                                                 std::string(kind_name(kind)) + ", not a " +
                                                 std::string(kind_name(cell.kind)));
    }
    id_scratch_[i] = cell.word;
    valid_scratch_[i] = 1;
  }
  ids_ = id_scratch_;
  valid_ = valid_scratch_.data();
}

}  // namespace kith::exec
