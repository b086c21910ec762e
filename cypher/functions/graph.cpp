// cypher/functions/graph.cpp: nodes, relationships and paths, as the statement's view has them.
//
// An element that the statement has deleted has no labels, properties or ends any more: reading
// them is an error. Its id and its type remain.
#include <algorithm>
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
  std::sort(names.begin(), names.end(),
            [](const Cell& a, const Cell& b) { return a.string() < b.string(); });
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

constexpr FunctionDef kRows[] = {
    {.name = "labels",
     .category = Category::List,
     .signature = "(node :: NODE) -> LIST<STRING>",
     .summary = "The labels of a node.",
     .example = "CREATE (n:Person:Poet) RETURN labels(n)",
     .answer = "['Person', 'Poet']",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = labels},
    {.name = "type",
     .category = Category::Scalar,
     .signature = "(relationship :: RELATIONSHIP) -> STRING",
     .summary = "The type of a relationship.",
     .example = "CREATE ()-[r:KNOWS]->() RETURN type(r)",
     .answer = "'KNOWS'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = type},
    {.name = "keys",
     .category = Category::List,
     .signature = "(element :: NODE | RELATIONSHIP | MAP) -> LIST<STRING>",
     .summary = "The names of the properties of a node or relationship, or of the entries of a "
                "map, sorted.",
     .example = "CREATE (n {name: 'Ada', born: 1815}) RETURN keys(n)",
     .answer = "['born', 'name']",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = keys},
    {.name = "properties",
     .category = Category::Scalar,
     .signature = "(element :: NODE | RELATIONSHIP | MAP) -> MAP",
     .summary = "The properties of a node or relationship as a map.",
     .example = "CREATE (n {name: 'Ada'}) RETURN properties(n)",
     .answer = "{name: 'Ada'}",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = properties},
    {.name = "id",
     .category = Category::Scalar,
     .signature = "(element :: NODE | RELATIONSHIP) -> INTEGER",
     .summary = "The number of a node or relationship.",
     .example = "CREATE (n) RETURN id(n)",
     .answer = "0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = id,
     .instead = "elementId"},
    {.name = "elementId",
     .category = Category::Scalar,
     .signature = "(element :: NODE | RELATIONSHIP) -> STRING",
     .summary = "A text that stands for a node or relationship as long as it lives.",
     .example = "CREATE (n) RETURN elementId(n)",
     .answer = "'n:0'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = element_id_of},
    {.name = "startNode",
     .category = Category::Scalar,
     .signature = "(relationship :: RELATIONSHIP) -> NODE",
     .summary = "The node that a relationship starts from.",
     .example = "CREATE ({name: 'Ada'})-[r:KNOWS]->({name: 'Mary'}) RETURN startNode(r).name",
     .answer = "'Ada'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = start_node},
    {.name = "endNode",
     .category = Category::Scalar,
     .signature = "(relationship :: RELATIONSHIP) -> NODE",
     .summary = "The node that a relationship leads to.",
     .example = "CREATE ({name: 'Ada'})-[r:KNOWS]->({name: 'Mary'}) RETURN endNode(r).name",
     .answer = "'Mary'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = end_node},
    {.name = "length",
     .category = Category::Scalar,
     .signature = "(path :: PATH) -> INTEGER",
     .summary = "How many relationships a path has.",
     .example = "CREATE p = ()-[:KNOWS]->()-[:KNOWS]->() RETURN length(p)",
     .answer = "2",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = length},
    {.name = "nodes",
     .category = Category::List,
     .signature = "(path :: PATH) -> LIST<NODE>",
     .summary = "The nodes of a path, in order.",
     .example =
         "CREATE p = ({name: 'Ada'})-[:KNOWS]->({name: 'Mary'}) RETURN [n IN nodes(p) | n.name]",
     .answer = "['Ada', 'Mary']",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = nodes},
    {.name = "relationships",
     .category = Category::List,
     .signature = "(path :: PATH) -> LIST<RELATIONSHIP>",
     .summary = "The relationships of a path, in order.",
     .example = "CREATE p = ()-[:KNOWS]->()-[:LIKES]->() RETURN [r IN relationships(p) | type(r)]",
     .answer = "['KNOWS', 'LIKES']",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = relationships},
    {.name = "rels",
     .category = Category::List,
     .signature = "(path :: PATH) -> LIST<RELATIONSHIP>",
     .summary = "The same as relationships().",
     .example = "CREATE p = ()-[:KNOWS]->() RETURN size(rels(p))",
     .answer = "1",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = relationships,
     .instead = "relationships"},
};

}  // namespace

std::span<const FunctionDef> graph_functions() { return kRows; }

}  // namespace kith
