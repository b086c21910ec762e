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
#include "core/property_types.hpp"
#include "cypher/bind/expression.hpp"
#include "storage/schema.hpp"

namespace kith::bound {

struct PatternNode {
  Slot slot;
  bool bound_before = false;  // by an earlier clause (or the enclosing query)
};

// ---- paths that one operator finds: docs/paths.md
struct PathStep {  // a relationship, and the node behind it in the order written
  Slot relationship, node;
  Direction direction;
  std::vector<std::string> types;  // empty: any
};
struct GroupVariable {  // what a variable inside a quantified part is outside: a list
  Slot inside, list;
  bool is_node;
};
// Steps that follow each other: once, or repeated. Variables inside a repeated stretch are not
// seen outside.
struct PathStretch {
  struct Times {
    std::uint64_t min = 1;
    std::optional<std::uint64_t> max;
  };
  Slot start;                        // the node before the first step
  std::vector<PathStep> steps = {};  // none: only a node between two repeated stretches
  std::optional<Times> times = {};   // absent: once
  std::vector<GroupVariable> groups = {};
  std::vector<ExpressionPtr> conjuncts = {};  // of a repeated one: over one repetition
};
// Of the paths between each two nodes the `count` shortest, or all of the `count` least lengths.
struct PathSelector {
  bool groups = false;
  ExpressionPtr count;  // null: 1
};
struct PathPattern {
  std::vector<PathStretch> stretches;
  std::optional<PathSelector> selector;  // absent: all paths; then there is one stretch, repeated
  std::vector<ExpressionPtr> conjuncts;  // over the path as a whole: before any is selected
  bool repeats = false;                  // REPEATABLE ELEMENTS: walks, not trails
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
  // A path of several relationships; then `slot` has all of them, and `types` and `length` say what
  // is possible.
  std::optional<PathPattern> path;
  bool repeats = false;  // REPEATABLE ELEMENTS: may be the same as others of the MATCH
};
struct PatternPath {  // p = …: evaluated once all its parts are bound
  Slot slot;
  ExpressionPtr path;  // a MakePath
};
struct ShortestPattern {  // one relationship of length >= 0 between two nodes, shortest only
  PatternRelationship relationship;
  bool all = false;
};
// USING INDEX, USING SCAN: how a variable of the pattern must be found.
struct Hint {
  Slot slot;
  bool on_relationship = false;
  std::string label;              // or type
  std::vector<std::string> keys;  // of the index; empty: a scan of the label
  std::string text;               // as errors name it: "USING INDEX n:L(k)"
  Position at;
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
  std::vector<Hint> hints;
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
  std::optional<std::uint32_t> name_at = {};  // if the name is the text there: its first byte
};
struct ListPrefix {  // the items before `bound`, and the one at it if `inclusive`
  ExpressionPtr bound;
  bool inclusive;
};
struct AggregateCall {
  Slot slot;
  const AggregateDef* function;
  bool distinct;
  std::vector<ExpressionPtr> arguments;
  // Of collect(): all that anybody looks at (plan/rules/first_values.cpp). Empty: the whole list.
  std::vector<ListPrefix> looked_at = {};
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
  std::vector<ExpressionPtr> dynamic_labels = {};  // each a string or a list of them
};
struct NewRelationship {
  Slot slot;
  std::string type;
  Slot start, end;
  ExpressionPtr properties;
  ExpressionPtr dynamic_type = nullptr;  // instead of `type`: a string, or a list of one
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
  ExpressionPtr dynamic_key = nullptr;  // instead of `key`: a string
  std::vector<ExpressionPtr> dynamic_labels = {};
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
  bool optional = false;  // a row of nulls where it gives none
};
struct LoadCsv {
  ExpressionPtr source;
  Slot slot;  // a map of strings with headers, else a list of them
  bool headers = false;
  char terminator = ',';
  Slot file, line;  // where each row stands
};
struct Clause;
struct Foreach {
  Slot slot;
  ExpressionPtr list;
  std::vector<Clause> body;
  std::vector<Slot> imports;
};
// Each `rows` rows that reach the subquery are a transaction, which commits
// (docs/in_transactions.md).
enum class OnError : std::uint8_t { Fail, Continue, Break };
struct InTransactions {
  ExpressionPtr rows, concurrency;  // integers; may be null
  OnError on_error = OnError::Fail;
  std::optional<Slot> status;
};
struct CallSubquery {
  std::shared_ptr<const Query> query;  // shared: see ExpressionPtr
  std::vector<Slot> imports;
  bool returns = true;    // false: for its effects only
  bool optional = false;  // a row of nulls where it returns none
  std::optional<InTransactions> transactions;
};

// ---- schema commands

using storage::ElementKind;
struct SchemaName {
  std::string text;           // the name, or the parameter that holds it; empty: one is made up
  bool is_parameter = false;  // $text
  Position at;
};
struct SchemaTarget {  // what an index or a property constraint is about
  ElementKind on = ElementKind::Node;
  std::string token;  // the label or type
  std::vector<std::string> keys;
};
struct CreateIndex {
  SchemaName name;
  bool if_not_exists = false;
  SchemaTarget target;
};
struct DropIndex {
  SchemaName name;  // empty: the index on `target`
  SchemaTarget target;
  bool if_exists = false;
};
// As storage::EndLabels and storage::PatternStep, in names.
struct EndNames {
  std::vector<std::string> starts, ends;
};
struct StepNames {
  Direction direction = Direction::Out;
  std::vector<std::string> types, others;
};
struct CreateConstraint {
  SchemaName name;
  bool if_not_exists = false;
  SchemaTarget target;
  storage::ConstraintKind kind = storage::ConstraintKind::Unique;
  PropertyTypes types;                               // of ConstraintKind::Type
  std::vector<EndNames> ends;                        // of Ends
  StepNames step;                                    // of Count and OnDelete
  std::uint64_t least = 0, most = storage::kNoMost;  // of Count
  bool cascades = false;                             // of OnDelete
};
struct DropConstraint {
  SchemaName name;
  bool if_exists = false;
};
struct SchemaCommand {
  std::variant<CreateIndex, DropIndex, CreateConstraint, DropConstraint> node;
  Position at;
};

struct Clause {
  std::variant<Match, Unwind, With, Return, Create, Merge, Set, Delete, ProcedureCall, LoadCsv,
               Foreach, CallSubquery, SchemaCommand>
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
  std::optional<std::uint32_t> name_at = {};  // as of NewItem
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
  bool changes_schema = false;  // a schema command, and nothing else
  std::vector<Slot> imports;    // of a subquery
  // Of the root query only:
  std::uint32_t slot_count = 0;  // slots of the whole statement, subqueries included
  std::vector<SlotInfo> slots;   // by slot: for EXPLAIN and for choosing vector types
  std::vector<std::string> parameters;
};

}  // namespace kith::bound
