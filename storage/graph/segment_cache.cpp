// storage/graph/segment_cache.cpp: CLOCK over the leaves of all bases.
#include "storage/graph/segment_cache.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage {

SegmentCache::SegmentCache(std::shared_ptr<MemoryBudget> budget, std::uint64_t share)
    : budget_(std::move(budget)), share_(share) {
  ticket_ = budget_->add_reclaimer([this](std::uint64_t wanted) { return evict(wanted); });
}

SegmentCache::~SegmentCache() {
  budget_->remove_reclaimer(ticket_);
  KITH_ASSERT(members_.empty() && bytes() == 0);
}

void SegmentCache::add(Member& member, std::uint64_t bytes) {
  budget_->reserve_anyway(bytes);
  const std::lock_guard lock(mutex_);
  members_.push_back(&member);
}

void SegmentCache::remove(Member& member, std::uint64_t bytes) {
  budget_->release(bytes);
  const std::lock_guard lock(mutex_);
  const auto gone = std::erase(members_, &member);
  KITH_ASSERT(gone == 1);
  static_cast<void>(gone);
}

void SegmentCache::admit(std::uint64_t bytes) {
  if (!has_room(bytes)) evict(this->bytes() + bytes - share_);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (!budget_->try_reserve(bytes)) budget_->reserve_anyway(bytes);
}

void SegmentCache::forget(std::uint64_t bytes) noexcept {
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  budget_->release(bytes);
}

std::uint64_t SegmentCache::evict(std::uint64_t wanted) {
  const std::lock_guard lock(mutex_);
  std::uint64_t freed = 0;
  // Two rounds: the first takes the reference bits away.
  for (std::size_t steps = 2 * members_.size(); steps > 0 && freed < wanted; --steps) {
    if (hand_ >= members_.size()) hand_ = 0;
    freed += members_[hand_++]->evict(wanted - freed);
  }
  return freed;
}

}  // namespace kith::storage
