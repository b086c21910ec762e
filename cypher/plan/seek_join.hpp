// cypher/plan/seek_join.hpp: rows that are there feed seeks for the next part of a pattern.
//
// `UNWIND $rows AS row MATCH (p:Person {id: row.id})`, or `MATCH (a:A), (b:B) WHERE b.id = a.ref`:
// where few rows meet many elements, a seek for each row takes the place of a scan and a join.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cypher/plan/index_use.hpp"
#include "cypher/plan/join_order.hpp"

namespace kith::plan {

struct FedSeek {
  bool on_edge = false;     // else on a node
  std::size_t element = 0;  // its number in the graph
};

// One or two seeks, and the rest of the component from there.
struct Feeding {
  std::vector<FedSeek> seeks;
  double cost = 0;
};

// The cheapest way to solve `component` with seeks on top of `rows`, all of whose conjuncts are
// made by then; nothing if no index serves. The graph is as before when it returns.
std::optional<Feeding> find_feeding(QueryGraph& graph, const Statistics& statistics,
                                    const Component& component, const Outer& rows);

// The seek's index with values of `sight`; the pattern allows it, see find_feeding().
std::shared_ptr<const IndexUse> use_of(const QueryGraph& graph, const Statistics& statistics,
                                       const FedSeek& seek, const SlotSet& sight);

// Notes that the seek is made: what it finds is bound, what it answers answered. The component has
// what is left.
void note_seek(QueryGraph& graph, const FedSeek& seek, const IndexUse& use, Component& component,
               Outer& rows);

}  // namespace kith::plan
