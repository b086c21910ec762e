// cypher/plan/join_order.hpp: in which order a connected pattern is solved.
//
// The result is a tree of steps over a QueryGraph; match.cpp makes plan nodes of it. Up to
// kDynamicEdges relationships: the cheapest of all orders, among them those that join two expanded
// sides. Beyond: greedily the step that leaves the fewest rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

inline constexpr std::size_t kDynamicEdges = 10;

// The cost of looking something up in an index, and of each element it finds, in the unit of all
// costs here: about the time of reading one property.
inline constexpr double kSeek = 10.0;
inline constexpr double kSeekRow = 0.5;
// Added for what a large range finds: it comes in the order of its values, so that whatever is read
// of it lies here and there.
inline constexpr double kStrewnRow = 8.0;
// And those of a hash join: a row of the side that is kept, a row of the other, a row that comes
// out.
inline constexpr double kBuildRow = 6.0;
inline constexpr double kProbeRow = 5.0;
inline constexpr double kOutputRow = 2.0;
// Added to an order that does not do what a hint says.
inline constexpr double kAgainstHint = 1e30;

struct Step;
using StepPtr = std::shared_ptr<const Step>;  // shared: candidate orders share their beginnings

struct Step {
  enum class Kind : std::uint8_t {
    Outer,             // the rows so far, with every node bound before
    Scan,              // of node `element`, by labels
    ById,              // of node `element`
    Seek,              // of node `element`, by its index
    RelationshipScan,  // of edge `element`
    RelationshipSeek,  // of edge `element`, by its index
    Expand,            // edge `element`, from its left or right node
    Intersect,         // node `element`, that all of `edges` lead to
    Join,              // of two steps that share nodes
  } kind;
  std::size_t element = 0;
  bool from_left = true;
  StepPtr first = nullptr, second = nullptr;
  std::vector<std::size_t> edges = {};
  SlotSet slots = {};                        // bound after it
  bool has_outer = false;                    // Outer is below
  std::optional<std::size_t> in_order = {};  // rows come in the order in which this node's lie
  double rows = 1, cost = 0;
  double touched = 0;  // Expand, Intersect, Join: rows it finds, before conditions
};

// One connected part: nodes and edges by their number in the graph.
struct Component {
  std::vector<std::size_t> nodes, edges;
  bool has_outer = false;  // a node or relationship of it is bound before
};

// What the rows so far look like.
struct Outer {
  double rows = 1;
  SlotSet slots;
  enum class Side : std::uint8_t { Smaller, First, Second } side = Side::Smaller;  // of a join
  bool intersects = true;  // a node may be found by the lists of several
};

std::vector<Component> components_of(const QueryGraph& graph);
// Null if some edge's predicate needs what no order binds before it.
StepPtr order_joins(const QueryGraph& graph, const Component& component, const Outer& outer);

// Whether the first of two sides is the second input of their join, which is taken in whole.
bool comes_second(double rows, bool has_outer, double other_rows, bool other_has_outer,
                  Outer::Side side);

}  // namespace kith::plan
