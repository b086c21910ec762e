// storage/load/row_pool.hpp: memory for rows of relationships that wait in a bulk load.
//
// Blocks of one size are cut from slabs. What one type of relationships gives back the next one
// takes, so that memory is asked of the system once; it goes back when that is wanted, or with the
// pool. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/page_memory.hpp"

namespace kith::storage {

class RowPool {
 public:
  static constexpr std::size_t kBlockBytes = 3 * 1024;
  struct Block {
    std::byte* memory = nullptr;
    std::uint32_t slab = 0;
  };

  RowPool() = default;
  ~RowPool();
  RowPool(const RowPool&) = delete;
  RowPool& operator=(const RowPool&) = delete;

  Block take();
  void give(Block block) noexcept;

  // Memory to sort a segment in, which may be all of a type; `wanted` bytes or more. What was in
  // `room`, which may be empty, is lost.
  struct Room {
    std::byte* memory = nullptr;
    std::size_t bytes = 0;
  };
  Room larger_room(Room room, std::size_t wanted);
  void give(Room room) noexcept;

  // Gives slabs and rooms of which nothing is in use back to the system.
  void release_unused() noexcept;
  std::uint64_t bytes() const;  // of slabs, and of rooms not in use

 private:
  struct Slab {
    std::byte* memory = nullptr;  // nullptr: it was given back
    std::size_t bytes = 0;
    std::uint32_t cut = 0, used = 0;  // blocks that were ever taken, and are now
    std::byte* free = nullptr;        // the first of those given back; each begins with the next
  };
  bool has_room(const Slab& slab) const {
    return slab.free != nullptr || (slab.cut + std::size_t{1}) * kBlockBytes <= slab.bytes;
  }
  void add_slab();

  mutable std::mutex mutex_;
  std::vector<Slab> slabs_;
  std::vector<std::uint32_t> with_room_;  // once each
  std::vector<Room> rooms_;               // not in use
  std::uint64_t bytes_ = 0;
};

}  // namespace kith::storage
