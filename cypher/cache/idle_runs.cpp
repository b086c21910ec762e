// cypher/cache/idle_runs.cpp: a short list, the last used at its end.
#include "cypher/cache/idle_runs.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"

namespace kith::cypher {

namespace {

constexpr std::size_t kMost = 8;
constexpr std::uint32_t kMostCursors = 4;  // of them all: what they pin is a quarter of the pool

}  // namespace

std::unique_ptr<exec::Rerun> IdleRuns::take(const SharedPlan& plan, const storage::View& view) {
  std::vector<Entry> old;  // ends behind the lock
  const std::lock_guard lock(mutex_);
  const auto is_old = [&](const Entry& entry) { return &entry.run->view().root() != &view.root(); };
  if (std::any_of(entries_.begin(), entries_.end(), is_old)) {
    const auto first = std::stable_partition(entries_.begin(), entries_.end(),
                                             [&](const Entry& entry) { return !is_old(entry); });
    old.assign(std::make_move_iterator(first), std::make_move_iterator(entries_.end()));
    entries_.erase(first, entries_.end());
  }
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [&](const Entry& entry) { return entry.plan == &plan; });
  if (found == entries_.rend()) return nullptr;
  std::unique_ptr<exec::Rerun> run = std::move(found->run);
  entries_.erase(std::prev(found.base()));
  return run;
}

void IdleRuns::keep(const SharedPlan& plan, std::unique_ptr<exec::Rerun> run, std::uint64_t since) {
  KITH_ASSERT(run->can_begin_again());
  std::vector<Entry> oldest;  // end behind the lock, as `run` does
  const std::lock_guard lock(mutex_);
  if (is_closed_ || since != times_dropped() || plan.cursors_kept() > kMostCursors) return;
  std::uint32_t cursors = plan.cursors_kept();
  for (const Entry& entry : entries_) cursors += entry.plan->cursors_kept();
  auto first = entries_.begin();  // of those that stay
  for (; first != entries_.end(); ++first) {
    const auto left = static_cast<std::size_t>(entries_.end() - first);
    if (left < kMost && cursors <= kMostCursors) break;
    cursors -= first->plan->cursors_kept();
  }
  oldest.assign(std::make_move_iterator(entries_.begin()), std::make_move_iterator(first));
  entries_.erase(entries_.begin(), first);
  entries_.push_back({&plan, std::move(run)});
}

void IdleRuns::drop() noexcept {
  std::vector<Entry> all;  // ends behind the lock
  const std::lock_guard lock(mutex_);
  times_dropped_.fetch_add(1, std::memory_order_relaxed);
  all.swap(entries_);
}

void IdleRuns::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  drop();
}

}  // namespace kith::cypher
