// cypher/exec/columns.hpp: columns as kernels want them: plain arrays, whatever the shape was.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compare.hpp"
#include "core/vector.hpp"
#include "kith/error.hpp"

namespace kith::exec {

// The values of a column of vector type T: an array with a value for each row, or one for all.
// Null rows have a value too, of no meaning.
template <class T>
struct Operand {
  const T* values;
  bool constant;
  T operator[](std::uint32_t row) const { return values[constant ? 0 : row]; }
};

template <class T>
Operand<T> operand(const Column& column, std::uint32_t rows, std::vector<T>& scratch) {
  const T* values = column.vector->data<T>();
  if (column.constant || column.index == nullptr) return {values, column.constant};
  scratch.resize(rows);
  for (std::uint32_t i = 0; i < rows; ++i) scratch[i] = values[column.index[i]];
  return {scratch.data(), false};
}

// The same of a column of integers or floats, as floats.
Operand<double> real_operand(const Column& column, std::uint32_t rows,
                             std::vector<double>& scratch);

inline bool may_have_nulls(const Column& column) {
  return column.vector->type() == VectorType::Any || column.vector->may_have_nulls();
}

// Rows of columns that repeat the same few values, all in the same way: runs, as behind an
// expansion.
class RepeatedRows {
 public:
  // False if there are not half as many runs as rows, or other indexed columns than of one index.
  bool find(std::span<const Column> columns, std::uint32_t rows);
  std::uint32_t runs() const { return static_cast<std::uint32_t>(firsts_.size()); }
  // What the columns are of the first row of each run.
  void pick(std::span<Column> columns) const;
  const std::vector<std::uint32_t>& run_of_row() const { return run_of_row_; }

 private:
  std::vector<std::uint32_t> firsts_, run_of_row_;
};

// Makes null in `out` what is null in `column`.
void copy_nulls(const Column& column, std::uint32_t rows, Vector& out);

// `out` = op(a, b) for each row; one loop for each pair of shapes.
template <class A, class B, class Out, class Op>
void for_each_pair(Operand<A> a, Operand<B> b, std::uint32_t rows, Out* out, Op op) {
  if (!a.constant && !b.constant) {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = op(a.values[i], b.values[i]);
  } else if (!a.constant) {
    const B fixed = b.values[0];
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = op(a.values[i], fixed);
  } else if (!b.constant) {
    const A fixed = a.values[0];
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = op(fixed, b.values[i]);
  } else {
    const Out value = op(a.values[0], b.values[0]);
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = value;
  }
}

// Truth values of a column of booleans and nulls; TypeError for anything else.
void read_truths(const Column& column, std::uint32_t rows, std::span<Truth> out, Position at);
void write_truths(std::span<const Truth> truths, Vector& out);
[[noreturn]] void not_a_boolean(const Cell& cell, Position at);

// Fills `out` with cells in the narrowest type that holds them all: an array of the native type if
// they are all of one such kind or null, else cells.
void fill_narrow(std::span<const Cell> cells, Vector& out);

// The ids of a column of nodes (or of relationships) as one array. Null rows are marked invalid;
// a value of another kind is a TypeError that says what `role` must be.
class IdColumn {
 public:
  void read(const Column& column, std::uint32_t rows, Kind kind, std::string_view role);
  std::span<const std::uint64_t> ids() const { return ids_; }
  const std::uint8_t* valid() const { return valid_; }  // nullptr: all are
  bool is_valid(std::uint32_t row) const { return valid_ == nullptr || valid_[row] != 0; }

 private:
  void read_cells(const Column& column, std::uint32_t rows, Kind kind, std::string_view role);

  std::span<const std::uint64_t> ids_;
  const std::uint8_t* valid_ = nullptr;
  std::vector<std::uint64_t> id_scratch_;
  std::vector<std::uint8_t> valid_scratch_;
};

}  // namespace kith::exec
