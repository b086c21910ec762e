// core/vector.cpp: typed columns of values, and the composition of index arrays.
#include "core/vector.hpp"

#include <algorithm>

namespace kith {

std::size_t bytes_per_value(VectorType type) {
  switch (type) {
    case VectorType::Boolean:
      return sizeof(std::uint8_t);
    case VectorType::Integer:
    case VectorType::Float:
    case VectorType::Node:
    case VectorType::Relationship:
      return sizeof(std::uint64_t);
    case VectorType::String:
    case VectorType::Any:
      return sizeof(Cell);
  }
  KITH_ASSERT(false && "a vector type that does not exist");
  return sizeof(Cell);
}

Kind kind_of(VectorType type) {
  switch (type) {
    case VectorType::Boolean:
      return Kind::Boolean;
    case VectorType::Integer:
      return Kind::Integer;
    case VectorType::Float:
      return Kind::Float;
    case VectorType::String:
      return Kind::String;
    case VectorType::Node:
      return Kind::Node;
    case VectorType::Relationship:
      return Kind::Relationship;
    case VectorType::Any:
      return Kind::Null;
  }
  KITH_ASSERT(false && "a vector type that does not exist");
  return Kind::Null;
}

VectorType narrow_type(Kind kind) {
  switch (kind) {
    case Kind::Boolean:
      return VectorType::Boolean;
    case Kind::Integer:
      return VectorType::Integer;
    case Kind::Float:
      return VectorType::Float;
    case Kind::String:
      return VectorType::String;
    case Kind::Node:
      return VectorType::Node;
    case Kind::Relationship:
      return VectorType::Relationship;
    default:
      return VectorType::Any;
  }
}

void Vector::reset(VectorType type, std::uint32_t rows) {
  const std::size_t wanted = bytes_per_value(type) * rows;
  if (wanted > capacity_bytes_) {
    data_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
    capacity_bytes_ = wanted;
  }
  type_ = type;
  rows_ = rows;
  has_nulls_ = false;
  arena_.reset();
  // Cells have no mask to say that they are unset, and nobody may follow a stale pointer.
  if (bytes_per_value(type) == sizeof(Cell)) {
    std::fill_n(data<Cell>(), rows, type == VectorType::String ? Cell::of("") : Cell::null());
  }
}

void Vector::set_null(std::uint32_t row) {
  KITH_ASSERT(row < rows_);
  if (type_ == VectorType::Any) {
    data<Cell>()[row] = Cell::null();
    return;
  }
  if (!has_nulls_) {
    validity_.assign(rows_, 1);
    has_nulls_ = true;
  }
  validity_[row] = 0;
}

void Vector::set(std::uint32_t row, const Cell& cell) {
  KITH_ASSERT(row < rows_);
  if (cell.is_null()) {
    set_null(row);
    return;
  }
  if (has_nulls_) validity_[row] = 1;
  switch (type_) {
    case VectorType::Boolean:
      KITH_ASSERT(cell.kind == Kind::Boolean);
      data<std::uint8_t>()[row] = cell.word != 0 ? 1 : 0;
      return;
    case VectorType::Integer:
      KITH_ASSERT(cell.kind == Kind::Integer);
      data<std::int64_t>()[row] = cell.integer;
      return;
    case VectorType::Float:
      KITH_ASSERT(cell.kind == Kind::Float);
      data<double>()[row] = cell.real;
      return;
    case VectorType::Node:
      data<std::uint64_t>()[row] = cell.node().value;
      return;
    case VectorType::Relationship:
      data<std::uint64_t>()[row] = cell.relationship().value;
      return;
    case VectorType::String:
      KITH_ASSERT(cell.kind == Kind::String);
      data<Cell>()[row] = cell;
      return;
    case VectorType::Any:
      data<Cell>()[row] = cell;
      return;
  }
}

Cell Vector::cell(std::uint32_t row) const {
  KITH_ASSERT(row < rows_);
  if (!valid(row)) return Cell::null();
  switch (type_) {
    case VectorType::Boolean:
      return Cell::boolean(data<std::uint8_t>()[row] != 0);
    case VectorType::Integer:
      return Cell::of(data<std::int64_t>()[row]);
    case VectorType::Float:
      return Cell::of(data<double>()[row]);
    case VectorType::Node:
      return Cell::of(NodeId{data<std::uint64_t>()[row]});
    case VectorType::Relationship:
      return Cell::of(RelationshipId{data<std::uint64_t>()[row]});
    case VectorType::String:
    case VectorType::Any:
      return data<Cell>()[row];
  }
  KITH_ASSERT(false && "a vector type that does not exist");
  return Cell::null();
}

void RowPicker::pick(const Batch& in, std::span<const std::uint32_t> picked,
                     std::span<const Slot> live, Batch& out) {
  KITH_ASSERT(&in != &out);
  KITH_ASSERT(picked.size() <= UINT32_MAX);
  out.rows = static_cast<std::uint32_t>(picked.size());
  out.sequence = in.sequence;
  out.columns.assign(in.columns.size(), Column{});
  composed_.clear();
  for (const Slot slot : live) {
    const Column& from = in[slot];
    Column& to = out.columns[slot];
    to.vector = from.vector;
    to.constant = from.constant;
    if (!from.constant) to.index = compose(from.index, picked);
  }
}

const std::uint32_t* RowPicker::compose(const std::uint32_t* index,
                                        std::span<const std::uint32_t> picked) {
  if (index == nullptr) return picked.data();  // a flat column: its rows are its values
  const auto known = std::find(composed_.begin(), composed_.end(), index);
  const auto position = static_cast<std::size_t>(known - composed_.begin());
  if (known == composed_.end()) {
    composed_.push_back(index);
    if (indexes_.size() < composed_.size()) indexes_.emplace_back();
    std::vector<std::uint32_t>& made = indexes_[position];
    made.resize(picked.size());
    for (std::size_t i = 0; i < picked.size(); ++i) made[i] = index[picked[i]];
  }
  return indexes_[position].data();
}

}  // namespace kith
