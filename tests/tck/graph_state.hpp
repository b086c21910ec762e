// tests/tck/graph_state.hpp: side effects computed from the graph before and after, not from the
// engine's own counters.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "kith/kith.hpp"

namespace kith::tck {

struct GraphState {
  std::set<std::int64_t> nodes, relationships;
  std::set<std::string> labels;
  std::set<std::tuple<char, std::int64_t, std::string, std::string>>
      properties;  // n or r, id, key, value
};

GraphState read_state(Connection& connection);

// "+nodes" -> 2 and so on; what did not change is not named.
std::map<std::string, std::int64_t> side_effects(const GraphState& before, const GraphState& after);

}  // namespace kith::tck
