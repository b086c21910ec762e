// tests/fuzz/ast_edit.cpp: see ast_edit.hpp.
#include "tests/fuzz/ast_edit.hpp"

#include <algorithm>

#include "cypher/parse/ast_walk.hpp"
#include "cypher/parse/unparse.hpp"
#include "cypher/prepare.hpp"

namespace kith::fuzz {
namespace {

class Walk {
 public:
  explicit Walk(const Visitor& visitor) : visitor_(visitor) {}

  void query(ast::Query& query) {
    for (auto& part : query.parts) {
      if (visitor_.query) visitor_.query(part);
      clauses(part.clauses);
    }
  }

 private:
  void clauses(std::vector<ast::Clause>& list) {
    for (auto& clause : list) std::visit([&](auto& node) { this->clause(node); }, clause.node);
  }
  void expression(ast::ExpressionPtr& e) {
    if (e) expression(*e);
  }
  void expression(ast::Expression& e) {
    if (visitor_.expression) visitor_.expression(e);
    // The tree is ours to change; the walk that knows all its shapes promises not to.
    ast::for_each_child(e, [&](const ast::Expression& child, ast::Place) {
      expression(const_cast<ast::Expression&>(child));
    });
    if (auto* inner = std::get_if<ast::Subquery>(&e.node)) query(*inner->query);
    if (auto* inner = std::get_if<ast::PatternPredicate>(&e.node)) pattern(*inner->pattern);
    if (auto* inner = std::get_if<ast::PatternComprehension>(&e.node)) pattern(*inner->pattern);
    if (visitor_.after) visitor_.after(e);
  }
  void pattern(ast::PatternPart& part) {
    if (visitor_.pattern) visitor_.pattern(part);
    for (auto& node : part.nodes) expression(node.properties), expression(node.where);
    for (auto& r : part.relationships) expression(r.properties), expression(r.where);
  }
  void clause(ast::Match& n) {
    if (visitor_.match) visitor_.match(n);
    for (auto& part : n.pattern) pattern(part);
    expression(n.where);
  }
  void clause(ast::Unwind& n) { expression(n.list); }
  void body(ast::Projection& n) {
    if (visitor_.projection) visitor_.projection(n);
    for (auto& item : n.items) expression(item.value);
    for (auto& item : n.order) expression(item.value);
  }
  void clause(ast::With& n) { body(n.body), expression(n.where); }
  void clause(ast::Return& n) { body(n.body); }
  void clause(ast::Foreach& n) { expression(n.list), clauses(n.body); }
  void clause(ast::CallSubquery& n) { query(*n.query); }
  template <class Other>
  void clause(Other&) {}  // what writes is not rewritten

  const Visitor& visitor_;
};

template <class Pattern>
std::string named(Pattern& pattern, int& number) {
  if (!pattern.variable)
    pattern.variable = ast::Name{.text = "zz" + std::to_string(++number), .at = {}};
  return pattern.variable->text;
}

}  // namespace

ast::Query copy_of(const ast::Query& query) { return cypher::parse(cypher::unparse(query)); }

void visit(ast::Query& query, const Visitor& visitor) { Walk(visitor).query(query); }

bool searches(const ast::Match& match) {
  return std::any_of(match.pattern.begin(), match.pattern.end(), [](const ast::PatternPart& part) {
    return part.kind != ast::PatternPart::Kind::Plain;
  });
}

ast::ExpressionPtr make(decltype(ast::Expression::node) node) {
  auto out = std::make_unique<ast::Expression>();
  out->node = std::move(node);
  return out;
}

ast::ExpressionPtr parsed(const std::string& expression) {
  auto query = cypher::parse("MATCH () WHERE " + expression + " RETURN 1");
  return std::move(std::get<ast::Match>(query.parts[0].clauses[0].node).where);
}

ast::ExpressionPtr variable(const std::string& name) { return make(ast::Variable{name}); }

ast::ExpressionPtr integer(std::int64_t value) { return parsed(std::to_string(value)); }

ast::ExpressionPtr call(const std::string& function, ast::ExpressionPtr argument) {
  ast::FunctionCall out{.name = {.text = function, .at = {}}, .arguments = {}};
  out.arguments.push_back(std::move(argument));
  return make(std::move(out));
}

ast::ExpressionPtr both(ast::ExpressionPtr left, ast::ExpressionPtr right) {
  if (!left) return right;
  if (!right) return left;
  return make(
      ast::Binary{.op = ast::BinaryOp::And, .left = std::move(left), .right = std::move(right)});
}

std::string name_of(ast::NodePattern& node, int& number) { return named(node, number); }
std::string name_of(ast::RelationshipPattern& relationship, int& number) {
  return named(relationship, number);
}

}  // namespace kith::fuzz
