// shell/heap.cpp: settings of the system's allocator; it decides by the size of a piece alone.
#include "shell/heap.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>

namespace kith::shell {

namespace {

constexpr std::uint64_t kLeastOfOwnPages = 256 * 1024, kMostOfHeap = 16 * 1024 * 1024;
// Of the limit: how large a piece of the heap may be.
constexpr std::uint64_t kShare = 512;
// So many of the largest pieces may be free at the heap's end.
constexpr int kFreePieces = 4;

// About what is taken for the limit where none is given (the database looks at control groups, too;
// the public interface does not say what it found).
std::uint64_t half_of_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 2
             : 0;
}

}  // namespace

void set_up_heap() {
  constexpr int kMostArenas = 8;
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(kLeastOfOwnPages));
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kLeastOfOwnPages));
  mallopt(M_ARENA_MAX, kMostArenas);
}

void keep_in_heap(std::uint64_t memory_limit) {
  const std::uint64_t limit = memory_limit != 0 ? memory_limit : half_of_memory();
  const std::uint64_t largest = std::min(limit / kShare, kMostOfHeap);
  if (largest <= kLeastOfOwnPages) return;
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(largest));
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(largest) * kFreePieces);
}

}  // namespace kith::shell
