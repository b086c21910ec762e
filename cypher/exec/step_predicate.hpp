// cypher/exec/step_predicate.hpp: the condition on each relationship, or each end, of a step.
//
// Steps come to a relationship on many ways. Once a condition that reads nothing else has been
// asked often, what it said of a relationship is remembered, as far as there is memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/fold_memory.hpp"

namespace kith::exec {

class StepPredicate {
 public:
  // `predicate` may be null: everything passes. It reads the relationship, or the node, in the slot
  // `each`.
  StepPredicate(const bound::ExpressionPtr& predicate, Slot each, Worker& worker,
                storage::ElementKind kind = storage::ElementKind::Relationship);

  bool is_needed() const { return evaluator_ != nullptr; }
  bool reads_rows() const { return !outer_.empty(); }
  // The values of parameters may be others from now on.
  void forget() { memory_.reset(); }
  // Keeps those of the candidates (arrays side by side) that satisfy it; the number kept. rows[i]
  // is the row of `batch` that candidate i is of.
  std::size_t keep(const Batch& batch, std::size_t count, std::uint32_t* rows,
                   std::uint64_t* neighbours, std::uint64_t* relationships);
  // Whether each of them satisfies it; until it is asked again. Only if is_needed().
  std::span<const std::uint8_t> test(const Batch& batch, std::size_t count,
                                     const std::uint32_t* rows, const std::uint64_t* relationships);

 private:
  static constexpr std::size_t kOften = 4096;  // candidates
  struct Memory {
    FoldAccount account;
    TruthMemo known;
    Memory(MemoryBudget& budget, std::uint64_t limit)
        : account(budget, "the conditions of a variable-length step"), known(limit, account) {}
  };

  bool may_remember(std::size_t count);
  bool look_up(const std::uint64_t* relationships);
  bool learn(const Batch& batch, const std::uint64_t* relationships);
  void evaluate(const Batch& batch, std::size_t count, const std::uint32_t* rows,
                const std::uint64_t* relationships);

  Slot each_;
  storage::ElementKind kind_;
  Position at_;
  Worker& worker_;
  bool is_lasting_ = false;  // it says the same of a relationship as long as the graph is the same
  std::vector<Slot> outer_, present_;
  EvaluatorPtr evaluator_;
  std::vector<Truth> truths_;
  std::vector<std::uint8_t> passed_;
  Vector values_;
  RowPicker picker_;
  Batch inner_;

  std::size_t asked_ = 0;
  std::unique_ptr<Memory> memory_;
  std::uint64_t known_at_ = 0;  // Execution::changes()
  std::vector<std::uint64_t> unknown_;
  std::vector<std::uint32_t> unknown_rows_;
};

}  // namespace kith::exec
