// cypher/exec/trail.cpp: comparing candidates with what a row has.
#include "cypher/exec/trail.hpp"

#include <algorithm>

namespace kith::exec {

void TrailCheck::begin(const Batch& batch) {
  ids_.clear();
  cells_.clear();
  for (const Slot slot : slots_) {
    const Column& column = batch[slot];
    if (column.vector->type() == VectorType::Relationship) {
      ids_.push_back({column, column.vector->data<std::uint64_t>()});
    } else {
      cells_.push_back(column);
    }
  }
}

bool TrailCheck::is_in_cells(std::uint32_t row, std::uint64_t relationship) const {
  const auto same = [&](const Cell& item) {
    return item.kind == Kind::Relationship && item.word == relationship;
  };
  return std::any_of(cells_.begin(), cells_.end(), [&](const Column& column) {
    const Cell cell = column.vector->cell(column.at(row));
    if (cell.kind != Kind::List) return same(cell);
    const auto items = cell.items();
    return std::any_of(items.begin(), items.end(), same);
  });
}

void TrailCheck::mark(std::span<const std::uint32_t> rows, const std::uint64_t* relationships,
                      std::uint8_t* passed) const {
  for (const auto& [column, values] : ids_) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint32_t at = column.at(rows[i]);
      const bool same = values[at] == relationships[i] && column.vector->valid(at);
      passed[i] = same ? 0 : passed[i];
    }
  }
  if (cells_.empty()) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_in_cells(rows[i], relationships[i])) passed[i] = 0;
  }
}

std::size_t TrailCheck::keep_new(std::size_t count, std::uint32_t* rows, std::uint64_t* neighbours,
                                 std::uint64_t* relationships) const {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (has(rows[i], relationships[i])) continue;
    rows[kept] = rows[i];
    if (neighbours != nullptr) neighbours[kept] = neighbours[i];
    relationships[kept] = relationships[i];
    ++kept;
  }
  return kept;
}

}  // namespace kith::exec
