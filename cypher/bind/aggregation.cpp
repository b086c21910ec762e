// cypher/bind/aggregation.cpp: what is grouped by, what is aggregated, and what is computed of
// both.
//
// Items without an aggregate are the grouping keys. In an item with one, everything outside its
// aggregates must be a constant, a key that is a variable or a property of one, or made of these:
// anything else would not have one value for the group.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"
#include "cypher/bind/walk.hpp"

namespace kith::cypher {

using namespace bound;  // kIntegerType, make …: the words of this file

namespace {

bool has_slot(const std::vector<NamedSlot>& names, Slot slot) {
  return std::any_of(names.begin(), names.end(),
                     [&](const NamedSlot& entry) { return entry.slot == slot; });
}

bool is_leaf(const Expression& expression) {
  return std::holds_alternative<Constant>(expression.node) ||
         std::holds_alternative<bound::Parameter>(expression.node);
}

// A variable, a.b, a.b.c, a constant: the keys that may be used beside aggregates.
bool is_simple(const Expression& expression) {
  if (const auto* property = std::get_if<bound::Property>(&expression.node)) {
    return is_simple(*property->subject);
  }
  return is_leaf(expression) || std::holds_alternative<Variable>(expression.node);
}

bool same_call(const AggregateCall& a, const AggregateCall& b) {
  return a.function == b.function && a.distinct == b.distinct &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end(),
                    [](const auto& x, const auto& y) { return same(*x, *y); });
}

TypeSet aggregate_types(std::string_view name, const std::vector<ExpressionPtr>& arguments) {
  if (name == "count") return kIntegerType;
  if (name == "collect") return kListType;
  if (name == "stdev" || name == "stdevp" || name == "percentilecont") return kFloatType;
  if (arguments.empty()) return TypeSet::any();
  const TypeSet given = arguments[0]->types;
  if (name == "min" || name == "max" || name == "percentiledisc") return given;
  if (name == "avg") {
    return given.overlaps(kDurationType) ? kFloatType | kDurationType : kFloatType;
  }
  if (name == "sum") {
    const TypeSet summed{given.bits & (kNumberType | kDurationType).bits};
    return summed.bits == 0 ? kIntegerType
                            : summed | (summed == kFloatType ? kIntegerType : summed);
  }
  return TypeSet::any();
}

std::string count_text(const AggregateDef& function) { return std::string(function.name) + "()"; }

}  // namespace

ExpressionPtr Binder::bind_aggregate(const AggregateDef& function, const ast::FunctionCall& call,
                                     Position at) {
  if (in_aggregate_) {
    fail_.syntax(
        "NestedAggregation",
        count_text(function) + " stands inside another aggregate: compute it first, in a WITH",
        call.name.at);
  }
  if (sink_ == nullptr) {
    fail_.syntax("InvalidAggregation",
                 count_text(function) +
                     " is an aggregate: it can only stand in WITH or RETURN, and in their ORDER BY "
                     "if they aggregate",
                 call.name.at);
  }
  AggregateCall made{0, &function, call.distinct, {}};
  const std::string name = lower_ascii(function.name);
  if (call.star && name != "count") {
    fail_.syntax("UnexpectedSyntax", "only count() can be asked for *", call.name.at);
  }
  if (!call.star) {
    check_argument_count(call, call.arguments.size(), function.min_arguments,
                         function.max_arguments);
    in_aggregate_ = true;
    for (const auto& argument : call.arguments) {
      made.arguments.push_back(bind_expression(*argument));
      if (!is_volatile(*made.arguments.back())) continue;
      fail_.syntax("NonConstantExpression",
                   "an aggregate of a random value has no defined result: compute the value "
                   "first, in a WITH",
                   made.arguments.back()->at);
    }
    in_aggregate_ = false;
  }
  const bool numbers_only = name != "count" && name != "collect" && name != "min" && name != "max";
  if (numbers_only && !made.arguments.empty()) {
    require(made.arguments[0], kNumberType | kDurationType,
            "what " + count_text(function) + " is computed of");
  }
  sink_->used = true;
  const auto known =
      std::find_if(sink_->calls.begin(), sink_->calls.end(),
                   [&](const AggregateCall& other) { return same_call(made, other); });
  if (known != sink_->calls.end()) {
    made.slot = known->slot;
  } else {
    const TypeSet elements =
        name == "collect" && !made.arguments.empty() ? made.arguments[0]->types : TypeSet::any();
    made.slot = names_.add_slot("", aggregate_types(name, made.arguments), elements);
    sink_->calls.push_back(made);
    sink_->positions.push_back(at);
  }
  KITH_ASSERT(sink_->calls.size() == sink_->positions.size());
  return make(Variable{made.slot, ""}, names_.facts(made.slot).types, at);
}

// ---- items

void Binder::split_aggregation(Projecting& projecting) {
  bound::Projection& result = projecting.result;
  KITH_ASSERT(result.aggregating && result.keys.empty() && result.items.empty());
  KITH_ASSERT(!projecting.sink.calls.empty());
  for (Item& item : projecting.items) {
    if (item.has_aggregate) continue;
    const auto known =
        std::find_if(result.keys.begin(), result.keys.end(),
                     [&](const NewItem& key) { return same(*key.value, *item.written); });
    if (known != result.keys.end()) {
      item.slot = known->slot;
      continue;
    }
    const auto* passed_on = std::get_if<Variable>(&item.written->node);
    item.slot = passed_on
                    ? passed_on->slot
                    : names_.add_slot(item.name, item.written->types, elements_of(*item.written));
    result.keys.push_back({item.slot, item.written, item.name});
  }
  for (Item& item : projecting.items) {
    ExpressionPtr value = item.has_aggregate ? over_groups(item.written, projecting)
                                             : make(Variable{item.slot, item.name},
                                                    item.written->types, item.written->at);
    if (item.has_aggregate) {
      const auto* aggregate = std::get_if<Variable>(&value->node);
      item.slot = aggregate ? aggregate->slot
                            : names_.add_slot(item.name, value->types, elements_of(*value));
      names_.name_if_anonymous(item.slot, item.name);
    }
    result.items.push_back({item.slot, std::move(value), item.name, item.name_at});
  }
}

// `value` with grouping keys in the place of what computes them.
ExpressionPtr Binder::over_groups(const ExpressionPtr& value, const Projecting& projecting) const {
  KITH_ASSERT(value != nullptr && projecting.result.aggregating);
  const auto& keys = projecting.result.keys;
  const auto ambiguous = [&](const std::string& what, Position at) {
    fail_.syntax("AmbiguousAggregationExpression",
                 what +
                     " stands beside an aggregate without being a grouping key: return it as an "
                     "item of its own, or compute it first, in a WITH",
                 at);
  };
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const NewItem& each) { return same(*each.value, *value); });
  if (key != keys.end() && !is_leaf(*value)) {
    const bool is_constant = bound::free_slots(*value).empty();
    if (!is_constant && !is_simple(*value)) {
      ambiguous("an expression of several parts", value->at);
    }
    return make(Variable{key->slot, key->name}, value->types, value->at);
  }
  const auto& csv = names_.local_csv();
  const auto check = [&](Slot slot, Position at) {
    const bool is_place = csv && (slot == csv->file || slot == csv->line);
    if (!has_slot(projecting.incoming, slot) && !is_place) return;  // an aggregate's, or outside
    const bool is_key = std::any_of(keys.begin(), keys.end(),
                                    [&](const NewItem& each) { return each.slot == slot; });
    if (!is_key) ambiguous("`" + names_.facts(slot).name + "`", at);
  };
  if (const auto* variable = std::get_if<Variable>(&value->node)) check(variable->slot, value->at);
  if (const auto* subquery = std::get_if<bound::Subquery>(&value->node)) {
    for (const Slot slot : subquery->imports) check(slot, value->at);
  }
  return map_children(value,
                      [&](const ExpressionPtr& child) { return over_groups(child, projecting); });
}

// ---- ORDER BY and WHERE

// An aggregate that no item has may be computed along if its argument is still known afterwards.
void Binder::check_new_aggregates(Projecting& projecting, std::size_t known) const {
  KITH_ASSERT(known <= projecting.sink.calls.size());
  KITH_ASSERT(projecting.result.aggregating || projecting.sink.calls.empty());
  for (std::size_t i = known; i < projecting.sink.calls.size(); ++i) {
    const Position at = projecting.sink.positions[i];
    for (const ExpressionPtr& argument : projecting.sink.calls[i].arguments) {
      for (const Slot slot : free_slots(*argument)) {
        check_visible(slot, argument->at, projecting);
        const bool is_computed =
            has_slot(projecting.outgoing, slot) && !has_slot(projecting.incoming, slot);
        if (!is_computed) continue;
        fail_.syntax("InvalidAggregation",
                     "ORDER BY cannot aggregate `" + names_.facts(slot).name +
                         "`, which this clause itself computes",
                     at);
      }
    }
  }
}

void Binder::check_visible(Slot slot, Position at, const Projecting& projecting) const {
  if (!projecting.narrow() || has_slot(projecting.outgoing, slot)) return;
  const bool is_incoming = has_slot(projecting.incoming, slot);
  const auto& calls = projecting.sink.calls;
  const bool is_aggregate = std::any_of(
      calls.begin(), calls.end(), [&](const AggregateCall& call) { return call.slot == slot; });
  if (!is_incoming && !(is_aggregate && projecting.result.distinct)) return;
  const std::string why = projecting.result.distinct ? "DISTINCT" : "aggregation";
  const std::string what =
      is_aggregate ? "this aggregate" : "variable `" + names_.facts(slot).name + "`";
  fail_.syntax("UndefinedVariable",
               what + " is not defined here: after " + why + " only the returned columns remain",
               at);
}

// `value` with items in the place of what computes them.
ExpressionPtr Binder::over_items(const ExpressionPtr& value, const Projecting& projecting,
                                 bool has_aggregate, bool is_whole) const {
  for (const Item& item : projecting.items) {
    if (is_leaf(*value) || !same(*value, *item.written)) continue;
    const bool is_constant = bound::free_slots(*value).empty();
    if (has_aggregate && !is_whole && !item.has_aggregate && !is_constant && !is_simple(*value)) {
      fail_.syntax("AmbiguousAggregationExpression",
                   "an expression of several parts stands beside an aggregate: give it a name with "
                   "AS and use the name here",
                   value->at);
    }
    return make(Variable{item.slot, item.name}, value->types, value->at);
  }
  if (const auto* variable = std::get_if<Variable>(&value->node)) {
    check_visible(variable->slot, value->at, projecting);
  }
  if (const auto* subquery = std::get_if<bound::Subquery>(&value->node)) {
    for (const Slot slot : subquery->imports) check_visible(slot, value->at, projecting);
  }
  return map_children(value, [&](const ExpressionPtr& child) {
    return over_items(child, projecting, has_aggregate, false);
  });
}

}  // namespace kith::cypher
