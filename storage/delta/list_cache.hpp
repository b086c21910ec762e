// storage/delta/list_cache.hpp: the adjacency lists of the segments that a cursor reads.
//
// A cursor asks for node after node, often of few segments: the directories and readers of those it
// saw last stay at hand. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/id.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/graph/adjacency.hpp"

namespace kith::storage {

inline constexpr std::uint64_t kNoLists = ~std::uint64_t{0};

struct BaseList {
  TypeId type;
  Direction direction;
  AdjacencyReader reader;
};

// What a cursor wants of one segment.
struct SegmentLists {
  std::uint64_t segment = kNoLists;
  std::uint64_t edition = 0;
  const NodeTree::Node* changes = nullptr;  // as of `edition`
  SegmentPin<NodeSegment> directory;
  std::vector<BaseList> base;  // of the directory
};

class ListCache {
 public:
  // `types`: ascending, empty: all; it outlives the cache. `limit`: of the pool, in bytes.
  ListCache(const std::vector<TypeId>& types, Direction direction, std::uint64_t limit);

  void clear() { kept_.clear(); }
  // Valid until the next call. Between calls of clear() the base of the root is the same.
  SegmentLists& of(const Root& root, std::uint64_t node);

 private:
  bool wants(const AdjacencyChunk& chunk) const {
    const bool is_type =
        types_.empty() || std::binary_search(types_.begin(), types_.end(), chunk.type());
    return is_type && (direction_ == Direction::Both || direction_ == chunk.direction());
  }
  // Caches are small until segments are in each other's way.
  bool is_taken(std::uint64_t segment) const {
    const std::uint64_t there = kept_[segment & (kept_.size() - 1)].segment;
    return there != segment && there != kNoLists && kept_.size() < most_;
  }
  void grow();
  void read(const Root& root, std::uint64_t node, SegmentLists& lists) const;

  const std::vector<TypeId>& types_;
  Direction direction_;
  std::size_t most_;                // segments
  std::size_t blocks_;              // that stay pinned, of a list
  std::vector<SegmentLists> kept_;  // by the low bits of the segment's number
};

}  // namespace kith::storage
