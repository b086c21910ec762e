// storage/load/row_pool.cpp: slabs and the blocks in them.
#include "storage/load/row_pool.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

// A slab is a quarter of what there is; what nobody has touched of it is no memory yet.
constexpr std::uint64_t kLeastSlab = 64 * RowPool::kBlockBytes, kMostSlab = 8 * 1024 * 1024;

}  // namespace

RowPool::~RowPool() {
  for (const Room& room : rooms_) give_memory(room.memory, room.bytes);
  for (const Slab& slab : slabs_)
    if (slab.memory != nullptr) give_memory(slab.memory, slab.bytes);
}

void RowPool::add_slab() {
  Slab slab;
  slab.bytes = static_cast<std::size_t>(std::clamp(bytes_ / 4, kLeastSlab, kMostSlab));
  slabs_.reserve(slabs_.size() + 1);
  with_room_.reserve(slabs_.size() + 1);  // so that give() needs no memory
  slab.memory = take_large_pages(slab.bytes);
  bytes_ += slab.bytes;
  with_room_.push_back(static_cast<std::uint32_t>(slabs_.size()));
  slabs_.push_back(slab);
}

RowPool::Block RowPool::take() {
  const std::lock_guard lock(mutex_);
  if (with_room_.empty()) add_slab();
  const std::uint32_t number = with_room_.back();
  Slab& slab = slabs_[number];
  KITH_ASSERT(slab.memory != nullptr && has_room(slab));
  Block block{slab.free, number};
  if (slab.free != nullptr)
    std::memcpy(&slab.free, block.memory, sizeof slab.free);
  else
    block.memory = slab.memory + kBlockBytes * slab.cut++;
  ++slab.used;
  if (!has_room(slab)) with_room_.pop_back();
  return block;
}

void RowPool::give(Block block) noexcept {
  const std::lock_guard lock(mutex_);
  Slab& slab = slabs_[block.slab];
  KITH_ASSERT(slab.used > 0 && block.memory >= slab.memory);
  if (!has_room(slab)) with_room_.push_back(block.slab);
  std::memcpy(block.memory, &slab.free, sizeof slab.free);
  slab.free = block.memory;
  --slab.used;
}

// The largest there is; else as much more as is asked for, and one that is too small goes.
RowPool::Room RowPool::larger_room(Room room, std::size_t wanted) {
  if (room.bytes >= wanted) return room;
  give(room);
  const std::lock_guard lock(mutex_);
  const auto largest = std::max_element(
      rooms_.begin(), rooms_.end(), [](const Room& a, const Room& b) { return a.bytes < b.bytes; });
  if (largest != rooms_.end()) {
    room = *largest;
    rooms_.erase(largest);
    if (room.bytes >= wanted) return room;
    give_memory(room.memory, room.bytes);
  }
  return {take_large_pages(wanted), wanted};
}

void RowPool::give(Room room) noexcept {
  if (room.memory == nullptr) return;
  const std::lock_guard lock(mutex_);
  try {
    rooms_.push_back(room);
  } catch (const std::bad_alloc&) {
    give_memory(room.memory, room.bytes);
  }
}

void RowPool::release_unused() noexcept {
  const std::lock_guard lock(mutex_);
  for (const Room& room : rooms_) give_memory(room.memory, room.bytes);
  rooms_.clear();
  std::erase_if(with_room_, [this](std::uint32_t number) {
    Slab& slab = slabs_[number];
    if (slab.used > 0) return false;
    give_memory(slab.memory, slab.bytes);
    bytes_ -= slab.bytes;
    slab = Slab();
    return true;
  });
}

std::uint64_t RowPool::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = bytes_;
  for (const Room& room : rooms_) bytes += room.bytes;
  return bytes;
}

}  // namespace kith::storage
