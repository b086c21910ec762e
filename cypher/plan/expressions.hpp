// cypher/plan/expressions.hpp: what the planner asks about expressions, and how it makes new ones.
//
// Walking them is bind/walk.hpp's; here is what decides where one may be evaluated, and when.
// Expressions are immutable: a rewrite returns a new tree that shares what did not change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cypher/bind/expression.hpp"
#include "cypher/bind/types.hpp"
#include "cypher/bind/walk.hpp"
#include "cypher/plan/slot_set.hpp"

namespace kith::plan {

using bound::any_in;
using bound::Expression;
using bound::ExpressionPtr;
using bound::has_subquery;
using bound::is_volatile;
using bound::kBooleanType;
using bound::kIntegerType;
using bound::kListType;
using bound::kMapType;
using bound::kNodeType;
using bound::kNullType;
using bound::kPathType;
using bound::kRelationshipType;

inline constexpr TypeSet kElementType = kNodeType | kRelationshipType;

// ---- asking
// The variables that it needs from outside (those of its own comprehensions are not).
inline SlotSet slots_of(const Expression& e) { return SlotSet(bound::free_slots(e)); }
// May end in an error for some row, whatever the rows are. Errs on the side of true.
bool can_fail(const Expression& e);
// The same of a condition, which fails where it is something else than a truth or null.
bool condition_can_fail(const Expression& e);
// Fails only as a condition: WHERE n.flag, where n.flag may be a text.
bool may_be_no_truth(const Expression& e);
// Its value may depend on labels, properties or relationships in the store, not on its inputs
// alone.
bool reads_graph(const Expression& e);
double cost_of(const Expression& e);  // in about the time of reading one property
bool is_true(const Expression& e);    // the constant
const bound::Variable* as_variable(const Expression& e);
const bound::Operation* as_operation(const Expression& e, bound::Operator op);
const bound::Subquery* as_subquery(const Expression& e);
// The early one of the two; whether it is the other one.
const bound::Tried* as_tried(const Expression& e);
bool is_recheck(const Expression& e);
// What an index or an id can answer of a condition that may be tried early.
const Expression& without_trial(const Expression& e);
std::optional<std::int64_t> as_integer(const Expression& e);  // a constant
// For estimates only: the value of a constant, or of a literal that the plan leaves open. Whoever
// lets the latter decide says so to the statistics.
const Cell* planned_value(const Expression& e);
bool is_open_literal(const Expression& e);
// The argument of a call of `function` with exactly one.
const Expression* argument_of(const Expression& e, std::string_view function);

// ---- making
ExpressionPtr variable(Slot slot, TypeSet types = TypeSet::any(), std::string name = {});
ExpressionPtr integer(std::int64_t value);
ExpressionPtr operation(bound::Operator op, std::vector<ExpressionPtr> operands);  // a boolean one
// A condition that cannot fail, and is true for what is no truth: of a condition that may be none,
// what can be asked of any element.
ExpressionPtr unless_false(const ExpressionPtr& condition);
// The condition tried early, and what is left of it then.
std::pair<ExpressionPtr, ExpressionPtr> tried(const ExpressionPtr& condition);
// Whether there is anything to gain by that: it may fail, and may be asked twice.
bool may_be_tried(const Expression& condition);
// Variables replaced by expressions; slots of paths by those of variables. A subquery must not
// import any of them: its plan names the slots.
ExpressionPtr substitute(const ExpressionPtr& e, const std::map<Slot, ExpressionPtr>& values);

}  // namespace kith::plan
