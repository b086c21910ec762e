// cypher/bind/operations.cpp: binding operators.
#include <algorithm>
#include <limits>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using namespace bound;  // Operator, make …: the words of this file

namespace {

Operator operator_of(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::Or:
      return Operator::Or;
    case ast::BinaryOp::Xor:
      return Operator::Xor;
    case ast::BinaryOp::And:
      return Operator::And;
    case ast::BinaryOp::Equal:
      return Operator::Equal;
    case ast::BinaryOp::NotEqual:
      return Operator::NotEqual;
    case ast::BinaryOp::Less:
      return Operator::Less;
    case ast::BinaryOp::LessEqual:
      return Operator::LessEqual;
    case ast::BinaryOp::Greater:
      return Operator::Greater;
    case ast::BinaryOp::GreaterEqual:
      return Operator::GreaterEqual;
    case ast::BinaryOp::Add:
      return Operator::Add;
    case ast::BinaryOp::Subtract:
      return Operator::Subtract;
    case ast::BinaryOp::Multiply:
      return Operator::Multiply;
    case ast::BinaryOp::Divide:
      return Operator::Divide;
    case ast::BinaryOp::Modulo:
      return Operator::Modulo;
    case ast::BinaryOp::Power:
      return Operator::Power;
    case ast::BinaryOp::Concat:
      return Operator::Concat;
    case ast::BinaryOp::In:
      return Operator::In;
    case ast::BinaryOp::StartsWith:
      return Operator::StartsWith;
    case ast::BinaryOp::EndsWith:
      return Operator::EndsWith;
    case ast::BinaryOp::Contains:
      return Operator::Contains;
    case ast::BinaryOp::Matches:
      return Operator::Matches;
  }
  KITH_ASSERT(false);
  return Operator::Equal;
}

// -x of a number written out, or nothing.
std::optional<Cell> negated(const Expression& operand) {
  const auto* constant = std::get_if<Constant>(&operand.node);
  if (constant == nullptr) return std::nullopt;
  const Cell& cell = constant->value.cell();
  if (cell.kind == Kind::Float) return Cell::of(-cell.real);
  if (cell.kind == Kind::Integer && cell.integer != std::numeric_limits<std::int64_t>::min()) {
    return Cell::of(-cell.integer);
  }
  return std::nullopt;
}

// The same of one that the plan leaves open, or null.
ExpressionPtr negated_literal(const Expression& operand, Position at) {
  const auto* literal = std::get_if<bound::Parameter>(&operand.node);
  if (literal == nullptr || !literal->is_literal()) return nullptr;
  Cell cell = literal->planned.cell();
  if (!cell.is_number()) return nullptr;
  // Values of open literals have no sign, so minus that fits.
  cell.kind == Kind::Float ? void(cell.real = -cell.real) : void(cell.integer = -cell.integer);
  return make(bound::Parameter{{}, literal->literal, !literal->negated, OwnedCell(cell)},
              operand.types, at);
}

}  // namespace

ExpressionPtr Binder::operation(Operator op, std::vector<ExpressionPtr> operands,
                                Position at) const {
  TypeSet types = result_types(op, operands);
  if (types.bits == 0) {
    const bool is_logical =
        op == Operator::Not || op == Operator::And || op == Operator::Or || op == Operator::Xor;
    for (const ExpressionPtr& operand : operands) {
      if (is_logical) require(operand, kBooleanType, "an operand of " + std::string(spelling(op)));
    }
    if (checks_types_) {
      std::string given = describe(operands[0]->types);
      for (std::size_t i = 1; i < operands.size(); ++i) {
        given += (i + 1 == operands.size() ? " and " : ", ") + describe(operands[i]->types);
      }
      fail_.syntax("InvalidArgumentType",
                   std::string(spelling(op)) + " is not defined for " + given, at);
    }
    types = TypeSet::any();
  }
  return make(Operation{op, std::move(operands)}, types, at);
}

ExpressionPtr Binder::bind_node(const ast::Unary& node, Position at) {
  std::vector<ExpressionPtr> operands;
  switch (node.op) {
    case ast::UnaryOp::Not:
      operands.push_back(bind_condition(*node.operand));
      return operation(Operator::Not, std::move(operands), at);
    case ast::UnaryOp::IsNull:
      operands.push_back(bind_expression(*node.operand));
      return operation(Operator::IsNull, std::move(operands), at);
    case ast::UnaryOp::IsNotNull:
      operands.push_back(bind_expression(*node.operand));
      return operation(Operator::IsNotNull, std::move(operands), at);
    case ast::UnaryOp::Plus: {
      ExpressionPtr operand = bind_expression(*node.operand);
      require(operand, kNumberType | kDurationType, "what + stands before");
      return operand;
    }
    case ast::UnaryOp::Minus:
      break;
  }
  KITH_ASSERT(node.op == ast::UnaryOp::Minus);
  operands.push_back(bind_expression(*node.operand));
  if (auto open = negated_literal(*operands[0], at)) return open;
  if (const auto cell = negated(*operands[0])) {
    return make(Constant{OwnedCell(*cell)}, TypeSet::of(cell->kind), at);
  }
  return operation(Operator::Negate, std::move(operands), at);
}

// AND, OR, XOR. A chain of one operator is walked in a loop: generated queries have long ones.
ExpressionPtr Binder::bind_logical(const ast::Binary& node, Position at) {
  const ast::BinaryOp op = node.op;
  std::vector<const ast::Expression*> written;
  const ast::Binary* next = &node;
  for (;;) {
    written.push_back(next->right.get());
    const ast::Expression* left = next->left.get();
    next = std::get_if<ast::Binary>(&left->node);
    if (next != nullptr && next->op == op && op != ast::BinaryOp::Xor) continue;
    written.push_back(left);
    break;
  }
  std::reverse(written.begin(), written.end());
  std::vector<ExpressionPtr> operands;
  operands.reserve(written.size());
  for (const ast::Expression* operand : written) {
    if (const auto* predicate = std::get_if<ast::PatternPredicate>(&operand->node);
        predicate != nullptr && predicate->pattern->kind == ast::PatternPart::Kind::Plain) {
      operands.push_back(bind_pattern_predicate(*predicate->pattern, operand->at));
    } else {
      operands.push_back(bind_expression(*operand));
    }
  }
  return operation(operator_of(op), std::move(operands), at);
}

ExpressionPtr Binder::bind_node(const ast::Binary& node, Position at) {
  const Operator op = operator_of(node.op);
  if (op == Operator::And || op == Operator::Or || op == Operator::Xor) {
    return bind_logical(node, at);
  }
  std::vector<ExpressionPtr> operands;
  operands.push_back(bind_expression(*node.left));
  operands.push_back(bind_expression(*node.right));
  return operation(op, std::move(operands), at);
}

ExpressionPtr Binder::bind_node(const ast::ComparisonChain& node, Position at) {
  KITH_ASSERT(node.links.size() >= 2);
  std::vector<ExpressionPtr> comparisons;
  ExpressionPtr left = bind_expression(*node.first);
  for (const auto& link : node.links) {
    ExpressionPtr right = bind_expression(*link.operand);
    comparisons.push_back(operation(operator_of(link.op), {left, right}, at));
    left = std::move(right);
  }
  return operation(Operator::And, std::move(comparisons), at);
}

}  // namespace kith::cypher
