// storage/delta/common_rows.cpp: copies of no more than is needed.
#include "storage/delta/common_rows.hpp"

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
  auto* const rows = new ListRows;
  Ref<const ListRows> made(rows);
  rows->changes_ = changes_;
  rows->ends_ = ends_;
  return made;
}

}  // namespace kith::storage
