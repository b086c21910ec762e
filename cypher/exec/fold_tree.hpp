// cypher/exec/fold_tree.hpp: what a fold's evaluator keeps of each node and step of its trees.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "cypher/exec/fold_evaluator.hpp"
#include "cypher/functions/exact_sum.hpp"

namespace kith::exec {

// So many nodes or relationships are asked for, at least, where all are computed in their order.
inline constexpr double kWorthALayer = 10'000;

struct FoldEvaluator::Step {
  std::vector<TypeId> types;
  Direction direction;
  std::unique_ptr<storage::NeighbourCursor> cursor;  // null: there are no such relationships
  std::unique_ptr<Node> to;
  bool looks_here = false;  // something below is closed to the node that the step begins at
  // Sums, while the deepest node above that something below is closed to stays the same; null:
  // there is no such node, or nobody would ask twice.
  std::unique_ptr<PassingMemo> memo = nullptr;
  const Node* looks_at = nullptr;
  // Where those sums can be had from the other side, see fold_push.cpp: the relationships turned
  // round; null: they cannot.
  std::unique_ptr<storage::NeighbourCursor> back = nullptr;
  std::uint64_t asked_at = 0;   // the time that the rest is about
  std::uint64_t looked_at = 0;  // relationships, for sums that were not remembered
  std::uint64_t back_work = 0;  // relationships to be looked at from the other side; 0: not known
  std::vector<std::uint64_t> back_ends = {};  // where that begins
  bool is_pushed = false;                     // the memo has all sums that are not 0
  // Over the relationships; null: all pass.
  std::unique_ptr<ConditionTest> condition = nullptr;
  std::size_t test = 0;  // its number

  // Of each_ends(), where there is a condition.
  std::vector<std::uint32_t> found_rows = {};
  std::vector<std::uint64_t> found_ends = {}, found = {};

  // Of sum_pairs(): ends, where they came from, what they weigh.
  std::vector<std::uint64_t> pair_ends = {};
  std::vector<std::uint32_t> pair_places = {};
  std::vector<Matches> pair_weights = {};

  bool is_degree() const;
  // Calls see(place in `ids`, some of the ends of its relationships that pass, ascending). A place
  // may come more than once.
  template <class See>
  void each_ends(std::span<const std::uint64_t> ids, See&& see) {
    KITH_ASSERT(cursor != nullptr);
    if (condition) return each_passing(ids, see);
    cursor->each_list(ids, [&](std::size_t place, const storage::NeighbourList& list) {
      with_ids(list, [&](auto ends) { see(place, ends); });
    });
  }
  template <class See>
  void each_passing(std::span<const std::uint64_t> ids, See& see) {
    const std::size_t limit = condition->most();
    found_rows.resize(limit);
    found_ends.resize(limit);
    found.resize(limit);
    cursor->begin(ids);
    while (const std::size_t count =
               cursor->next(limit, found_rows.data(), found_ends.data(), found.data())) {
      std::size_t kept = 0;
      for (const std::uint32_t i : condition->passing({found.data(), count})) {
        found_rows[kept] = found_rows[i];
        found_ends[kept++] = found_ends[i];
      }
      for (std::size_t begin = 0, end = 0; begin < kept; begin = end) {
        while (end < kept && found_rows[end] == found_rows[begin]) ++end;
        const std::span<std::uint64_t> ends(found_ends.data() + begin, end - begin);
        if (!std::is_sorted(ends.begin(), ends.end())) std::sort(ends.begin(), ends.end());
        see(found_rows[begin], std::span<const std::uint64_t>(ends));
      }
    }
  }
};

struct FoldEvaluator::Sum {
  struct Term {
    std::int64_t factor;
    std::unique_ptr<Node> root;
    const plan::WeightNode* pattern;  // of the plan
  };
  plan::Weight::Kind kind;
  std::vector<Term> terms;  // the first has all matches, the others are about some of those

  // While many nodes are asked about: those that have any, and their places.
  std::vector<std::uint64_t> left = {};
  std::vector<std::uint32_t> rows = {};
  std::vector<Matches> some = {};
  std::vector<Wide> totals = {};
};

struct FoldEvaluator::Node {
  std::size_t number = 0;
  std::size_t depth = 0;
  std::vector<LabelId> known_labels;  // of the pattern, whether they have to be tested or not
  bool is_impossible = false;         // a label that nobody has
  std::vector<LabelTest*> labels;
  std::unique_ptr<ConditionTest> condition;
  std::vector<Close> loops;                         // to itself
  std::vector<std::unique_ptr<Step>> tested_loops;  // of which some are of relationships that pass
  std::vector<Close> closings;  // to nodes above; the first is Times or Exists if one is
  std::vector<Step> steps;
  std::vector<Sum> weights;
  std::vector<std::unique_ptr<NodeEnds>> ends;  // of itself, for closings below and its own loops
  std::uint64_t entered = 0;                    // how often `ends` were told of a node
  WeightMemo* memo = nullptr;                   // null: not remembered
  // It is one of the ends of a node above, and what it weighs does not change while that is the
  // same.
  bool narrows_ends = false;

  // While many nodes are weighed: those left, their places, and what they are multiplied with.
  std::vector<std::uint64_t> left;
  std::vector<std::uint32_t> rows;
  std::vector<Matches> factors;
  std::vector<std::uint64_t> labelled;  // of a list that leads here, those with the labels

  bool is_any() const { return labels.empty() && is_label_alone(); }
  bool is_label_alone() const {
    return !is_impossible && !condition && loops.empty() && closings.empty() && is_one();
  }
  bool is_one() const { return steps.empty() && weights.empty(); }
  // All that is closed below it is closed to nodes above it.
  bool is_open() const { return closings.empty() && ends.empty() && memo == nullptr; }
  bool is_closed() const {
    return !closings.empty() && closings[0].kind != plan::Closing::Kind::Absent;
  }
};

inline bool FoldEvaluator::Step::is_degree() const { return to->is_any() && !condition; }

}  // namespace kith::exec
