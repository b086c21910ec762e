// cypher/exec/path_step.hpp: one step of a path pattern, from many nodes at once.
//
// Neighbours come in chunks; the conditions that can be tested here have let them pass. A condition
// reads variables of the outer row, the node before, the relationship, the node behind and, if the
// caller knows them, what came earlier on the path.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/trail.hpp"

namespace kith::exec {

// Whether `rows` with lists of `items` together fill a batch: of long paths there are fewer in it.
bool is_full_of_paths(std::size_t rows, std::uint64_t items, const Execution& execution);

// A condition of a path, over variables of the outer row and of the path.
class PathCondition {
 public:
  // `own`: the variables of the path; what else is read comes from the outer row.
  PathCondition(const bound::ExpressionPtr& condition, std::span<const Slot> own, Worker& worker);

  bool reads(Slot slot) const;
  void set_row(const Batch& outer, std::uint32_t row);  // the columns stay valid while it is used
  // Puts what is read of the row into `inner`, where each row has it.
  void put_row(Batch& inner) const;
  // For each of inner's rows; valid until the next call.
  std::span<const Truth> evaluate(const Batch& inner);
  bool holds_always(const Batch& inner);  // for all of them

 private:
  Position at_;
  std::vector<Slot> slots_, outer_;
  std::deque<Vector> values_;  // of `outer_`, one value each
  EvaluatorPtr evaluator_;
  std::vector<Truth> truths_;
};

class PathStepReader {
 public:
  struct Known {  // a value that all candidates share
    Slot slot;
    const Vector* value;
  };

  // `before`: the variable of the node before.
  PathStepReader(const bound::PathStep& step, Slot before,
                 const std::vector<bound::ExpressionPtr>& conditions, std::span<const Slot> own,
                 Worker& worker);

  void open();  // once the graph may have changed
  void set_row(const Batch& outer, std::uint32_t row);
  // `nodes` and `known` stay valid until the end.
  void begin(std::span<const std::uint64_t> nodes, std::span<const Known> known = {});
  // The next candidates; 0: no more. Without those that the outer row has, if `trail` is given.
  std::size_t next(const TrailCheck* trail = nullptr);
  std::span<const std::uint32_t> sources() const { return sources_; }  // numbers in `nodes`
  std::span<const std::uint64_t> nodes() const { return nodes_; }
  std::span<const std::uint64_t> relationships() const { return relationships_; }

  bool reads(Slot slot) const;  // a condition does

 private:
  void test(PathCondition& condition);
  template <class Keep>
  void keep_if(Keep keep);

  const bound::PathStep& step_;
  Slot before_;
  Execution& execution_;
  std::deque<PathCondition> conditions_;
  PerState<storage::NeighbourCursor> cursor_;
  storage::NeighbourCursor* neighbours_ = nullptr;  // nullptr: none of the types exists

  std::size_t width_ = 0;  // columns of the outer batch
  std::uint32_t row_ = 0;
  std::span<const std::uint64_t> from_;
  std::span<const Known> known_;
  std::vector<std::uint32_t> sources_;
  std::vector<std::uint64_t> nodes_, relationships_;
  Batch inner_;
  Vector before_values_, relationship_values_, node_values_;
};

}  // namespace kith::exec
