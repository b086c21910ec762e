// cypher/cache/idle_runs.hpp: runs that are over, kept to begin again (exec/rerun.hpp).
//
// A few, of plans that were run last; fewer if they follow relationships. Each holds its view, so
// they are dropped as soon as a statement writes or sees another root: what they hold, the store
// holds anyhow. For the same reason a run that began before they were dropped, and is over
// afterwards, is not kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "cypher/cache/shared_plan.hpp"
#include "cypher/exec/rerun.hpp"

namespace kith::cypher {

// Thread-safe. Runs end outside its lock.
class IdleRuns {
 public:
  // One of this plan on the root of `view`; null: there is none. Those on other roots end.
  std::unique_ptr<exec::Rerun> take(const SharedPlan& plan, const storage::View& view);
  // `since`: times_dropped() when it began.
  void keep(const SharedPlan& plan, std::unique_ptr<exec::Rerun> run, std::uint64_t since);
  void drop() noexcept;
  void close() noexcept;  // and keeps none any more
  std::uint64_t times_dropped() const { return times_dropped_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    const SharedPlan* plan;  // the run has it
    std::unique_ptr<exec::Rerun> run;
  };
  std::mutex mutex_;
  std::vector<Entry> entries_;                   // the last used at the end
  std::atomic<std::uint64_t> times_dropped_{0};  // changes under the lock
  bool is_closed_ = false;
};

}  // namespace kith::cypher
