// storage/page/free_space.cpp: best fit among free extents, neighbours joined; those at the end of
// the file last.
#include "storage/page/free_space.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

// Joins extents that touch and have the same tag.
void join(std::vector<FreeExtent>& extents) {
  std::sort(extents.begin(), extents.end(),
            [](const FreeExtent& a, const FreeExtent& b) { return a.page < b.page; });
  std::size_t kept = 0;
  for (const FreeExtent& extent : extents) {
    if (kept > 0) {
      FreeExtent& last = extents[kept - 1];
      KITH_ASSERT(last.page + last.pages <= extent.page);  // nothing is freed twice
      if (last.page + last.pages == extent.page && last.freed_by == extent.freed_by) {
        last.pages += extent.pages;
        continue;
      }
    }
    extents[kept++] = extent;
  }
  extents.resize(kept);
}

}  // namespace

void FreeSpace::restore(std::uint64_t checkpoint, std::uint64_t file_pages,
                        std::span<const FreeExtent> extents) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(checkpoint_ == 0 && own_.empty());
  checkpoint_ = checkpoint;
  file_pages_ = file_pages;
  std::uint64_t last = kFirstBlockPage;
  for (const FreeExtent& extent : extents) {
    const bool sound = extent.page >= last && extent.pages > 0 &&
                       std::uint64_t{extent.page} + extent.pages <= file_pages &&
                       extent.freed_by <= checkpoint;
    if (!sound) throw StorageError("CorruptBlock", "the free map contradicts itself");
    last = std::uint64_t{extent.page} + extent.pages;
    if (extent.freed_by == 0)
      add_ready(extent.page, extent.pages);
    else
      waiting_.push_back({extent.page, extent.pages, 0, 0, extent.freed_by});
  }
}

void FreeSpace::add_ready(std::uint32_t page, std::uint32_t pages) {
  KITH_ASSERT(pages > 0 && page >= kFirstBlockPage);
  auto after = ready_.lower_bound(page);
  if (after != ready_.end()) {
    KITH_ASSERT(page + pages <= after->first);  // S1: nothing is free twice
    if (page + pages == after->first) {
      pages += after->second;
      const auto old = *after++;
      remove_ready(old.first, old.second);
    }
  }
  if (after != ready_.begin()) {
    const auto before = *std::prev(after);
    KITH_ASSERT(before.first + before.second <= page);
    if (before.first + before.second == page) {
      remove_ready(before.first, before.second);
      page = before.first;
      pages += before.second;
    }
  }
  ready_.emplace(page, pages);
  ready_sizes_.emplace(pages, page);
}

void FreeSpace::remove_ready(std::uint32_t page, std::uint32_t pages) {
  const auto erased = ready_.erase(page) + ready_sizes_.erase({pages, page});
  KITH_ASSERT(erased == 2);
  static_cast<void>(erased);
}

// The extent to take so many pages from: the smallest, which keeps the others whole; none if there
// is none. One block at the end of the file keeps it from being cut (S3), and may stay there: the
// end is only used where there is nothing else of about that size.
std::optional<FreeSpace::Extent> FreeSpace::extent_for(std::uint32_t pages) const {
  constexpr std::uint64_t kEndShare = 8;
  constexpr int kTries = 32;
  const auto best = ready_sizes_.lower_bound({pages, 0});
  if (best == ready_sizes_.end()) return std::nullopt;
  const std::uint64_t end = file_pages_ - file_pages_ / kEndShare;
  auto at = best;
  for (int i = 0; i < kTries && at != ready_sizes_.end(); ++i, ++at)
    if (at->second < end) return Extent{at->second, at->first};
  return Extent{best->second, best->first};
}

bool FreeSpace::is_held(std::uint64_t written_for, std::uint64_t freed_for) const {
  const auto base = held_.lower_bound(written_for);
  return base != held_.end() && base->first < freed_for;
}

void FreeSpace::collect() {
  may_collect_ = false;
  std::erase_if(dropped_, [&](const Waiting& extent) {
    const bool unfinished = extent.written_for == base_number_;  // and perhaps read meanwhile
    if (unfinished || is_held(extent.written_for, extent.freed_for)) return false;
    own_.erase(extent.page);
    add_ready(extent.page, extent.pages);  // S4
    return true;
  });
  if (waiting_.empty()) return;
  const std::uint64_t foreign = foreign_horizon_ ? foreign_horizon_() : checkpoint_;
  std::erase_if(waiting_, [&](const Waiting& extent) {
    if (extent.freed_by > checkpoint_ || extent.freed_by > foreign) return false;
    if (is_held(extent.written_for, extent.freed_for)) return false;
    add_ready(extent.page, extent.pages);
    return true;
  });
}

std::uint32_t FreeSpace::allocate(std::uint32_t pages) {
  KITH_ASSERT(pages > 0 && pages <= kMaxBlockBytes / kPageBytes);
  const std::lock_guard lock(mutex_);
  if (may_collect_) collect();
  std::uint32_t page = 0;
  if (const auto found = extent_for(pages)) {
    const auto [start, size] = *found;
    remove_ready(start, size);
    if (size > pages) add_ready(start + pages, size - pages);
    page = start;
  } else {
    if (file_pages_ + pages > UINT32_MAX)
      throw StorageError("FileTooLarge", "a database file holds at most 16 TiB");
    page = static_cast<std::uint32_t>(file_pages_);
    file_pages_ += pages;
  }
  const bool fresh = own_.emplace(page, Own{pages, base_number_}).second;
  KITH_ASSERT(fresh);
  static_cast<void>(fresh);
  return page;
}

void FreeSpace::free(std::uint32_t page, std::uint32_t pages) {
  KITH_ASSERT(page >= kFirstBlockPage && pages > 0);
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(page + pages <= file_pages_);
  const auto own = own_.find(page);
  if (own == own_.end()) {
    freed_.push_back({page, pages, 0});
    return;
  }
  KITH_ASSERT(own->second.pages == pages);
  dropped_.push_back({page, pages, own->second.written_for, base_number_, 0});
}

std::uint64_t FreeSpace::base_number() const {
  const std::lock_guard lock(mutex_);
  return base_number_;
}

void FreeSpace::staged() {
  const std::lock_guard lock(mutex_);
  ++base_number_;
  may_collect_ = true;
}

std::size_t FreeSpace::map_entries_bound() {
  const std::lock_guard lock(mutex_);
  return ready_.size() + waiting_.size() + dropped_.size() + freed_.size() + 1;
}

// S3. Should this checkpoint not come to be, the file is longer than it need be, no more.
void FreeSpace::drop_end() {
  if (ready_.empty()) return;
  const auto [page, pages] = *std::prev(ready_.end());
  if (std::uint64_t{page} + pages != file_pages_) return;
  remove_ready(page, pages);
  file_pages_ = page;
}

std::vector<FreeExtent> FreeSpace::map_after(std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(next == checkpoint_ + 1);
  collect();
  drop_end();
  std::vector<FreeExtent> map;
  for (const auto& [page, pages] : ready_) map.push_back({page, pages, 0});
  for (const Waiting& extent : waiting_)
    map.push_back({extent.page, extent.pages, extent.freed_by});
  for (const Waiting& extent : dropped_) map.push_back({extent.page, extent.pages, 0});
  for (const FreeExtent& extent : freed_) map.push_back({extent.page, extent.pages, next});
  join(map);
  return map;
}

void FreeSpace::committed(std::uint64_t checkpoint) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(checkpoint == checkpoint_ + 1);
  checkpoint_ = checkpoint;
  for (const Waiting& extent : dropped_) {
    own_.erase(extent.page);
    waiting_.push_back(extent);
  }
  dropped_.clear();
  for (const FreeExtent& extent : freed_) {
    const auto written = written_for_.find(extent.page);
    const std::uint64_t by = written == written_for_.end() ? 0 : written->second;
    if (written != written_for_.end()) written_for_.erase(written);
    waiting_.push_back({extent.page, extent.pages, by, base_number_, checkpoint});
  }
  freed_.clear();
  for (const auto& [page, extent] : own_) written_for_[page] = extent.written_for;
  own_.clear();
  ++base_number_;
  may_collect_ = true;
}

FreeSpace::Mark FreeSpace::mark() const {
  const std::lock_guard lock(mutex_);
  return {base_number_, own_.size() - dropped_.size(), freed_.size()};
}

// A private base that had the extent may be read yet, where its transaction has been rolled back.
void FreeSpace::take_back(std::uint32_t page, const Own& extent) {
  if (is_held(extent.written_for, base_number_ + 1))
    waiting_.push_back({page, extent.pages, extent.written_for, base_number_ + 1, 0});
  else
    add_ready(page, extent.pages);
}

void FreeSpace::rewind(Mark mark) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(mark.base <= base_number_ && mark.freed <= freed_.size());
  std::erase_if(own_, [&](const auto& own) {
    if (own.second.written_for < mark.base) return false;
    take_back(own.first, own.second);
    return true;
  });
  std::erase_if(dropped_, [&](const Waiting& extent) { return extent.freed_for >= mark.base; });
  freed_.resize(mark.freed);
  ++base_number_;
  may_collect_ = true;
  KITH_ASSERT(own_.size() - dropped_.size() == mark.used);  // S4: its base was held
}

void FreeSpace::abandon() {
  const std::lock_guard lock(mutex_);
  for (const auto& [page, extent] : own_) take_back(page, extent);  // S2
  own_.clear();
  dropped_.clear();
  freed_.clear();
  ++base_number_;
  may_collect_ = true;
}

void FreeSpace::retain(std::uint64_t base, std::uint64_t checkpoint) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(base <= base_number_);
  Held& held = held_[base];
  KITH_ASSERT(held.times == 0 || held.checkpoint == checkpoint);
  held.checkpoint = checkpoint;
  ++held.times;
}

void FreeSpace::release(std::uint64_t base) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(base);
  KITH_ASSERT(found != held_.end());
  if (--found->second.times == 0) held_.erase(found);
  may_collect_ = true;
}

std::vector<std::uint64_t> FreeSpace::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> checkpoints;
  for (const auto& [base, held] : held_) checkpoints.push_back(held.checkpoint);
  checkpoints.erase(std::unique(checkpoints.begin(), checkpoints.end()), checkpoints.end());
  return checkpoints;
}

void FreeSpace::set_foreign_horizon(std::function<std::uint64_t()> horizon) {
  const std::lock_guard lock(mutex_);
  foreign_horizon_ = std::move(horizon);
}

std::uint64_t FreeSpace::file_pages() const {
  const std::lock_guard lock(mutex_);
  return file_pages_;
}

std::uint64_t FreeSpace::held_pages() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t pages = 0;
  for (const Waiting& extent : waiting_) pages += extent.pages;
  return pages;
}

std::uint64_t FreeSpace::free_pages() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t pages = 0;
  for (const auto& [page, count] : ready_) pages += count;
  for (const Waiting& extent : waiting_) pages += extent.pages;
  return pages;
}

}  // namespace kith::storage
