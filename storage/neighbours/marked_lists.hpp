// storage/neighbours/marked_lists.hpp: base lists that are marked (E4 of storage/delta/change.hpp):
// what is in them and exists.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "storage/delta/existing.hpp"
#include "storage/neighbours/segment_lists.hpp"

namespace kith::storage {

// Of all lists of a node of the segment, one after the other.
void append_marked(const Root& root, SegmentLists& lists, std::uint64_t node,
                   ExistingRelationships& existing, std::vector<Neighbour>& out);

// Degrees for which a long list is looked at: not again and again.
class LongDegrees {
 public:
  // The degree of a node, which compute() gives.
  template <class Compute>
  std::uint64_t of(const Root& root, const SegmentLists& lists, std::uint64_t node,
                   Compute&& compute) {
    std::uint64_t size = 0;
    for (const BaseList& list : lists.base) size += list.reader.degree(slot_of(NodeId{node}));
    if (size < kLong) return compute();
    if (edition_ != root.edition() || degrees_.size() == kMost) degrees_.clear();
    edition_ = root.edition();
    if (const auto at = degrees_.find(node); at != degrees_.end()) return at->second;
    return degrees_.emplace(node, compute()).first->second;
  }

 private:
  static constexpr std::uint64_t kLong = 256;
  static constexpr std::size_t kMost = 4096;
  std::uint64_t edition_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> degrees_;
};

}  // namespace kith::storage
