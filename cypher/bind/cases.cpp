// cypher/bind/cases.cpp: CASE. One whose tests are more than values, such as WHEN < 3 or WHEN 1, 2,
// is a CASE of conditions on a variable of its own, which holds the operand.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using namespace bound;  // kNullType, make …: the words of this file

namespace {

// A test such as `< 3` or `IS NULL`.
bool is_about_subject(const ast::Expression& test) {
  const auto is_subject = [](const ast::ExpressionPtr& e) {
    return std::holds_alternative<ast::CaseSubject>(e->node);
  };
  if (const auto* binary = std::get_if<ast::Binary>(&test.node)) return is_subject(binary->left);
  if (const auto* unary = std::get_if<ast::Unary>(&test.node)) return is_subject(unary->operand);
  const auto* type = std::get_if<ast::TypePredicate>(&test.node);
  return type != nullptr && is_subject(type->subject);
}

bool has_conditions(const ast::Case& node) {
  return std::any_of(node.whens.begin(), node.whens.end(), [](const ast::Case::When& when) {
    return when.tests.size() > 1 || is_about_subject(*when.tests.at(0));
  });
}

}  // namespace

ExpressionPtr Binder::bind_node(const ast::CaseSubject&, Position) {
  KITH_ASSERT(case_subject_ != nullptr);
  return case_subject_;
}

ExpressionPtr Binder::bind_node(const ast::Case& node, Position at) {
  KITH_ASSERT(!node.whens.empty());
  bound::Case result;
  ExpressionPtr subject;
  if (node.operand) result.operand = bind_expression(*node.operand);
  if (node.operand && has_conditions(node)) {
    const TypeSet types = result.operand->types;
    result.subject = names_.add_slot("", types, elements_of(*result.operand));
    subject = make(Variable{*result.subject, ""}, types, result.operand->at);
  }
  TypeSet types = kNullType;
  for (const auto& when : node.whens) {
    ExpressionPtr condition = subject        ? bind_tests(when, subject)
                              : node.operand ? bind_expression(*when.tests.at(0))
                                             : bind_condition(*when.tests.at(0));
    result.whens.emplace_back(std::move(condition), bind_expression(*when.result));
    types = types | result.whens.back().second->types;
  }
  if (node.otherwise) {
    result.otherwise = bind_expression(*node.otherwise);
    types = types | result.otherwise->types;
  }
  return make(std::move(result), types, at);
}

ExpressionPtr Binder::bind_tests(const ast::Case::When& when, const ExpressionPtr& subject) {
  std::vector<ExpressionPtr> tests;
  const ExpressionPtr outer = std::exchange(case_subject_, subject);
  for (const ast::ExpressionPtr& test : when.tests) {
    if (is_about_subject(*test)) {
      tests.push_back(bind_condition(*test));
    } else {
      tests.push_back(operation(Operator::Equal, {subject, bind_expression(*test)}, test->at));
    }
  }
  case_subject_ = outer;
  if (tests.size() == 1) return tests[0];
  const Position at = tests[0]->at;
  return operation(Operator::Or, std::move(tests), at);
}

}  // namespace kith::cypher
