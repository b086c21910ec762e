// storage/page/buffer_pool.hpp: blocks in memory, within a budget.
//
//   P1  A pinned block stays where it is and as it is.
//   P2  A block is verified, and unpacked if it is packed, once, when it is loaded; a damaged one
//   is
//       never handed out.
//   P3  What is above the floor is reserved from the budget: within its limit, except for what is
//       pinned at the same time. Blocks nobody pins go when others want the memory.
//
// Thread-safe and sharded; a hot block is pinned by its hint without a lock. The floor is counted
// from the beginning, so that reading goes on when others have taken the rest; no memory is taken
// before it is needed. Locks: a shard's before the accounts'; neither while reserving with reclaim.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/memory_budget.hpp"
#include "storage/page/block_file.hpp"
#include "storage/page/pin.hpp"

namespace kith::storage {

class BufferPool {
 public:
  // `floor`: bytes that are the pool's own. Budget shared: with all others who take memory.
  BufferPool(BlockFile& file, std::shared_ptr<MemoryBudget> budget, std::uint64_t floor);
  // With a budget of its own.
  BufferPool(BlockFile& file, std::uint64_t limit_bytes)
      : BufferPool(file, std::make_shared<MemoryBudget>(limit_bytes), 0) {}
  ~BufferPool();  // nothing is pinned any more
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Throws StorageError("CorruptBlock", …) or what reading the file throws.
  Pin pin(const BlockRef& block, BlockKind kind) {
    Frame* frame = block.hint.load(std::memory_order_acquire);
    if (frame && try_pin(*frame, block.ptr)) return Pin(frame);
    return pin_slowly(block, kind);
  }

  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t limit_bytes() const { return limit_.load(std::memory_order_relaxed); }
  // Below that of the budget.
  void set_limit(std::uint64_t bytes);
  MemoryBudget& budget() const { return *budget_; }

  struct Stats {
    std::uint64_t loads = 0, evictions = 0;
  };
  Stats stats() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    std::condition_variable loaded;
    std::unordered_map<std::uint32_t, Frame*> by_page;
    std::deque<Frame> frames;  // stable addresses
    std::vector<Frame*> unused;
    std::size_t hand = 0;
    std::uint64_t loads = 0, evictions = 0;
  };

  static bool try_pin(Frame& frame, const BlockPtr& ptr) {
    const std::uint64_t before = frame.state.fetch_add(1, std::memory_order_acquire);
    if ((before & Frame::kReady) != 0 && frame.ptr == ptr) {
      if (!frame.used.load(std::memory_order_relaxed))
        frame.used.store(true, std::memory_order_relaxed);
      return true;
    }
    frame.state.fetch_sub(1, std::memory_order_release);
    return false;
  }
  // Memory that is accounted for, with a payload of so many bytes in it.
  struct Loaded {
    std::byte* memory = nullptr;
    std::uint32_t capacity = 0, bytes = 0;
  };
  Pin pin_slowly(const BlockRef& block, BlockKind kind);
  Loaded load(Shard& shard, BlockPtr ptr, BlockKind kind);
  Loaded take_room(Shard& shard, std::uint32_t payload_bytes);
  BlockBuffer take_scratch();
  void give_scratch(BlockBuffer buffer);
  void give_room(const Loaded& room) noexcept;
  Frame& begin_load(Shard& shard, BlockPtr ptr);
  void make_room(Shard& mine, std::uint64_t bytes);
  bool try_take(std::uint64_t bytes, bool anyway);
  void give(std::uint64_t bytes) noexcept;
  std::uint64_t reclaim(std::uint64_t wanted);
  std::uint64_t evict_some(Shard& shard, std::uint64_t wanted);
  void drop(Shard& shard, Frame& frame);
  Shard& shard_of(std::uint32_t page) { return shards_[(page * 0x9E3779B9u) >> 28]; }

  BlockFile& file_;
  std::shared_ptr<MemoryBudget> budget_;  // shared: with all who take memory
  const std::uint64_t floor_;
  std::atomic<std::uint64_t> limit_;
  std::mutex accounts_;  // who changes bytes_
  std::atomic<std::uint64_t> bytes_{0};
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> next_shard_{0};  // where reclaim() begins
  std::mutex scratch_mutex_;
  std::vector<BlockBuffer> scratch_;  // as many as threads have loaded blocks at the same time
  MemoryBudget::Ticket ticket_;
};

}  // namespace kith::storage
