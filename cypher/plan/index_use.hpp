// cypher/plan/index_use.hpp: which conjuncts of a pattern an index can answer, and how.
//
//   U1  An index holds the elements that have its label or type and a value under each of its keys.
//       It serves a pattern only if the pattern asks for all of that: each key has a test that null
//       does not pass, or a constraint says that the key is always there.
//   U2  A conjunct that is used needs no further test (IndexUse::answered) if it cannot fail, or if
//       no test of the element stands before it that is not made by then. Otherwise the index only
//       narrows down what the conjunct is then evaluated on, where it was written: an error comes
//       up where a scan would have one, and nowhere else.
//   U3  The seek itself tests what it answers where a value cannot be looked up (a list, a value
//       whose computation fails): then it reads all elements of the label or type.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "cypher/plan/logical.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

struct IndexUse {
  IndexSeek seek;                     // without ends and order
  std::vector<std::size_t> answered;  // conjuncts
  double rows = 1;                    // found for one row of the input
  double entries = 0;                 // of the index
  std::optional<double> share;        // of them, that a range between known values finds
};

// Of what a pattern looks for: a node, or a relationship of one type.
struct Sought {
  ElementKind on = ElementKind::Node;
  Slot slot = 0;
  std::vector<std::string> tokens;    // its labels, or its type
  const bound::Hint* hint = nullptr;  // may be null: any index
};

Sought sought(const GraphNode& node);
// Nothing if no index could find it: a trail, one of several types, one bound before.
std::optional<Sought> sought(const GraphEdge& edge);

// The index that finds the fewest, with values made of variables in `sight`; null if none serves.
// `needs_sight`: only if it uses one of these variables.
std::shared_ptr<const IndexUse> find_index_use(const QueryGraph& graph,
                                               const Statistics& statistics, const Sought& sought,
                                               const SlotSet& sight, bool needs_sight);

// How an index shows in conjuncts' selectivities: those about the first key of an index are known
// better than by sampling.
void weigh_by_indexes(QueryGraph& graph, const Statistics& statistics);

}  // namespace kith::plan
