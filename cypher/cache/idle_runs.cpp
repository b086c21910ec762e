// cypher/cache/idle_runs.cpp: a short list, the last used at its end.
#include "cypher/cache/idle_runs.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"

namespace kith::cypher {

namespace {
constexpr std::size_t kMost = 8;
}

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

void IdleRuns::keep(const SharedPlan& plan, std::unique_ptr<exec::Rerun> run) {
  KITH_ASSERT(run->can_begin_again());
  std::unique_ptr<exec::Rerun> oldest;  // ends behind the lock
  const std::lock_guard lock(mutex_);
  if (entries_.size() == kMost) {
    oldest = std::move(entries_.front().run);
    entries_.erase(entries_.begin());
  }
  entries_.push_back({&plan, std::move(run)});
}

void IdleRuns::drop() noexcept {
  std::vector<Entry> all;  // ends behind the lock
  const std::lock_guard lock(mutex_);
  all.swap(entries_);
}

}  // namespace kith::cypher
