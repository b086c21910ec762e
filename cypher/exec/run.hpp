// cypher/exec/run.hpp: executing a plan and handing out its rows.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "cypher/engine.hpp"
#include "cypher/exec/rerun.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::exec {

// What a run needs besides its options.
struct RunSetup {
  // shared: the cache may drop the statement while it runs; the plan is part of it
  std::shared_ptr<const cypher::Statement> statement;
  const plan::Plan* plan = nullptr;
  std::span<const Cell> literals;  // the values of those that the plan leaves open; the statement's
  bool profile = false;
  bool may_run_again = false;  // may_run_again(*plan), and the view never changes
  Scheduler* scheduler = nullptr;
  MemoryBudget* budget = nullptr;  // the database's
  std::uint64_t memory_bytes = 0;  // of it, what the query may have
  FileAccess file_access;
  TempSpace temp_space;
  Environment environment;
  const ProcedureRegistry* procedures = nullptr;
};

// A statement that only reads streams from then on. One that writes has done so when this returns,
// and its rows are values already; one that commits by itself has committed, and then streams.
std::unique_ptr<Rerun> start_run(RunSetup setup,
                                 const std::map<std::string, Value, std::less<>>& parameters,
                                 cypher::RunOptions options);

}  // namespace kith::exec
