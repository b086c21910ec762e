// core/page_memory.cpp: pages from the system, or the heap.
#include "core/page_memory.hpp"

#include <sys/mman.h>

#include <new>

#include "core/assert.hpp"

namespace kith {

namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kLeastOfOwnPages = 64 * 1024;

}  // namespace

std::byte* take_memory(std::size_t bytes) {
  if (bytes < kLeastOfOwnPages) return static_cast<std::byte*>(::operator new(bytes, kAlignment));
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(pages);
}

void give_memory(std::byte* memory, std::size_t bytes) noexcept {
  KITH_ASSERT(memory != nullptr);
  if (bytes < kLeastOfOwnPages) return ::operator delete(memory, kAlignment);
  const int failed = ::munmap(memory, bytes);
  KITH_ASSERT(failed == 0);
  static_cast<void>(failed);
}

}  // namespace kith
