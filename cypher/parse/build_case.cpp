// cypher/parse/build_case.cpp: CASE, whose tests may be operators without a left side.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

namespace {

ast::BinaryOp operator_of(const Syntax& node) {
  switch (node.children[0].token) {
    case Token::EQUAL:
      return ast::BinaryOp::Equal;
    case Token::NOT_EQUAL:
      return ast::BinaryOp::NotEqual;
    case Token::LESS:
      return ast::BinaryOp::Less;
    case Token::LESS_EQUAL:
      return ast::BinaryOp::LessEqual;
    case Token::GREATER:
      return ast::BinaryOp::Greater;
    case Token::GREATER_EQUAL:
      return ast::BinaryOp::GreaterEqual;
    case Token::MATCHES:
      return ast::BinaryOp::Matches;
    case Token::K_CONTAINS:
      return ast::BinaryOp::Contains;
    case Token::K_STARTS:
      return ast::BinaryOp::StartsWith;
    default:
      KITH_ASSERT(node.has(Token::K_ENDS));
      return ast::BinaryOp::EndsWith;
  }
}

bool binds_looser(Token token) {
  switch (token) {
    case Token::EQUAL:
    case Token::NOT_EQUAL:
    case Token::LESS:
    case Token::LESS_EQUAL:
    case Token::GREATER:
    case Token::GREATER_EQUAL:
    case Token::K_OR:
    case Token::K_XOR:
    case Token::K_AND:
      return true;
    default:
      return false;
  }
}

}  // namespace

Builder::Built Builder::case_expression(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::CaseExpression));
  ast::Case result;
  std::uint32_t height = 0;
  const auto build = [&](const Syntax& child) {
    Built built =
        child.is(Rule::CaseTest) ? case_test(child, result.operand != nullptr) : expression(child);
    height = std::max(height, built.height);
    return std::move(built.expression);
  };
  for (const Syntax& child : node.children) {
    if (child.is(Rule::CaseBranch)) {
      ast::Case::When when;
      for (const Syntax& part : child.children) {
        if (part.is(Rule::CaseTest)) when.tests.push_back(build(part));
      }
      if (!result.operand && when.tests.size() > 1) {
        unexpected(child.children[2], "several tests need an operand: CASE x WHEN 1, 2 THEN …");
      }
      when.result = build(child.children.back());
      result.whens.push_back(std::move(when));
    } else if (child.is(Rule::Expression)) {
      (result.whens.empty() ? result.operand : result.otherwise) = build(child);
    }
  }
  return make(node.at, height, std::move(result));
}

Builder::Built Builder::case_test(const Syntax& node, bool has_operand) {
  const Syntax& first = node.children[0];
  if (first.is(Rule::Expression)) return expression(first);
  if (!has_operand) {
    unexpected(first, "an operator without a left side needs an operand: CASE x WHEN < 3 THEN …");
  }
  Built subject = make(first.at, 0, ast::CaseSubject{});
  if (first.is(Rule::IsPredicate)) return is_predicate(std::move(subject), first);
  const Syntax& right = node.children[1];
  for (const Syntax& child : right.children) {
    if (child.is(Rule::Infix) && binds_looser(child.children[0].token)) {
      unexpected(child, "a test of CASE is one comparison: use parentheses");
    }
  }
  Built value = expression(right);
  const std::uint32_t height = higher(subject, value);
  return make(
      first.at, height,
      ast::Binary{operator_of(first), std::move(subject.expression), std::move(value.expression)});
}

}  // namespace kith::cypher
