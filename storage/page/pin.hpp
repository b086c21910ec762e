// storage/page/pin.hpp: bytes of a block, held in memory as long as the pin lives.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/assert.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

class BufferPool;

// One place of the pool. Frames are never destroyed before the pool, so a stale pointer to one is
// harmless: whoever follows it checks the identity while holding a pin.
struct Frame {
  // Low 32 bits: pins. kReady: bytes and identity are valid. Both change together atomically, so
  // that a frame is evicted only from (kReady, 0 pins).
  static constexpr std::uint64_t kReady = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kPinMask = kReady - 1;

  std::atomic<std::uint64_t> state{0};
  std::atomic<bool> used{false};  // CLOCK's reference bit
  bool loading = false;           // under the shard's lock
  BlockPtr ptr;                   // identity; written before kReady is set
  std::byte* memory = nullptr;    // room for a header, and the payload
  std::uint32_t capacity = 0;     // bytes of memory
  std::uint32_t bytes = 0;        // of the payload, unpacked
};

// Where a block lies, with a hint to the frame that had it last; the hint makes pinning a hot
// block one atomic addition. Whoever has the hint, copied or not, sees the frame that was made.
struct BlockRef {
  BlockPtr ptr;
  mutable std::atomic<Frame*> hint{nullptr};

  BlockRef() = default;
  explicit BlockRef(BlockPtr p) : ptr(p) {}
  BlockRef(const BlockRef& other)
      : ptr(other.ptr), hint(other.hint.load(std::memory_order_acquire)) {}
  BlockRef& operator=(const BlockRef& other) {
    ptr = other.ptr;
    hint.store(other.hint.load(std::memory_order_acquire), std::memory_order_release);
    return *this;
  }
  // Ask for what pinning it reads, in two steps.
  void prefetch() const { __builtin_prefetch(this); }
  void prefetch_frame() const { __builtin_prefetch(hint.load(std::memory_order_relaxed), 1); }
};

// Movable, not copyable. The payload is contiguous, aligned to 16, and unchanged while pinned.
class Pin {
 public:
  Pin() = default;
  Pin(Pin&& from) noexcept : frame_(std::exchange(from.frame_, nullptr)) {}
  Pin& operator=(Pin&& from) noexcept {
    if (this != &from) {
      reset();
      frame_ = std::exchange(from.frame_, nullptr);
    }
    return *this;
  }
  ~Pin() { reset(); }

  explicit operator bool() const { return frame_ != nullptr; }
  const std::byte* data() const {
    KITH_ASSERT(frame_ != nullptr);
    return frame_->memory + sizeof(BlockHeader);
  }
  std::uint32_t size() const {
    KITH_ASSERT(frame_ != nullptr);
    return frame_->bytes;
  }
  std::span<const std::byte> payload() const { return {data(), size()}; }
  void reset() noexcept {
    if (frame_) std::exchange(frame_, nullptr)->state.fetch_sub(1, std::memory_order_release);
  }

 private:
  friend class BufferPool;
  explicit Pin(Frame* frame) : frame_(frame) {}
  Frame* frame_ = nullptr;
};

}  // namespace kith::storage
