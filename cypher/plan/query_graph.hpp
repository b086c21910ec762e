// cypher/plan/query_graph.hpp: what the clauses of one run of MATCH ask for, ready to be ordered.
//
// Several MATCH clauses in a row are one graph: only the trail rule (`group`) remembers which
// relationship came from which.
//
//   Q1  A conjunct may be evaluated once all of `needs` are bound. One that can fail needs what all
//       conjuncts before it need, so it never runs ahead of another. What it says of rows where it
//       does not fail is said as early as possible, by a copy that lets the others through (Tried).
//   Q2  A conjunct that may be no truth is asked of whole matches only, so that its error does not
//       depend on where a plan begins; as is what can fail behind it. `unless_false` is asked as
//       early as possible.
//   Q3  `late` conjuncts (volatile ones, those over paths and shortest paths, and fallible ones
//       behind them) come after everything else, in the order written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cypher/bind/bound.hpp"
#include "cypher/plan/cardinality.hpp"
#include "cypher/plan/late_reads.hpp"
#include "cypher/plan/planner.hpp"
#include "cypher/plan/slot_set.hpp"

namespace kith::plan {

struct IndexUse;  // index_use.hpp

struct GraphNode {
  Slot slot;
  bool bound = false;                               // before this pattern
  std::vector<std::string> labels = {};             // known to be on it
  std::vector<std::string> scan_labels = {};        // of them, those that a scan has to ask for
  std::vector<std::size_t> label_conjuncts = {};    // the conjuncts that such a scan answers
  std::optional<std::size_t> id_conjunct = {};      // id(n) = …, id(n) IN …
  ExpressionPtr ids = nullptr;                      // of that conjunct: a list
  double id_count = 0;                              // its expected length
  const bound::Hint* hint = nullptr;                // may be null
  std::shared_ptr<const IndexUse> index = nullptr;  // with known values; may be null
  double count = 1;                                 // nodes that a scan would find
  double population = 1;                            // nodes that its relationships leave possible
};

struct GraphEdge {
  bound::PatternRelationship pattern;
  std::size_t left, right;             // nodes
  std::uint32_t group;                 // the MATCH it came from
  SlotSet needs = {};                  // that its predicate reads besides the relationship
  double all = 0;                      // relationships of these types and directions
  double selectivity = 1;              // rows = left * right * selectivity
  double fan_left = 1, fan_right = 1;  // relationships of a node at left (right), however they end
  const bound::Hint* hint = nullptr;   // may be null
  std::shared_ptr<const IndexUse> index = nullptr;  // with known values; may be null
  SlotSet adds = {};  // of a quantified path pattern: its variables, as lists
  bool is_list() const { return pattern.length.has_value(); }
  // Conditions inside read what was bound before this MATCH.
  bool needs_outer() const { return pattern.path && !needs.empty(); }
};

struct GraphConjunct {
  ExpressionPtr value;
  SlotSet needs;
  bool fixed = false;  // can fail or is volatile
  bool late = false;
  bool answered = false;  // by a NodeById or an IndexSeek
  double selectivity = 1, cost = 1;
};

struct QueryGraph {
  const Statistics* statistics = nullptr;  // what estimates come from
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
  std::vector<GraphConjunct> conjuncts;
  std::vector<bound::ShortestPattern> shortest;
  std::vector<bound::PatternRelationship> searches;  // paths with a selector
  std::vector<bound::PatternPath> paths;
  Labels labels;                                          // of all node variables in sight
  std::vector<std::unique_ptr<const bound::Hint>> hints;  // that nodes and edges point to
  LateReads late_reads;                                   // of whole matches

  std::size_t node_at(Slot slot) const;
};

// Where no order binds what the predicates of these variable-length edges read before their trails
// grow: the predicates become conjuncts over the finished trails.
void check_afterwards(QueryGraph& graph, const std::vector<std::size_t>& edges);

// The names of a label expression that is a conjunction of names; empty: it is not.
std::vector<std::string> plain_labels(const bound::LabelExpression& e);

// Two relationships of one MATCH that might be the same.
bool may_coincide(const GraphEdge& a, const GraphEdge& b);

// Takes from `list` the conjuncts that read this variable alone and may be asked in any order; what
// they say together, null if there is none.
ExpressionPtr take_alone(const QueryGraph& graph, std::vector<std::size_t>& list, Slot slot);

// With a test `unless_false` before each that may be no truth and need not wait for what can fail;
// and each other that can fail, and would wait (Q1), tried early. `waited_for`: what conjuncts
// before these read; `late`: variables that come last anyway.
std::vector<ExpressionPtr> with_early_tests(const std::vector<ExpressionPtr>& conjuncts,
                                            SlotSet waited_for, const SlotSet& late);

// The conjuncts that can be evaluated once `slots` are bound, and not before with either of the
// inputs' slots; late and answered ones left out.
std::vector<std::size_t> newly_possible(const QueryGraph& graph, const SlotSet& slots,
                                        const SlotSet* first, const SlotSet* second);

QueryGraph make_query_graph(Context& context, const std::vector<const bound::Pattern*>& run,
                            const SlotSet& bound, const Labels& labels);

}  // namespace kith::plan
