// cypher/exec/step_predicate.hpp: the condition on each relationship of a variable-length step.
#pragma once

#include <cstdint>
#include <vector>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

class StepPredicate {
 public:
  // `predicate` may be null: everything passes. It reads the relationship in the slot `each`.
  StepPredicate(const bound::ExpressionPtr& predicate, Slot each, Worker& worker);

  bool is_needed() const { return evaluator_ != nullptr; }
  // Keeps those of the candidates (arrays side by side) that satisfy it; the number kept. rows[i]
  // is the row of `batch` that candidate i is of.
  std::size_t keep(const Batch& batch, std::size_t count, std::uint32_t* rows,
                   std::uint64_t* neighbours, std::uint64_t* relationships);

 private:
  Slot each_;
  Position at_;
  std::vector<Slot> outer_, present_;
  EvaluatorPtr evaluator_;
  std::vector<Truth> truths_;
  Vector values_;
  RowPicker picker_;
  Batch inner_;
};

}  // namespace kith::exec
