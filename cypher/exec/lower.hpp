// cypher/exec/lower.hpp: from plan nodes to operators.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cypher/exec/context.hpp"
#include "cypher/exec/operator.hpp"
#include "cypher/exec/zones.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::exec {

// The rows that the Argument operator of an inner plan gives; whoever runs that plan fills them
// before open().
class ArgumentRows {
 public:
  // All rows of `outer`, and their numbers in the column `ordinal`.
  void set_all(const Batch& outer, Slot ordinal);
  void set_row(const Batch& outer, std::uint32_t row);
  void set_rows(const Batch& rows) { rows_ = rows; }
  // One more column, of a slot that the outer rows do not have.
  void set(Slot slot, const Vector& values);
  const Batch& rows() const { return rows_; }

 private:
  void count_to(std::uint32_t rows);

  Batch rows_;
  Vector numbers_;                    // 0, 1, 2 …
  std::vector<std::uint32_t> index_;  // 0, 1, 2 …
};

// A step that a node is about to take.
struct Fan {
  Slot from = 0;
  const std::vector<std::string>* types = nullptr;  // null: there is none
  Direction direction = Direction::Out;
};

// How a plan node becomes an operator.
struct Lowering {
  Worker* worker;
  // Sources are shared by the workers of a pipeline. Not so inside Apply and the like, where each
  // instance reads all of its input itself, nor in a statement that writes, but for what is read
  // before its first write (read_first.cpp).
  bool shared = true;
  const ArgumentRows* argument = nullptr;  // of the innermost plan around; may be null
  std::vector<Slot> carried;               // what operators pass on besides their `live` slots
  bool limited = false;                    // a LIMIT above wants to stop early
  bool fans_out = false;                   // each row may become many in the operator above
  bool any_order = false;                  // nobody can tell in which order rows come
  bool gathered = false;                   // rows are only picked and computed with, then gathered
  Fan fan = {};                            // the step above, to weigh the morsels of a scan
  std::vector<ZoneTest> zones = {};        // what rows must pass further up, for scans to skip
  // What a join keeps may be as old as this (Execution::changes()); null: nothing has changed
  // since.
  const std::uint64_t* as_of = nullptr;

  Execution& execution() const { return worker->execution(); }
};

OperatorPtr lower(const plan::Node& node, const Lowering& lowering);
// The input number `child` of a node.
OperatorPtr lower_input(const plan::Node& node, const Lowering& lowering, std::size_t child = 0);
// How the inputs of `node` are lowered.
Lowering lowering_of_inputs(const plan::Node& node, const Lowering& lowering);

// For a plan that runs inside another: for all outer rows at once (its rows then carry the number
// of the outer row), or for one after the other.
struct InnerPlan {
  std::unique_ptr<ArgumentRows> argument;
  OperatorPtr root;
  bool batched = false;
  Slot ordinal = 0;  // if batched
};
InnerPlan lower_inner(const plan::Node& node, const Lowering& outer,
                      const std::uint64_t* as_of = nullptr);

// True if the rows of all outer rows may be computed at once: each row comes of one outer row, in
// their order, whatever the others are.
bool may_run_batched(const plan::Node& node);
bool reads_argument(const plan::Node& node);

// The slots of the input that an operator passes on: those live above it that the input has.
class Carry {
 public:
  Carry(const plan::Node& node, const Lowering& lowering);
  std::span<const Slot> of(const Batch& in);
  // Gives `out` these columns of `in`, and no others.
  void pass(const Batch& in, Batch& out);

 private:
  std::vector<Slot> wanted_, present_;
};

}  // namespace kith::exec
