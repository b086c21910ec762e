// tests/fuzz/ast_edit.hpp: finding what to rewrite in a query, and making what replaces it.
#pragma once

#include <functional>
#include <string>

#include "cypher/parse/ast.hpp"

namespace kith::fuzz {

ast::Query copy_of(const ast::Query& query);

// Every part of it that can be changed in place, subqueries of any kind included; outer before
// inner, in the order written.
struct Visitor {
  std::function<void(ast::SingleQuery&)> query = {};
  std::function<void(ast::Match&)> match = {};
  std::function<void(ast::PatternPart&)> pattern = {};
  std::function<void(ast::Expression&)> expression = {};
  std::function<void(ast::Projection&)> projection = {};
  std::function<void(ast::Expression&)> after = {};  // inner ones first
};
void visit(ast::Query& query, const Visitor& visitor);

// True: of its paths the shortest is looked for, among those that the MATCH's WHERE lets through.
bool searches(const ast::Match& match);

ast::ExpressionPtr make(decltype(ast::Expression::node) node);
ast::ExpressionPtr variable(const std::string& name);
ast::ExpressionPtr call(const std::string& function, ast::ExpressionPtr argument);
ast::ExpressionPtr integer(std::int64_t value);
ast::ExpressionPtr both(ast::ExpressionPtr left, ast::ExpressionPtr right);  // either may be null
ast::ExpressionPtr parsed(const std::string& expression);

// Gives it a name if it has none.
std::string name_of(ast::NodePattern& node, int& number);
std::string name_of(ast::RelationshipPattern& relationship, int& number);

}  // namespace kith::fuzz
