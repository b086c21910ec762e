// storage/page/buffer_pool.cpp: loading blocks, and CLOCK eviction.
//
// A frame's life: unused -> loading (in the map, not ready) -> ready -> evicted -> unused. Only the
// thread that made it loading writes its memory and identity; a shard's lock guards the map, the
// loading flag and eviction. Bytes are read without any lock.
#include "storage/page/buffer_pool.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/page_memory.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kLeastShareReclaimed = 64;  // of the limit, at a time

}  // namespace

BufferPool::BufferPool(BlockFile& file, std::shared_ptr<MemoryBudget> budget, std::uint64_t floor)
    : file_(file), budget_(std::move(budget)), floor_(floor), limit_(budget_->limit()) {
  budget_->reserve_anyway(floor_);
  ticket_ = budget_->add_reclaimer([this](std::uint64_t wanted) { return reclaim(wanted); });
}

BufferPool::~BufferPool() {
  budget_->remove_reclaimer(ticket_);
  budget_->release(std::max(bytes(), floor_));
  for (Shard& shard : shards_) {
    for (Frame& frame : shard.frames) {
      KITH_ASSERT((frame.state.load() & Frame::kPinMask) == 0);  // nobody reads any more
      if (frame.memory) give_memory(frame.memory, frame.capacity);
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

  Loaded loaded;
  try {
    loaded = load(shard, ptr, kind);
  } catch (...) {
    lock.lock();
    const auto mine = shard.by_page.find(ptr.page);
    if (mine != shard.by_page.end() && mine->second == &frame) shard.by_page.erase(mine);
    frame.loading = false;
    shard.unused.push_back(&frame);
    shard.loaded.notify_all();
    throw;
  }
  lock.lock();
  frame.memory = loaded.memory;
  frame.capacity = loaded.capacity;
  frame.bytes = loaded.bytes;
  frame.ptr = ptr;
  frame.loading = false;
  frame.used.store(true, std::memory_order_relaxed);
  frame.state.fetch_add(Frame::kReady + 1, std::memory_order_release);
  shard.loaded.notify_all();
  block.hint.store(&frame, std::memory_order_release);
  return Pin(&frame);
}

// P2. What is read first goes to a buffer that is used again: only there it is seen whether it is
// packed, and how long it will be.
BufferPool::Loaded BufferPool::load(Shard& shard, BlockPtr ptr, BlockKind kind) {
  BlockBuffer scratch = take_scratch();
  Loaded result;
  try {
    const BlockHeader header = file_.read(ptr, kind, scratch);
    const std::span<const std::byte> stored(scratch.payload(), ptr.bytes);
    result = take_room(shard, header.unpacked == 0 ? ptr.bytes : header.unpacked);
    const std::span payload(result.memory + sizeof(BlockHeader), result.bytes);
    if (header.unpacked != 0)
      file_.unpack(ptr, kind, stored, payload);
    else
      std::copy(stored.begin(), stored.end(), payload.begin());
  } catch (...) {
    give_room(result);
    give_scratch(std::move(scratch));
    throw;
  }
  give_scratch(std::move(scratch));
  return result;
}

BlockBuffer BufferPool::take_scratch() {
  const std::lock_guard lock(scratch_mutex_);
  if (scratch_.empty()) return {};
  BlockBuffer buffer = std::move(scratch_.back());
  scratch_.pop_back();
  return buffer;
}

void BufferPool::give_scratch(BlockBuffer buffer) {
  const std::lock_guard lock(scratch_mutex_);
  scratch_.push_back(std::move(buffer));
}

BufferPool::Loaded BufferPool::take_room(Shard& shard, std::uint32_t payload_bytes) {
  Loaded room{nullptr, static_cast<std::uint32_t>(pages_for(payload_bytes) * kPageBytes),
              payload_bytes};
  make_room(shard, room.capacity);
  try {
    room.memory = take_memory(room.capacity);
  } catch (...) {
    give(room.capacity);
    throw;
  }
  return room;
}

void BufferPool::give_room(const Loaded& room) noexcept {
  if (!room.memory) return;
  give_memory(room.memory, room.capacity);
  give(room.capacity);
}

// Counts `bytes` as used, if need be after evicting as many; over the limit when all is pinned.
void BufferPool::make_room(Shard& mine, std::uint64_t bytes) {
  const auto start = static_cast<std::size_t>(&mine - shards_.data());
  while (!try_take(bytes, false)) {
    std::uint64_t freed = 0;
    for (std::size_t i = 0; i < kShards && freed < bytes; ++i)
      freed += evict_some(shards_[(start + i) % kShards], bytes - freed);
    if (freed > 0) continue;  // others may have been quicker to take it
    try_take(bytes, true);
    return;
  }
}

// P3
bool BufferPool::try_take(std::uint64_t bytes, bool anyway) {
  const std::lock_guard lock(accounts_);
  const std::uint64_t before = this->bytes(), now = before + bytes;
  if (!anyway && now > limit_bytes()) return false;
  const std::uint64_t more = std::max(now, floor_) - std::max(before, floor_);
  if (anyway) {
    budget_->reserve_anyway(more);
  } else if (!budget_->try_reserve_now(more)) {
    return false;
  }
  bytes_.store(now, std::memory_order_relaxed);
  return true;
}

void BufferPool::give(std::uint64_t bytes) noexcept {
  const std::lock_guard lock(accounts_);
  const std::uint64_t before = this->bytes();
  KITH_ASSERT(before >= bytes);
  bytes_.store(before - bytes, std::memory_order_relaxed);
  budget_->release(std::max(before, floor_) - std::max(before - bytes, floor_));
}

// Of what is above the floor. More than was asked for, so that one call serves many small wishes.
std::uint64_t BufferPool::reclaim(std::uint64_t wanted) {
  const std::uint64_t before = std::max(bytes(), floor_);
  wanted = std::min(std::max(wanted, budget_->limit() / kLeastShareReclaimed), before - floor_);
  std::uint64_t freed = 0;
  for (std::size_t i = 0; i < kShards && freed < wanted; ++i)
    freed += evict_some(shards_[next_shard_++ % kShards], wanted - freed);
  const std::uint64_t after = std::max(bytes(), floor_);
  return before > after ? before - after : 0;
}

// At least `wanted`, or what there is; the bytes freed.
std::uint64_t BufferPool::evict_some(Shard& shard, std::uint64_t wanted) {
  const std::lock_guard lock(shard.mutex);
  std::uint64_t freed = 0;
  // Two rounds: the first takes the reference bits away.
  for (std::size_t steps = 2 * shard.frames.size(); steps > 0 && freed < wanted; --steps) {
    if (shard.hand >= shard.frames.size()) shard.hand = 0;
    Frame& frame = shard.frames[shard.hand++];
    if (frame.state.load(std::memory_order_relaxed) != Frame::kReady) continue;
    if (frame.used.exchange(false, std::memory_order_relaxed)) continue;
    std::uint64_t expected = Frame::kReady;
    if (!frame.state.compare_exchange_strong(expected, 0, std::memory_order_acquire)) continue;
    freed += frame.capacity;
    drop(shard, frame);  // P1
  }
  return freed;
}

void BufferPool::drop(Shard& shard, Frame& frame) {
  KITH_ASSERT(!frame.loading && frame.memory != nullptr);
  const auto found = shard.by_page.find(frame.ptr.page);
  if (found != shard.by_page.end() && found->second == &frame) shard.by_page.erase(found);
  give_memory(frame.memory, frame.capacity);
  frame.memory = nullptr;
  give(frame.capacity);
  shard.unused.push_back(&frame);
  ++shard.evictions;
}

void BufferPool::set_limit(std::uint64_t limit) {
  limit_.store(limit, std::memory_order_relaxed);
  for (Shard& shard : shards_)
    if (const std::uint64_t used = bytes(); used > limit) evict_some(shard, used - limit);
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
