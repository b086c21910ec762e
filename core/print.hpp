// core/print.hpp: cells as the Cypher text that makes them.
//
// Nodes and relationships print by id alone, `(5)` and `[7]`: their properties need storage. The
// text of anything else, put into a query, gives the same value back.
#pragma once

#include <string>
#include <string_view>

#include "core/cell.hpp"

namespace kith {

void print_cypher(std::string& out, const Cell& cell);
std::string to_cypher(const Cell& cell);
// For error messages: cut to about `most` bytes, with `…` where something is missing.
std::string to_short_cypher(const Cell& cell, std::size_t most = 60);

void append_quoted(std::string& out, std::string_view text);  // 'it\'s'
void append_name(std::string& out, std::string_view name);    // name, or `a name` where it must be

// What elementId() gives; never changes while the element lives.
std::string element_id(NodeId id);          // "n:5"
std::string element_id(RelationshipId id);  // "r:7"

}  // namespace kith
