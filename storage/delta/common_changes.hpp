// storage/delta/common_changes.hpp: common entries (E1, E2 of change.hpp) in a tree: which elements
// may have one, and giving it to them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/assert.hpp"
#include "storage/delta/change.hpp"

namespace kith::storage {

// Fewer elements have entries of their own.
inline constexpr std::size_t kLeastCommon = 4;
// Elements whose values lie together: what outlives the rest keeps no more of it.
inline constexpr std::size_t kTogether = 512;

template <class Visit>
void for_each_place(std::uint32_t places, Visit&& visit) {
  for (; places != 0; places &= places - 1) visit(static_cast<unsigned>(std::countr_zero(places)));
}

// Elements from `begin` on that ascend in one leaf: up to `end`, at these places.
struct LeafRun {
  std::size_t end;
  std::uint32_t places;
};
template <class I>
LeafRun leaf_run(std::span<const I> ids, std::size_t begin) {
  KITH_ASSERT(begin < ids.size());
  std::size_t end = begin;
  std::uint32_t places = 0;
  const std::uint64_t leaf = ids[begin].value / kTreeFan;
  do {
    places |= std::uint32_t{1} << (ids[end].value % kTreeFan);
    ++end;
  } while (end < ids.size() && ids[end].value / kTreeFan == leaf &&
           ids[end].value > ids[end - 1].value);
  return {end, places};
}

// The entry of a place of a leaf; nullptr: none.
template <class Node>
const auto* entry_at(const Node* leaf, unsigned place) {
  const bool has = leaf && leaf->places().has(place);
  return has ? leaf->value(leaf->places().rank(place)).get() : nullptr;
}

// What elements of a leaf have before they get a common entry.
template <class Change>
struct Before {
  bool alike;           // none has an entry, or all have a common one, which nobody else has
  const Change* entry;  // that one
};
template <class Change, class Tree>
Before<Change> before_common(const Tree& tree, std::uint64_t id, std::uint32_t places) {
  const auto* leaf = tree.leaf(id);
  if (!leaf) return {true, nullptr};
  const Change* const first = entry_at(leaf, static_cast<unsigned>(std::countr_zero(places)));
  bool alike = !first || (first->is_common() && first->places() == places);
  for_each_place(places, [&](unsigned place) { alike &= entry_at(leaf, place) == first; });
  return {alike, alike ? first : nullptr};
}

template <class Change, class Tree>
void put_common(Tree& tree, std::uint64_t id, const Ref<Change>& entry, Owner owner) {
  KITH_ASSERT(entry->is_common() && entry->owner() == owner);
  tree.put_alike(id, entry->places(), entry, owner);
}

// Copies of rows, a block at a time.
template <class Rows>
class RowBlocks {
 public:
  struct At {
    Ref<const Rows> rows;
    std::uint32_t row;
  };
  // Of `count` rows from `begin` on, of `all`; copy(first, count) makes a block.
  template <class Copy>
  At at(std::size_t begin, std::size_t count, std::size_t all, std::uint64_t& bytes, Copy&& copy) {
    KITH_ASSERT(count <= kTogether && begin + count <= all);
    if (!rows_ || begin < first_ || begin + count > end_) {
      first_ = begin;
      end_ = std::min(all, begin + kTogether);
      rows_ = copy(first_, end_ - first_);
      bytes += rows_->bytes() + kHeapBytes;
    }
    return {rows_, static_cast<std::uint32_t>(begin - first_)};
  }

 private:
  Ref<const Rows> rows_;
  std::size_t first_ = 0, end_ = 0;
};

}  // namespace kith::storage
