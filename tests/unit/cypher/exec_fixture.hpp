// tests/unit/cypher/exec_fixture.hpp: a database in memory, without the API: queries in, text out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "cypher/engine.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

namespace kith::test {

// How queries are run; answers must be the same in all.
struct Mode {
  std::uint32_t threads = 1, batch_rows = kBatchRows;
  bool optimise = true;
  std::uint64_t spill_bytes = 0;  // what an operator may keep in memory; 0: its share

  std::string name() const {
    return std::to_string(threads) + " threads, batches of " + std::to_string(batch_rows) +
           (optimise ? "" : ", not optimised") +
           (spill_bytes == 0 ? "" : ", spilling at " + std::to_string(spill_bytes));
  }
};

inline const std::vector<Mode>& all_modes() {
  static const std::vector<Mode> modes = {{1, kBatchRows, true}, {1, 2, true},  {4, 2, true},
                                          {4, kBatchRows, true}, {4, 2, false}, {1, 2, true, 1},
                                          {4, 2, true, 1000}};
  return modes;
}

class QueryDatabase {
 public:
  explicit QueryDatabase(Mode mode, std::uint64_t memory = 512 * kMiB,
                         TempSpace temp_space = system_temp_space(""))
      : mode_(mode),
        budget_(memory),
        scheduler_(mode.threads),
        environment_(memory_environment()),
        store_(open()),
        engine_(scheduler_, budget_, environment_,
                {.optimise = mode.optimise, .temp_space = std::move(temp_space)}) {}

  cypher::Engine& engine() { return engine_; }
  storage::Store& store() { return *store_; }
  const MemoryBudget& budget() const { return budget_; }
  // Of the budget, but for what plans that are kept take.
  std::uint64_t used_by_queries() const { return budget_.used() - engine_.cache_stats().bytes; }
  void set_mode(const Mode& mode) { mode_ = mode; }  // of the queries that follow
  Counters counters() const { return counters_; }

  // Rows as text: values as Cypher prints them, " | " between them.
  std::vector<std::string> run(const std::string& text, const Parameters& parameters = {}) {
    const auto statement = engine_.prepare(text, store_->snapshot());
    if (statement->writes() && !statement->is_explain()) return write(statement, parameters);
    auto run = engine_.run(statement, parameters, options(store_->snapshot()));
    auto rows = fetch(*run);
    plan_ = run->plan();
    return rows;
  }
  // Of the last EXPLAIN or PROFILE.
  const std::optional<cypher::PlanDescription>& plan() const { return plan_; }

  cypher::RunOptions options(storage::View view) const {
    cypher::RunOptions options{.view = std::move(view)};
    options.threads = mode_.threads;
    options.batch_rows = mode_.batch_rows;
    options.spill_bytes = mode_.spill_bytes;
    options.cancellation = &cancellation;
    return options;
  }

  static std::vector<std::string> fetch(cypher::Run& run) {
    std::vector<std::vector<Value>> values;
    while (run.fetch(values, 3)) {
    }
    std::vector<std::string> rows;
    for (const auto& row : values) {
      std::string text;
      for (const auto& value : row) text += (text.empty() ? "" : " | ") + value.to_string();
      rows.push_back(text);
    }
    return rows;
  }

  Cancellation cancellation;

 private:
  std::shared_ptr<storage::Store> open() {
    storage::StoreOptions options;
    options.environment = environment_;
    return storage::Store::open(":memory:", options);
  }

  std::vector<std::string> write(const std::shared_ptr<const cypher::Statement>& statement,
                                 const Parameters& parameters) {
    auto transaction = store_->begin();
    transaction->begin_statement();
    auto with = options(transaction->view());
    with.transaction = transaction.get();
    auto run = engine_.run(statement, parameters, with);
    transaction->end_statement();
    counters_ = transaction->counters();
    transaction->commit();
    plan_ = run->plan();
    return fetch(*run);
  }

  Mode mode_;
  MemoryBudget budget_;
  Scheduler scheduler_;
  Environment environment_;
  std::shared_ptr<storage::Store> store_;
  cypher::Engine engine_;
  Counters counters_;
  std::optional<cypher::PlanDescription> plan_;
};

}  // namespace kith::test
