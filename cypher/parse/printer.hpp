// cypher/parse/printer.hpp: how an AST becomes text; see unparse.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cypher/parse/ast.hpp"
#include "cypher/parse/unparse.hpp"

namespace kith::cypher {

class Printer {
 public:
  std::string take() { return std::move(out_); }
  void query(const ast::Query& query);  // each clause on a line of its own, indented
  void expression(const ast::Expression& e);

 private:
  void line() { out_ += "\n" + std::string(indent_ * 2, ' '); }
  template <class Items, class Print>
  void list(const Items& items, Print&& print) {
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ", ";
      first = false;
      print(item);
    }
  }
  // The expression, if there is one, between two texts.
  void in(std::string_view before, const ast::ExpressionPtr& e, std::string_view after);
  // The same, but nothing where there is none.
  void in_if(std::string_view before, const ast::ExpressionPtr& e);

  // unparse_expression.cpp
  void print(const ast::Literal& n);
  void print(const ast::Parameter& n);
  void print(const ast::Variable& n);
  void print(const ast::Property& n);
  void print(const ast::Index& n);
  void print(const ast::Slice& n);
  void print(const ast::ListLiteral& n);
  void print(const ast::Binary& n);
  void print(const ast::ComparisonChain& n);
  void print(const ast::HasLabels& n);
  void print(const ast::TypePredicate& n);
  void print(const ast::ListComprehension& n);
  void print(const ast::PatternComprehension& n);
  void print(const ast::Quantifier& n);
  void print(const ast::Reduce& n);
  void print(const ast::PatternPredicate& n);
  void print(const ast::Unary& n);
  void print(const ast::MapLiteral& map);
  void print(const ast::MapProjection& n);
  void print(const ast::FunctionCall& n);
  void dotted(std::string_view name);
  void print(const ast::CaseSubject&) {}  // it is not written
  void print(const ast::Case& n);
  void case_test(const ast::Expression& test);
  void print(const ast::Subquery& n);
  void operand(const ast::Expression& e);
  void literal(const Cell& cell);
  void string(std::string_view text);

  // unparse.cpp
  void block(const ast::Query& query);
  void labels(const ast::LabelExpression& e);
  void pattern(const ast::PatternPart& part);
  void steps(const ast::PatternPart& part);
  void selector(const ast::PathSelector& selector);
  void quantifier(const ast::Range& range);
  void node(const ast::NodePattern& node);
  void relationship(const ast::RelationshipPattern& r);
  void detail(const std::optional<ast::Name>& variable,
              const std::optional<ast::LabelExpression>& names);
  void body(const ast::ExpressionPtr& properties, const ast::ExpressionPtr& where);
  void patterns(const std::vector<ast::PatternPart>& parts);
  void clause(const ast::Clause& clause);
  void body(const ast::Projection& body);
  void label_list(const std::vector<ast::Name>& labels,
                  const std::vector<ast::DynamicLabel>& dynamic_labels);
  void dynamic_label(const ast::DynamicLabel& label);
  void load_csv(const ast::LoadCsv& n);
  void set(std::string_view before, const std::vector<ast::SetItem>& items);
  void remove(const ast::Remove& n);
  void procedure(const ast::Call& n);
  void call_subquery(const ast::CallSubquery& n);

  // unparse_schema.cpp
  void schema(const ast::SchemaCommand& command);
  void create_index(const ast::CreateIndex& n);
  void drop_index(const ast::DropIndex& n);
  void create_constraint(const ast::CreateConstraint& n);
  void property_rule(const ast::PropertyRule& rule);
  void count_rule(const ast::CountRule& rule);
  void schema_name(const ast::SchemaName& n);
  void schema_pattern(const ast::SchemaPattern& n);
  void schema_properties(const std::vector<ast::SchemaProperty>& properties);
  void hints(const std::vector<ast::Hint>& hints);

  std::string out_;
  std::size_t indent_ = 0;
};

}  // namespace kith::cypher
