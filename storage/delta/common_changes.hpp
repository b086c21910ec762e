// storage/delta/common_changes.hpp: common entries (E1, E2 of change.hpp) in a tree: which elements
// may have one, and giving it to them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>

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

// What entries say that are alike for all (E3), of elements that have those or none: their marks
// together, and whether all have the same parts (E5), as an entry in common demands.
struct Alone {
  ListMarks marks = kNoMarks;
  const Ref<const AddedEdges>* added = nullptr;  // of the first
  bool same = true;

  void see(const Ref<const AddedEdges>& parts) {
    same &= !added || *added == parts;
    added = added ? added : &parts;
  }
};
inline const Ref<const AddedEdges>& added_of(const NodeChange* entry) {
  static const Ref<const AddedEdges> none;
  return entry ? entry->added : none;
}

// The entry of a place; nullptr: none but one that is alike for all, which goes to `alone`.
inline const NodeChange* entry_at(const NodeTree::Node* leaf, unsigned place, Alone& alone) {
  const NodeChange* entry = entry_at(leaf, place);
  if (entry && !entry->is_alike_for_all()) return entry;
  alone.marks |= entry ? entry->marks : kNoMarks;
  alone.see(added_of(entry));
  return nullptr;
}
inline const RelationshipChange* entry_at(const RelationshipTree::Node* leaf, unsigned place,
                                          Alone& /*alone*/) {
  const RelationshipChange* entry = entry_at(leaf, place);
  return entry && !entry->is_alike_for_all() ? entry : nullptr;
}

// What elements of a leaf have before they get a common entry.
template <class Change>
struct Before {
  bool alike;           // what they have goes into one entry
  const Change* entry;  // a common one of all of them, which nobody else has; nullptr: none
  Alone alone;          // then: of those that are alike for all

  void begin(Change& entry_of_all) const {
    if (entry) return entry_of_all.take(*entry);
    if constexpr (std::is_same_v<Change, NodeChange>) {
      entry_of_all.marks |= alone.marks;
      if (alone.added) entry_of_all.added = *alone.added;
    }
  }
};
template <class Change, class Tree>
Before<Change> before_common(const Tree& tree, std::uint64_t id, std::uint32_t places) {
  const auto* leaf = tree.leaf(id);
  Alone alone;
  if (!leaf) return {true, nullptr, alone};
  const auto first_place = static_cast<unsigned>(std::countr_zero(places));
  const Change* const first = entry_at(leaf, first_place, alone);
  bool alike = !first || (first->is_common() && first->places() == places);
  for_each_place(places, [&](unsigned place) { alike &= entry_at(leaf, place, alone) == first; });
  alike &= alone.same;
  return {alike, alike ? first : nullptr, alone};
}

// The entry of an element, for the owner to change; a new one is of a slab.
template <class Change, class Tree>
Change& own_row(Tree& tree, std::uint64_t id, Owner owner, SlabMaker<Change>& slabs,
                std::uint64_t& bytes) {
  Ref<Change>& link = tree.edit(id, owner);
  if (!link) {
    link = slabs.make(owner);
    bytes += sizeof(Change);
  } else if (link->owner() != owner || link->is_common()) {  // E2
    link = Ref<Change>(new Change(*link, id, owner));
    bytes += sizeof(Change);
  }
  KITH_ASSERT(link->sole());
  return *link;
}

template <class Change>
Ref<Change> new_common(std::uint32_t places, Owner owner, SlabMaker<Change>& slabs,
                       std::uint64_t& bytes) {
  Ref<Change> entry = slabs.make(owner);
  entry->make_common(places);
  bytes += sizeof(Change);
  return entry;
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
