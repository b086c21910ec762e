// tests/unit/storage/graph_model.hpp: a graph as plain maps, what a store must be equal to, and the
// random changes that are made to both.
#pragma once

#include <fmt/format.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "storage/cursor.hpp"
#include "storage/view.hpp"
#include "storage/writer.hpp"

namespace kith::storage::test {

using Values = std::map<std::string, std::string>;  // key -> encoded value

struct ModelNode {
  std::set<std::string> labels;
  Values values;
  friend bool operator==(const ModelNode&, const ModelNode&) = default;
};
struct ModelEdge {
  std::string type;
  std::uint64_t start = 0, end = 0;
  Values values;
  friend bool operator==(const ModelEdge&, const ModelEdge&) = default;
};
struct GraphModel {
  std::map<std::uint64_t, ModelNode> nodes;
  std::map<std::uint64_t, ModelEdge> edges;
  friend bool operator==(const GraphModel&, const GraphModel&) = default;
};

inline std::string bytes_of(const Cell& cell) {
  std::string bytes;
  encode(bytes, cell);
  return bytes;
}

inline Values values_of(const View& view, const std::vector<Property>& properties) {
  Values values;
  for (const Property& p : properties) values[view.catalog().name(p.key)] = bytes_of(p.value);
  return values;
}

// The whole graph, by scans and single reads.
inline GraphModel capture(const View& view) {
  GraphModel graph;
  Arena arena;
  std::vector<std::uint64_t> ids(500), starts(500), ends(500);
  NodeScan nodes(view, {});
  nodes.begin({0, view.node_id_limit()});
  while (const std::size_t count = nodes.next(ids)) {
    for (std::size_t i = 0; i < count; ++i) {
      ModelNode& node = graph.nodes[ids[i]];
      for (const LabelId label : view.labels_of(NodeId{ids[i]}))
        node.labels.insert(view.catalog().name(label));
      node.values = values_of(view, view.properties_of(NodeId{ids[i]}, arena));
      arena.reset();
    }
  }
  RelationshipScan edges(view, std::nullopt);
  edges.begin({0, view.relationship_id_limit()});
  while (const std::size_t count = edges.next(ids, starts, ends)) {
    for (std::size_t i = 0; i < count; ++i) {
      const RelationshipId id{ids[i]};
      graph.edges[ids[i]] = {view.catalog().name(type_of(view, id)), starts[i], ends[i],
                             values_of(view, view.properties_of(id, arena))};
      arena.reset();
    }
  }
  return graph;
}

// Random changes, made to a transaction and to a model alike.
class RandomChanges {
 public:
  RandomChanges(std::uint64_t seed, std::uint64_t nodes) : random_(seed), target_(nodes) {}

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool chance(std::uint64_t percent) { return pick(100) < percent; }

  void change(Transaction& tx, GraphModel& graph) {
    if (graph.nodes.size() >= 40 && chance(3)) return change_many(tx, graph);
    const std::uint64_t what = pick(100);
    const bool crowded = graph.nodes.size() > target_;
    if (graph.nodes.size() < 3 || what < (crowded ? 6 : 22))
      return chance(10) ? create_nodes(tx, graph) : create_node(tx, graph);
    if (what < 50) return chance(10) ? create_edges(tx, graph) : create_edge(tx, graph);
    if (what < 64)
      return chance(20) ? set_values<NodeId>(tx, graph.nodes) : set_node_value(tx, graph);
    if (what < 74)
      return chance(20) ? set_values<RelationshipId>(tx, graph.edges) : set_edge_value(tx, graph);
    if (what < 82) return change_label(tx, graph);
    if (what < 93) return chance(10) ? delete_edges(tx, graph) : delete_edge(tx, graph);
    return delete_node(tx, graph);
  }

  // The same, but nearly all of many elements at once.
  void change_many(Transaction& tx, GraphModel& graph) {
    const std::uint64_t what = pick(100);
    if (graph.nodes.size() < 60) return create_nodes(tx, graph);
    if (what < 12) return change(tx, graph);
    if (what < 20 && graph.nodes.size() < target_) return create_nodes(tx, graph);
    if (what < 40 && graph.edges.size() < 4 * target_) return create_edges(tx, graph);
    if (what < 55) return set_values<NodeId>(tx, graph.nodes);
    if (what < 68) return set_values<RelationshipId>(tx, graph.edges);
    if (what < 80) return change_labels(tx, graph);
    return what < 92 ? delete_edges(tx, graph) : delete_nodes(tx, graph);
  }

  // A value that a property can hold, sometimes null.
  Cell value(Arena& arena) {
    switch (pick(14)) {
      case 0:
        return Cell::null();
      case 1:
        return Cell::boolean(chance(50));
      case 2:
        return Cell::of(static_cast<double>(pick(1000)) / 8);
      case 3:
        return Cell::of(arena.copy(std::string(pick(40), 'x') + std::to_string(pick(50))));
      case 4:
        return Cell::of(arena.copy(std::string(pick(chance(5) ? 300000 : 3000), 'y')));
      case 5: {
        std::vector<Cell> items;
        for (std::uint64_t n = pick(4); n > 0; --n)
          items.push_back(Cell::of(static_cast<std::int64_t>(pick(100))));
        return make_list(arena, items);
      }
      case 6:
        return Cell::date(static_cast<std::int64_t>(pick(40000)) - 20000);
      case 7:
        return make_duration(arena, {static_cast<std::int64_t>(pick(9)), 2, -3, 4});
      case 8:
        return Cell::of(static_cast<std::int64_t>(random_()));
      default:
        return Cell::of(static_cast<std::int64_t>(pick(200)));
    }
  }

 private:
  // Keys 0 and 1 hold integers and strings alone, the others anything.
  Property property(Transaction& tx, Arena& arena, std::string& key) {
    key = "key" + std::to_string(pick(6));
    const KeyId id = tx.intern_key(key);
    return {id, value_of(key, arena)};
  }
  Cell value_of(const std::string& key, Arena& arena) {
    if (key == "key0") return Cell::of(static_cast<std::int64_t>(pick(5000)));
    if (key == "key1") return Cell::of(arena.copy("name " + std::to_string(pick(300))));
    return value(arena);
  }
  std::vector<Property> properties(Transaction& tx, Arena& arena, Values& values) {
    std::vector<Property> all;
    for (std::uint64_t n = pick(4); n > 0; --n) {
      std::string key;
      const Property made = property(tx, arena, key);
      if (values.contains(key)) continue;
      all.push_back(made);
      if (!made.value.is_null()) values[key] = bytes_of(made.value);
    }
    return all;
  }
  template <class Map>
  auto any(Map& map) {  // an element near a random place
    const std::uint64_t first = map.begin()->first, last = map.rbegin()->first;
    const auto at = map.lower_bound(first + pick(last - first + 1));
    return at == map.end() ? map.begin() : at;
  }
  // Ids of a few, some of them twice, or of many that follow one another.
  template <class Map>
  std::vector<std::uint64_t> some(Map& map) {
    std::vector<std::uint64_t> ids;
    if (chance(70)) {
      for (std::uint64_t n = 1 + pick(6); n > 0; --n) ids.push_back(any(map)->first);
      return ids;
    }
    auto at = any(map);
    for (std::uint64_t n = pick(100); n > 0 && at != map.end(); --n, ++at) ids.push_back(at->first);
    return ids;
  }
  std::uint64_t any_node(GraphModel& graph) {
    // Some nodes are hubs.
    return chance(15) ? graph.nodes.begin()->first : any(graph.nodes)->first;
  }

  void create_node(Transaction& tx, GraphModel& graph) {
    ModelNode node;
    std::vector<LabelId> labels;
    for (std::uint64_t n = pick(3); n > 0; --n) {
      const std::string name = "Label" + std::to_string(pick(4));
      labels.push_back(tx.intern_label(name));
      node.labels.insert(name);
    }
    Arena arena;
    const std::vector<Property> values = properties(tx, arena, node.values);
    graph.nodes[tx.create_node(labels, values).value] = std::move(node);
  }
  // Some nodes with the same labels at once.
  void create_nodes(Transaction& tx, GraphModel& graph) {
    ModelNode like;
    std::set<LabelId> labels;
    for (std::uint64_t n = pick(3); n > 0; --n) {
      const std::string name = "Label" + std::to_string(pick(4));
      labels.insert(tx.intern_label(name));
      like.labels.insert(name);
    }
    std::vector<ModelNode> made(1 + pick(6), like);
    Rows rows(*this, tx);
    for (ModelNode& node : made) rows.add(node.values, true);
    std::vector<std::uint64_t> ids(made.size());
    const std::vector<LabelId> list(labels.begin(), labels.end());
    tx.create_nodes({list, rows.keys, rows.values, made.size()}, ids);
    for (std::size_t i = 0; i < made.size(); ++i) graph.nodes[ids[i]] = std::move(made[i]);
  }
  // Values of some elements at once, under the same keys.
  struct Rows {
    Rows(RandomChanges& from, Transaction& tx) : changes(from) {
      for (std::uint64_t n = from.pick(4); n > 0; --n) {
        std::string key;
        const KeyId id = from.property(tx, arena, key).key;
        names[id] = key;
      }
      for (const auto& [id, name] : names) keys.push_back(id);
      for (std::size_t i = 0; i < keys.size(); ++i)
        forms.push_back(from.chance(50) ? Form::Any : from.chance(50) ? Form::Same : Form::Words);
    }
    // A row, which the model takes, too.
    void add(Values& model, bool with_nulls) {
      for (const auto& [id, name] : names) {
        const std::size_t number = values.size() % keys.size();
        const Form form = forms[number];
        Cell value = changes.value_of(name, arena);
        while (!with_nulls && value.is_null()) value = changes.value_of(name, arena);
        if (with_nulls && form == Form::Any && changes.chance(10)) value = Cell::null();
        if (form == Form::Same && values.size() >= keys.size()) value = values[number];
        if (form == Form::Words && name != "key1")
          value = Cell::of(static_cast<std::int64_t>(changes.pick(5000)));
        values.push_back(value);
        model.erase(name);
        if (!value.is_null()) model[name] = bytes_of(value);
      }
    }
    RandomChanges& changes;
    Arena arena;
    std::map<KeyId, std::string> names;
    std::vector<KeyId> keys;
    enum class Form { Any, Same, Words };  // of the values of a key
    std::vector<Form> forms;
    std::vector<Cell> values;
  };
  // Some relationships of a type at once.
  void create_edges(Transaction& tx, GraphModel& graph) {
    const std::string type = "TYPE" + std::to_string(pick(3));
    const bool many = chance(8) && graph.edges.size() < 4 * target_;  // about parts of lists (E5)
    std::vector<ModelEdge> made(many ? 200 + pick(300) : 1 + pick(chance(20) ? 150 : 6));
    Rows rows(*this, tx);
    std::vector<NodeId> starts, ends;
    for (ModelEdge& edge : made) {
      edge = {type, any_node(graph), any_node(graph), {}};
      starts.push_back({edge.start});
      ends.push_back({edge.end});
      rows.add(edge.values, true);
    }
    std::vector<std::uint64_t> ids(made.size());
    tx.create_relationships({tx.intern_type(type), starts, ends, rows.keys, rows.values}, ids);
    for (std::size_t i = 0; i < made.size(); ++i) graph.edges[ids[i]] = std::move(made[i]);
  }
  // Of some elements at once, some of them twice.
  template <class I, class Map>
  void set_values(Transaction& tx, Map& elements) {
    if (elements.empty()) return;
    Rows rows(*this, tx);
    std::vector<I> ids;
    for (const std::uint64_t id : some(elements)) {
      ids.push_back({id});
      rows.add(elements.at(id).values, true);
    }
    tx.set_properties(std::span<const I>(ids), rows.keys, rows.values);
  }
  void create_edge(Transaction& tx, GraphModel& graph) {
    ModelEdge edge;
    edge.type = "TYPE" + std::to_string(pick(3));
    edge.start = any_node(graph);
    edge.end = chance(5) ? edge.start : any_node(graph);
    Arena arena;
    const std::vector<Property> values = properties(tx, arena, edge.values);
    const RelationshipId id = tx.create_relationship(tx.intern_type(edge.type), NodeId{edge.start},
                                                     NodeId{edge.end}, values);
    graph.edges[id.value] = std::move(edge);
  }
  template <class I>
  void set_value(Transaction& tx, I id, Values& values) {
    Arena arena;
    std::string key;
    Property made = property(tx, arena, key);
    if (chance(15)) made.value = Cell::null();
    tx.set_property(id, made.key, made.value);
    values.erase(key);
    if (!made.value.is_null()) values[key] = bytes_of(made.value);
  }
  void set_node_value(Transaction& tx, GraphModel& graph) {
    const auto at = any(graph.nodes);
    set_value(tx, NodeId{at->first}, at->second.values);
  }
  void set_edge_value(Transaction& tx, GraphModel& graph) {
    if (graph.edges.empty()) return;
    const auto at = any(graph.edges);
    set_value(tx, RelationshipId{at->first}, at->second.values);
  }
  void change_labels(Transaction& tx, GraphModel& graph) {
    const std::string name = "Label" + std::to_string(pick(5));
    const bool add = chance(50);
    std::vector<NodeId> nodes;
    for (const std::uint64_t id : some(graph.nodes)) {
      nodes.push_back({id});
      auto& labels = graph.nodes.at(id).labels;
      add ? static_cast<void>(labels.insert(name)) : static_cast<void>(labels.erase(name));
    }
    tx.set_label(nodes, tx.intern_label(name), add);
  }
  void change_label(Transaction& tx, GraphModel& graph) {
    if (chance(30)) return change_labels(tx, graph);
    const auto at = any(graph.nodes);
    const std::string name = "Label" + std::to_string(pick(5));
    const LabelId label = tx.intern_label(name);
    if (chance(50)) {
      tx.add_label(NodeId{at->first}, label);
      at->second.labels.insert(name);
    } else {
      tx.remove_label(NodeId{at->first}, label);
      at->second.labels.erase(name);
    }
  }
  void delete_edge(Transaction& tx, GraphModel& graph) {
    if (graph.edges.empty()) return;
    const auto at = any(graph.edges);
    tx.delete_relationship(RelationshipId{at->first});
    graph.edges.erase(at);
  }
  // Some at once, in any order; some of them twice, some were deleted before or never made.
  void delete_edges(Transaction& tx, GraphModel& graph) {
    std::vector<RelationshipId> ids;
    if (!graph.edges.empty())
      for (const std::uint64_t id : some(graph.edges)) ids.push_back({id});
    if (chance(50)) ids.push_back({pick(1000)});
    const auto gone = tx.delete_relationships(ids);
    std::set<std::uint64_t> existing;
    for (const RelationshipId id : ids)
      if (graph.edges.contains(id.value)) existing.insert(id.value);
    KITH_ASSERT(gone.size() == existing.size());
    for (const Relationship& one : gone) {
      const ModelEdge& edge = graph.edges.at(one.id.value);
      KITH_ASSERT(edge.start == one.start.value && edge.end == one.end.value);
      graph.edges.erase(one.id.value);
    }
  }
  // Some at once; those that were never made do no harm.
  void delete_nodes(Transaction& tx, GraphModel& graph) {
    std::vector<NodeId> nodes;
    std::set<std::uint64_t> gone;
    const std::size_t most = graph.nodes.size() / 8;
    for (const std::uint64_t id : some(graph.nodes)) {
      if (gone.size() >= 4 && gone.size() >= most) break;
      nodes.push_back({id});
      gone.insert(id);
    }
    nodes.push_back({tx.view().node_id_limit() + pick(9)});
    std::vector<RelationshipId> edges;
    for (const auto& [edge, ends] : graph.edges)
      if (gone.contains(ends.start) || gone.contains(ends.end)) edges.push_back({edge});
    const bool detach = chance(70);
    tx.delete_nodes(nodes, detach);
    if (!detach) tx.delete_relationships(edges);
    for (const RelationshipId edge : edges) graph.edges.erase(edge.value);
    for (const std::uint64_t node : gone) graph.nodes.erase(node);
  }
  void delete_node(Transaction& tx, GraphModel& graph) {
    if (chance(25)) return delete_nodes(tx, graph);
    const std::uint64_t id = any(graph.nodes)->first;
    std::vector<std::uint64_t> edges;
    for (const auto& [edge, ends] : graph.edges)
      if (ends.start == id || ends.end == id) edges.push_back(edge);
    if (chance(50)) {
      tx.detach_delete_node(NodeId{id});
    } else {  // in this order it is legal at the end of the statement
      tx.delete_node(NodeId{id});
      for (const std::uint64_t edge : edges) tx.delete_relationship(RelationshipId{edge});
    }
    for (const std::uint64_t edge : edges) graph.edges.erase(edge);
    graph.nodes.erase(id);
  }

  std::mt19937_64 random_;
  std::uint64_t target_;
};

}  // namespace kith::storage::test
