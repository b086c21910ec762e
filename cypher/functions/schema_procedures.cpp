// cypher/functions/schema_procedures.cpp: db.schema.*: what a graph without a schema looks like.
//
// All three read the whole graph, a batch at a time.
#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/assert.hpp"
#include "cypher/functions/procedure.hpp"
#include "storage/cursor.hpp"
#include "storage/view.hpp"

namespace kith {

namespace {

constexpr std::size_t kBatch = 1024;

// As Neo4j 5 names the types here.
std::string_view property_kind(Kind kind) {
  switch (kind) {
    case Kind::Boolean:
      return "Boolean";
    case Kind::Integer:
      return "Long";
    case Kind::Float:
      return "Double";
    case Kind::String:
      return "String";
    case Kind::Date:
      return "Date";
    case Kind::LocalTime:
      return "LocalTime";
    case Kind::Time:
      return "Time";
    case Kind::LocalDateTime:
      return "LocalDateTime";
    case Kind::DateTime:
      return "DateTime";
    case Kind::Duration:
      return "Duration";
    case Kind::Point:
      return "Point";
    default:
      return "Any";
  }
}

std::string property_type(const Cell& value) {
  if (value.kind != Kind::List) return std::string(property_kind(value.kind));
  const auto items = value.items();
  return (items.empty() ? "" : std::string(property_kind(items.front().kind))) + "Array";
}

// The properties of elements that are alike.
struct Seen {
  struct Key {
    std::uint64_t count = 0;
    std::set<std::string> types;
  };
  std::uint64_t elements = 0;
  std::map<KeyId, Key> keys;

  void add(std::span<const storage::Property> properties) {
    ++elements;
    for (const storage::Property& property : properties) {
      Key& key = keys[property.key];
      ++key.count;
      key.types.insert(property_type(property.value));
    }
  }
};

ProcedureRow row_of(std::span<const Cell> cells) {
  ProcedureRow row;
  for (const Cell& cell : cells) row.emplace_back(cell);
  return row;
}

Cell text_list(Arena& arena, const std::vector<std::string>& texts) {
  std::vector<Cell> cells;
  for (const std::string& each : texts) cells.push_back(Cell::of(arena.copy(each)));
  return make_list(arena, cells);
}

// Rows of `first` (what the elements are) and each of their keys, by name; one with nulls if they
// have none.
void append_rows(std::vector<ProcedureRow>& rows, const Seen& seen, std::vector<Cell> first,
                 const storage::Catalog& catalog, Arena& arena) {
  KITH_ASSERT(seen.elements > 0);
  const std::size_t width = first.size();
  first.resize(width + 3);
  first[width + 2] = Cell::boolean(false);
  if (seen.keys.empty()) rows.push_back(row_of(first));
  std::map<std::string_view, const Seen::Key*> by_name;
  for (const auto& [id, key] : seen.keys) by_name.emplace(catalog.name(id), &key);
  for (const auto& [name, key] : by_name) {
    first[width] = Cell::of(name);
    first[width + 1] = text_list(arena, {key->types.begin(), key->types.end()});
    first[width + 2] = Cell::boolean(key->count == seen.elements);
    rows.push_back(row_of(first));
  }
}

std::vector<ProcedureRow> node_types(FunctionContext& context, std::span<const Cell>) {
  const storage::View& view = context.view();
  std::map<std::vector<LabelId>, Seen> kinds;
  storage::NodeScan scan(view, {});
  scan.begin({0, view.node_id_limit()});
  std::array<std::uint64_t, kBatch> ids{};
  Arena scratch;
  while (const std::size_t count = scan.next(ids)) {
    context.poll();
    for (std::size_t i = 0; i < count; ++i) {
      kinds[view.labels_of(NodeId{ids[i]})].add(view.properties_of(NodeId{ids[i]}, scratch));
      scratch.reset();
    }
  }
  std::vector<ProcedureRow> rows;
  Arena& arena = context.arena();
  for (const auto& [labels, seen] : kinds) {
    std::string type;
    std::vector<std::string> names;
    for (const LabelId label : labels) {
      names.push_back(view.catalog().name(label));
      type += ":`" + names.back() + "`";
    }
    append_rows(rows, seen, {Cell::of(arena.copy(type)), text_list(arena, names)}, view.catalog(),
                arena);
  }
  return rows;
}

// Calls `see(relationship, start, end)` for all.
template <class See>
void for_each_relationship(FunctionContext& context, See see) {
  const storage::View& view = context.view();
  storage::RelationshipScan scan(view, std::nullopt);
  scan.begin({0, view.relationship_id_limit()});
  std::array<std::uint64_t, kBatch> ids{}, starts{}, ends{};
  while (const std::size_t count = scan.next(ids, starts, ends)) {
    context.poll();
    for (std::size_t i = 0; i < count; ++i) {
      see(RelationshipId{ids[i]}, NodeId{starts[i]}, NodeId{ends[i]});
    }
  }
}

std::vector<ProcedureRow> relationship_types(FunctionContext& context, std::span<const Cell>) {
  const storage::View& view = context.view();
  std::map<TypeId, Seen> kinds;
  Arena scratch;
  for_each_relationship(context, [&](RelationshipId id, NodeId, NodeId) {
    kinds[storage::type_of(view, id)].add(view.properties_of(id, scratch));
    scratch.reset();
  });
  std::vector<ProcedureRow> rows;
  Arena& arena = context.arena();
  for (const auto& [type, seen] : kinds) {
    const std::string name = ":`" + view.catalog().name(type) + "`";
    append_rows(rows, seen, {Cell::of(arena.copy(name))}, view.catalog(), arena);
  }
  return rows;
}

Cell schema_names(const storage::View& view, LabelId label, bool constraints, Arena& arena) {
  const storage::SchemaToken token = storage::SchemaToken::of(label);
  std::vector<std::string> names;
  if (constraints) {
    for (const auto& each : view.schema().constraints()) {
      if (each.token == token) names.push_back(each.name);
    }
  } else {
    for (const auto& each : view.schema().indexes()) {
      if (each.token == token) names.push_back(each.name);
    }
  }
  return text_list(arena, names);
}

std::vector<ProcedureRow> visualization(FunctionContext& context, std::span<const Cell>) {
  const storage::View& view = context.view();
  const storage::Catalog& catalog = view.catalog();
  Arena& arena = context.arena();
  std::set<std::tuple<LabelId, TypeId, LabelId>> joins;
  for_each_relationship(context, [&](RelationshipId id, NodeId start, NodeId end) {
    const TypeId type = storage::type_of(view, id);
    const std::vector<LabelId> ends = view.labels_of(end);
    for (const LabelId from : view.labels_of(start)) {
      for (const LabelId to : ends) joins.emplace(from, type, to);
    }
  });
  std::vector<Cell> nodes, relationships;
  for (std::uint32_t i = 0; i < catalog.labels.size(); ++i) {
    if (view.node_count(LabelId{i}) == 0) continue;
    const MapEntry entries[] = {{"name", Cell::of(std::string_view(catalog.labels.name(i)))},
                                {"indexes", schema_names(view, LabelId{i}, false, arena)},
                                {"constraints", schema_names(view, LabelId{i}, true, arena)}};
    nodes.push_back(make_map(arena, entries));
  }
  for (const auto& [from, type, to] : joins) {
    const MapEntry entries[] = {{"name", Cell::of(std::string_view(catalog.name(type)))},
                                {"start", Cell::of(std::string_view(catalog.name(from)))},
                                {"end", Cell::of(std::string_view(catalog.name(to)))}};
    relationships.push_back(make_map(arena, entries));
  }
  const Cell cells[] = {make_list(arena, nodes), make_list(arena, relationships)};
  std::vector<ProcedureRow> rows;
  rows.push_back(row_of(cells));
  return rows;
}

ProcedureField field(std::string name, Kind kind, std::string type) {
  const bool nullable = type.ends_with('?');
  return {std::move(name), std::move(type), TypeSet::of(kind), nullable};
}

}  // namespace

void add_schema_procedures(ProcedureRegistry& registry) {
  const ProcedureField key = field("propertyName", Kind::String, "STRING?");
  const ProcedureField types = field("propertyTypes", Kind::List, "LIST<STRING>?");
  const ProcedureField mandatory = field("mandatory", Kind::Boolean, "BOOLEAN");
  registry.add({"db.schema.nodeTypeProperties",
                "The properties of the nodes of each set of labels; reads all nodes.",
                {},
                {field("nodeType", Kind::String, "STRING"),
                 field("nodeLabels", Kind::List, "LIST<STRING>"), key, types, mandatory},
                node_types});
  registry.add({"db.schema.relTypeProperties",
                "The properties of the relationships of each type; reads all relationships.",
                {},
                {field("relType", Kind::String, "STRING"), key, types, mandatory},
                relationship_types});
  registry.add(
      {"db.schema.visualization",
       "The labels with their indexes and constraints, and which of them each relationship "
       "type joins, as maps; reads all relationships.",
       {},
       {field("nodes", Kind::List, "LIST<MAP>"), field("relationships", Kind::List, "LIST<MAP>")},
       visualization});
}

}  // namespace kith
