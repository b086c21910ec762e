// core/page_memory.cpp: pages from the system, or the heap.
#include "core/page_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <new>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/assert.hpp"
#include "core/bulk_memory.hpp"

namespace kith {

namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLeastOfOwnPages = 64 * 1024;  // where pieces are not served

std::byte* map_pages(std::size_t bytes) {
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(pages);
}

// A range of addresses that pieces are cut from.
struct Mapping {
  std::byte* begin = nullptr;
  std::size_t bytes = 0;
  bool has_large_pages = false;
};

// With large pages where the system has them.
Mapping map_large(std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kLargePage = 2 * 1024 * 1024;
  std::byte* const all = map_pages(bytes + kLargePage);
  const std::size_t before = kLargePage - reinterpret_cast<std::uintptr_t>(all) % kLargePage;
  ::munmap(all, before);  // at least a page of it is too much, as nothing less is mapped
  std::byte* const begin = all + before;
  if (before < kLargePage) ::munmap(begin + bytes, kLargePage - before);
  return {begin, bytes, ::madvise(begin, bytes, MADV_HUGEPAGE) == 0};
#else
  return {map_pages(bytes), bytes, false};
#endif
}

// Pieces of up to a block's size. A mapping for each would be more than the system allows, and no
// large page would hold more than one; so they are cut from mappings that stay, and it is the pages
// of a free piece that the system gets back. A piece is used again for the same size only: what
// that wastes are addresses. The first mappings have small pages: who needs little gets no more.
class Pieces {
 public:
  static bool serves(std::size_t bytes) {
    static const bool usual = ::sysconf(_SC_PAGESIZE) == static_cast<long>(kPage);
    return usual && bytes >= kPage && bytes <= kMostBytes;
  }

  std::byte* take(std::size_t bytes) {
    const std::size_t pages = pages_of(bytes);
    const std::lock_guard lock(mutex_);
    Size& size = sizes_[pages];
    if (!size.resident.empty()) {
      resident_bytes_ -= pages * kPage;
      return last_of(size.resident);
    }
    if (!size.empty.empty()) return last_of(size.empty);
    return cut(pages * kPage);
  }

  void give(std::byte* memory, std::size_t bytes) {
    const std::size_t pages = pages_of(bytes);
    if (keep(memory, pages)) return;
    ::madvise(memory, pages * kPage, MADV_DONTNEED);
    const std::lock_guard lock(mutex_);
    sizes_[pages].empty.push_back(memory);
  }

 private:
  static constexpr std::size_t kMostBytes = 256 * 1024;
  // Free pieces that keep their pages, for the next who comes.
  static constexpr std::size_t kMostResident = 256 * 1024, kMostOfOne = 64 * 1024;
  static constexpr std::size_t kSmallMapping = 1024 * 1024, kLargeMapping = 32 * 1024 * 1024;
  static constexpr std::size_t kSmallMappings = 8;

  struct Size {
    std::vector<std::byte*> resident, empty;  // free pieces
  };
  static std::size_t pages_of(std::size_t bytes) { return (bytes + kPage - 1) / kPage; }
  static std::byte* last_of(std::vector<std::byte*>& pieces) {
    std::byte* piece = pieces.back();
    pieces.pop_back();
    return piece;
  }

  // False: its pages are to be given back.
  bool keep(std::byte* memory, std::size_t pages) {
    const std::lock_guard lock(mutex_);
    if (pages * kPage < kMostOfOne && resident_bytes_ + pages * kPage <= kMostResident) {
      resident_bytes_ += pages * kPage;
      sizes_[pages].resident.push_back(memory);
      return true;
    }
    forgo_large_pages(memory);
    return false;
  }

  // Else the system might make one large page again of what is left around the piece.
  void forgo_large_pages([[maybe_unused]] const std::byte* piece) {
#ifdef MADV_HUGEPAGE
    const auto after = std::upper_bound(
        mappings_.begin(), mappings_.end(), piece,
        [](const std::byte* p, const Mapping& m) { return std::less<>()(p, m.begin); });
    KITH_ASSERT(after != mappings_.begin());
    Mapping& mapping = *(after - 1);
    KITH_ASSERT(piece < mapping.begin + mapping.bytes);
    if (!mapping.has_large_pages) return;
    ::madvise(mapping.begin, mapping.bytes, MADV_NOHUGEPAGE);
    mapping.has_large_pages = false;
#endif
  }

  std::byte* cut(std::size_t bytes) {
    if (left_ < bytes) {  // the rest was never touched, so it is no memory
      const Mapping mapping = mappings_.size() < kSmallMappings
                                  ? Mapping{map_pages(kSmallMapping), kSmallMapping, false}
                                  : map_large(kLargeMapping);
      const auto by_address = [](const Mapping& a, const Mapping& b) {
        return std::less<>()(a.begin, b.begin);
      };
      mappings_.insert(std::upper_bound(mappings_.begin(), mappings_.end(), mapping, by_address),
                       mapping);
      at_ = mapping.begin;
      left_ = mapping.bytes;
    }
    std::byte* piece = at_;
    at_ += bytes;
    left_ -= bytes;
    return piece;
  }

  std::mutex mutex_;
  std::array<Size, kMostBytes / kPage + 1> sizes_;  // by pages
  std::size_t resident_bytes_ = 0;
  std::vector<Mapping> mappings_;  // by address
  std::byte* at_ = nullptr;        // of the last one, what is left
  std::size_t left_ = 0;
};

Pieces& pieces() {
  static Pieces* const all = new Pieces();  // for as long as anybody may have one
  return *all;
}

}  // namespace

std::byte* take_memory(std::size_t bytes) {
  if (Pieces::serves(bytes)) return pieces().take(bytes);
  if (bytes < kLeastOfOwnPages) return static_cast<std::byte*>(::operator new(bytes, kAlignment));
  return map_pages(bytes);
}

std::byte* take_large_pages(std::size_t bytes) {
  std::byte* const memory = take_memory(bytes);
  prefer_large_pages(memory, bytes);
  return memory;
}

void prefer_large_pages([[maybe_unused]] void* memory,
                        [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kWorthIt = 4 * 1024 * 1024;
  if (bytes < kWorthIt) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const std::uintptr_t last = (begin + bytes) / kPage * kPage;
  ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // else it is only slower
#endif
}

void give_memory(std::byte* memory, std::size_t bytes) noexcept {
  KITH_ASSERT(memory != nullptr);
  if (Pieces::serves(bytes)) {
    try {
      return pieces().give(memory, bytes);
    } catch (const std::bad_alloc&) {  // of the list: only addresses are lost
      return;
    }
  }
  if (bytes < kLeastOfOwnPages) return ::operator delete(memory, kAlignment);
  const int failed = ::munmap(memory, bytes);
  KITH_ASSERT(failed == 0);
  static_cast<void>(failed);
}

void give_back_heap() noexcept {
  give_back_bulk();
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace kith
