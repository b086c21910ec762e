// cypher/functions/graph.cpp: nodes, relationships and paths, as the statement's view has them.
//
// An element that the statement has deleted has no labels, properties or ends any more: reading
// them is an error. Its id and its type remain.
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "core/print.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/function.hpp"
#include "storage/cursor.hpp"

namespace kith {
namespace {

[[noreturn]] void deleted(std::string_view function, std::string_view element) {
  throw QueryError("EntityNotFound", "DeletedEntityAccess",
                   fmt::format("{}() was called on {}, which has been deleted in this transaction",
                               function, element));
}

NodeId need_node(FunctionContext& context, std::string_view function, const Cell& given) {
  if (given.kind != Kind::Node) wrong_argument(function, "NODE", given, "InvalidArgumentValue");
  if (!context.view().exists(given.node())) deleted(function, "a node");
  return given.node();
}

RelationshipId need_relationship(FunctionContext& context, std::string_view function,
                                 const Cell& given) {
  if (given.kind != Kind::Relationship) {
    wrong_argument(function, "RELATIONSHIP", given, "InvalidArgumentValue");
  }
  if (!context.view().exists(given.relationship())) deleted(function, "a relationship");
  return given.relationship();
}

const PathData& need_path(std::string_view function, const Cell& given) {
  if (given.kind != Kind::Path) wrong_argument(function, "PATH", given, "InvalidArgumentValue");
  return *given.path;
}

Cell labels(FunctionContext& context, std::span<const Cell> arguments) {
  const NodeId node = need_node(context, "labels", arguments[0]);
  std::vector<Cell> names;
  for (const LabelId label : context.view().labels_of(node)) {
    names.push_back(text_cell(context.arena(), context.view().catalog().name(label)));
  }
  return make_list(context.arena(), names);
}

// Works on a deleted relationship, too: all relationships of a segment have one type.
Cell type(FunctionContext& context, std::span<const Cell> arguments) {
  const Cell& given = arguments[0];
  if (given.kind != Kind::Relationship) {
    wrong_argument("type", "RELATIONSHIP", given, "InvalidArgumentValue");
  }
  KITH_ASSERT(given.word < context.view().relationship_id_limit());
  const TypeId id = storage::type_of(context.view(), given.relationship());
  return text_cell(context.arena(), context.view().catalog().name(id));
}

// The properties of an element; of a map its entries.
std::vector<MapEntry> entries_of(FunctionContext& context, std::string_view function,
                                 const Cell& given) {
  std::vector<storage::Property> properties;
  switch (given.kind) {
    case Kind::Map:
      return {given.entries().begin(), given.entries().end()};
    case Kind::Node:
      properties =
          context.view().properties_of(need_node(context, function, given), context.arena());
      break;
    case Kind::Relationship:
      properties = context.view().properties_of(need_relationship(context, function, given),
                                                context.arena());
      break;
    default:
      wrong_argument(function, "NODE, RELATIONSHIP or MAP", given, "InvalidArgumentValue");
  }
  std::vector<MapEntry> entries;
  for (const storage::Property& property : properties) {
    const std::string& key = context.view().catalog().name(property.key);
    entries.push_back({context.arena().copy(key), property.value});
  }
  return entries;
}

Cell keys(FunctionContext& context, std::span<const Cell> arguments) {
  std::vector<Cell> names;
  for (const MapEntry& entry : entries_of(context, "keys", arguments[0])) {
    names.push_back(Cell::of(entry.key));
  }
  return make_list(context.arena(), names);
}

Cell properties(FunctionContext& context, std::span<const Cell> arguments) {
  if (arguments[0].kind == Kind::Map) return arguments[0];
  return make_map(context.arena(), entries_of(context, "properties", arguments[0]));
}

Cell id(FunctionContext&, std::span<const Cell> arguments) {
  const Cell& given = arguments[0];
  if (given.kind != Kind::Node && given.kind != Kind::Relationship) {
    wrong_argument("id", "NODE or RELATIONSHIP", given, "InvalidArgumentValue");
  }
  return Cell::of(static_cast<std::int64_t>(given.word));
}

Cell element_id_of(FunctionContext& context, std::span<const Cell> arguments) {
  const Cell& given = arguments[0];
  if (given.kind == Kind::Node) return text_cell(context.arena(), element_id(given.node()));
  if (given.kind != Kind::Relationship) {
    wrong_argument("elementId", "NODE or RELATIONSHIP", given, "InvalidArgumentValue");
  }
  return text_cell(context.arena(), element_id(given.relationship()));
}

Cell start_node(FunctionContext& context, std::span<const Cell> arguments) {
  const RelationshipId id = need_relationship(context, "startNode", arguments[0]);
  return Cell::of(context.view().relationship(id).start);
}

Cell end_node(FunctionContext& context, std::span<const Cell> arguments) {
  const RelationshipId id = need_relationship(context, "endNode", arguments[0]);
  return Cell::of(context.view().relationship(id).end);
}

Cell length(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::of(static_cast<std::int64_t>(need_path("length", arguments[0]).length));
}

Cell nodes(FunctionContext& context, std::span<const Cell> arguments) {
  const PathData& path = need_path("nodes", arguments[0]);
  KITH_ASSERT(path.nodes != nullptr);
  std::vector<Cell> items;
  for (const NodeId node : std::span(path.nodes, path.length + 1)) items.push_back(Cell::of(node));
  return make_list(context.arena(), items);
}

Cell relationships(FunctionContext& context, std::span<const Cell> arguments) {
  const PathData& path = need_path("relationships", arguments[0]);
  std::vector<Cell> items;
  for (const RelationshipId each : std::span(path.relationships, path.length)) {
    items.push_back(Cell::of(each));
  }
  return make_list(context.arena(), items);
}

// Examples read an empty graph, so that they need none.
constexpr FunctionDef kRows[] = {
    {.name = "labels",
     .signature = "(NODE) -> LIST<STRING>",
     .summary = "The labels of a node.",
     .example = "labels(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = labels},
    {.name = "type",
     .signature = "(RELATIONSHIP) -> STRING",
     .summary = "The type of a relationship.",
     .example = "type(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = type},
    {.name = "keys",
     .signature = "(NODE | RELATIONSHIP | MAP) -> LIST<STRING>",
     .summary =
         "The names of the properties of a node or relationship, or of the entries of a map.",
     .example = "keys({name: 'Ada', born: 1815})",
     .answer = "['born', 'name']",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = keys},
    {.name = "properties",
     .signature = "(NODE | RELATIONSHIP | MAP) -> MAP",
     .summary = "The properties of a node or relationship as a map.",
     .example = "properties({name: 'Ada'})",
     .answer = "{name: 'Ada'}",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = properties},
    {.name = "id",
     .signature = "(NODE | RELATIONSHIP) -> INTEGER",
     .summary = "The number of a node or relationship.",
     .example = "id(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = id},
    {.name = "elementId",
     .signature = "(NODE | RELATIONSHIP) -> STRING",
     .summary = "A text that stands for a node or relationship as long as it lives.",
     .example = "elementId(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = element_id_of},
    {.name = "startNode",
     .signature = "(RELATIONSHIP) -> NODE",
     .summary = "The node that a relationship starts from.",
     .example = "startNode(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = start_node},
    {.name = "endNode",
     .signature = "(RELATIONSHIP) -> NODE",
     .summary = "The node that a relationship leads to.",
     .example = "endNode(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = end_node},
    {.name = "length",
     .signature = "(PATH) -> INTEGER",
     .summary = "How many relationships a path has.",
     .example = "length(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = length},
    {.name = "nodes",
     .signature = "(PATH) -> LIST<NODE>",
     .summary = "The nodes of a path, in order.",
     .example = "nodes(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = nodes},
    {.name = "relationships",
     .signature = "(PATH) -> LIST<RELATIONSHIP>",
     .summary = "The relationships of a path, in order.",
     .example = "relationships(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = relationships},
    {.name = "rels",
     .signature = "(PATH) -> LIST<RELATIONSHIP>",
     .summary = "The same as relationships().",
     .example = "rels(null)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = relationships},
};

}  // namespace

std::span<const FunctionDef> graph_functions() { return kRows; }

}  // namespace kith
