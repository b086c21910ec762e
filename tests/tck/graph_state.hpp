// tests/tck/graph_state.hpp: side effects computed from the graph before and after, not from the
// engine's own counters.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "kith/kith.hpp"

namespace kith::tck {

struct GraphState {
  std::set<std::int64_t> nodes, relationships;
  std::set<std::string> labels;
  std::set<std::pair<std::int64_t, std::string>> labels_of_nodes;
  std::set<std::tuple<char, std::int64_t, std::string, std::string>>
      properties;  // n or r, id, key, value
};

GraphState read_state(Connection& connection);

// "+nodes" -> 2 and so on; what did not change is not named.
std::map<std::string, std::int64_t> side_effects(const GraphState& before, const GraphState& after);

// What the engine says it did against what became of the graph: empty if they agree, else what does
// not. What is done and undone in one statement is in the counters alone, so some are only bounded.
std::string disagreement(const Counters& counters, const GraphState& before,
                         const GraphState& after);

}  // namespace kith::tck
