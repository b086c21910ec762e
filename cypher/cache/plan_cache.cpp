// cypher/cache/plan_cache.cpp: finding, adding, making room.
#include "cypher/cache/plan_cache.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/assert.hpp"
#include "core/hash.hpp"

namespace kith::cypher {

namespace {

constexpr std::size_t kMostVariants = 8;    // plans of one key
constexpr std::uint64_t kLargestPart = 8;   // a plan that would take this part is not kept
constexpr std::uint64_t kEntryBytes = 256;  // of list, table and shape

bool same_classes(const plan::Premises& a, const plan::Premises& b) {
  return std::ranges::equal(a.ranges, b.ranges, {}, &plan::RangePremise::share_class,
                            &plan::RangePremise::share_class) &&
         std::ranges::equal(a.items, b.items, {}, &plan::ItemsPremise::size_class,
                            &plan::ItemsPremise::size_class);
}

}  // namespace

PlanCache::PlanCache(std::size_t entries, std::uint64_t bytes, MemoryBudget& budget)
    : most_entries_(entries), most_bytes_(bytes), memory_(budget, "the plan cache") {}

std::uint64_t PlanCache::key_of(const Fingerprint& text, const std::vector<bool>& open) {
  std::uint64_t key = text.shape_hash();
  const auto& candidates = text.candidates();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool is_open = i < open.size() && open[i];
    if (!is_open) key = combine_hashes(key, hash_text(text.spelling(candidates[i])));
  }
  return key;
}

std::shared_ptr<const SharedPlan> PlanCache::find(const Fingerprint& text,
                                                  const storage::View& view) {
  std::array<std::shared_ptr<const SharedPlan>, kMostVariants> found;  // shared: used unlocked
  std::size_t count = 0;
  if (!is_on()) return nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto shape = shapes_.find(text.shape_hash());
    if (shape != shapes_.end()) {
      const auto [begin, end] = by_key_.equal_range(key_of(text, shape->second.open));
      for (auto at = begin; at != end && count < kMostVariants; ++at) {
        if (!at->second->plan->serves(text)) continue;
        found[count++] = at->second->plan;
        at->second->used = ++now_;
        entries_.splice(entries_.begin(), entries_, at->second);
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!found[i]->is_current(view)) {
      drop(*found[i]);
      continue;
    }
    if (!found[i]->suits(text, view)) continue;
    ++hits_;
    return found[i];
  }
  ++misses_;
  return nullptr;
}

void PlanCache::add(std::shared_ptr<const SharedPlan> plan) {
  const std::uint64_t bytes = plan->bytes() + kEntryBytes;
  if (!is_on() || plan->calls_procedures() || bytes > most_bytes_ / kLargestPart) return;
  const std::lock_guard lock(mutex_);
  settle_shape(*plan);
  Shape& shape = shapes_[plan->planned().shape_hash()];
  const std::uint64_t key = key_of(plan->planned(), shape.open);
  ++shape.plans;  // before room is made, which may end the shape otherwise
  make_room(key, *plan);
  entries_.push_front({std::move(plan), key, ++now_});
  by_key_.emplace(key, entries_.begin());
  bytes_ += bytes;
  while (entries_.size() > most_entries_ || bytes_ > most_bytes_) erase(std::prev(entries_.end()));
  memory_.resize_anyway(bytes_);
}

// A plan that leaves less open than others of its shape did changes their keys: they go.
void PlanCache::settle_shape(const SharedPlan& plan) {
  const std::uint64_t hash = plan.planned().shape_hash();
  const auto [at, is_new] = shapes_.try_emplace(hash, Shape{plan.open(), 0});
  if (is_new) return;
  std::vector<bool> open = at->second.open;
  open.resize(plan.open().size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = open[i] && plan.open()[i];
  if (open == at->second.open) return;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->plan->planned().shape_hash() == hash) erase(entry);
    entry = next;
  }
  shapes_[hash] = {std::move(open), 0};
}

// For one more plan of that key. One that another thread made for the same literals goes; else the
// one that was not used for longest, if there are many.
void PlanCache::make_room(std::uint64_t key, const SharedPlan& plan) {
  const auto [begin, end] = by_key_.equal_range(key);
  if (begin == end) return;
  std::size_t count = 0;
  auto oldest = begin;
  for (auto at = begin; at != end; ++at, ++count) {
    const SharedPlan& other = *at->second->plan;
    if (other.serves(plan.planned()) && same_classes(other.plan().premises, plan.plan().premises)) {
      return erase(at->second);
    }
    if (at->second->used < oldest->second->used) oldest = at;
  }
  if (count >= kMostVariants) erase(oldest->second);
}

void PlanCache::drop(const SharedPlan& plan) {
  ++outdated_;
  const std::lock_guard lock(mutex_);
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& each) { return each.plan.get() == &plan; });
  if (entry == entries_.end()) return;  // another thread was faster
  erase(entry);
  memory_.resize_anyway(bytes_);
}

void PlanCache::erase(Entries::iterator entry) {
  const auto [begin, end] = by_key_.equal_range(entry->key);
  const auto indexed =
      std::find_if(begin, end, [&](const auto& each) { return each.second == entry; });
  KITH_ASSERT(indexed != end);
  by_key_.erase(indexed);
  const auto shape = shapes_.find(entry->plan->planned().shape_hash());
  KITH_ASSERT(shape != shapes_.end() && shape->second.plans > 0);
  if (--shape->second.plans == 0) shapes_.erase(shape);
  bytes_ -= entry->plan->bytes() + kEntryBytes;
  entries_.erase(entry);
}

PlanCacheStats PlanCache::stats() const {
  const std::lock_guard lock(mutex_);
  return {entries_.size(), bytes_, hits_, misses_, outdated_};
}

}  // namespace kith::cypher
