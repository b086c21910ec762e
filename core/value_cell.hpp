// core/value_cell.hpp: between the API's values and the engine's cells.
#pragma once

#include "core/cell.hpp"
#include "kith/value.hpp"

namespace kith {

// A parameter or property: every byte of the cell lies in the arena. Throws TypeError for nodes,
// relationships and paths (pass their ids), QueryError for what no cell can hold (text that is not
// UTF-8, a time of day past 24 h, …), ResourceError for lists nested too deep.
Cell to_cell(const Value& value, Arena& arena);

// Reads what a cell holds only the id of. Implemented where storage is known.
class ElementReader {
 public:
  virtual ~ElementReader() = default;
  virtual Node node(NodeId id) = 0;
  virtual Relationship relationship(RelationshipId id) = 0;
};

Value to_value(const Cell& cell, ElementReader& elements);
// A cell in which there is no node, relationship or path; asserted.
Value to_value(const Cell& cell);

}  // namespace kith
