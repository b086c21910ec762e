// cypher/exec/rerun.hpp: runs that begin again instead of being made anew.
//
// A statement that looks at a few nodes spends most of its time on making operators, cursors and
// their vectors, and on freeing them. A run whose rows have all been given keeps them, and begins
// again with other values of parameters and literals: opened again (E4), as inside an Apply.
//
//   A1  It is on the same root: cursors keep what they know of it.
//   A2  Nothing in it has been computed of a parameter, or a literal that the plan leaves open, but
//       what is computed anew for each batch, or by open().
//   A3  What it keeps from one time to the next, memory and pinned blocks, is little.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "cypher/engine.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::exec {

// True if the plan is made of operators that share nothing between workers and keep nothing between
// times, and of expressions of which A2 is known.
bool may_run_again(const plan::Plan& plan);
// How many cursors of a run of it follow relationships: between two times each may pin a sixteenth
// of the pool.
std::uint32_t cursors_kept(const plan::Plan& plan);

// Of such a plan.
class Rerun : public cypher::Run {
 public:
  // All rows were given, and it is as small as it was (A3).
  virtual bool can_begin_again() const = 0;
  virtual const storage::View& view() const = 0;  // the one it is on
  // With a statement of the same plan, all of its parameters, and options for a view of the same
  // root. If it throws, the run is over.
  virtual void begin_again(std::shared_ptr<const cypher::Statement> statement,
                           std::span<const Cell> literals,
                           const std::map<std::string, Value, std::less<>>& parameters,
                           const cypher::RunOptions& options) = 0;
};

}  // namespace kith::exec
