// cypher/exec/path_bindings.hpp: what the variables of a path pattern stand for on a path that was
// found, and the conditions that need all of it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "cypher/exec/path_step.hpp"
#include "cypher/exec/selective_search.hpp"
#include "cypher/plan/logical.hpp"
#include "cypher/plan/slot_set.hpp"

namespace kith::exec {

// Where a variable's elements are on a path.
struct PathVariable {
  Slot slot = 0;
  bool is_node = false;
  bool is_list = false;
  std::uint32_t stretch = 0;
  // Of a relationship, or the node before it: the number of its step; of the node behind it also
  // `is_behind`.
  std::uint32_t step = 0;
  bool is_behind = false;
};

class PathBindings {
 public:
  PathBindings(const plan::PathExpand& op, const PathAutomaton& automaton);

  // The variables that are seen outside, without those of the ends.
  const std::vector<PathVariable>& visible() const { return visible_; }
  const PathVariable* find_visible(Slot slot) const;
  // One as it is inside.
  PathVariable inside(std::uint32_t stretch, Slot slot) const;
  // Its elements on the path, as the pattern was written.
  void collect(const FoundPath& path, const PathVariable& variable,
               std::vector<std::uint64_t>& ids) const;

 private:
  const plan::PathExpand& op_;
  const PathAutomaton& automaton_;
  std::vector<PathVariable> visible_;
};

// The conditions of a path, each where it can be tested first.
class PathConditions {
 public:
  PathConditions(const plan::PathExpand& op, const PathAutomaton& automaton,
                 const PathBindings& bindings, Worker& worker);

  // The variables that a search binds itself.
  const plan::SlotSet& own() const { return own_; }
  // Those that a step can test, by position.
  const std::vector<bound::ExpressionPtr>& of_step(std::uint32_t position) const {
    return of_steps_[position];
  }

  void set_row(const Batch& outer, std::uint32_t row);
  bool passes(std::uint32_t stretch, std::uint64_t node);  // a stretch without steps
  bool accepts(const FoundPath& path);

 private:
  struct OfStretch {
    std::uint32_t stretch;
    PathCondition condition;
  };
  void place_in_stretch(std::uint32_t stretch, Worker& worker);
  void place_whole(const bound::ExpressionPtr& condition, Worker& worker);
  // The first step of the stretch that has all of `slots`; none: nullopt.
  std::optional<std::uint32_t> step_with(std::uint32_t stretch, const plan::SlotSet& slots) const;
  bool holds_for_each(OfStretch& test, const FoundPath& path);
  bool holds(PathCondition& condition, const FoundPath& path);
  void put(const FoundPath& path, const PathVariable& variable, Batch& inner);
  Vector& value();

  const plan::PathExpand& op_;
  const PathAutomaton& automaton_;
  const PathBindings& bindings_;
  plan::SlotSet own_;
  std::vector<std::vector<bound::ExpressionPtr>> of_steps_;
  std::deque<OfStretch> of_nodes_;        // of stretches without steps
  std::deque<OfStretch> of_repetitions_;  // for each repetition of a stretch
  std::deque<PathCondition> whole_;

  std::size_t width_ = 0;  // columns of the outer batch
  Batch inner_;
  std::deque<Vector> values_;  // of inner_
  std::size_t values_used_ = 0;
  std::vector<std::uint64_t> ids_;
  std::vector<Cell> items_;
};

}  // namespace kith::exec
