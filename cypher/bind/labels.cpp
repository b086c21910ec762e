// cypher/bind/labels.cpp: label expressions, and names that are values: n:$(expression).
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"

namespace kith::cypher {

using namespace bound;  // kStringType, make …: the words of this file

bound::LabelExpression Binder::bind_labels(const ast::LabelExpression& labels) {
  bound::LabelExpression result;
  switch (labels.op) {
    case ast::LabelExpression::Op::Name:
      result.op = bound::LabelExpression::Op::Name;
      break;
    case ast::LabelExpression::Op::And:
      result.op = bound::LabelExpression::Op::And;
      break;
    case ast::LabelExpression::Op::Or:
      result.op = bound::LabelExpression::Op::Or;
      break;
    case ast::LabelExpression::Op::Not:
      result.op = bound::LabelExpression::Op::Not;
      break;
    case ast::LabelExpression::Op::Any:
      result.op = bound::LabelExpression::Op::Any;
      break;
    case ast::LabelExpression::Op::Dynamic: {
      ExpressionPtr value = bind_name(labels.dynamic);
      if (auto name = constant_name(value)) {
        result.name = std::move(*name);
        return result;
      }
      result.op = bound::LabelExpression::Op::Dynamic;
      result.value = std::move(value);
      result.one_of = labels.dynamic.any;
      break;
    }
  }
  result.name = labels.name.text;
  for (const auto& operand : labels.operands) result.operands.push_back(bind_labels(operand));
  return result;
}

ExpressionPtr Binder::bind_name(const ast::DynamicLabel& label) {
  KITH_ASSERT(label.value != nullptr);
  const bool others_may_lift = std::exchange(may_lift_, false);  // a name is part of the plan
  ExpressionPtr value = bind_expression(*label.value);
  may_lift_ = others_may_lift;
  require(value, kStringType | kListType, "the name of a label or type");
  if (checks_types_ && is_null_only(value->types)) {
    fail_.syntax("InvalidArgumentType", "the name of a label or type cannot be null", value->at);
  }
  return value;
}

// What is written as a string is a name like any other.
std::optional<std::string> Binder::constant_name(const ExpressionPtr& value) const {
  const auto* constant = std::get_if<Constant>(&value->node);
  if (constant == nullptr || constant->value.cell().kind != Kind::String) return std::nullopt;
  std::string name(constant->value.cell().string());
  if (name.empty()) {
    fail_.syntax("InvalidArgumentValue", "the name of a label or type cannot be empty", value->at);
  }
  return name;
}

ExpressionPtr Binder::bind_node(const ast::HasLabels& node, Position at) {
  ExpressionPtr subject = bind_expression(*node.subject);
  require(subject, kNodeType | kRelationshipType, "what is asked for a label or type");
  return make(bound::HasLabels{std::move(subject), bind_labels(node.labels)}, kBooleanType, at);
}

void Binder::add_label_conjuncts(const ExpressionPtr& subject, const ast::LabelExpression& labels,
                                 std::vector<ExpressionPtr>& into) {
  if (labels.op == ast::LabelExpression::Op::And) {
    for (const auto& operand : labels.operands) add_label_conjuncts(subject, operand, into);
    return;
  }
  const Position at = labels.name.at.line != 0      ? labels.name.at
                      : labels.dynamic.at.line != 0 ? labels.dynamic.at
                                                    : subject->at;
  into.push_back(make(bound::HasLabels{subject, bind_labels(labels)}, kBooleanType, at));
}

// Of SET and REMOVE.
void Binder::take_dynamic_labels(const std::vector<ast::DynamicLabel>& labels,
                                 bound::SetItem& into) {
  for (const ast::DynamicLabel& label : labels) {
    ExpressionPtr value = bind_name(label);
    if (auto name = constant_name(value)) {
      into.labels.push_back(std::move(*name));
    } else {
      into.dynamic_labels.push_back(std::move(value));
    }
  }
}

}  // namespace kith::cypher
