// storage/page/free_space.cpp: best fit among free extents, neighbours joined.
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
  KITH_ASSERT(checkpoint_ == 0 && allocated_.empty());
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
      waiting_.push_back({extent.page, extent.pages, 0, extent.freed_by});
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

void FreeSpace::collect() {
  may_collect_ = false;
  if (waiting_.empty()) return;
  const std::uint64_t foreign = foreign_horizon_ ? foreign_horizon_() : checkpoint_;
  std::erase_if(waiting_, [&](const Waiting& extent) {
    if (extent.freed_by > checkpoint_ || extent.freed_by > foreign) return false;
    const auto reader = held_.lower_bound(extent.written_by);
    if (reader != held_.end() && *reader < extent.freed_by) return false;
    add_ready(extent.page, extent.pages);
    return true;
  });
}

std::uint32_t FreeSpace::allocate(std::uint32_t pages) {
  KITH_ASSERT(pages > 0 && pages <= kMaxBlockBytes / kPageBytes);
  const std::lock_guard lock(mutex_);
  if (may_collect_) collect();
  const auto found = ready_sizes_.lower_bound({pages, 0});
  std::uint32_t page = 0;
  if (found != ready_sizes_.end()) {
    const auto [size, start] = *found;
    remove_ready(start, size);
    if (size > pages) add_ready(start + pages, size - pages);
    page = start;
  } else {
    if (file_pages_ + pages > UINT32_MAX)
      throw StorageError("FileTooLarge", "a database file holds at most 16 TiB");
    page = static_cast<std::uint32_t>(file_pages_);
    file_pages_ += pages;
  }
  allocated_.push_back({page, pages, 0});
  return page;
}

void FreeSpace::free(std::uint32_t page, std::uint32_t pages) {
  KITH_ASSERT(page >= kFirstBlockPage && pages > 0);
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(page + pages <= file_pages_);
  freed_.push_back({page, pages, 0});
}

std::size_t FreeSpace::map_entries_bound() {
  const std::lock_guard lock(mutex_);
  return ready_.size() + waiting_.size() + freed_.size() + 1;
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
  for (const FreeExtent& extent : freed_) map.push_back({extent.page, extent.pages, next});
  join(map);
  return map;
}

void FreeSpace::committed(std::uint64_t checkpoint) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(checkpoint == checkpoint_ + 1);
  checkpoint_ = checkpoint;
  // First these: what a fold wrote and a later one replaced is in both.
  for (const FreeExtent& extent : allocated_) written_by_[extent.page] = checkpoint;
  allocated_.clear();
  for (const FreeExtent& extent : freed_) {
    const auto written = written_by_.find(extent.page);
    const std::uint64_t by = written == written_by_.end() ? 0 : written->second;
    if (written != written_by_.end()) written_by_.erase(written);
    waiting_.push_back({extent.page, extent.pages, by, checkpoint});
  }
  freed_.clear();
  may_collect_ = true;
}

FreeSpace::Mark FreeSpace::mark() const {
  const std::lock_guard lock(mutex_);
  return {allocated_.size(), freed_.size()};
}

void FreeSpace::rewind(Mark mark) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(mark.allocated <= allocated_.size() && mark.freed <= freed_.size());
  for (std::size_t i = mark.allocated; i < allocated_.size(); ++i)
    add_ready(allocated_[i].page, allocated_[i].pages);
  allocated_.resize(mark.allocated);
  freed_.resize(mark.freed);
}

void FreeSpace::abandon() {
  const std::lock_guard lock(mutex_);
  for (const FreeExtent& extent : allocated_) add_ready(extent.page, extent.pages);  // S2
  allocated_.clear();
  freed_.clear();
}

void FreeSpace::retain(std::uint64_t checkpoint) {
  const std::lock_guard lock(mutex_);
  held_.insert(checkpoint);
}

void FreeSpace::release(std::uint64_t checkpoint) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(checkpoint);
  KITH_ASSERT(found != held_.end());
  held_.erase(found);
  may_collect_ = true;
}

std::vector<std::uint64_t> FreeSpace::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> checkpoints(held_.begin(), held_.end());
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
