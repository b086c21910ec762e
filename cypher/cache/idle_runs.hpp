// cypher/cache/idle_runs.hpp: runs that are over, kept to begin again (exec/rerun.hpp).
//
// A few, of plans that were run last. Each holds its view, so they are dropped as soon as a
// statement writes or sees another root: what they hold, the store holds anyhow.
#pragma once

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
  void keep(const SharedPlan& plan, std::unique_ptr<exec::Rerun> run);
  void drop() noexcept;

 private:
  struct Entry {
    const SharedPlan* plan;  // the run has it
    std::unique_ptr<exec::Rerun> run;
  };
  std::mutex mutex_;
  std::vector<Entry> entries_;  // the last used at the end
};

}  // namespace kith::cypher
