// cypher/exec/group_table_repeated.cpp: groups of rows that repeat the values of fewer rows, all
// columns in the same way, as behind an expansion: each of those is looked up once.
#include <algorithm>

#include "cypher/exec/group_table.hpp"

namespace kith::exec {

namespace {

std::uint32_t count_runs(const std::uint32_t* index, std::uint32_t rows) {
  std::uint32_t runs = rows == 0 ? 0 : 1;
  for (std::uint32_t i = 1; i < rows; ++i) runs += index[i] != index[i - 1] ? 1 : 0;
  return runs;
}

}  // namespace

// Numbers the values that rows have: groups[i] becomes the number of row i's value, and
// first_rows_ where each of them is.
void GroupTable::number_runs(const std::uint32_t* index, std::uint32_t rows,
                             std::vector<std::uint32_t>& groups) {
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (i == 0 || index[i] != index[i - 1]) first_rows_.push_back(index[i]);
    groups[i] = static_cast<std::uint32_t>(first_rows_.size() - 1);
  }
}

void GroupTable::number_values(const std::uint32_t* index, std::uint32_t rows, std::uint32_t values,
                               std::vector<std::uint32_t>& groups) {
  constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
  known_.assign(values, kUnknown);
  for (std::uint32_t i = 0; i < rows; ++i) {
    std::uint32_t& known = known_[index[i]];
    if (known == kUnknown) {
      known = static_cast<std::uint32_t>(first_rows_.size());
      first_rows_.push_back(index[i]);
    }
    groups[i] = known;
  }
}

// False if they do not repeat few values.
bool GroupTable::find_repeated(std::span<const Column> columns, std::uint32_t rows,
                               std::vector<std::uint32_t>& groups) {
  if (columns.empty() || columns[0].index == nullptr) return false;
  const std::uint32_t* index = columns[0].index;
  std::uint32_t values = 0;
  for (const Column& column : columns) {
    if (column.index != index) return false;
    values = std::max(values, column.vector->rows());
  }
  first_rows_.clear();
  if (count_runs(index, rows) <= rows / 2) {
    number_runs(index, rows, groups);
  } else if (values <= rows / 2) {
    number_values(index, rows, values, groups);
  } else {
    return false;
  }
  std::vector<Column> picked(columns.begin(), columns.end());
  for (Column& column : picked) column.index = first_rows_.data();
  find_each(picked, static_cast<std::uint32_t>(first_rows_.size()), of_value_);
  for (std::uint32_t i = 0; i < rows; ++i) groups[i] = of_value_[groups[i]];
  return true;
}

}  // namespace kith::exec
