// cypher/plan/logical.hpp: the algebra: what a query does, one struct an operator.
//
// The planner builds a tree of these, the rules rewrite it, cypher/exec/lower.cpp turns it into
// operators. Rows flow from children to parents. A node adds the slots it introduces to its
// input's; `live` says which slots anybody above still needs (dead-variable elimination fills it).
//
//   P1  The root is a Produce. The plan inside a bound::Subquery has none: its rows count, and for
//       Collect its `live` is the result's slot. Its leaves Argument stand for the outer row.
//   P2  Aggregate's output has its keys and calls alone, Union's its slots; every other node hands
//       its input's live slots on.
//   P3  Of two plain children (HashJoin, CartesianProduct) the second runs to its end before the
//       first starts, and rows come in the order of the first.
//   P4  Wherever a streaming reader and a writer could disturb each other an Eager stands between.
//       A second child of Apply, Foreach or Merge that writes runs for one row after the other.
//   P5  A slot that an operator introduces but that is not in `live` need not be made.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/id.hpp"
#include "cypher/bind/bound.hpp"
#include "cypher/plan/premises.hpp"

namespace kith::plan {

using bound::ElementKind;
using bound::ExpressionPtr;
struct Node;
using NodePtr = std::unique_ptr<Node>;

struct Item {
  Slot slot;
  ExpressionPtr value;
};

// ---- leaves
struct Unit {};  // one row without columns
struct Argument {
  std::vector<Slot> slots;
};  // the outer rows of the enclosing Apply, Merge, Foreach or Subquery
struct NodeScan {
  Slot node;
  std::vector<std::string> labels;
};  // has all of these labels, the rarest first; none: all nodes
struct RelationshipScan {
  Slot relationship, start, end;  // start and end are different slots
  std::optional<std::string> type;
};
// One row: how many nodes (relationships) there are, exactly, when it is executed; View's counts.
struct StoreCount {
  Slot slot;
  bool relationships = false;
  std::optional<std::string> name;  // a label (a type); none: all
};

// ---- reading; one child
// `ids`: an integer or a list of them; each that is the id of a node once.
struct NodeById {
  Slot node;
  ExpressionPtr ids;
};
struct RelationshipById {
  Slot relationship;
  ExpressionPtr ids;
};
// Elements that an index finds, for each row of the input: in its order, each once. The values are
// those of its leading keys; behind them one key may have a range or a prefix; nothing at all: the
// whole index.
struct IndexSeek {
  struct Value {
    ExpressionPtr value;
    bool any_of = false;  // it is a list, and one of its items is meant
  };
  enum class Order : std::uint8_t { Any, Ascending, Descending };

  std::string index;  // its name, and what it is on
  bool unique = false;
  ElementKind on = bound::ElementKind::Node;
  std::string token;
  std::vector<std::string> keys;

  Slot element = 0;
  Slot start = 0, end = 0;             // of a relationship
  bool both_ways = false;              // a row for each direction, for a loop one
  std::vector<Value> equal;            // of the leading keys
  ExpressionPtr lower, upper, prefix;  // may be null; a prefix stands alone
  bool lower_inclusive = false, upper_inclusive = false;
  // What it answers, for values that an index cannot look up: then it reads all elements of the
  // label or type, and tests these.
  std::vector<ExpressionPtr> conjuncts;

  Order order = Order::Any;
  bool with_absent = false;  // all of the label: those without the key come where null is ordered
};
struct Expand {
  Slot from, relationship, to;
  std::vector<std::string> types;  // empty: any
  Direction direction;
  bool into = false;  // `to` is bound already (or is `from`): keep matches that end there
  std::vector<Slot>
      distinct_from;  // relationships (or lists of them) of this MATCH that it must differ from
};
// The relationship is bound already (null: no row); its ends become, or must be, from and to. Both
// with neither end bound: a row each way, for a loop one.
struct ExpandBound {
  Slot relationship, from, to;
  bool from_bound, to_bound;
  std::vector<std::string> types;
  Direction direction;
  std::vector<Slot> distinct_from;
};
struct VarExpand {  // trails: no relationship twice
  Slot from, relationships /* a list */, to;
  std::vector<std::string> types;
  Direction direction;
  std::uint64_t min = 1;
  std::optional<std::uint64_t> max;
  bool into = false;
  Slot each;                // the single relationship, while `predicate` is evaluated
  ExpressionPtr predicate;  // may be null
  std::vector<Slot> distinct_from;
  bool reversed =
      false;  // expanded from the pattern's right end: the list is delivered in pattern order
  bool each_end_once = false;  // nobody counts the trails, or looks at them: breadth first will do
  // Of that kind only: conditions on the node before each relationship, and on the one behind it.
  struct NodeCondition {
    Slot node = 0;
    ExpressionPtr predicate = nullptr;  // may be null
  };
  NodeCondition before = {}, behind = {};
};
struct ShortestPath {  // from and to are bound; a row for each (all) or one shortest trail
  Slot from, relationships, to;
  std::vector<std::string> types;
  Direction direction;
  std::uint64_t min = 1;
  std::optional<std::uint64_t> max;
  bool all = false;
  Slot each;
  ExpressionPtr predicate;
  bool many = false;  // so many rows in turn have an end in common that a search of all pays
};
// Paths from one node: Repeat(Trail) and StatefulShortestPath. Adds the variables of the path.
struct PathExpand {
  Slot from, relationships /* all of them, a list */, to;
  bool into = false;  // `to` is bound already (or is `from`)
  // The pattern is walked from its right end: `path` is turned, and lists are delivered turned
  // back.
  bool reversed = false;
  bound::PathPattern path;
  std::vector<Slot> distinct_from;
};
// The nodes that a step of each leg leads to: a row for each choice of a relationship of each leg.
struct Intersect {
  struct Leg {
    Slot from, relationship;
    std::vector<std::string> types;
    Direction direction;
    std::vector<Slot> distinct_from;    // as of Expand; also relationships of legs before it
    ExpressionPtr predicate = nullptr;  // over `relationship` alone; may be null
  };
  Slot to;
  std::vector<Leg> legs;
  ExpressionPtr predicate = nullptr;  // over `to` alone; may be null
};
// Nobody above counts rows: of those with the same node in `node`, and in `source` if there is one,
// any but the first may be missing.
struct Sieve {
  Slot node;
  std::optional<Slot> source;  // rows of one source come one after the other, more or less
  // They do, on one thread, and somebody counts on it: each node passes once for each source.
  bool exact = false;
};
struct Select {
  std::vector<ExpressionPtr> conjuncts;
};  // in order; a row passes if all are true
struct Project {
  std::vector<Item> items;
};
struct Unwind {
  Slot slot;
  ExpressionPtr list;
};  // null: no row; not a list: one row
struct CallProcedure {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  struct Yield {
    Slot slot;
    std::uint32_t column;
  };
  std::vector<Yield> yields;
  bool is_void = false;  // no output columns: each input row passes once
};

struct LoadCsv {
  ExpressionPtr source;
  Slot slot, file, line;
  bool headers = false;
  char terminator = ',';
};
// ---- counting matches of a part of a pattern that nobody looks at: docs/execution.md, "Folds"
struct WeightStep;
struct Weight;
// What ties a node to one nearer to the root, or to itself.
struct Closing {
  enum class Kind : std::uint8_t {
    Times,   // a match for each relationship between them
    Exists,  // there is one
    Absent,  // there is none
  } kind;
  std::uint32_t depth;  // of the other node; the root's is 0
  std::vector<std::string> types;
  Direction direction;  // as seen from the other node
  Slot relationship = 0;
  std::vector<ExpressionPtr> conjuncts = {};  // over `relationship` alone; of a node's own loop
};
// How many matches there are of the tree below it: those of its steps and weights, multiplied; none
// if the node fails a test.
struct WeightNode {
  explicit WeightNode(Slot of = 0);  // defined where what its members hold is complete

  Slot slot;
  std::vector<std::string> labels;
  std::vector<ExpressionPtr> conjuncts;  // over `slot` alone
  std::vector<Closing> closings;
  std::vector<WeightStep> steps;
  std::vector<Weight> weights;  // their roots are this node; what is inside has depths anew
};
struct WeightStep {
  std::vector<std::string> types;
  Direction direction;
  WeightNode to;  // the sum over all relationships that pass
  Slot relationship = 0;
  std::vector<ExpressionPtr> conjuncts = {};  // over `relationship` alone
  double passing = 1;                         // the share that they let through
};
// Where a step leads to, whatever node that is, counts once: a degree.
bool is_degree(const WeightStep& step);
struct WeightTerm {
  std::int64_t factor = 1;
  WeightNode root;
};
struct Weight {
  enum class Kind : std::uint8_t {
    Times,
    Optional,  // 1 if it is 0
    Exists,    // 1 if it is not 0
    Absent,    // 1 if it is 0, else 0
  } kind = Kind::Times;
  std::vector<WeightTerm> terms;  // its value: their sum
};
inline WeightNode::WeightNode(Slot of) : slot(of) {}
// Each row with its weight in `weight`; none if that is 0. One that is too large is the largest
// integer, which is an error where it is read.
struct Fold {
  Slot node;
  Slot weight;
  Weight of;
  bool in_all = false;  // only the sum of the weights of all nodes is looked at
  // Rows that weigh nothing stay, with 0: the weight is a value of its own.
  bool keeps_all = false;
};

// ---- shaping; one child
using bound::AggregateCall;
struct Aggregate {
  std::vector<Item> keys;
  std::vector<AggregateCall> calls;
  std::vector<Slot> weights = {};  // a row counts as often as their product
  // The one node that all keys depend on, and how many nodes it may be.
  struct OfNode {
    Slot node = 0;
    double nodes = 0;
    bool looks_up = false;  // groups by it, as long as its nodes come again
  };
  std::optional<OfNode> of_node = {};
};  // no keys: exactly one row
struct Distinct {
  std::vector<Slot> slots;
};
struct SortKey {
  ExpressionPtr value;
  bool ascending;
};
struct Sort {
  std::vector<SortKey> keys;
};
struct Top {
  std::vector<SortKey> keys;
  ExpressionPtr skip, limit;
};  // the first skip + limit rows in order (skip may be null); a Limit above drops the skipped ones
struct Limit {
  ExpressionPtr skip, limit;
};  // either may be null; not negative
struct Eager {};
struct Produce {
  struct Column {
    Slot slot;
    std::string name;
  };
  std::vector<Column> columns;
};  // the root

// ---- two children
struct CartesianProduct {};
struct HashJoin {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> keys;  // over the first, over the second
  enum class Kind : std::uint8_t {
    Inner,  // all pairs
    Left,   // the same, and rows of the first that have no match, once with nulls
    Semi,   // rows of the first that have a match
    Anti,   // … that have none
  } kind = Kind::Inner;
};              // equality: null matches nothing
struct Apply {  // for each row of the first, the second with that row as its Argument
  enum class Kind : std::uint8_t {
    Cross,
    Optional /* or once with nulls */,
    Semi,
    Anti,
    Mark /* true or false into `mark` */,
    Unit /* for its effects; the row passes once */
  };
  Kind kind;
  Slot mark = 0;
  std::vector<Slot> imports;     // outer slots the inner side reads
  std::vector<Slot> introduced;  // Optional: inner slots that become null
};

using bound::OnError;
// For each row of the first the second, each `rows` rows in a transaction of their own; rows above
// see what it committed.
struct CallInTransactions {
  ExpressionPtr rows;  // may be null: 1,000
  OnError on_error = OnError::Fail;
  std::optional<Slot> status;
  bool returns = true;    // false: for its effects; each row passes once
  bool optional = false;  // a row of nulls where the second gives none
  std::vector<Slot> imports;
};

// ---- any number of children
struct Union {
  std::vector<Slot> slots;
  std::vector<std::vector<Slot>> inputs;
  // Of two inputs the second's rows, and only if the first fails over its data before it gives a
  // row; else the first's, which are the same.
  bool is_fallback = false;
};  // child i's columns, in order; children run one after the other

// ---- writing; first child is the input
using CreateNode = bound::NewNode;
using CreateRelationship = bound::NewRelationship;
struct Create {
  std::vector<CreateNode> nodes;
  std::vector<CreateRelationship> relationships;
};
using bound::SetItem;
struct Set {
  std::vector<SetItem> items;
};
struct Delete {
  std::vector<ExpressionPtr> targets;
  bool detach;
};
// children: input, and the pattern to match (its leaf is Argument). Rows see what earlier rows
// made.
struct Merge {
  Create create;
  std::vector<SetItem> on_create, on_match;
  std::vector<Slot> imports;
};
// children: input, and the body (its leaf is Argument, with `slot` the list's element).
struct Foreach {
  Slot slot;
  ExpressionPtr list;
  std::vector<Slot> imports;
  bool asks_graph = false;  // the body has subqueries
};

// ---- alone under Produce
using bound::SchemaCommand;  // CREATE and DROP of indexes and constraints: no row

struct Node {
  std::variant<Unit, Argument, NodeScan, RelationshipScan, StoreCount, NodeById, RelationshipById,
               IndexSeek, Expand, ExpandBound, VarExpand, ShortestPath, PathExpand, Intersect,
               Sieve, Select, Project, Unwind, CallProcedure, LoadCsv, Fold, Aggregate, Distinct,
               Sort, Top, Limit, Eager, Produce, CartesianProduct, HashJoin, Apply,
               CallInTransactions, Union, Create, Set, Delete, Merge, Foreach, SchemaCommand>
      op;
  std::vector<NodePtr> children;
  std::vector<Slot> live;  // slots needed above this node
  double rows = 1;         // estimate
  std::uint32_t id = 0;    // unique in the plan
};

struct Plan {
  NodePtr root;  // a Produce; for a statement without RETURN it has no columns
  std::uint32_t slot_count = 0;
  bool reads = false, writes = false, changes_schema = false;
  bool in_transactions = false;         // it commits by itself: a CallInTransactions is in it
  std::vector<std::string> parameters;  // names used
  // Of the query's slots: names for EXPLAIN, types. Those the planner adds lie behind them.
  std::vector<bound::SlotInfo> slots;
  // Open literals whose values the plan was made for all the same: they are not open.
  std::vector<std::uint32_t> fixed_literals;
  Premises premises;
};

}  // namespace kith::plan
