// core/page_memory.cpp: pages from the system, or the heap.
#include "core/page_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <new>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/assert.hpp"

namespace kith {

namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLeastOfOwnPages = 64 * 1024;

std::byte* map_pages(std::size_t bytes) {
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(pages);
}

// Pieces of a few pages. A mapping for each would be more than the system allows; so they are cut
// from large ones, which stay, and it is the pages of a free piece that the system gets back. A
// piece is used again for the same size only: what that wastes are addresses.
class SmallPieces {
 public:
  static bool serves(std::size_t bytes) {
    static const bool usual = ::sysconf(_SC_PAGESIZE) == static_cast<long>(kPage);
    return usual && bytes >= kPage && bytes < kLeastOfOwnPages;
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
    const std::lock_guard lock(mutex_);
    Size& size = sizes_[pages];
    if (resident_bytes_ + pages * kPage <= kMostResident) {
      resident_bytes_ += pages * kPage;
      size.resident.push_back(memory);
      return;
    }
    ::madvise(memory, pages * kPage, MADV_DONTNEED);
    size.empty.push_back(memory);
  }

 private:
  // Free pieces that keep their pages, for the next who comes.
  static constexpr std::size_t kMostResident = 256 * 1024;
  static constexpr std::size_t kMapping = 1024 * 1024;

  struct Size {
    std::vector<std::byte*> resident, empty;  // free pieces
  };
  static std::size_t pages_of(std::size_t bytes) { return (bytes + kPage - 1) / kPage; }
  static std::byte* last_of(std::vector<std::byte*>& pieces) {
    std::byte* piece = pieces.back();
    pieces.pop_back();
    return piece;
  }
  std::byte* cut(std::size_t bytes) {
    if (left_ < bytes) {  // the rest was never touched, so it is no memory
      at_ = map_pages(kMapping);
      left_ = kMapping;
    }
    std::byte* piece = at_;
    at_ += bytes;
    left_ -= bytes;
    return piece;
  }

  std::mutex mutex_;
  std::array<Size, kLeastOfOwnPages / kPage + 1> sizes_;  // by pages
  std::size_t resident_bytes_ = 0;
  std::byte* at_ = nullptr;
  std::size_t left_ = 0;
};

SmallPieces& small_pieces() {
  static SmallPieces* const pieces = new SmallPieces();  // for as long as anybody may have one
  return *pieces;
}

}  // namespace

std::byte* take_memory(std::size_t bytes) {
  if (SmallPieces::serves(bytes)) return small_pieces().take(bytes);
  if (bytes < kLeastOfOwnPages) return static_cast<std::byte*>(::operator new(bytes, kAlignment));
  return map_pages(bytes);
}

std::byte* take_large_pages(std::size_t bytes) {
  std::byte* const memory = take_memory(bytes);
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kWorthIt = 4 * 1024 * 1024;
  if (bytes >= kWorthIt) ::madvise(memory, bytes, MADV_HUGEPAGE);  // if not, it is only slower
#endif
  return memory;
}

void give_memory(std::byte* memory, std::size_t bytes) noexcept {
  KITH_ASSERT(memory != nullptr);
  if (SmallPieces::serves(bytes)) {
    try {
      return small_pieces().give(memory, bytes);
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
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace kith
