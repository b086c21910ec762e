// storage/page/buffer_pool.cpp: loading blocks, and CLOCK eviction.
//
// A frame's life: unused -> loading (in the map, not ready) -> ready -> evicted -> unused. Only the
// thread that made it loading writes its memory and identity; a shard's lock guards the map, the
// loading flag and eviction. Bytes are read without any lock.
#include "storage/page/buffer_pool.hpp"

#include <new>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

constexpr std::align_val_t kAlignment{64};

std::byte* take_memory(std::size_t bytes) {
  return static_cast<std::byte*>(::operator new(bytes, kAlignment));
}
void give_memory(std::byte* memory) noexcept { ::operator delete(memory, kAlignment); }

}  // namespace

BufferPool::BufferPool(BlockFile& file, std::uint64_t limit_bytes)
    : file_(file), limit_(limit_bytes) {}

BufferPool::~BufferPool() {
  for (Shard& shard : shards_) {
    for (Frame& frame : shard.frames) {
      KITH_ASSERT((frame.state.load() & Frame::kPinMask) == 0);  // nobody reads any more
      if (frame.memory) give_memory(frame.memory);
    }
  }
}

// Under the shard's lock: a frame for `ptr`, in the map and loading.
Frame& BufferPool::begin_load(Shard& shard, BlockPtr ptr) {
  Frame* frame = nullptr;
  if (shard.unused.empty()) {
    frame = &shard.frames.emplace_back();
  } else {
    frame = shard.unused.back();
    shard.unused.pop_back();
  }
  KITH_ASSERT((frame->state.load() & Frame::kReady) == 0 && frame->memory == nullptr);
  frame->loading = true;
  shard.by_page[ptr.page] = frame;
  ++shard.loads;
  return *frame;
}

Pin BufferPool::pin_slowly(const BlockRef& block, BlockKind kind) {
  const BlockPtr ptr = block.ptr;
  Shard& shard = shard_of(ptr.page);
  std::unique_lock lock(shard.mutex);
  for (;;) {
    const auto found = shard.by_page.find(ptr.page);
    if (found == shard.by_page.end()) break;
    Frame& frame = *found->second;
    if (frame.loading) {
      shard.loaded.wait(lock);
      continue;
    }
    if (try_pin(frame, ptr)) {
      block.hint.store(&frame, std::memory_order_release);
      return Pin(&frame);
    }
    // The page held another block before. Whoever still pins it keeps the frame until CLOCK comes.
    shard.by_page.erase(found);
  }
  Frame& frame = begin_load(shard, ptr);
  lock.unlock();

  const std::uint32_t capacity = static_cast<std::uint32_t>(pages_for(ptr.bytes) * kPageBytes);
  std::byte* memory = nullptr;
  try {
    make_room(shard, capacity);
    memory = take_memory(capacity);
    file_.read(ptr, kind, {memory, sizeof(BlockHeader) + ptr.bytes});  // P2
  } catch (...) {
    if (memory) give_memory(memory);
    bytes_.fetch_sub(capacity, std::memory_order_relaxed);
    lock.lock();
    const auto mine = shard.by_page.find(ptr.page);
    if (mine != shard.by_page.end() && mine->second == &frame) shard.by_page.erase(mine);
    frame.loading = false;
    shard.unused.push_back(&frame);
    shard.loaded.notify_all();
    throw;
  }
  lock.lock();
  frame.memory = memory;
  frame.capacity = capacity;
  frame.ptr = ptr;
  frame.loading = false;
  frame.used.store(true, std::memory_order_relaxed);
  frame.state.fetch_add(Frame::kReady + 1, std::memory_order_release);
  shard.loaded.notify_all();
  block.hint.store(&frame, std::memory_order_release);
  return Pin(&frame);
}

// Counts `bytes` as used and evicts until all is within the limit, or only pinned frames are left.
void BufferPool::make_room(Shard& mine, std::uint64_t bytes) {
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  const std::uint64_t limit = limit_bytes();
  if (this->bytes() <= limit) return;
  const auto start = static_cast<std::size_t>(&mine - shards_.data());
  for (std::size_t i = 0; i < kShards; ++i)
    if (evict_some(shards_[(start + i) % kShards], limit)) return;
}

// True if all is within `goal`.
bool BufferPool::evict_some(Shard& shard, std::uint64_t goal) {
  const std::lock_guard lock(shard.mutex);
  // Two rounds: the first takes the reference bits away.
  for (std::size_t steps = 2 * shard.frames.size(); steps > 0 && bytes() > goal; --steps) {
    if (shard.hand >= shard.frames.size()) shard.hand = 0;
    Frame& frame = shard.frames[shard.hand++];
    if (frame.state.load(std::memory_order_relaxed) != Frame::kReady) continue;
    if (frame.used.exchange(false, std::memory_order_relaxed)) continue;
    std::uint64_t expected = Frame::kReady;
    if (frame.state.compare_exchange_strong(expected, 0, std::memory_order_acquire))  // P1
      drop(shard, frame);
  }
  return bytes() <= goal;
}

void BufferPool::drop(Shard& shard, Frame& frame) {
  KITH_ASSERT(!frame.loading && frame.memory != nullptr);
  const auto found = shard.by_page.find(frame.ptr.page);
  if (found != shard.by_page.end() && found->second == &frame) shard.by_page.erase(found);
  give_memory(frame.memory);
  frame.memory = nullptr;
  bytes_.fetch_sub(frame.capacity, std::memory_order_relaxed);
  shard.unused.push_back(&frame);
  ++shard.evictions;
}

void BufferPool::set_limit(std::uint64_t bytes) {
  limit_.store(bytes, std::memory_order_relaxed);
  for (Shard& shard : shards_)
    if (evict_some(shard, bytes)) return;
}

BufferPool::Stats BufferPool::stats() const {
  Stats sum;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum.loads += shard.loads;
    sum.evictions += shard.evictions;
  }
  return sum;
}

}  // namespace kith::storage
