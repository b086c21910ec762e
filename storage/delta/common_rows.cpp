// storage/delta/common_rows.cpp: copies of no more than is needed.
#include "storage/delta/common_rows.hpp"

#include <limits>
#include <memory>

#include "core/bulk_memory.hpp"

namespace kith::storage {

void EndRows::destroy(const EndRows* rows) noexcept {
  const std::size_t bytes = rows->bytes();
  rows->~EndRows();
  give_bulk(static_cast<std::byte*>(static_cast<void*>(const_cast<EndRows*>(rows))), bytes);
}

template <class Word, class EndsAt>
void EndRows::fill(EndsAt&& ends_at) {
  auto* const words = reinterpret_cast<Word*>(this + 1);
  for (std::uint32_t row = 0; row < rows_; ++row) {
    const EndPair ends = ends_at(row);
    new (words + 2 * row) Word(static_cast<Word>(ends.start));
    new (words + 2 * row + 1) Word(static_cast<Word>(ends.end));
  }
}

template <class EndsAt>
Ref<const EndRows> EndRows::made(std::size_t rows, EndsAt&& ends_at) {
  std::uint64_t all = 0;  // bits of all ids
  for (std::size_t row = 0; row < rows; ++row) all |= ends_at(row).start | ends_at(row).end;
  const bool wide = all > std::numeric_limits<std::uint32_t>::max();
  auto* const made = new (take_bulk(bytes_of(rows, wide))) EndRows(rows, wide);
  wide ? made->template fill<std::uint64_t>(ends_at) : made->template fill<std::uint32_t>(ends_at);
  return Ref<const EndRows>(made);
}

Ref<const EndRows> EndRows::copy(std::span<const NodeId> starts, std::span<const NodeId> ends) {
  KITH_ASSERT(starts.size() == ends.size());
  return made(starts.size(), [&](std::size_t i) {
    return EndPair{starts[i].value, ends[i].value};
  });
}

Ref<const EndRows> EndRows::copy(std::span<const Relationship> relationships) {
  return made(relationships.size(), [&](std::size_t i) {
    return EndPair{relationships[i].start.value, relationships[i].end.value};
  });
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
