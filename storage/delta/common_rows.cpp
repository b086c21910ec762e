// storage/delta/common_rows.cpp: copies of no more than is needed.
#include "storage/delta/common_rows.hpp"

#include <memory>

namespace kith::storage {

Ref<const EndRows> EndRows::copy(std::span<const NodeId> starts, std::span<const NodeId> ends) {
  KITH_ASSERT(starts.size() == ends.size());
  auto* const rows = new EndRows;
  Ref<const EndRows> made(rows);
  rows->rows_.reserve(starts.size());
  for (std::size_t i = 0; i < starts.size(); ++i)
    rows->rows_.push_back({starts[i].value, ends[i].value});
  return made;
}

Ref<const EndRows> EndRows::copy(std::span<const Relationship> relationships) {
  auto* const rows = new EndRows;
  Ref<const EndRows> made(rows);
  rows->rows_.reserve(relationships.size());
  for (const Relationship& one : relationships)
    rows->rows_.push_back({one.start.value, one.end.value});
  KITH_ASSERT(made->rows_.size() == relationships.size());
  return made;
}

Ref<const ListRows> ListRows::Maker::made() const {
  KITH_ASSERT(!ends_.empty() && ends_.back() == changes_.size());
  void* const memory = ::operator new(ListRows::bytes_of(ends_.size(), changes_.size()));
  auto* const rows = new (memory) ListRows(ends_.size(), changes_.size());
  auto* const changes = reinterpret_cast<ListChange*>(rows + 1);
  std::uninitialized_copy(changes_.begin(), changes_.end(), changes);
  auto* const ends = reinterpret_cast<std::uint32_t*>(changes + changes_.size());
  std::uninitialized_copy(ends_.begin(), ends_.end(), ends);
  return Ref<const ListRows>(rows);
}

}  // namespace kith::storage
