// api/import/columns.hpp: rows gathered into typed columns until there are enough for the loader.
#pragma once

#include <memory>
#include <vector>

#include "api/import/header.hpp"
#include "core/vector.hpp"
#include "storage/bulk_load.hpp"

namespace kith::import {

class ColumnBuffer {
 public:
  ColumnBuffer(const std::vector<ColumnSpec>& specs, std::vector<std::size_t> columns,
               std::vector<KeyId> keys, std::uint32_t capacity);

  std::uint32_t rows() const { return rows_; }
  bool full() const { return rows_ == capacity_; }
  // The vector of stored column `i` and the row being filled; next_row() ends it.
  Arena& arena(std::size_t i) { return vectors_[i]->arena(); }
  void set(std::size_t i, const Cell& cell) { vectors_[i]->set(rows_, cell); }
  void next_row() { ++rows_; }

  const std::vector<std::size_t>& columns() const { return columns_; }  // their places in the file
  std::vector<storage::BulkColumn> bulk() const;
  void clear();
  // Row `to` becomes row `from`, and only the first `rows` stay: for rows that are left out.
  void move_row(std::uint32_t from, std::uint32_t to);
  void truncate(std::uint32_t rows) { rows_ = rows; }

  std::uint64_t text_bytes() const;  // of values that are not numbers, in memory
  // Bytes of a row that holds no text, for deciding how many to gather.
  static std::uint64_t row_bytes(std::size_t columns) { return columns * sizeof(Cell); }

 private:
  std::vector<std::size_t> columns_;
  std::vector<KeyId> keys_;
  std::vector<VectorType> types_;
  std::vector<std::unique_ptr<Vector>> vectors_;  // their addresses go into bulk()
  std::uint32_t capacity_, rows_ = 0;
};

}  // namespace kith::import
