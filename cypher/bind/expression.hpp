// cypher/bind/expression.hpp: expressions with every name resolved.
//
// A variable is a Slot: a number unique in the whole query (subqueries and comprehension variables
// included), which is also its column in every batch. Labels, types and keys stay names: a plan
// does not depend on the catalog, and executors look them up once per execution. Trees are
// immutable.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/cell.hpp"
#include "core/type_set.hpp"
#include "core/vector.hpp"
#include "cypher/functions/function.hpp"
#include "kith/error.hpp"

namespace kith::plan {
struct Node;
}

namespace kith::bound {

struct Query;
struct Expression;
// Shared: rewrites build new trees from unchanged parts, and cached plans outlive the bound query.
using ExpressionPtr = std::shared_ptr<const Expression>;

using kith::TypeSet;

enum class Operator : std::uint8_t {
  Not,
  And,
  Or,
  Xor,  // And, Or: two or more operands, evaluated left to right
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Add,
  Subtract,
  Multiply,
  Divide,
  Modulo,
  Power,
  Negate,
  Concat,
  In,
  StartsWith,
  EndsWith,
  Contains,
  Matches,
  IsNull,
  IsNotNull,
};
enum class QuantifierKind : std::uint8_t { All, Any, None, Single };

struct LabelExpression {
  enum class Op : std::uint8_t { Name, And, Or, Not, Any, Dynamic } op = Op::Name;
  std::string name;
  // Dynamic: a string, or a list of strings of which all are meant, or one of them.
  ExpressionPtr value;
  bool one_of = false;
  std::vector<LabelExpression> operands;
};

struct Constant {
  OwnedCell value;
};
struct Parameter {
  static constexpr std::uint32_t kNoLiteral = UINT32_MAX;
  std::string name;  // of a literal: empty
  // A literal that the plan leaves open (cypher/bind/lifting.hpp): the number of its value among
  // those of the text that runs, whether the literal is minus that, and its value in the text that
  // was planned, which only estimates may look at.
  std::uint32_t literal = kNoLiteral;
  bool negated = false;
  OwnedCell planned = {};

  bool is_literal() const { return literal != kNoLiteral; }
};
struct Variable {
  Slot slot;
  std::string name;
};
struct Property {
  ExpressionPtr subject;
  std::string key;
};  // of a node, relationship, map, temporal, point
struct Index {
  ExpressionPtr subject, index;
};  // list[i], map[k], node[k]
struct Slice {
  ExpressionPtr subject, from, to;
};  // from, to may be null
struct List {
  std::vector<ExpressionPtr> items;
};
struct Map {
  std::vector<std::pair<std::string, ExpressionPtr>> entries;
};
struct MapProjection {  // subject { .*, key: value … }; later entries win
  ExpressionPtr subject;
  struct Item {
    bool all;
    std::string key;
    ExpressionPtr value;
  };  // all: .*; else key: value
  std::vector<Item> items;
};
struct Operation {
  Operator op;
  std::vector<ExpressionPtr> operands;
};
struct HasLabels {
  ExpressionPtr subject;
  LabelExpression labels;
};  // a node's labels or a relationship's type
struct TypePredicate {
  ExpressionPtr subject;
  bool negated;
  std::string type;
};
struct Call {
  const FunctionDef* function;
  std::vector<ExpressionPtr> arguments;
};
struct Case {
  ExpressionPtr operand;  // may be null
  // Present: the conditions are over this variable, which holds the operand, and not compared with
  // it.
  std::optional<Slot> subject;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> whens;
  ExpressionPtr otherwise;  // may be null
};
struct ListComprehension {
  Slot variable;
  ExpressionPtr list, where, projection;
};  // where, projection may be null
struct Quantifier {
  QuantifierKind kind;
  Slot variable;
  ExpressionPtr list, where;
};
struct Reduce {
  Slot accumulator;
  ExpressionPtr initial;
  Slot variable;
  ExpressionPtr list, step;
};
struct MakePath {  // steps: relationship (or a list of them, for a variable-length step), in order
  Slot start;
  struct Step {
    Slot relationship;
    bool is_list;
    Slot node;
  };
  std::vector<Step> steps;
};
// EXISTS {}, COUNT {}, COLLECT {}, pattern predicates (Exists) and pattern comprehensions
// (Collect). Correlated: the body sees `imports`. The binder sets `query`, the planner `plan`.
struct Subquery {
  enum class Kind : std::uint8_t { Exists, Count, Collect } kind;
  std::shared_ptr<const Query> query;  // shared: see ExpressionPtr
  std::shared_ptr<const plan::Node> plan;
  std::vector<Slot> imports;
  Slot result = 0;  // Collect: the body's column
};

// A condition that may fail, asked before it is certain that the row is part of a match (`early`):
// true where it fails, which it notes. And what is left of it for the rows of which that is
// certain: it fails where the condition does, but is asked only if a failure was noted, as all rows
// have passed the early one. Only the planner makes them, in pairs that share the note; it is for
// good, and belongs to all who run the plan.
struct Tried {
  ExpressionPtr condition;
  bool early;
  std::shared_ptr<std::atomic<bool>> failed;  // shared: by the two, and by rewrites of them
};

struct Expression {
  std::variant<Constant, Parameter, Variable, Property, Index, Slice, List, Map, MapProjection,
               Operation, HasLabels, TypePredicate, Call, Case, ListComprehension, Quantifier,
               Reduce, MakePath, Subquery, Tried>
      node;
  TypeSet types = TypeSet::any();
  Position at;
};

template <class Node>
ExpressionPtr make(Node node, TypeSet types, Position at) {
  return std::make_shared<const Expression>(Expression{std::move(node), types, at});
}

}  // namespace kith::bound
