// storage/neighbours/segment_lists.hpp: the adjacency lists of the segments that a cursor reads.
//
// A cache by the low bits of the segment's number: small until segments are in each other's way.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

struct BaseList {
  TypeId type;
  Direction direction;
  AdjacencyReader reader;
};

inline Direction reverse(Direction direction) {
  if (direction == Direction::Both) return direction;
  return direction == Direction::Out ? Direction::In : Direction::Out;
}

inline constexpr std::uint64_t kNoSegmentLists = ~std::uint64_t{0};

// What a cursor wants of one segment.
struct SegmentLists {
  std::uint64_t segment = kNoSegmentLists;
  std::uint64_t edition = 0;
  const NodeTree::Node* changes = nullptr;  // as of `edition`
  SegmentPin<NodeSegment> directory;
  std::vector<BaseList> base;  // of the directory
  std::uint64_t kept = 0;      // blocks that the readers of `base` may keep pinned

  // nullptr: the base alone knows.
  const NodeChange* change_of(std::uint64_t node) const {
    if (!changes) return nullptr;
    const auto* found = NodeTree::find_in(*changes, slot_of(NodeId{node}));
    return found ? found->get() : nullptr;
  }
};

inline bool changes_lists(const NodeChange* change, std::uint64_t node, Direction wanted) {
  if (!change) return false;
  return (wanted != Direction::In && change->changes_list(Direction::Out, node)) ||
         (wanted != Direction::Out && change->changes_list(Direction::In, node));
}

inline bool is_deleted(const NodeChange* change) {
  return change && change->existence == Existence::Deleted;
}

// Lists of some types (ascending; empty: all) and a direction. What `at` gave is valid, and where
// it was, until the cache is cleared or at() is called for a node that replaces() says yes to.
class ListCache {
 public:
  ListCache(Direction wanted, const std::vector<TypeId>& types, std::uint64_t pool_bytes)
      : wanted_(wanted), types_(types) {
    const std::uint64_t share = pool_bytes / kPoolBytesPerSegment;
    most_ = std::bit_floor(std::clamp(share, kLeast, kMost));
    most_kept_ = pool_bytes / kPinnedShare / kMaxBlockBytes;
  }

  void clear() {
    places_.clear();
    kept_ = 0;
  }

  // The lists of another segment may go.
  bool replaces(std::uint64_t node) const {
    if (places_.empty()) return false;
    const std::uint64_t segment = node >> kSegmentBits;
    const std::uint64_t there = places_[segment & (places_.size() - 1)].segment;
    return there != segment && there != kNoSegmentLists;
  }

  SegmentLists& at(const Root& root, std::uint64_t node) {
    const std::uint64_t segment = node >> kSegmentBits;
    if (places_.empty() || (replaces(node) && places_.size() < most_)) grow();
    SegmentLists& lists = places_[segment & (places_.size() - 1)];
    if (lists.segment != segment) open(root, node, lists);
    if (lists.edition != root.edition()) {
      lists.changes = root.nodes().segment(segment);
      lists.edition = root.edition();
    }
    return lists;
  }

 private:
  // Segments whose lists stay pinned between rows: more where the pool is large.
  static constexpr std::uint64_t kPoolBytesPerSegment = 16 * kMiB;
  static constexpr std::uint64_t kLeast = 4, kMost = 128;
  // What the pinned blocks of a cursor's lists may take of the pool, and of one list at most.
  static constexpr std::uint64_t kPinnedShare = 16, kMostKept = 64;

  bool wants(const AdjacencyChunk& chunk) const {
    if (wanted_ != Direction::Both && wanted_ != chunk.direction()) return false;
    return types_.empty() || std::binary_search(types_.begin(), types_.end(), chunk.type());
  }

  void open(const Root& root, std::uint64_t node, SegmentLists& lists) {
    lists.segment = kNoSegmentLists;  // should reading fail
    lists.base.clear();
    kept_ -= std::exchange(lists.kept, 0);
    lists.edition = root.edition() + 1;
    lists.directory = base_segment(root, NodeId{node});
    if (lists.directory) {
      for (const AdjacencyChunk& chunk : lists.directory->adjacencies()) {
        if (!wants(chunk)) continue;
        lists.base.push_back(
            {chunk.type(), chunk.direction(), AdjacencyReader(root.base().pool(), chunk)});
        // One list may have many, but not all.
        const std::uint64_t left = most_kept_ > kept_ ? (most_kept_ - kept_) / 4 : 0;
        const std::uint64_t some = std::clamp<std::uint64_t>(left, 1, kMostKept);
        const std::uint64_t kept = lists.base.back().reader.keep_pinned(some);
        lists.kept += kept;
        kept_ += kept;
      }
    }
    lists.segment = node >> kSegmentBits;
  }

  void grow() {
    std::vector<SegmentLists> grown(
        std::min<std::size_t>(most_, std::max<std::size_t>(kLeast, 4 * places_.size())));
    KITH_ASSERT(std::has_single_bit(grown.size()));
    for (SegmentLists& lists : places_) {
      if (lists.segment == kNoSegmentLists) continue;
      grown[lists.segment & (grown.size() - 1)] = std::move(lists);
    }
    places_ = std::move(grown);
  }

  Direction wanted_;
  const std::vector<TypeId>& types_;  // the cursor's
  std::vector<SegmentLists> places_;
  std::uint64_t most_ = 0;                  // segments
  std::uint64_t most_kept_ = 0, kept_ = 0;  // blocks that stay pinned, of all lists
};

}  // namespace kith::storage
