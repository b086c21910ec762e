// cypher/plan/fold_pattern.hpp: a part of a pattern as a weight of the one node it hangs on.
//
// Tests that two things differ (nodes by `<>`, relationships of one MATCH by the trail rule) are
// counted away: all matches, less those where the two are one, by inclusion and exclusion. What two
// being one means for the pattern is a merged pattern; where the merged pattern cannot match, the
// test need not be made.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cypher/plan/logical.hpp"
#include "cypher/plan/statistics.hpp"

namespace kith::plan {

struct FoldNode {
  Slot slot;
  std::vector<std::string> labels = {};
  std::vector<ExpressionPtr> conjuncts = {};  // over it alone
  std::vector<Weight> weights = {};
  double passing = 1;  // the share that the conjuncts let through
};
struct FoldEdge {
  enum class Kind : std::uint8_t { Match, Exists, Absent } kind = Kind::Match;
  std::size_t left, right;  // nodes; never In: it then runs the other way
  Direction direction;
  std::vector<std::string> types;
  std::uint32_t group = 0;  // the MATCH it came from
  Slot slot = 0;
  std::vector<ExpressionPtr> conjuncts = {};  // over it alone
  double passing = 1;                         // the share that they let through
};
struct FoldPattern {
  std::vector<FoldNode> nodes;
  std::vector<FoldEdge> edges;
  std::vector<std::pair<std::size_t, std::size_t>> different;  // nodes

  std::optional<std::size_t> find(Slot slot) const;
};

struct Folded {
  Weight weight;
  double cost = 0;         // of computing it for all that `visits` said, in about nanoseconds
  bool is_cyclic = false;  // relationships are looked for between nodes that are there
};
// Null if there is no tree for it with this root, or too much to be counted away. `visits`: how
// many nodes the weight is asked for.
std::optional<Folded> fold_pattern(const FoldPattern& pattern, std::size_t root, double visits,
                                   const Statistics& statistics);

// The root, a step to a second node, a step to a third, and that is tied to the root.
bool is_triple(const WeightNode& root);

// The least depth that a closing below the node names; SIZE_MAX: none does.
std::size_t least_depth(const WeightNode& node);
// The deepest node, not below `depth`, that something of the tree is closed to; else nothing.
std::optional<std::uint32_t> deepest_look(const WeightNode& node, std::uint32_t depth);

// Of one MATCH, and with a type in common.
bool may_share_type(const FoldEdge& a, const FoldEdge& b);
// Two relationships of one MATCH that might be the same, and whose being the same no test forbids.
bool may_be_same(const FoldPattern& pattern, const FoldEdge& a, const FoldEdge& b);

}  // namespace kith::plan
