// core/page_memory.hpp: memory for blocks of a file, and what the heap keeps.
//
// Pages of their own go back to the system as soon as they are given back; out of the heap, pieces
// of many sizes that come and go would leave it full of holes, and a process would keep far more
// than its memory limit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <vector>

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

// An array of that kind that begins with no values, for what is written before it is read.
template <class T>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  LargeArray() = default;
  explicit LargeArray(std::size_t count)
      : memory_(count == 0 ? nullptr : LargePages<T>().allocate(count), Give{count}) {}

  T& operator[](std::size_t i) { return memory_[i]; }
  const T& operator[](std::size_t i) const { return memory_[i]; }
  T* data() { return memory_.get(); }

 private:
  struct Give {
    std::size_t count = 0;
    void operator()(T* memory) const noexcept { LargePages<T>().deallocate(memory, count); }
  };
  std::unique_ptr<T[], Give> memory_;
};

// The same wish for memory from elsewhere that nobody has touched yet; heard if it is much.
void prefer_large_pages(void* memory, std::size_t bytes) noexcept;

// Room for `count` elements in a vector on the heap; if that is much, it is asked for as above.
template <class T>
void reserve_large(std::vector<T>& vector, std::size_t count) {
  if (count <= vector.capacity()) return;
  std::vector<T> larger;
  larger.reserve(count);
  prefer_large_pages(larger.data(), count * sizeof(T));  // NOLINT: T may be a pointer
  larger.insert(larger.end(), std::make_move_iterator(vector.begin()),
                std::make_move_iterator(vector.end()));
  vector.swap(larger);
}
// Before elements are added, `more` or fewer.
template <class T>
void make_room(std::vector<T>& vector, std::size_t more = 1) {
  const std::size_t needed = vector.size() + more;
  if (needed > vector.capacity()) reserve_large(vector, std::max(needed, 2 * vector.capacity()));
}

// What was freed on the heap goes back to the system, as far as it is whole pages. For after the
// end of something large: it looks at all that is free.
void give_back_heap() noexcept;

}  // namespace kith
