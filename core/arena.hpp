// core/arena.hpp: bump allocation for what lives and dies together (a batch, a hash table, a row
// set).
//
// Not thread-safe. Nothing in it is destroyed one by one; reset() frees all and keeps one block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/assert.hpp"

namespace kith {

class MemoryBudget;

class Arena {
 public:
  Arena() = default;
  Arena(Arena&& from) noexcept
      : blocks_(std::move(from.blocks_)),
        at_(std::exchange(from.at_, nullptr)),
        end_(std::exchange(from.end_, nullptr)),
        bytes_(std::exchange(from.bytes_, 0)),
        budget_(from.budget_),
        charged_(std::exchange(from.charged_, 0)) {}
  Arena& operator=(Arena&& from) noexcept {
    if (charged_ != 0) uncharge(0);
    blocks_ = std::exchange(from.blocks_, {});
    at_ = std::exchange(from.at_, nullptr);
    end_ = std::exchange(from.end_, nullptr);
    bytes_ = std::exchange(from.bytes_, 0);
    budget_ = from.budget_;
    charged_ = std::exchange(from.charged_, 0);
    return *this;
  }
  ~Arena() {
    if (charged_ != 0) uncharge(0);
  }

  // From now on what is more than a little is taken from this budget: where there is no more,
  // allocating is a ResourceError. The budget outlives the arena's memory.
  void charge_to(MemoryBudget& budget) { budget_ = &budget; }

  // Uninitialised memory, aligned to `align` (a power of two, at most 16). Never nullptr.
  void* allocate(std::size_t bytes, std::size_t align = 8) {
    KITH_ASSERT(align != 0 && (align & (align - 1)) == 0 && align <= 16);
    const auto at = reinterpret_cast<std::uintptr_t>(at_);
    const std::size_t gap = (align - (at & (align - 1))) & (align - 1);
    const auto left = static_cast<std::size_t>(end_ - at_);
    if (gap > left || bytes > left - gap || at_ == nullptr) return allocate_in_new_block(bytes);
    std::byte* result = at_ + gap;
    at_ = result + bytes;
    return result;
  }
  template <class T>
  std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
    return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
  }
  std::string_view copy(std::string_view text);

  void reset();
  // What lies in the other one lies in this one from now on. Neither is charged to a budget.
  void adopt(Arena&& other);
  std::size_t bytes() const { return bytes_; }  // reserved from the heap

 private:
  void* allocate_in_new_block(std::size_t bytes);
  void charge(std::size_t bytes);
  void uncharge(std::size_t left) noexcept;

  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t bytes_ = 0;
  MemoryBudget* budget_ = nullptr;
  std::size_t charged_ = 0;
};

}  // namespace kith
