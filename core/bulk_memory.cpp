// core/bulk_memory.cpp: regions, and what is alive in them.
#include "core/bulk_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/assert.hpp"

namespace kith {

namespace {

constexpr std::size_t kRegion = 2 * 1024 * 1024, kPage = 4096, kPages = kRegion / kPage;

// At the begin of a region, which is aligned to its size: a piece finds it by its own address.
struct Region {
  std::atomic<std::size_t> alive{1};  // bytes of pieces; one more while it is cut from
  std::array<std::atomic<std::uint16_t>, kPages> pieces{};  // that lie in the page, or a part of it
  bool given_back[kPages] = {};

  std::byte* begin() { return static_cast<std::byte*>(static_cast<void*>(this)); }
};
constexpr std::size_t kHead = (sizeof(Region) + 15) / 16 * 16;
static_assert(kHead + kMostBulkBytes <= kRegion);

std::size_t size_of(std::size_t bytes) { return (bytes + 15) / 16 * 16; }

// Large pages are for who needs more than a little: the first of all regions has none, and little
// room.
constexpr std::size_t kSmallRegion = 256 * 1024;

Region* map_region(bool large) {
  void* const all =
      ::mmap(nullptr, 2 * kRegion, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::bad_alloc();
  auto* const bytes = static_cast<std::byte*>(all);
  const std::size_t before = (kRegion - reinterpret_cast<std::uintptr_t>(all) % kRegion) % kRegion;
  std::byte* const begin = bytes + before;
  if (before > 0) ::munmap(bytes, before);
  ::munmap(begin + kRegion, kRegion - before);
#ifdef MADV_HUGEPAGE
  if (large) ::madvise(begin, kRegion, MADV_HUGEPAGE);  // else it is only slower
#endif
  return new (begin) Region;
}

class Regions {
 public:
  std::byte* take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    if (!current_ || room_ - used_ < size) open();
    std::byte* const piece = current_->begin() + used_;
    used_ += size;
    current_->alive.fetch_add(size, std::memory_order_relaxed);
    for_pages(*current_, piece, size,
              [](auto& pieces) { pieces.fetch_add(1, std::memory_order_relaxed); });
    alive_.fetch_add(size, std::memory_order_relaxed);
    return piece;
  }

  void give(std::byte* piece, std::size_t size) noexcept {
    auto* const region = static_cast<Region*>(
        static_cast<void*>(piece - reinterpret_cast<std::uintptr_t>(piece) % kRegion));
    alive_.fetch_sub(size, std::memory_order_relaxed);
    for_pages(*region, piece, size, [](auto& pieces) {
      const auto before = pieces.fetch_sub(1, std::memory_order_release);
      KITH_ASSERT(before > 0);
      static_cast<void>(before);
    });
    leave(region, size);
  }

  // A larger page of the system would have what lies in others of ours.
  void give_back() noexcept {
    static const bool usual = ::sysconf(_SC_PAGESIZE) == static_cast<long>(kPage);
    if (!usual) return;
    const std::lock_guard lock(mutex_);
    for (Region* region : regions_) {
      // The page that is cut from next is not touched.
      const std::size_t end = region == current_ ? used_ / kPage : kPages;
      for (std::size_t page = (kHead + kPage - 1) / kPage; page < end; ++page) {
        if (region->pieces[page].load(std::memory_order_acquire) > 0) continue;
        if (std::exchange(region->given_back[page], true)) continue;
        ::madvise(region->begin() + page * kPage, kPage, MADV_DONTNEED);
      }
    }
  }

  std::size_t alive() const noexcept { return alive_.load(std::memory_order_relaxed); }

 private:
  template <class Each>
  static void for_pages(Region& region, const std::byte* piece, std::size_t size, Each&& each) {
    const auto at = static_cast<std::size_t>(piece - region.begin());
    for (std::size_t page = at / kPage; page <= (at + size - 1) / kPage; ++page)
      each(region.pieces[page]);
  }

  void open() {
    const bool large = !regions_.empty();
    Region* const made = map_region(large);
    try {
      regions_.push_back(made);
    } catch (...) {
      ::munmap(made, kRegion);
      throw;
    }
    if (Region* const full = std::exchange(current_, made)) leave_locked(full);
    used_ = kHead;
    room_ = large ? kRegion : kHead + kSmallRegion;
  }

  // B1
  void leave(Region* region, std::size_t size) noexcept {
    if (region->alive.fetch_sub(size, std::memory_order_acq_rel) != size) return;
    const std::lock_guard lock(mutex_);
    remove(region);
  }
  void leave_locked(Region* region) noexcept {
    if (region->alive.fetch_sub(1, std::memory_order_acq_rel) == 1) remove(region);
  }
  void remove(Region* region) noexcept {
    KITH_ASSERT(region != current_);
    const auto at = std::find(regions_.begin(), regions_.end(), region);
    KITH_ASSERT(at != regions_.end());
    std::swap(*at, regions_.back());
    regions_.pop_back();
    ::munmap(region, kRegion);
  }

  std::mutex mutex_;
  std::vector<Region*> regions_;
  Region* current_ = nullptr;
  std::size_t used_ = 0, room_ = 0;  // of the current one
  std::atomic<std::size_t> alive_{0};
};

Regions& regions() {
  static Regions* const all = new Regions();  // for as long as anybody may have a piece
  return *all;
}

bool is_bulk([[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  return false;  // so that it sees who uses what is gone
#else
  return bytes >= kLeastBulkBytes && bytes <= kMostBulkBytes;
#endif
}

}  // namespace

std::byte* take_bulk(std::size_t bytes) {
  if (!is_bulk(bytes)) return static_cast<std::byte*>(::operator new(bytes));
  return regions().take(size_of(bytes));
}

void give_bulk(std::byte* memory, std::size_t bytes) noexcept {
  KITH_ASSERT(memory != nullptr);
  if (!is_bulk(bytes)) return ::operator delete(memory);
  regions().give(memory, size_of(bytes));
}

void give_back_bulk() noexcept { regions().give_back(); }

std::size_t bulk_bytes() noexcept { return regions().alive(); }

}  // namespace kith
