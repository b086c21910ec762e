// cypher/bind/print.hpp: a bound expression as text, for EXPLAIN and debug dumps.
#pragma once

#include <span>
#include <string>

#include "cypher/bind/bound.hpp"

namespace kith::bound {

// Cypher text. Variables by name, anonymous ones as `anon_3`; `slots` (of the root query) gives the
// names of those that stand in the tree as a slot alone.
std::string print_expression(const Expression& expression, std::span<const SlotInfo> slots = {});
std::string print_slot(Slot slot, std::span<const SlotInfo> slots);

}  // namespace kith::bound
