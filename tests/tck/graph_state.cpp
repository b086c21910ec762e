// tests/tck/graph_state.cpp: see graph_state.hpp.
#include "tests/tck/graph_state.hpp"

#include <algorithm>
#include <sstream>

namespace kith::tck {
namespace {

void add_properties(GraphState& state, char kind, std::int64_t id, const Map& properties) {
  for (const auto& [key, value] : properties) {
    std::ostringstream text;
    text << value.type_name() << ' ' << value;
    state.properties.emplace(kind, id, key, text.str());
  }
}

template <class T>
std::int64_t only_in(const std::set<T>& a, const std::set<T>& b) {
  return std::count_if(a.begin(), a.end(), [&](const T& x) { return !b.contains(x); });
}

template <class T>
void difference(std::map<std::string, std::int64_t>& out, const std::string& what,
                const std::set<T>& before, const std::set<T>& after) {
  if (const auto added = only_in(after, before)) out["+" + what] = added;
  if (const auto removed = only_in(before, after)) out["-" + what] = removed;
}

}  // namespace

GraphState read_state(Connection& connection) {
  GraphState state;
  for (const auto& row : connection.execute("MATCH (n) RETURN n")) {
    const Node& node = row[0].as_node();
    state.nodes.insert(node.id());
    state.labels.insert(node.labels().begin(), node.labels().end());
    add_properties(state, 'n', node.id(), node.properties());
  }
  for (const auto& row : connection.execute("MATCH ()-[r]->() RETURN r")) {
    const Relationship& relationship = row[0].as_relationship();
    state.relationships.insert(relationship.id());
    add_properties(state, 'r', relationship.id(), relationship.properties());
  }
  return state;
}

std::map<std::string, std::int64_t> side_effects(const GraphState& before,
                                                 const GraphState& after) {
  std::map<std::string, std::int64_t> out;
  difference(out, "nodes", before.nodes, after.nodes);
  difference(out, "relationships", before.relationships, after.relationships);
  difference(out, "labels", before.labels, after.labels);
  difference(out, "properties", before.properties, after.properties);
  return out;
}

}  // namespace kith::tck
