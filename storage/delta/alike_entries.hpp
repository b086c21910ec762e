// storage/delta/alike_entries.hpp: entries of nodes that say nothing but marks (E4 of change.hpp)
// and parts of lists (E5), one for all nodes that have the same: what many lists are told at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "storage/delta/change.hpp"

namespace kith::storage {

class AlikeEntries {
 public:
  explicit AlikeEntries(Owner owner) : owner_(owner) {}

  // What lists are told from now on: marks, or a part of one segment.
  void begin(ListMarks marks, Ref<const SegmentEdges> part) {
    marks_ = marks;
    part_ = std::move(part);
    kinds_.clear();
  }
  // The places of a leaf that get the same entry, by what they had.
  struct Group {
    std::size_t kind;
    std::uint32_t places;
  };
  void begin_leaf() {
    groups_.clear();
    if (kinds_.size() > kMostKinds) kinds_.clear();
  }
  void add(std::uint32_t places, const NodeChange* had) {
    KITH_ASSERT(!had || had->is_alike_for_all());
    const std::size_t kind = had ? kind_of(had->marks, had->added) : kind_of(kNoMarks, {});
    for (Group& group : groups_) {
      if (group.kind != kind) continue;
      group.places |= places;
      return;
    }
    groups_.push_back({kind, places});
  }
  const std::vector<Group>& groups() const { return groups_; }
  NodeTree::Same& entry(const Group& group) { return kinds_[group.kind].same; }

  bool brings_part() const { return static_cast<bool>(part_); }
  // A mark that this owner has made is there already; one of an earlier state is made again, so
  // that a checkpoint which has that state does not take it for one that it has merged.
  bool is_told(const NodeChange* entry) const {
    return !part_ && entry && entry->owner() == owner_ && (entry->marks & marks_) == marks_;
  }
  // For an entry that says more.
  void tell(NodeChange& entry) {
    entry.marks |= marks_;
    if (part_) entry.added = kinds_[kind_of(kNoMarks, entry.added)].same.value()->added;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kMostKinds = 64;  // more are made anew
  struct Kind {
    ListMarks marks;
    Ref<const AddedEdges> added;  // this and marks: before
    NodeTree::Same same;
  };

  std::size_t kind_of(ListMarks marks, const Ref<const AddedEdges>& added) {
    for (std::size_t i = kinds_.size(); i-- > 0;)
      if (kinds_[i].marks == marks && kinds_[i].added == added) return i;
    Ref<NodeChange> entry(new NodeChange(owner_));
    entry->make_alike_for_all();
    entry->marks = marks | marks_;
    entry->added = part_ ? AddedEdges::with(added.get(), part_) : added;
    bytes_ += sizeof(NodeChange) + kHeapBytes;
    if (part_) bytes_ += entry->added->bytes() + kHeapBytes;
    kinds_.push_back({marks, added, NodeTree::Same(std::move(entry))});
    return kinds_.size() - 1;
  }

  const Owner owner_;
  ListMarks marks_ = kNoMarks;
  Ref<const SegmentEdges> part_;
  std::vector<Kind> kinds_;
  std::vector<Group> groups_;
  std::uint64_t bytes_ = 0;
};

}  // namespace kith::storage
