// cypher/plan/fold_source.hpp: what a MATCH asks for, ready to be cut into what is looked at and
// what hangs on it.
#pragma once

#include <optional>
#include <vector>

#include "cypher/plan/fold_pattern.hpp"
#include "cypher/plan/planner.hpp"

namespace kith::plan {

// A conjunct that can become part of a fold together with all the nodes it is about: one of these.
struct FoldTest {
  std::size_t pattern, conjunct;   // which one it is
  std::vector<std::size_t> nodes;  // one or two
  std::vector<std::string> labels = {};
  ExpressionPtr condition = nullptr;                       // over the node, or the relationship
  std::optional<std::size_t> relationship = std::nullopt;  // an edge; the nodes are its ends
  double passing = 1;
  std::optional<FoldEdge> edge = std::nullopt;  // Exists or Absent
  std::optional<Weight> weight = std::nullopt;  // Exists or Absent, of the node
  bool differ = false;                          // the two are different nodes
  bool is_counted = false;                      // `weight` has become a fold of its own
};

struct FoldSource {
  FoldPattern pattern;  // nodes without their tests
  SlotSet looked_at;    // nodes that cannot be part of a fold
  std::vector<FoldTest> tests;
  bool is_whole = true;  // nothing but this was asked for

  // The nodes in `members` (by number), with all edges and tests among them and `root`; those of
  // the root alone only if it is the fold's own.
  struct Part {
    FoldPattern pattern;
    std::size_t root;
  };
  Part part(std::size_t root, const std::vector<bool>& members, bool own_root) const;
};

// The only MATCH of a subquery that has nothing else in it; null: there is more.
const bound::Pattern* only_pattern(const bound::Subquery& subquery);

// `used`: slots that somebody looks at; `may_fail`: conditions that can fail may be tests. Null:
// there is something in it that folds cannot be beside.
std::optional<FoldSource> fold_source(Context& context, const SlotSet& bound, const Labels& labels,
                                      const std::vector<const bound::Pattern*>& patterns,
                                      const SlotSet& used, bool may_fail = false);

// A pattern of which one node is known from outside, as a weight of that node.
std::optional<Folded> fold_around(Context& context, const bound::Pattern& pattern, Slot root,
                                  Weight::Kind kind, const Labels& labels, const SlotSet& used);

// The same as a value beside each row, 0 too; nothing where rows would answer at less cost.
std::optional<Fold> counted_around(Context& context, const bound::Pattern& pattern, Slot root,
                                   Weight::Kind kind);

}  // namespace kith::plan
