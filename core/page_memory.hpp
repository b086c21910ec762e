// core/page_memory.hpp: memory for blocks of a file, and what the heap keeps.
//
// Pages of their own go back to the system as soon as they are given back; out of the heap, pieces
// of many sizes that come and go would leave it full of holes, and a process would keep far more
// than its memory limit.
#pragma once

#include <cstddef>

namespace kith {

// Aligned to 64; throws std::bad_alloc.
std::byte* take_memory(std::size_t bytes);
// `bytes`: as they were asked for.
void give_memory(std::byte* memory, std::size_t bytes) noexcept;

// As take_memory(), for what is large and looked up all over: where the system has larger pages, it
// may use them, since there are more small ones than a processor keeps the places of.
std::byte* take_large_pages(std::size_t bytes);

// For vectors of that kind.
template <class T>
struct LargePages {
  using value_type = T;
  T* allocate(std::size_t count) {
    return static_cast<T*>(static_cast<void*>(take_large_pages(count * sizeof(T))));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    give_memory(static_cast<std::byte*>(static_cast<void*>(memory)), count * sizeof(T));
  }
  friend bool operator==(const LargePages&, const LargePages&) { return true; }
};

// What was freed on the heap goes back to the system, as far as it is whole pages. For after the
// end of something large: it looks at all that is free.
void give_back_heap() noexcept;

}  // namespace kith
