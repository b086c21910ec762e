// storage/delta/list_cache.cpp: finding the lists of a segment, and making room for more segments.
#include "storage/delta/list_cache.hpp"

#include <bit>
#include <utility>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

// Segments whose lists stay pinned between rows: more where the pool is large.
constexpr std::uint64_t kPoolBytesPerSegment = 16 * kMiB;
constexpr std::uint64_t kMinCached = 4, kMaxCached = 128;
// What the pinned blocks of a cursor's lists may take of the pool, and of one list at most.
constexpr std::uint64_t kPinnedShare = 16, kMostKept = 16;

}  // namespace

ListCache::ListCache(const std::vector<TypeId>& types, Direction direction, std::uint64_t limit)
    : types_(types),
      direction_(direction),
      most_(std::bit_floor(std::clamp(limit / kPoolBytesPerSegment, kMinCached, kMaxCached))),
      blocks_(std::clamp<std::uint64_t>(limit / kPinnedShare / (most_ * kMaxBlockBytes), 1,
                                        kMostKept)) {
  KITH_ASSERT(std::is_sorted(types.begin(), types.end()));
}

void ListCache::grow() {
  std::vector<SegmentLists> grown(
      std::min<std::size_t>(most_, std::max<std::size_t>(kMinCached, 4 * kept_.size())));
  KITH_ASSERT(std::has_single_bit(grown.size()));
  for (SegmentLists& lists : kept_) {
    if (lists.segment == kNoLists) continue;
    grown[lists.segment & (grown.size() - 1)] = std::move(lists);
  }
  kept_ = std::move(grown);
}

void ListCache::read(const Root& root, std::uint64_t node, SegmentLists& lists) const {
  lists.segment = kNoLists;  // should reading fail
  lists.base.clear();
  lists.edition = root.edition() + 1;
  lists.directory = base_segment(root, NodeId{node});
  if (lists.directory) {
    for (const AdjacencyChunk& chunk : lists.directory->adjacencies()) {
      if (!wants(chunk)) continue;
      lists.base.push_back(
          {chunk.type(), chunk.direction(), AdjacencyReader(root.base().pool(), chunk)});
      lists.base.back().reader.keep_pinned(blocks_);
    }
  }
  lists.segment = node >> kSegmentBits;
}

SegmentLists& ListCache::of(const Root& root, std::uint64_t node) {
  const std::uint64_t segment = node >> kSegmentBits;
  if (kept_.empty() || is_taken(segment)) grow();
  SegmentLists& lists = kept_[segment & (kept_.size() - 1)];
  if (lists.segment != segment) read(root, node, lists);
  if (lists.edition != root.edition()) {
    lists.changes = root.nodes().segment(segment);
    lists.edition = root.edition();
  }
  KITH_ASSERT(lists.segment == segment);
  return lists;
}

}  // namespace kith::storage
