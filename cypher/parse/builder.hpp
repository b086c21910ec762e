// cypher/parse/builder.hpp: the AST of a syntax tree.
//
// Resolves the precedence of operators, tells apart what the grammar leaves together (lists and
// comprehensions, calls and quantifiers), and refuses what no clause allows.
//
//   B1  No expression is higher than kMaxExpressionHeight, so that later phases may recurse.
//   B2  No query has more than kMaxQuerySteps clauses and nodes to be found, for the same reason.
//   B3  A pattern stands as a value nowhere: only where a condition is wanted.
//
// One object builds one query.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cypher/parse/ast.hpp"
#include "cypher/parse/source.hpp"
#include "cypher/parse/syntax.hpp"

namespace kith::cypher {

class Builder {
 public:
  explicit Builder(std::string_view source) : source_(source) {}
  ast::Query script(const Syntax& script);

 private:
  enum class QueryKind { Root, CallSubquery, Exists, Count, Collect };
  enum class Use { Value, Condition };
  enum class Properties { MapOnly, MapOrParameter };
  struct Built {  // an expression and its height (B1)
    ast::ExpressionPtr expression;
    std::uint32_t height = 0;
  };
  class Operators;  // build_expressions.cpp: precedence
  struct Listed {   // what stands in [ … ] and f( … )
    bool star = false, distinct = false;
    std::vector<const Syntax*> items;
    const Syntax* where = nullptr;   // the condition
    const Syntax* mapped = nullptr;  // after the bar
    const Syntax* side = nullptr;    // BOTH, LEADING, TRAILING
    const Syntax* from = nullptr;    // after FROM
  };

  [[noreturn]] void fail(const Syntax& at, std::string detail, std::string_view what) const;
  [[noreturn]] void unexpected(const Syntax& at, std::string_view hint = {}) const;
  std::string_view text(const Syntax& node) const { return node.in(source_); }
  ast::Name name(const Syntax& node) const;      // of a name or schemaName, without backticks
  ast::Name unquoted(const Syntax& node) const;  // the same; `` is a key of maps too
  std::string dotted(const Syntax& qualified_name) const;

  // build_clauses.cpp
  ast::Query query(const Syntax& node, QueryKind kind);
  void add_union(const Syntax& joint, ast::Query& query) const;
  std::vector<ast::Clause> handed_on(ast::Query query, const Syntax& next) const;
  ast::SingleQuery single_query(const Syntax& node, QueryKind kind);
  void check_composition(const Syntax& node, ast::SingleQuery& query, QueryKind kind) const;
  void check_body_of_foreach(const ast::Clause& clause) const;
  ast::Clause clause(const Syntax& node);
  ast::Match match(const Syntax& node);
  ast::Projection projection(const Syntax& node);
  void order_and_cut(const Syntax& child, ast::Projection& body);
  ast::ProjectionItem projection_item(const Syntax& node);
  ast::Merge merge(const Syntax& node);
  std::vector<ast::SetItem> set_items(const Syntax& set_clause);
  ast::SetItem set_item(const Syntax& node);
  ast::RemoveItem remove_item(const Syntax& operand);
  ast::Delete delete_clause(const Syntax& node);
  ast::Foreach foreach_clause(const Syntax& node);
  template <class Item>
  void take_labels(ast::LabelExpression& labels, const Syntax& at, Item& into) const;
  ast::ExpressionPtr where(const Syntax* where_clause);
  ast::Hint hint(const Syntax& node) const;

  // build_calls.cpp
  void prefix(const Syntax& node, ast::Query& query) const;
  void check_options_of_statement(const Syntax& node) const;
  ast::Call call(const Syntax& node);
  void yields(const Syntax& node, ast::Call& call);
  ast::CallSubquery call_subquery(const Syntax& node);
  ast::InTransactions transactions(const Syntax& node);
  ast::ExpressionPtr integer(const Syntax& token) const;
  ast::LoadCsv load_csv(const Syntax& node);
  ast::With let_or_filter(const Syntax& node);

  // build_schema.cpp
  ast::Query command(const Syntax& node);
  ast::SchemaCommand schema_command(const Syntax& node);
  ast::SchemaCommand create_index(const Syntax& node);
  ast::SchemaCommand create_constraint(const Syntax& node);
  ast::SchemaCommand drop(const Syntax& node) const;
  decltype(ast::CreateConstraint::rule) constraint_rule(const Syntax& node);
  ast::PropertyRule property_rule(const Syntax& node) const;
  ast::SchemaName schema_name(const Syntax& node) const;
  ast::SchemaPattern schema_pattern(const Syntax& node);
  std::optional<ast::SchemaPattern> relationship_pattern_of(const ast::PatternPart& path) const;
  std::vector<ast::SchemaProperty> schema_properties(const Syntax& indexed_parts) const;
  void check_options(const Syntax* options);

  // build_references.cpp
  ast::EndsRule ends_rule(const Syntax& node);
  ast::CountRule count_rule(const Syntax& node);
  ast::BinaryOp bound_operator(grammar::Token token) const;
  ast::DeleteRule delete_rule(const Syntax& node) const;
  ast::PatternPart owner_path(const Syntax& schema_pattern);

  // build_show.cpp
  ast::Query show(const Syntax& node);
  ast::Call show_call(const Syntax& node) const;
  ast::ListLiteral show_names(const Syntax* names) const;
  std::vector<ast::ProjectionItem> show_yield(const Syntax& node, ast::Call& call);

  // build_patterns.cpp
  std::vector<ast::PatternPart> patterns(const Syntax& pattern_list, Properties allowed);
  ast::PatternPart pattern_part(const Syntax& node, Properties allowed);
  void pattern_element(const Syntax& node, Properties allowed, ast::PatternPart& part);
  void simple_path(const Syntax& factor, Properties allowed, ast::PatternPart& part);
  void parenthesized_path(const Syntax& factor, bool alone, Properties allowed,
                          ast::PatternPart& part);
  void subpath(const Syntax& node, Properties allowed, ast::PatternPart& part);
  ast::RelationshipPattern quantified_path(const Syntax& factor, Properties allowed);
  void check_repeated(const ast::PatternPart& part, const Syntax& at) const;
  ast::Range quantifier(const Syntax& node) const;
  std::uint64_t repetitions(const Syntax& integer) const;
  ast::PathSelector selector(const Syntax& node);
  ast::Match::Mode match_mode(const Syntax& node) const;
  ast::PatternPart path_pattern(const Syntax& node);  // in an expression
  ast::PatternPart shortest_path(const Syntax& node, Properties allowed);
  ast::NodePattern node_pattern(const Syntax& node, Properties allowed);
  ast::RelationshipPattern relationship_pattern(const Syntax& node, Properties allowed);
  ast::Range range(const Syntax& hop_range) const;
  ast::ExpressionPtr properties(const Syntax* node, Properties allowed);
  ast::LabelExpression labels(std::span<const Syntax> terms_and_joints);
  ast::LabelExpression label_term(const Syntax& node);

  // build_expressions.cpp, build_atoms.cpp, build_case.cpp
  ast::ExpressionPtr root(const Syntax& expression, Use use = Use::Value);  // checks B3
  void check_use(const ast::Expression& expression, Use use) const;
  Built expression(const Syntax& node);
  Built operators(std::span<const Syntax> operands_and_operators);
  Built operand(const Syntax& node);
  // The operand's atom and suffixes, without prefixes; `negative`: a minus before a number.
  Built primary(const Syntax& operand, std::size_t first, bool negative);
  bool folds_minus(const Syntax& operand) const;
  Built suffix(Built subject, const Syntax& suffix);
  Built subscript(Built subject, const Syntax& suffix);
  Built map_projection(const Syntax& name, const Syntax& suffix);
  Built has_labels(Built subject, const Syntax& node);
  Built is_predicate(Built subject, const Syntax& node) const;
  Built is_normalized(Built subject, const Syntax& node) const;
  std::string type_name(const Syntax& node) const;

  Built call_expression(const Syntax& operand, std::size_t name, std::size_t arguments);
  Built function_call(ast::Name name, const Listed& arguments);
  Built trim_call(const ast::Name& name, const Listed& arguments);
  Built quantifier(ast::QuantifierKind kind, Position at, const Listed& arguments);
  Built reduce(const Syntax& node, Position at, const Listed& arguments);
  Built exists_pattern(const Syntax& pattern, Position at);
  // `x IN list` among the children of an expression: the list.
  Built after_operator(const Syntax& expression);

  Built atom(const Syntax& node, bool negative);
  Built literal(const Syntax& node, bool negative) const;
  std::string unescaped(const Syntax& token) const;
  static Listed listed(const Syntax& node);
  static bool is_normal_form(std::string_view word);
  Built list(const Syntax& node);
  Built list_comprehension(Position at, const Syntax& variable, const Listed& parts);
  Built pattern_comprehension(Position at, const Syntax* name, const Syntax& pattern,
                              const Listed& parts);
  Built map(const Syntax& node);
  Built case_expression(const Syntax& node);
  Built case_test(const Syntax& node, bool has_operand);
  Built subquery(const Syntax& node);
  Built pattern_value(ast::PatternPart pattern, std::uint32_t height, Position at) const;

  // `expression` is `name <op> …`: the name, or nullptr.
  const Syntax* name_before(const Syntax& expression, Token op) const;
  const Syntax* bare_name(const Syntax& operand) const;             // the operand is but a name
  const Syntax* bare_atom(const Syntax& operand, Rule rule) const;  // … but such an atom

  template <class Node>
  Built make(Position at, std::uint32_t children_height, Node node) const;
  static std::uint32_t higher(const Built& a, const Built& b) {
    return a.height > b.height ? a.height : b.height;
  }
  // Runs `build`; the greatest height of any expression it made.
  template <class Build>
  std::uint32_t height_within(Build&& build);

  std::string_view source_;
  void count_steps(std::uint32_t count, Position at);  // checks B2

  std::uint32_t steps_ = 0;    // of the query being built
  std::uint32_t deepest_ = 0;  // the greatest height made since height_within() began
};

template <class Node>
Builder::Built Builder::make(Position at, std::uint32_t children_height, Node node) const {
  if (children_height >= kMaxExpressionHeight) throw_too_deep(source_, at);
  auto built = std::make_unique<ast::Expression>(ast::Expression{at, std::move(node)});
  return {std::move(built), children_height + 1};
}

template <class Build>
std::uint32_t Builder::height_within(Build&& build) {
  const std::uint32_t before = deepest_;
  deepest_ = 0;
  build();
  const std::uint32_t within = deepest_;
  deepest_ = before > within ? before : within;
  return within;
}

}  // namespace kith::cypher
