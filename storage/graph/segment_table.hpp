// storage/graph/segment_table.hpp: from segment numbers to segments, in leaves of kLeafSegments.
//
// A leaf is immutable but for its cache of loaded segments, and is shared by all bases that have it
// in common. Pinning a segment that is loaded takes no lock. Segments nobody pins are given up, by
// CLOCK, when they are more than their share or others want the memory (SegmentCache).
//
//   L1  A pinned segment stays where it is. It is taken from (ready, 0 pins) alone.
//   L2  Every loaded segment is counted in the budget once, however many leaves have it.
//
// Locks: the cache's before a leaf's; neither while reserving (core/memory_budget.hpp, M3).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/memory_budget.hpp"
#include "storage/graph/segment_cache.hpp"
#include "storage/graph/segment_pin.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

template <class Segment>
class SegmentTable {
 public:
  using Loaded = std::shared_ptr<const Segment>;  // shared: by all bases that have it in common
  using Load = Loaded (*)(BlockFile&, BlockPtr);

  class Leaf final : public SegmentCache::Member {
   public:
    BlockPtr ptr;  // unset: not written yet
    std::array<LeafEntry, kLeafSegments> entries{};

    explicit Leaf(SegmentCache& cache) : cache_(&cache) { cache_->add(*this, sizeof *this); }
    Leaf(const Leaf& other) : entries(other.entries), cache_(other.cache_) {
      {
        const std::lock_guard lock(other.mutex_);
        for (std::size_t i = 0; i < kLeafSegments; ++i)
          if (const Loaded& segment = other.places_[i].segment) put_locked(i, segment);
      }
      cache_->add(*this, sizeof *this);
    }
    Leaf& operator=(const Leaf&) = delete;
    ~Leaf() override {
      cache_->remove(*this, sizeof *this);
      for (const Place& place : places_) KITH_ASSERT((place.state.load() & kPinMask) == 0);
    }

    SegmentPin<Segment> pin(std::size_t index) const {
      Place& place = places_[index];
      const std::uint64_t before = place.state.fetch_add(1, std::memory_order_acquire);
      if ((before & kReady) != 0) {
        if (!place.used.load(std::memory_order_relaxed))
          place.used.store(true, std::memory_order_relaxed);
        return {place.segment.get(), &place.state};
      }
      place.state.fetch_sub(1, std::memory_order_release);
      return {};
    }

    // `segment`, unless another thread was quicker; pinned. nullptr: the next pin() loads it.
    SegmentPin<Segment> put(std::size_t index, Loaded segment) const {
      const std::lock_guard lock(mutex_);
      if (!places_[index].segment) put_locked(index, std::move(segment));
      return pin(index);
    }
    void forget(std::size_t index) {  // before anybody shares this leaf
      const std::lock_guard lock(mutex_);
      KITH_ASSERT(places_[index].state.load() <= kReady);
      places_[index].state.store(0);
      places_[index].segment.reset();
    }

    // L1. The bytes that are free now.
    std::uint64_t evict(std::uint64_t wanted) override {
      std::vector<Loaded> dropped;  // destroyed without the lock
      std::uint64_t freed = 0;
      const std::lock_guard lock(mutex_);
      for (Place& place : places_) {
        if (freed >= wanted) break;
        if (place.state.load(std::memory_order_relaxed) != kReady) continue;
        if (place.used.exchange(false, std::memory_order_relaxed)) continue;
        std::uint64_t expected = kReady;
        if (!place.state.compare_exchange_strong(expected, 0, std::memory_order_acquire)) continue;
        if (place.segment.use_count() == 1) freed += place.segment->memory_bytes();
        dropped.push_back(std::move(place.segment));
      }
      return freed;
    }

    SegmentCache& cache() const { return *cache_; }

   private:
    // Low 32 bits: pins. kReady: the segment is there.
    static constexpr std::uint64_t kReady = std::uint64_t{1} << 32;
    static constexpr std::uint64_t kPinMask = kReady - 1;
    struct Place {
      std::atomic<std::uint64_t> state{0};
      std::atomic<bool> used{false};  // CLOCK's reference bit
      Loaded segment;                 // set before kReady is, under the mutex
    };
    void put_locked(std::size_t index, Loaded segment) const {
      Place& place = places_[index];
      KITH_ASSERT(segment && (place.state.load() & kReady) == 0);
      place.segment = std::move(segment);
      place.used.store(true, std::memory_order_relaxed);
      place.state.fetch_add(kReady, std::memory_order_release);
    }

    SegmentCache* cache_;
    mutable std::array<Place, kLeafSegments> places_;
    mutable std::mutex mutex_;
  };

  std::uint64_t size() const { return size_; }
  const std::vector<std::shared_ptr<const Leaf>>& leaves() const { return leaves_; }

  // While the table is being built, before anybody shares it.
  void add_leaf(std::shared_ptr<const Leaf> leaf) {
    leaves_.push_back(std::move(leaf));
    size_ = leaves_.size() * kLeafSegments;
  }
  void set_size(std::uint64_t size) { size_ = size; }
  void set_leaf(std::size_t index, std::shared_ptr<const Leaf> leaf) {
    if (index >= leaves_.size()) leaves_.resize(index + 1);
    leaves_[index] = std::move(leaf);
  }

  const LeafEntry* entry(std::uint64_t number) const {
    if (number >= size_) return nullptr;
    const Leaf* leaf = leaves_[number / kLeafSegments].get();
    return leaf ? &leaf->entries[number % kLeafSegments] : nullptr;
  }

  SegmentPin<Segment> get(BlockFile& file, Load load, std::uint64_t number) const {
    if (number >= size_) return {};
    const Leaf* leaf = leaves_[number / kLeafSegments].get();
    if (!leaf) return {};
    const std::size_t index = number % kLeafSegments;
    SegmentPin<Segment> pinned = leaf->pin(index);
    if (pinned || !leaf->entries[index].directory.is_set()) return pinned;
    // Two threads may both read it; the first to be done wins.
    return leaf->put(index, leaf->cache().count(load(file, leaf->entries[index].directory)));
  }

 private:
  std::vector<std::shared_ptr<const Leaf>> leaves_;  // shared: by bases that have it in common
  std::uint64_t size_ = 0;
};

}  // namespace kith::storage
