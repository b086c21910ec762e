// storage/graph/segment_cache.hpp: how many directories of segments stay in memory.
//
// One for an open data file, over the leaves of all its bases. See segment_table.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/memory_budget.hpp"

namespace kith::storage {

class SegmentCache {
 public:
  // Leaves of segment tables. They are members as long as they live.
  class Member {
   public:
    virtual ~Member() = default;
    // Gives up what nobody uses, at least `wanted` bytes or what there is; the bytes freed.
    virtual std::uint64_t evict(std::uint64_t wanted) = 0;
  };

  // `share`: the most bytes that stay without being in use. Budget shared: as in the buffer pool.
  SegmentCache(std::shared_ptr<MemoryBudget> budget, std::uint64_t share);
  ~SegmentCache();
  SegmentCache(const SegmentCache&) = delete;
  SegmentCache& operator=(const SegmentCache&) = delete;

  // `bytes`: what the member itself takes.
  void add(Member& member, std::uint64_t bytes);
  void remove(Member& member, std::uint64_t bytes);

  // The same segment, counted in the budget until it is destroyed (L2). It cannot be refused; what
  // is over the share goes first.
  template <class Segment>
  std::shared_ptr<const Segment> count(std::shared_ptr<const Segment> segment) {
    const std::uint64_t bytes = segment->memory_bytes();
    admit(bytes);
    const Segment* plain = segment.get();
    return {plain, [this, bytes, owner = std::move(segment)](const Segment*) mutable {
              owner.reset();
              forget(bytes);
            }};
  }
  // Whether there is room for one more that nobody has asked for yet.
  bool has_room(std::uint64_t more) const { return bytes() + more <= share_; }

  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  void admit(std::uint64_t bytes);
  void forget(std::uint64_t bytes) noexcept;
  std::uint64_t evict(std::uint64_t wanted);

  std::shared_ptr<MemoryBudget> budget_;  // shared: with all who take memory
  const std::uint64_t share_;
  std::atomic<std::uint64_t> bytes_{0};
  std::mutex mutex_;
  std::vector<Member*> members_;
  std::size_t hand_ = 0;
  MemoryBudget::Ticket ticket_;
};

}  // namespace kith::storage
