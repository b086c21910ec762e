// cypher/plan/expressions.hpp: what the planner asks about expressions, and how it makes new ones.
//
// Expressions are immutable; a rewrite returns a new tree that shares what did not change, or the
// same pointer if nothing did.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cypher/bind/expression.hpp"
#include "cypher/plan/slot_set.hpp"

namespace kith::plan {

using bound::Expression;
using bound::ExpressionPtr;

// ---- walking
void for_each_child(const Expression& e, const std::function<void(const ExpressionPtr&)>& visit);
// The expression with each child replaced; never called with null.
ExpressionPtr map_children(const ExpressionPtr& e,
                           const std::function<ExpressionPtr(const ExpressionPtr&)>& replace);
bool any_of(const Expression& e, const std::function<bool(const Expression&)>& test);  // e included

// ---- asking
// The variables that it needs from outside (those of its own comprehensions are not).
SlotSet slots_of(const Expression& e);
bool is_volatile(const Expression& e);
// May end in an error for some row, whatever the rows are. Errs on the side of true.
bool can_fail(const Expression& e);
// Its value may depend on labels, properties or relationships in the store, not on its inputs
// alone.
bool reads_graph(const Expression& e);
bool has_subquery(const Expression& e);
double cost_of(const Expression& e);  // in about the time of reading one property
bool is_true(const Expression& e);    // the constant
const bound::Variable* as_variable(const Expression& e);
const bound::Operation* as_operation(const Expression& e, bound::Operator op);
const bound::Subquery* as_subquery(const Expression& e);
std::optional<std::int64_t> as_integer(const Expression& e);  // a constant
// The argument of a call of `function` with exactly one.
const Expression* argument_of(const Expression& e, std::string_view function);
// A and (B and C) -> A, B, C.
void split_and(const ExpressionPtr& e, std::vector<ExpressionPtr>& conjuncts);
bool same(const Expression& a, const Expression& b);  // structurally; false if volatile

// ---- making
ExpressionPtr variable(Slot slot, bound::TypeSet types = bound::TypeSet::any(),
                       std::string name = {});
ExpressionPtr boolean(bool value);
ExpressionPtr integer(std::int64_t value);
ExpressionPtr operation(bound::Operator op, std::vector<ExpressionPtr> operands);  // a boolean one
// Variables replaced by expressions; slots of paths by those of variables.
ExpressionPtr substitute(const ExpressionPtr& e, const std::map<Slot, ExpressionPtr>& values);

inline constexpr bound::TypeSet kNode = bound::TypeSet::of(Kind::Node);
inline constexpr bound::TypeSet kRelationship = bound::TypeSet::of(Kind::Relationship);
inline constexpr bound::TypeSet kList = bound::TypeSet::of(Kind::List);
inline constexpr bound::TypeSet kBoolean = bound::TypeSet::of(Kind::Boolean);
inline constexpr bound::TypeSet kNull = bound::TypeSet::of(Kind::Null);
inline constexpr bound::TypeSet kElement = kNode | kRelationship;

}  // namespace kith::plan
