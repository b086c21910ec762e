// cypher/explain.hpp: a plan as people read it.
//
// Operators carry the names that Neo4j's readers know. to_text(PlanDescription), which prints the
// table, is declared in cypher/engine.hpp with the description itself.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "cypher/engine.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::cypher {

// What PROFILE measured at one operator.
struct Measured {
  std::uint64_t rows = 0, elapsed_ns = 0, memory_bytes = 0;
};
using Measurements = std::map<std::uint32_t, Measured>;  // by plan::Node::id

// `slots`: Plan::slots. With measurements every operator has rows, time and memory (0 where
// none was taken). Plans of subquery expressions are children named Subquery.
PlanDescription describe(const plan::Node& node, std::span<const bound::SlotInfo> slots = {},
                         const Measurements* measurements = nullptr);

}  // namespace kith::cypher
