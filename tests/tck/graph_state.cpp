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
    for (const std::string& label : node.labels()) state.labels_of_nodes.emplace(node.id(), label);
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

namespace {

// Elements that were made or deleted: the difference is exact, each side at least what is seen.
void check_elements(std::string& out, const std::string& what, std::uint64_t made,
                    std::uint64_t deleted, const std::set<std::int64_t>& before,
                    const std::set<std::int64_t>& after) {
  const auto added = static_cast<std::uint64_t>(only_in(after, before));
  const auto removed = static_cast<std::uint64_t>(only_in(before, after));
  if (made - deleted == added - removed && made >= added) return;
  out += what + ": +" + std::to_string(made) + " -" + std::to_string(deleted) + " counted, +" +
         std::to_string(added) + " -" + std::to_string(removed) + " seen; ";
}

bool exists(const GraphState& state, char kind, std::int64_t id) {
  return (kind == 'n' ? state.nodes : state.relationships).contains(id);
}

// Keys of elements that are there afterwards whose value is another one, or there no more.
std::uint64_t changed_keys(const GraphState& before, const GraphState& after) {
  std::set<std::tuple<char, std::int64_t, std::string>> keys;
  const auto look = [&](const GraphState& one, const GraphState& other) {
    for (const auto& entry : one.properties) {
      const auto& [kind, id, key, value] = entry;
      if (!other.properties.contains(entry) && exists(after, kind, id)) keys.emplace(kind, id, key);
    }
  };
  look(before, after);
  look(after, before);
  return keys.size();
}

}  // namespace

std::string disagreement(const Counters& counters, const GraphState& before,
                         const GraphState& after) {
  std::string out;
  check_elements(out, "nodes", counters.nodes_created, counters.nodes_deleted, before.nodes,
                 after.nodes);
  check_elements(out, "relationships", counters.relationships_created,
                 counters.relationships_deleted, before.relationships, after.relationships);
  const auto added =
      static_cast<std::uint64_t>(only_in(after.labels_of_nodes, before.labels_of_nodes));
  const bool undone = counters.nodes_deleted > 0 || counters.labels_removed > 0;
  if (undone ? counters.labels_added < added : counters.labels_added != added)
    out += "labels: +" + std::to_string(counters.labels_added) + " counted, +" +
           std::to_string(added) + " seen; ";
  std::uint64_t removed = 0;
  for (const auto& entry : before.labels_of_nodes)
    removed += after.nodes.contains(entry.first) && !after.labels_of_nodes.contains(entry) ? 1 : 0;
  if (counters.labels_removed < removed)
    out += "labels: -" + std::to_string(counters.labels_removed) + " counted, -" +
           std::to_string(removed) + " seen; ";
  const std::uint64_t changed = changed_keys(before, after);
  if (counters.properties_set < changed)
    out += "properties: " + std::to_string(counters.properties_set) + " counted, " +
           std::to_string(changed) + " changes seen; ";
  return out;
}

}  // namespace kith::tck
