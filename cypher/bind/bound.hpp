// cypher/bind/bound.hpp: a query whose every name is resolved and whose every rule is checked.
//
// The binder makes it from the AST, the planner reads it. Patterns have become graphs of node and
// relationship variables plus conjuncts; aggregation has been split from what surrounds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/id.hpp"
#include "cypher/bind/expression.hpp"

namespace kith::bound {

struct PatternNode {
  Slot slot;
  bool bound_before = false;  // by an earlier clause (or the enclosing query)
};
struct PatternRelationship {
  Slot slot;                       // variable length: holds the list; then never bound before
  Slot left, right;                // node slots, in the order written
  Direction direction;             // Out: left -> right
  std::vector<std::string> types;  // empty: any
  bool bound_before = false;
  struct Length {
    std::uint64_t min = 1;
    std::optional<std::uint64_t> max;
  };
  std::optional<Length> length;  // present: variable length
  // Variable length: a condition on each relationship of the trail, over `each`; may be null.
  Slot each = 0;
  ExpressionPtr predicate;
};
struct PatternPath {  // p = …: evaluated once all its parts are bound
  Slot slot;
  ExpressionPtr path;  // a MakePath
};
struct ShortestPattern {  // one relationship of length >= 0 between two nodes, shortest only
  PatternRelationship relationship;
  bool all = false;
};
// Everything one MATCH (all its comma-separated parts) asks for. Trail rule: two different
// relationships of one Pattern are never the same relationship.
struct Pattern {
  std::vector<PatternNode> nodes;
  std::vector<PatternRelationship> relationships;  // shortest ones apart
  std::vector<ShortestPattern> shortest;
  std::vector<PatternPath> paths;
  // Conjuncts of labels (HasLabels), property maps and WHERE, each as small as it gets; those of
  // WHERE in the order written.
  std::vector<ExpressionPtr> conjuncts;
};

struct Match {
  Pattern pattern;
  bool optional = false;
};
struct Unwind {
  Slot slot;
  ExpressionPtr list;
};

struct NewItem {
  Slot slot;
  ExpressionPtr value;
  std::string name;
};
struct AggregateCall {
  Slot slot;
  const AggregateDef* function;
  bool distinct;
  std::vector<ExpressionPtr> arguments;
};
struct SortItem {
  ExpressionPtr value;
  bool ascending = true;
};
// WITH and RETURN. Without aggregation: items are evaluated on the incoming rows. With it: group by
// `keys` (evaluated on the incoming rows), compute `aggregates`, then items are evaluated over key
// and aggregate slots. ORDER BY and WHERE see the items and, unless DISTINCT or aggregating, the
// incoming variables; when aggregating without DISTINCT, also the slots of keys and aggregates.
// Order of evaluation: items, DISTINCT, ORDER BY, SKIP, LIMIT, then WHERE of a WITH.
struct Projection {
  // An item that only passes a variable on keeps its slot, also under another name: the same slot
  // may be the value of two items.
  std::vector<NewItem> items;
  bool aggregating = false;
  std::vector<NewItem> keys;
  std::vector<AggregateCall> aggregates;
  bool distinct = false;
  std::vector<SortItem> order;
  ExpressionPtr skip, limit;  // may be null
  ExpressionPtr where;        // of a WITH; may be null
};
struct With {
  Projection body;
};
struct Return {
  Projection body;
};

struct NewNode {
  Slot slot;
  std::vector<std::string> labels;
  ExpressionPtr properties;
};
struct NewRelationship {
  Slot slot;
  std::string type;
  Slot start, end;
  ExpressionPtr properties;
};
struct NewPattern {  // only what does not exist yet
  std::vector<NewNode> nodes;
  std::vector<NewRelationship> relationships;
  std::vector<PatternPath> paths;
};
struct SetItem {
  enum class Kind : std::uint8_t {
    Property,
    Replace,
    Merge,
    AddLabels,
    RemoveProperty,
    RemoveLabels
  } kind;
  ExpressionPtr subject;
  std::string key;
  ExpressionPtr value;
  std::vector<std::string> labels;
};
struct Create {
  NewPattern pattern;
};
struct Merge {
  Pattern match;
  NewPattern create;
  std::vector<SetItem> on_create, on_match;
};  // match.paths: for both
struct Set {
  std::vector<SetItem> items;
};  // REMOVE too
struct Delete {
  std::vector<ExpressionPtr> targets;
  bool detach = false;
};
struct ProcedureCall {
  std::string procedure;
  std::vector<ExpressionPtr> arguments;
  struct Yield {
    Slot slot;
    std::uint32_t column;
    std::string name;
  };
  std::vector<Yield> yields;
  ExpressionPtr where;  // may be null
  bool is_void = false;
};
struct Clause;
struct Foreach {
  Slot slot;
  ExpressionPtr list;
  std::vector<Clause> body;
  std::vector<Slot> imports;
};
struct CallSubquery {
  std::shared_ptr<const Query> query;  // shared: see ExpressionPtr
  std::vector<Slot> imports;
  bool returns = true;  // false: for its effects only
};

struct Clause {
  std::variant<Match, Unwind, With, Return, Create, Merge, Set, Delete, ProcedureCall, Foreach,
               CallSubquery>
      node;
  Position at;
};
struct Part {
  std::vector<Clause> clauses;
  std::vector<Slot> outputs;
};  // outputs: the slots of RETURN, in order

struct Column {
  Slot slot;
  std::string name;
};
struct SlotInfo {
  std::string name;  // as written; empty: anonymous
  TypeSet types;     // what it may hold; null is always possible
};
struct Query {
  std::vector<Part> parts;  // more than one: UNION; each part's outputs map to `columns` in order
  bool union_distinct = false;
  std::vector<Column> columns;  // empty: no RETURN. With UNION the slots are fresh ones
  bool writes = false, reads = false;
  std::vector<Slot> imports;  // of a subquery
  // Of the root query only:
  std::uint32_t slot_count = 0;  // slots of the whole statement, subqueries included
  std::vector<SlotInfo> slots;   // by slot: for EXPLAIN and for choosing vector types
  std::vector<std::string> parameters;
};

}  // namespace kith::bound
