// cypher/parse/ast_walk.hpp: the expressions directly below an expression.
#pragma once

#include <variant>

#include "core/id.hpp"
#include "cypher/parse/ast.hpp"

namespace kith::ast {

// What part an expression plays in the one above it.
enum class Place { Value, Condition };

// Calls see(value) for each $(value) in it.
template <class See>
void for_each_value(const LabelExpression& labels, See&& see) {
  see(labels.dynamic.value);
  for (const LabelExpression& operand : labels.operands) for_each_value(operand, see);
}

// Calls see(child, place) for each child that is there, in the order written. Patterns and
// subqueries inside are not entered. Condition: only whether it is true matters.
template <class See>
void for_each_child(const Expression& expression, See&& see) {
  const auto value = [&](const ExpressionPtr& e) {
    if (e) see(*e, Place::Value);
  };
  const auto condition = [&](const ExpressionPtr& e) {
    if (e) see(*e, Place::Condition);
  };
  std::visit(
      Overload{
          [](const Literal&) {},
          [](const Parameter&) {},
          [](const Variable&) {},
          [](const CaseSubject&) {},
          [&](const Property& n) { value(n.subject); },
          [&](const Index& n) { value(n.subject), value(n.index); },
          [&](const Slice& n) { value(n.subject), value(n.from), value(n.to); },
          [&](const ListLiteral& n) {
            for (const auto& item : n.items) value(item);
          },
          [&](const MapLiteral& n) {
            for (const auto& entry : n.entries) value(entry.value);
          },
          [&](const MapProjection& n) {
            for (const auto& item : n.items) value(item.value);
          },
          [&](const Unary& n) { n.op == UnaryOp::Not ? condition(n.operand) : value(n.operand); },
          [&](const Binary& n) {
            const bool logic =
                n.op == BinaryOp::And || n.op == BinaryOp::Or || n.op == BinaryOp::Xor;
            for (const auto* side : {&n.left, &n.right}) logic ? condition(*side) : value(*side);
          },
          [&](const ComparisonChain& n) {
            value(n.first);
            for (const auto& link : n.links) value(link.operand);
          },
          [&](const HasLabels& n) { value(n.subject), for_each_value(n.labels, value); },
          [&](const TypePredicate& n) { value(n.subject); },
          [&](const FunctionCall& n) {
            for (const auto& argument : n.arguments) value(argument);
          },
          [&](const Case& n) {
            value(n.operand);
            for (const auto& when : n.whens) {
              for (const auto& test : when.tests) n.operand ? value(test) : condition(test);
              value(when.result);
            }
            value(n.otherwise);
          },
          [&](const ListComprehension& n) {
            value(n.list), condition(n.where), value(n.projection);
          },
          [&](const PatternComprehension& n) { condition(n.where), value(n.projection); },
          [&](const Quantifier& n) { value(n.list), condition(n.where); },
          [&](const Reduce& n) { value(n.initial), value(n.list), value(n.step); },
          [](const PatternPredicate&) {},
          [](const Subquery&) {}},
      expression.node);
}

}  // namespace kith::ast
