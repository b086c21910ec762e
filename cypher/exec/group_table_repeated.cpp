// cypher/exec/group_table_repeated.cpp: groups of rows that repeat the values of fewer rows, all
// columns in the same way, as behind an expansion: each of those is looked up once.
#include <algorithm>

#include "cypher/exec/group_table.hpp"

namespace kith::exec {

bool GroupTable::find_repeated(std::span<const Column> columns, std::uint32_t rows,
                               std::vector<std::uint32_t>& groups) {
  if (repeated_.find(columns, rows)) {
    std::vector<Column> picked(columns.begin(), columns.end());
    repeated_.pick(picked);
    find_each(picked, repeated_.runs(), of_value_);
    const auto& run_of_row = repeated_.run_of_row();
    for (std::uint32_t i = 0; i < rows; ++i) groups[i] = of_value_[run_of_row[i]];
    return true;
  }
  if (!number_values(columns, rows, groups)) return false;
  std::vector<Column> picked(columns.begin(), columns.end());
  for (Column& column : picked) column.index = first_rows_.data();
  find_each(picked, static_cast<std::uint32_t>(first_rows_.size()), of_value_);
  for (std::uint32_t i = 0; i < rows; ++i) groups[i] = of_value_[groups[i]];
  return true;
}

// Few values in any order: groups[i] becomes the number of row i's. False if they are not few.
bool GroupTable::number_values(std::span<const Column> columns, std::uint32_t rows,
                               std::vector<std::uint32_t>& groups) {
  constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
  if (columns.empty() || columns[0].index == nullptr) return false;
  const std::uint32_t* index = columns[0].index;
  std::uint32_t values = 0;
  for (const Column& column : columns) {
    if (column.index != index) return false;
    values = std::max(values, column.vector->rows());
  }
  if (values > rows / 2) return false;
  known_.assign(values, kUnknown);
  first_rows_.clear();
  for (std::uint32_t i = 0; i < rows; ++i) {
    std::uint32_t& known = known_[index[i]];
    if (known == kUnknown) {
      known = static_cast<std::uint32_t>(first_rows_.size());
      first_rows_.push_back(index[i]);
    }
    groups[i] = known;
  }
  return true;
}

}  // namespace kith::exec
