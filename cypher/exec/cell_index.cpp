// cypher/exec/cell_index.cpp: values by hash.
#include "cypher/exec/cell_index.hpp"

#include <algorithm>
#include <bit>

#include "core/assert.hpp"

namespace kith::exec {

bool CellIndex::is_plain(const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
    case Kind::List:
    case Kind::Map:
    case Kind::Path:
      return false;
    case Kind::Float:
      return cell.real == cell.real;
    default:
      return true;
  }
}

void CellIndex::build(std::span<const Cell> cells) {
  KITH_ASSERT(cells.size() <= UINT32_MAX);
  cells_ = cells;
  plain_.clear();
  others_.clear();
  nulls_.clear();
  std::vector<Entry> found;
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (is_plain(cells[i])) {
      found.push_back({hash(cells[i]), i});
    } else {
      (cells[i].is_null() ? nulls_ : others_).push_back(i);
    }
  }
  begins_.assign(std::bit_ceil(found.size() + 1) + 1, 0);
  for (const Entry& entry : found) ++begins_[bucket_of(entry.hash)];
  std::uint32_t end = 0;
  for (std::uint32_t& begin : begins_) begin = end += begin;
  plain_.resize(found.size());
  for (std::size_t i = found.size(); i-- > 0;) {  // begins_ are ends, until all are in
    plain_[--begins_[bucket_of(found[i].hash)]] = found[i];
  }
}

template <class Visit>
void CellIndex::each(const Cell& wanted, Visit visit) const {
  if (!is_plain(wanted)) {
    for (std::uint32_t i = 0; i < cells_.size(); ++i) visit(i, equals(cells_[i], wanted));
    return;
  }
  const std::uint64_t hashed = hash(wanted);
  const std::size_t bucket = bucket_of(hashed);
  for (std::uint32_t i = begins_[bucket]; i < begins_[bucket + 1]; ++i) {
    const Entry& entry = plain_[i];
    if (entry.hash == hashed) visit(entry.position, equals(cells_[entry.position], wanted));
  }
  for (const std::uint32_t i : others_) visit(i, equals(cells_[i], wanted));
}

CellIndex::Count CellIndex::count(const Cell& wanted) const {
  Count count;
  if (wanted.is_null()) return {0, cells_.size()};
  each(wanted, [&](std::uint32_t, Truth truth) {
    count.equal += truth == Truth::True ? 1 : 0;
    count.unknown += truth == Truth::Unknown ? 1 : 0;
  });
  if (is_plain(wanted)) count.unknown += nulls_.size();
  return count;
}

void CellIndex::find(const Cell& wanted, bool with_unknown,
                     std::vector<std::uint32_t>& into) const {
  if (wanted.is_null() && !with_unknown) return;
  const auto begin = static_cast<std::ptrdiff_t>(into.size());
  each(wanted, [&](std::uint32_t position, Truth truth) {
    if (truth == Truth::True || (with_unknown && truth == Truth::Unknown)) into.push_back(position);
  });
  if (with_unknown && is_plain(wanted)) into.insert(into.end(), nulls_.begin(), nulls_.end());
  std::sort(into.begin() + begin, into.end());
}

std::uint64_t CellIndex::bytes() const {
  return plain_.capacity() * sizeof(Entry) +
         (begins_.capacity() + others_.capacity() + nulls_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace kith::exec
