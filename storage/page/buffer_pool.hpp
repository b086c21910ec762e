// storage/page/buffer_pool.hpp: blocks in memory, within a budget.
//
//   P1  A pinned block stays where it is and as it is.
//   P2  A block is verified once, when it is loaded; a damaged one is never handed out.
//   P3  Memory stays within the limit, except for what is pinned at the same time.
//
// Thread-safe and sharded; a hot block is pinned by its hint without a lock. Nothing is reserved
// before it is needed.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "storage/page/block_file.hpp"
#include "storage/page/pin.hpp"

namespace kith::storage {

class BufferPool {
 public:
  BufferPool(BlockFile& file, std::uint64_t limit_bytes);
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
  void set_limit(std::uint64_t bytes);

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
  Pin pin_slowly(const BlockRef& block, BlockKind kind);
  Frame& begin_load(Shard& shard, BlockPtr ptr);
  void make_room(Shard& mine, std::uint64_t bytes);
  bool evict_some(Shard& shard, std::uint64_t goal);
  void drop(Shard& shard, Frame& frame);
  Shard& shard_of(std::uint32_t page) { return shards_[(page * 0x9E3779B9u) >> 28]; }

  BlockFile& file_;
  std::atomic<std::uint64_t> limit_;
  std::atomic<std::uint64_t> bytes_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace kith::storage
