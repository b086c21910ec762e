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
#include <vector>

namespace kith {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  // Uninitialised memory, aligned to `align` (a power of two, at most 16).
  void* allocate(std::size_t bytes, std::size_t align = 8);
  template <class T>
  std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
    return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
  }
  std::string_view copy(std::string_view text);

  void reset();
  std::size_t bytes() const { return bytes_; }  // reserved from the heap

 private:
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace kith
