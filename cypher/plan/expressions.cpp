// cypher/plan/expressions.cpp: small questions about expressions, and making new ones.
#include "cypher/plan/expressions.hpp"

#include <utility>

#include "core/assert.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

template <class N>
const N* as(const Expression& e) {
  return std::get_if<N>(&e.node);
}

}  // namespace

bool is_true(const Expression& e) {
  const auto* c = as<bound::Constant>(e);
  return c != nullptr && c->value.cell().is_true();
}

const bound::Variable* as_variable(const Expression& e) { return as<bound::Variable>(e); }

const bound::Operation* as_operation(const Expression& e, Operator op) {
  const auto* o = as<bound::Operation>(e);
  return o != nullptr && o->op == op ? o : nullptr;
}

const bound::Subquery* as_subquery(const Expression& e) { return as<bound::Subquery>(e); }

const bound::Tried* as_tried(const Expression& e) {
  const auto* trial = as<bound::Tried>(e);
  return trial != nullptr && trial->early ? trial : nullptr;
}

bool is_recheck(const Expression& e) {
  const auto* trial = as<bound::Tried>(e);
  return trial != nullptr && !trial->early;
}

const Expression& without_trial(const Expression& e) {
  const auto* trial = as_tried(e);
  return trial == nullptr ? e : *trial->condition;
}

std::optional<std::int64_t> as_integer(const Expression& e) {
  const auto* c = as<bound::Constant>(e);
  if (c == nullptr || c->value.cell().kind != Kind::Integer) return std::nullopt;
  return c->value.cell().integer;
}

const Cell* planned_value(const Expression& e) {
  if (const auto* c = as<bound::Constant>(e)) return &c->value.cell();
  return is_open_literal(e) ? &as<bound::Parameter>(e)->planned.cell() : nullptr;
}

bool is_open_literal(const Expression& e) {
  const auto* parameter = as<bound::Parameter>(e);
  return parameter != nullptr && parameter->is_literal();
}

const Expression* argument_of(const Expression& e, std::string_view function) {
  const auto* call = as<bound::Call>(e);
  if (call == nullptr || call->arguments.size() != 1 || call->function == nullptr) return nullptr;
  return call->function->name == function ? call->arguments[0].get() : nullptr;
}

ExpressionPtr variable(Slot slot, TypeSet types, std::string name) {
  return bound::make(bound::Variable{slot, std::move(name)}, types, {});
}

ExpressionPtr integer(std::int64_t value) {
  return bound::make(bound::Constant{OwnedCell(Cell::of(value))}, kIntegerType, {});
}

ExpressionPtr operation(Operator op, std::vector<ExpressionPtr> operands) {
  KITH_ASSERT(!operands.empty());
  const Position at = operands[0]->at;
  return bound::make(bound::Operation{op, std::move(operands)}, kBooleanType, at);
}

ExpressionPtr unless_false(const ExpressionPtr& condition) {
  const ExpressionPtr no =
      bound::make(bound::Constant{OwnedCell(Cell::boolean(false))}, kBooleanType, {});
  return operation(Operator::NotEqual, std::vector<ExpressionPtr>{condition, no});
}

std::pair<ExpressionPtr, ExpressionPtr> tried(const ExpressionPtr& condition) {
  const auto failed = std::make_shared<std::atomic<bool>>(false);
  const auto part = [&](bool early) {
    return bound::make(bound::Tried{condition, early, failed}, kBooleanType | kNullType,
                       condition->at);
  };
  return {part(true), part(false)};
}

bool may_be_tried(const Expression& condition) {
  return condition_can_fail(condition) && !is_volatile(condition) && !has_subquery(condition) &&
         !std::holds_alternative<bound::Tried>(condition.node) && !slots_of(condition).empty();
}

ExpressionPtr substitute(const ExpressionPtr& e, const std::map<Slot, ExpressionPtr>& values) {
  if (const auto* v = as<bound::Variable>(*e)) {
    const auto found = values.find(v->slot);
    return found == values.end() ? e : found->second;
  }
  if (const auto* path = as<bound::MakePath>(*e)) {
    bound::MakePath copy = *path;
    const auto rename = [&](Slot& slot) {
      const auto found = values.find(slot);
      if (found == values.end()) return;
      const auto* target = as_variable(*found->second);
      KITH_ASSERT(target != nullptr);
      slot = target->slot;
    };
    rename(copy.start);
    for (auto& step : copy.steps) {
      rename(step.relationship);
      rename(step.node);
    }
    return bound::make(std::move(copy), e->types, e->at);
  }
  if (const auto* query = as<bound::Subquery>(*e)) {
    for (const Slot slot : query->imports) KITH_ASSERT(!values.contains(slot));
  }
  return bound::map_children(e,
                             [&](const ExpressionPtr& child) { return substitute(child, values); });
}

}  // namespace kith::plan
