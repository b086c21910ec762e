// cypher/exec/context.hpp: what the operators of one execution know: the graph, the parameters, the
// clocks, how to stop.
//
// An Execution lives as long as its Run. Its plain members are set before the first operator is
// made and do not change; what changes is guarded or atomic. A Worker is one thread's part of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/cell.hpp"
#include "core/environment.hpp"
#include "core/file_access.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "core/temp_file.hpp"
#include "core/vector.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/functions/procedure.hpp"
#include "kith/counters.hpp"
#include "storage/view.hpp"

namespace kith::storage {
class Store;
class Transaction;
}  // namespace kith::storage

namespace kith::exec {

class SpillFile;
class Worker;

class Execution {
 public:
  Execution(storage::View graph, MemoryBudget& memory, Scheduler& threads_of, Environment world);
  ~Execution();

  storage::View view;  // of a writing statement: live, it sees each change at once
  storage::Transaction* transaction = nullptr;  // only of a writing statement
  storage::Store* store = nullptr;
  const ProcedureRegistry* procedures = nullptr;
  const Cancellation* cancellation = nullptr;
  MemoryBudget& budget;
  Scheduler& scheduler;
  Environment environment;
  std::int64_t statement_time = 0, transaction_time = 0;
  std::uint32_t threads = 1;
  std::uint32_t batch_rows = kBatchRows;
  std::uint32_t slot_count = 0;  // of the plan and, behind those, of new_slot()
  std::map<std::string, Cell, std::less<>> parameters;
  std::span<const Cell> literals;  // those that the plan leaves open
  std::uint32_t times_begun = 1;  // parameters and literals have other values each time (rerun.hpp)
  Arena parameter_memory;
  bool profile = false;
  FileAccess file_access;  // of LOAD CSV
  TempSpace temp_space;
  // For tests: operators that can spill keep no more than this in memory. 0: their share of the
  // budget.
  std::uint64_t spill_bytes = 0;

  // Grows `memory` of an operator that can spill to `bytes`. False if that is more than it may
  // have (S2): it then writes rows to the temporary file and gives their memory back.
  bool may_keep(Reservation& memory, std::uint64_t bytes) const;
  SpillFile& spill_file();  // made when first asked for
  // Runs that one merge may read at the same time (S8): their pages take a quarter of what nobody
  // has yet.
  std::size_t most_merged() const;

  // Units of work in a morsel; independent of the number of threads.
  std::uint64_t morsel_work() const { return std::uint64_t{16} * batch_rows; }

  // A column for an operator's own use. Only while operators are being made, on one thread; the
  // same plan node always gets the same one.
  Slot slot_of_node(std::uint32_t plan_node_id);

  // Throws Interrupted. Called for every batch that a source makes.
  void poll() const {
    if (cancellation != nullptr) cancellation->check();
  }

  // Another worker has failed: stop quietly.
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  void fail() { failed_.store(true, std::memory_order_relaxed); }
  // All have stopped, and something else is run in their place.
  void recover() { failed_.store(false, std::memory_order_relaxed); }

  Worker& worker(std::uint32_t number);  // made when first asked for

  // What the workers' instances of one plan node share (a queue of morsels, a table): made by the
  // first that asks, kept until the execution ends.
  template <class T, class Make>
  std::shared_ptr<T> shared(std::uint32_t plan_node_id, Make make) {
    const std::lock_guard lock(mutex_);
    auto& entry = shared_[plan_node_id];
    if (!entry) entry = std::shared_ptr<T>(make());
    return std::static_pointer_cast<T>(entry);
  }

  // ---- of writing statements
  // Cursors and readers made before a change are made anew after it.
  std::uint64_t changes() const { return changes_; }
  void changed() { ++changes_; }
  bool has_deletions() const { return deletions_; }
  void deleted() { deletions_ = true; }

  // ---- of CALL { … } IN TRANSACTIONS: what it has committed
  Counters committed;
  std::uint64_t committed_position = 0;

  // ---- PROFILE
  struct Profile {
    std::atomic<std::uint64_t> rows{0}, nanoseconds{0};
  };
  Profile& profile_of(std::uint32_t plan_node_id);

 private:
  std::mutex mutex_;
  std::unique_ptr<SpillFile> spill_file_;  // before what has runs in it
  // shared: with the operator instances of all workers, whatever their order of destruction
  std::unordered_map<std::uint32_t, std::shared_ptr<void>> shared_;
  std::unordered_map<std::uint32_t, Slot> own_slots_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Profile>> profiles_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> failed_{false};
  std::uint64_t changes_ = 0;
  bool deletions_ = false;
};

// One thread's evaluation context. Kernels put results into arena(): that of the vector being
// filled, see ArenaScope.
class Worker final : public FunctionContext {
 public:
  Worker(Execution& execution, std::uint32_t number);

  Execution& execution() { return execution_; }
  std::uint32_t number() const { return number_; }
  void poll() override { execution_.poll(); }
  void require(std::uint64_t bytes, std::string_view who) override {
    const Reservation probe(execution_.budget, who, bytes);
  }

  Arena& arena() override {
    KITH_ASSERT(arena_ != nullptr);
    return *arena_;
  }
  const storage::View& view() override { return execution_.view; }
  std::int64_t statement_time() override { return execution_.statement_time; }
  std::int64_t transaction_time() override { return execution_.transaction_time; }
  std::int64_t real_time() override { return execution_.environment.clock->unix_nanoseconds(); }
  double random() override;

 private:
  friend class ArenaScope;
  Execution& execution_;
  std::uint32_t number_;
  Arena* arena_ = nullptr;
  std::uint64_t random_state_ = 0;
  bool is_seeded_ = false;  // entropy costs more than a small query does
};

// While it lives, kernels called through `worker` allocate in `arena`.
class ArenaScope {
 public:
  ArenaScope(Worker& worker, Arena& arena) : worker_(worker), before_(worker.arena_) {
    worker.arena_ = &arena;
  }
  ~ArenaScope() { worker_.arena_ = before_; }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Worker& worker_;
  Arena* before_;
};

}  // namespace kith::exec
