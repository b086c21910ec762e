// core/vector.hpp: columns of a batch as execution moves them.
//
// A Vector owns values of one type for up to `capacity` rows. A Column is a view of a vector in one
// of three shapes: flat (row i is value i), constant (every row is value 0), indexed (row i is
// value index[i]), so that Filter and Expand never copy what they carry along. A Batch is one
// column per variable slot of the query; slots nobody needs any more are unset.
//
// Whoever fills a batch owns the vectors and index arrays it points to, and keeps them unchanged
// until it is asked for the next batch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/cell.hpp"
#include "core/id.hpp"

namespace kith {

// The physical type of a vector. Any: Cells of any kind, null included. The others are arrays of
// the native type with a validity mask; String is an array of Cells that are all String.
enum class VectorType : std::uint8_t { Boolean, Integer, Float, String, Node, Relationship, Any };

class Vector {
 public:
  // Makes room for `rows` values of `type`; old values are gone; all rows valid.
  void reset(VectorType type, std::uint32_t rows);
  // Keeps the first `rows` values: for those who make room first and then see how many there are.
  void truncate(std::uint32_t rows) {
    KITH_ASSERT(rows <= rows_);
    rows_ = rows;
  }
  VectorType type() const { return type_; }
  std::uint32_t rows() const { return rows_; }

  template <class T>  // bool -> uint8_t, int64_t, double, uint64_t (ids), Cell
  T* data() {
    return static_cast<T*>(static_cast<void*>(data_.get()));
  }
  template <class T>
  const T* data() const {
    return static_cast<const T*>(static_cast<const void*>(data_.get()));
  }

  bool may_have_nulls() const { return has_nulls_; }
  // One byte per row, 1 = valid; meaningful only if may_have_nulls(), and never for Any.
  const std::uint8_t* validity() const { return validity_.data(); }
  bool valid(std::uint32_t row) const {
    if (type_ == VectorType::Any) return !data<Cell>()[row].is_null();
    return !has_nulls_ || validity_[row] != 0;
  }
  void set_null(std::uint32_t row);
  void set(std::uint32_t row, const Cell& cell);  // null, or a cell of the vector's own type
  Cell cell(std::uint32_t row) const;

  // Memory for strings, lists … of this vector's values; emptied by reset().
  Arena& arena() { return arena_; }

 private:
  VectorType type_ = VectorType::Any;
  bool has_nulls_ = false;
  std::uint32_t rows_ = 0;
  std::size_t capacity_bytes_ = 0;
  std::unique_ptr<std::byte[]> data_;
  std::vector<std::uint8_t> validity_;
  Arena arena_;
};

std::size_t bytes_per_value(VectorType type);
// The one kind that values of a native type have; Null: of Any.
Kind kind_of(VectorType type);
// Of vectors that hold values of one such kind: an array of them, or cells.
VectorType narrow_type(Kind kind);

struct Column {
  const Vector* vector = nullptr;        // nullptr: the slot is unset
  const std::uint32_t* index = nullptr;  // nullptr: flat (or constant)
  bool constant = false;

  bool is_set() const { return vector != nullptr; }
  std::uint32_t at(std::uint32_t row) const { return constant ? 0 : index ? index[row] : row; }
  Cell cell(std::uint32_t row) const { return vector->cell(at(row)); }
  bool valid(std::uint32_t row) const { return vector->valid(at(row)); }
};

using Slot =
    std::uint32_t;  // a variable of the bound query: its number, and its column in every batch

struct Batch {
  std::uint32_t rows = 0;
  std::uint64_t sequence = 0;  // batches with lower numbers come first in the query's natural order
  std::vector<Column> columns;

  explicit Batch(std::size_t slots = 0) : columns(slots) {}
  const Column& operator[](Slot slot) const {
    KITH_ASSERT(slot < columns.size() && columns[slot].is_set());
    return columns[slot];
  }
  void set(Slot slot, const Vector& vector) { columns[slot] = {&vector, nullptr, false}; }
  void set_constant(Slot slot, const Vector& vector) { columns[slot] = {&vector, nullptr, true}; }
};

// Makes the columns of `in` at rows `picked` the columns of `out`, without copying values: index
// arrays are composed once for each distinct index of `in`. The new index arrays live in this
// object.
class RowPicker {
 public:
  // `live`: the slots to carry. `picked` must stay valid as long as `out` is used (columns that
  // were flat use it as their index). `out` is another batch than `in`; its slots that are not
  // live become unset.
  void pick(const Batch& in, std::span<const std::uint32_t> picked, std::span<const Slot> live,
            Batch& out);

 private:
  const std::uint32_t* compose(const std::uint32_t* index, std::span<const std::uint32_t> picked);

  std::vector<const std::uint32_t*> composed_;       // the index arrays of `in` seen so far …
  std::vector<std::vector<std::uint32_t>> indexes_;  // … and what became of each
};

}  // namespace kith
