// cypher/engine.hpp: the face of the query layer: text in, batches of values out.
//
//   prepare(text)  parse -> bind -> plan -> rewrite          (cached by shape: docs/plan_cache.md)
//   run(statement) lower -> execute                          (a Run: pull rows, then read the
//   summary)
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"
#include "core/file_access.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "core/temp_file.hpp"
#include "cypher/functions/procedure.hpp"
#include "kith/counters.hpp"
#include "kith/folding.hpp"
#include "kith/notification.hpp"
#include "kith/value.hpp"
#include "storage/view.hpp"

namespace kith::storage {
class Transaction;
class Store;
}  // namespace kith::storage

namespace kith::cypher {

enum class StatementType : std::uint8_t { Read, ReadWrite, Write, Schema };  // r, rw, w, s

// A prepared statement: immutable, shared by the cache and all its runs.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual const std::vector<std::string>& columns() const = 0;
  virtual StatementType type() const = 0;
  virtual bool writes() const = 0;
  // CALL { … } IN TRANSACTIONS: it is run without a transaction, and begins and commits its own.
  virtual bool commits_itself() const = 0;
  virtual bool is_explain() const = 0;  // run() executes nothing and the summary has the plan
  virtual std::string describe(std::string_view stage) const = 0;  // "ast", "logical", "physical"
  // What a user should know, as the graph is in `view`.
  virtual std::vector<Notification> notifications(const storage::View& view) const = 0;
};

// The plan as EXPLAIN and PROFILE show it.
struct PlanDescription {
  std::string name, details;
  double estimated_rows = 0;
  std::optional<std::uint64_t> rows, elapsed_ns, memory_bytes;  // PROFILE only
  std::vector<PlanDescription> children;
};
std::string to_text(const PlanDescription& plan);  // an aligned table with a tree at the left

struct RunOptions {
  storage::View view;                           // what a reading statement sees
  bool view_is_fixed = false;                   // it is no transaction's own
  storage::Transaction* transaction = nullptr;  // required if the statement writes, unless it
                                                // commits itself; then `view` is its view
  storage::Store* store = nullptr;              // for procedures such as db.stats()
  const Cancellation* cancellation = nullptr;   // may be null
  std::int64_t statement_time = 0, transaction_time = 0;  // unix nanoseconds
  std::uint32_t threads = 0;                              // 0: the scheduler's
  std::uint32_t batch_rows = kBatchRows;
  std::uint64_t spill_bytes = 0;  // for tests: operators spill at so many; 0: by the budget
};

// By a statement that commits by itself.
struct Committed {
  Counters counters;
  std::uint64_t position = 0;  // of its last commit
};

class Run {
 public:
  virtual ~Run() = default;
  // Appends up to `limit` rows; false when there are no more. A statement that writes has done all
  // its writing when run() returns. Throws what execution throws.
  virtual bool fetch(std::vector<std::vector<Value>>& rows, std::size_t limit) = 0;
  virtual std::optional<PlanDescription> plan()
      const = 0;  // for EXPLAIN and PROFILE, after the last row
  virtual Committed committed() const { return {}; }
};

struct EngineOptions {
  bool optimise = true;  // false: no rewrite rules but those that correctness needs (tests)
  std::string without_rule = {};  // the name of one that is left out (tests/bench/rule_effect)
  Folding folding = Folding::automatic;
  // The plan cache: entries (0: there is none, and every statement is planned for itself) and
  // memory, which is never more than a 32nd of the budget.
  std::size_t cached_plans = 1024;
  std::uint64_t cached_plan_bytes = 32 * kMiB;
  // How much memory one query may have; 0: half of the budget's limit.
  std::uint64_t query_memory_bytes = 0;
  TempSpace temp_space = system_temp_space("");  // where queries spill what is more
  FileAccess file_access = {};                   // what LOAD CSV may read
  std::string graph_name = {};                   // of USE
};

struct PlanCacheStats {
  std::uint64_t entries = 0, bytes = 0;
  std::uint64_t hits = 0, misses = 0;  // of statements prepared
  std::uint64_t outdated = 0;          // plans dropped because schema or data had changed
};

// One per database. Thread-safe.
class Engine {
 public:
  Engine(Scheduler& scheduler, MemoryBudget& budget, Environment environment,
         EngineOptions options = {});
  ~Engine();

  ProcedureRegistry& procedures();
  PlanCacheStats cache_stats() const;
  // All compile-time errors; `view` gives the schema and statistics.
  std::shared_ptr<const Statement> prepare(std::string_view text, const storage::View& view);
  // The same statement, planned anew if what it rests on (the schema) is not as it is in `view`. To
  // be asked for the view that run() will get.
  std::shared_ptr<const Statement> renewed(const std::shared_ptr<const Statement>& statement,
                                           const storage::View& view);
  // ParameterMissing if one is not given.
  std::unique_ptr<Run> run(std::shared_ptr<const Statement> statement,
                           const std::map<std::string, Value, std::less<>>& parameters,
                           RunOptions options);
  // Lets go of the views of runs that are kept to begin again. run() does it where the graph is
  // written, or seen in another state; others who write or close it call this.
  void drop_idle_runs() noexcept;
  void close() noexcept;  // and no run is kept any more: the store is about to be closed

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A value of the API from a cell: nodes, relationships and paths with labels and properties as
// `view` has them.
Value to_value(const Cell& cell, const storage::View& view);

}  // namespace kith::cypher
