// cypher/parse/ast.hpp: a query as written.
//
// The parser makes it, the binder reads it, nobody else sees it. Every expression, pattern and
// clause knows where it stands in the text. `text` of a projection item is the source, verbatim: it
// is the column's name when there is no alias.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/cell.hpp"
#include "core/id.hpp"
#include "kith/error.hpp"

namespace kith::ast {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct Query;
using QueryPtr = std::unique_ptr<Query>;
struct PatternPart;

struct Name {  // a variable, label, type or key where it is written
  std::string text;
  Position at;
};

// $(value), $all(value), $any(value): names that are known when the query runs.
struct DynamicLabel {
  ExpressionPtr value;
  bool any = false;  // one of a list is enough; else all of it
  Position at;
};

// A | B & !C | %; on relationships the same for types.
struct LabelExpression {
  enum class Op { Name, And, Or, Not, Any, Dynamic };
  Op op = Op::Name;
  Name name;                              // Op::Name
  DynamicLabel dynamic;                   // Op::Dynamic
  std::vector<LabelExpression> operands;  // And, Or: two or more; Not: one
};

// ---- expressions

enum class UnaryOp { Not, Minus, Plus, IsNull, IsNotNull };
enum class BinaryOp {
  Or,
  Xor,
  And,
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
  Concat,
  In,
  StartsWith,
  EndsWith,
  Contains,
  Matches,
};
enum class QuantifierKind { All, Any, None, Single };

struct Literal {
  OwnedCell value;
};  // null, boolean, integer, float, string
struct Parameter {
  std::string name;
};
struct Variable {
  std::string name;
};
struct Property {
  ExpressionPtr subject;
  Name key;
};
struct Index {
  ExpressionPtr subject, index;
};
struct Slice {
  ExpressionPtr subject, from, to;
};  // from, to may be null
struct ListLiteral {
  std::vector<ExpressionPtr> items;
};
struct MapLiteral {
  struct Entry {
    Name key;
    ExpressionPtr value;
  };
  std::vector<Entry> entries;
};
struct MapProjection {
  struct Item {
    enum class Kind { Key, All, Entry, Variable } kind;
    Name name;
    ExpressionPtr value;
  };
  Name variable;
  std::vector<Item> items;
};
struct Unary {
  UnaryOp op;
  ExpressionPtr operand;
};
struct Binary {
  BinaryOp op;
  ExpressionPtr left, right;
};
struct ComparisonChain {  // a < b <= c: means a < b AND b <= c, with b evaluated once
  ExpressionPtr first;
  struct Link {
    BinaryOp op;
    ExpressionPtr operand;
  };
  std::vector<Link> links;  // two or more; one is a Binary
};
struct HasLabels {
  ExpressionPtr subject;
  LabelExpression labels;
};  // n:A:B, also r:T
struct TypePredicate {
  ExpressionPtr subject;
  bool negated;
  std::string type;
};  // x IS [NOT] :: INTEGER …
struct FunctionCall {
  Name name;                            // with its namespace: "date.truncate"
  bool distinct = false, star = false;  // star: count(*)
  std::vector<ExpressionPtr> arguments;
};
struct CaseSubject {};  // in a test of CASE … WHEN < 3: the operand, where it is not written
struct Case {
  ExpressionPtr operand;  // may be null
  struct When {
    // One condition; with an operand one or more tests of it: values, or conditions on CaseSubject.
    std::vector<ExpressionPtr> tests;
    ExpressionPtr result;
  };
  std::vector<When> whens;
  ExpressionPtr otherwise;  // may be null
};
struct ListComprehension {
  Name variable;
  ExpressionPtr list, where, projection;
};  // where, projection may be null
struct PatternComprehension {
  std::unique_ptr<PatternPart> pattern;
  ExpressionPtr where, projection;
};
struct Quantifier {
  QuantifierKind kind;
  Name variable;
  ExpressionPtr list, where;
};
struct Reduce {
  Name accumulator;
  ExpressionPtr initial;
  Name variable;
  ExpressionPtr list, step;
};
struct PatternPredicate {
  std::unique_ptr<PatternPart> pattern;
};                 // (a)-->(b) used as a condition
struct Subquery {  // EXISTS { … }, COUNT { … }, COLLECT { … }
  enum class Kind { Exists, Count, Collect } kind;
  QueryPtr query;  // a bare pattern (with WHERE) becomes MATCH … (with no RETURN)
};

struct Expression {
  Position at;
  std::variant<Literal, Parameter, Variable, Property, Index, Slice, ListLiteral, MapLiteral,
               MapProjection, Unary, Binary, ComparisonChain, HasLabels, TypePredicate,
               FunctionCall, CaseSubject, Case, ListComprehension, PatternComprehension, Quantifier,
               Reduce, PatternPredicate, Subquery>
      node;
};

// ---- patterns

struct NodePattern {
  Position at;
  bool implied = false;  // not written: beside a quantified path pattern
  std::optional<Name> variable;
  std::optional<LabelExpression> labels;
  ExpressionPtr properties;  // a map literal or a parameter; may be null
  ExpressionPtr where;       // inline WHERE; may be null
};
struct Range {  // *min..max, {min,max}
  std::optional<std::uint64_t> min, max;
};
struct RelationshipPattern {
  Position at;
  std::optional<Name> variable;
  std::optional<LabelExpression> types;
  Direction direction = Direction::Both;  // <-->, --: Both
  std::optional<Range> range;             // present: variable length
  std::optional<Range> quantifier;        // {1,3}, +, *: of the relationship, or of `repeated`
  // A quantified path pattern that stands in the place of a relationship; may be null.
  std::unique_ptr<PatternPart> repeated;
  ExpressionPtr properties, where;
};
struct PathSelector {  // which of the paths between two nodes are wanted
  enum class Kind { All, Any, AnyShortest, AllShortest, Shortest, ShortestGroups };
  Position at;
  Kind kind = Kind::All;
  ExpressionPtr count;  // an integer literal or a parameter; may be null
};
struct PatternPart {
  enum class Kind { Plain, ShortestPath, AllShortestPaths };
  Position at;
  std::optional<Name> variable;  // p = …
  Kind kind = Kind::Plain;
  std::vector<NodePattern> nodes;                  // one more than relationships
  std::vector<RelationshipPattern> relationships;  // relationship i joins nodes i and i + 1
  std::optional<PathSelector> selector;
  std::vector<ExpressionPtr> wheres;  // of the parentheses around it, the innermost first
};

// ---- clauses

// USING … behind a MATCH: how a variable of it is to be found.
struct Hint {
  enum class Kind { Index, Scan };  // USING JOIN is no hint to kith: it changes nothing
  Position at;
  Kind kind = Kind::Index;
  Name variable, label;    // or type
  std::vector<Name> keys;  // of Index
};
struct Match {
  enum class Mode { Unsaid, DifferentRelationships, RepeatableElements };
  bool optional = false;
  Mode mode = Mode::Unsaid;
  std::vector<PatternPart> pattern;
  std::vector<Hint> hints;
  ExpressionPtr where;
};
struct Unwind {
  ExpressionPtr list;
  Name variable;
};
struct ProjectionItem {
  ExpressionPtr value;
  std::optional<Name> alias;
  std::string text;
  std::uint32_t text_at = 0;  // its first byte
};
struct SortItem {
  ExpressionPtr value;
  bool ascending = true;
  std::optional<bool> nulls_first = std::nullopt;  // NULLS FIRST, NULLS LAST
};
struct Projection {  // the body shared by WITH and RETURN
  bool distinct = false, star = false;
  std::vector<ProjectionItem> items;
  std::vector<SortItem> order;
  ExpressionPtr skip, limit;  // may be null
};
struct With {
  Projection body;
  ExpressionPtr where;
  bool is_let = false;  // LET x = …, written as WITH *, … AS x; it cannot aggregate
};
struct Return {
  Projection body;
};
struct Create {
  std::vector<PatternPart> pattern;
};
struct SetItem {
  enum class Kind {
    Property /* n.k = v, n[k] = v */,
    Replace /* n = map */,
    Merge /* n += map */,
    Labels /* n:A:B */
  };
  Position at;
  Kind kind;
  ExpressionPtr subject;  // Property: the Property or Index expression; else a variable
  ExpressionPtr value;    // null for Labels
  std::vector<Name> labels;
  std::vector<DynamicLabel> dynamic_labels;
};
struct Set {
  std::vector<SetItem> items;
};
struct RemoveItem {
  Position at;
  ExpressionPtr property;  // a Property or an Index
  ExpressionPtr subject;
  std::vector<Name> labels;
  std::vector<DynamicLabel> dynamic_labels;
};  // property, or subject:labels
struct Remove {
  std::vector<RemoveItem> items;
};
struct Delete {
  bool detach = false;
  std::vector<ExpressionPtr> targets;
};
struct Merge {
  PatternPart pattern;
  std::vector<SetItem> on_create, on_match;
};
struct YieldItem {
  Name column;
  std::optional<Name> alias;
};
struct Call {  // CALL proc.name(…) YIELD …
  Name procedure;
  std::optional<std::vector<ExpressionPtr>>
      arguments;           // nullopt: implicit, from parameters of the same names
  bool yield_all = false;  // YIELD * or, standalone, no YIELD
  std::vector<YieldItem> yields;
  ExpressionPtr where;
  bool standalone = false;  // the only clause of the query
  bool optional = false;    // OPTIONAL CALL
};
struct Clause;
struct Foreach {
  Name variable;
  ExpressionPtr list;
  std::vector<Clause> body;
};
// IN [n CONCURRENT] TRANSACTIONS [OF rows ROWS] [ON ERROR …] [REPORT STATUS AS status]
struct InTransactions {
  enum class OnError { Fail, Continue, Break };
  Position at;
  ExpressionPtr rows, concurrency;  // may be null
  OnError on_error = OnError::Fail;
  std::optional<Name> status;
};
struct CallSubquery {
  QueryPtr query;
  std::optional<std::vector<Name>> imports;  // CALL (a, b) { … }; nullopt: by a leading WITH
  bool import_all = false;                   // CALL (*) { … }
  bool optional = false;                     // OPTIONAL CALL
  std::optional<InTransactions> transactions;
};
struct LoadCsv {
  ExpressionPtr source;
  Name variable;
  bool headers = false;
  std::optional<std::string> terminator;  // FIELDTERMINATOR
  Position terminator_at;
};
struct Use {
  Name graph;
};
struct Finish {};
// ---- schema commands; each stands alone in its query

struct SchemaName {
  Name name;
  bool is_parameter = false;  // $name
};
struct SchemaPattern {  // (n:Label) or ()-[r:TYPE]-()
  bool relationship = false;
  Name variable, token;  // the label or the type
};
struct SchemaProperty {
  Name variable, key;
};
struct CreateIndex {
  std::optional<SchemaName> name;
  bool if_not_exists = false;
  SchemaPattern pattern;
  std::vector<SchemaProperty> properties;
};
struct DropIndex {
  std::optional<SchemaName> name;  // absent: the index on that label and these keys
  bool if_exists = false;
  Name label;
  std::vector<Name> keys;
};
// What a constraint says of properties.
struct PropertyRule {
  enum class Kind { Unique, Key, NotNull, Type };
  enum class About { Pattern, Node, Relationship };  // IS NODE KEY; Pattern: not said
  Kind kind = Kind::Unique;
  About about = About::Pattern;
  Position at;
  std::vector<SchemaProperty> properties;
  std::string type;  // of Type: "INTEGER | STRING"
};
// What a constraint says of relationships: docs/constraints.md.
struct EndsRule {  // (:A)-[r]->(:B) OR …
  Position at;
  std::vector<PatternPart> patterns;
};
struct CountRule {  // COUNT { pattern } op number; EXISTS { pattern } is >= 1
  Position at;
  PatternPart pattern;
  BinaryOp op = BinaryOp::GreaterEqual;
  std::uint64_t number = 1;
};
struct DeleteRule {  // ON DELETE OF …
  Position at;
  Name of;
  bool cascades = false;
  std::optional<Name> to;
};
struct CreateConstraint {
  std::optional<SchemaName> name;
  bool if_not_exists = false;
  SchemaPattern pattern;
  std::optional<PatternPart> path;  // instead of `pattern`: (a:A)-[r:T]->(b:B)
  std::variant<PropertyRule, EndsRule, CountRule, DeleteRule> rule;
};
struct DropConstraint {
  SchemaName name;
  bool if_exists = false;
};
struct SchemaCommand {
  std::variant<CreateIndex, DropIndex, CreateConstraint, DropConstraint> node;
};

struct Clause {
  Position at;
  std::variant<Match, Unwind, With, Return, Create, Set, Remove, Delete, Merge, Call, Foreach,
               CallSubquery, LoadCsv, Use, Finish, SchemaCommand>
      node;
};

struct SingleQuery {
  std::vector<Clause> clauses;
};

struct Query {
  enum class Mode { Run, Explain, Profile };
  enum class Stage { None, Ast, Logical, Physical };
  Mode mode = Mode::Run;
  Stage stage = Stage::None;       // EXPLAIN AST | LOGICAL | PHYSICAL
  std::vector<SingleQuery> parts;  // joined by UNION
  std::vector<bool> union_all;     // one fewer than parts
  Position union_at;
};

}  // namespace kith::ast
