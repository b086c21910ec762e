// cypher/exec/trail.cpp: comparing candidates with what a row has.
#include "cypher/exec/trail.hpp"

#include <algorithm>

namespace kith::exec {

void TrailCheck::begin(const Batch& batch) {
  columns_.clear();
  for (const Slot slot : slots_) columns_.push_back(batch[slot]);
}

bool TrailCheck::has(std::uint32_t row, std::uint64_t relationship) const {
  for (const Column& column : columns_) {
    const std::uint32_t at = column.at(row);
    if (column.vector->type() == VectorType::Relationship) {
      if (column.vector->data<std::uint64_t>()[at] == relationship && column.vector->valid(at)) {
        return true;
      }
      continue;
    }
    const Cell cell = column.vector->cell(at);
    if (cell.kind == Kind::Relationship && cell.word == relationship) return true;
    if (cell.kind != Kind::List) continue;
    const auto items = cell.items();
    const auto same = [&](const Cell& item) {
      return item.kind == Kind::Relationship && item.word == relationship;
    };
    if (std::any_of(items.begin(), items.end(), same)) return true;
  }
  return false;
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
