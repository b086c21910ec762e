// cypher/bind/projection.cpp: the body of WITH and RETURN.
//
// Items are bound over the incoming rows. ORDER BY and WHERE see the items and, where these do not
// end the life of the incoming rows (DISTINCT, aggregation), the incoming variables too; an
// expression in them that some item computes already becomes that item's variable.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"
#include "cypher/bind/walk.hpp"

namespace kith::cypher {

using namespace bound;  // kIntegerType, make …: the words of this file

namespace {

const Variable* as_variable(const ExpressionPtr& expression) {
  return std::get_if<Variable>(&expression->node);
}

// Both lists; names of the second win.
std::vector<NamedSlot> joined(const std::vector<NamedSlot>& first,
                              const std::vector<NamedSlot>& second) {
  std::vector<NamedSlot> result = first;
  result.insert(result.end(), second.begin(), second.end());
  return result;
}

}  // namespace

bound::Projection Binder::bind_projection(const ast::Projection& body, const ast::Expression* where,
                                          bool is_with, Position at) {
  KITH_ASSERT(sink_ == nullptr && !in_aggregate_);
  Projecting projecting;
  projecting.incoming = names_.local();
  projecting.result.distinct = body.distinct;
  bind_items(body, is_with, at, projecting);
  finish_items(projecting);
  if (projecting.narrow()) names_.set_csv(std::nullopt);
  for (const ast::SortItem& item : body.order) {
    ExpressionPtr value = bind_over_items(*item.value, false, projecting);
    // Null is the greatest value.
    if (item.nulls_first && *item.nulls_first == item.ascending) {
      ExpressionPtr is_null = operation(Operator::IsNull, {value}, value->at);
      projecting.result.order.push_back({std::move(is_null), !*item.nulls_first});
    }
    projecting.result.order.push_back({std::move(value), item.ascending});
  }
  for (const Item& item : projecting.items) {
    const bool is_named = item.aliased || (as_variable(item.written) && !item.has_aggregate);
    if (!is_with || is_named) continue;
    fail_.syntax("NoExpressionAlias", "an expression in WITH needs a name: write … AS name",
                 item.at);
  }
  if (body.skip) projecting.result.skip = bind_row_count(*body.skip, "SKIP");
  if (body.limit) projecting.result.limit = bind_row_count(*body.limit, "LIMIT");
  if (where != nullptr) projecting.result.where = bind_over_items(*where, true, projecting);
  projecting.result.aggregates = std::move(projecting.sink.calls);
  if (is_with) check_shadowing(projecting);
  names_.replace_local(std::move(projecting.outgoing));
  if (is_with) keep_csv_place(projecting.result);
  return std::move(projecting.result);
}

// What a subquery sees from outside keeps its meaning in all of it.
void Binder::check_shadowing(const Projecting& projecting) const {
  for (const Item& item : projecting.items) {
    const auto outer = names_.peek_outside(item.name);
    if (!outer || *outer == item.slot) continue;
    fail_.syntax("VariableAlreadyBound",
                 "`" + item.name +
                     "` is a variable of the query around this subquery, and cannot be "
                     "another one in it: choose another name",
                 item.at);
  }
}

// Rows go on, and with them where they stand in a file.
void Binder::keep_csv_place(bound::Projection& body) const {
  const auto& csv = names_.local_csv();
  if (!csv) return;
  for (const Slot slot : {csv->file, csv->line}) {
    const SlotFacts& facts = names_.facts(slot);
    body.items.push_back({slot, make(Variable{slot, facts.name}, facts.types, {}), facts.name});
  }
}

// ---- items

void Binder::bind_items(const ast::Projection& body, bool is_with, Position at,
                        Projecting& projecting) {
  if (body.star) {
    std::vector<NamedSlot> all = projecting.incoming;
    std::sort(all.begin(), all.end(),
              [](const NamedSlot& a, const NamedSlot& b) { return a.name < b.name; });
    if (all.empty() && !is_with) {
      fail_.syntax("NoVariablesInScope", "RETURN * needs a variable to return, and none is defined",
                   at);
    }
    for (const NamedSlot& entry : all) {
      projecting.items.push_back(
          {entry.name, at, true, bind_variable(entry.name, at), false, entry.slot});
    }
  }
  for (const ast::ProjectionItem& written : body.items) {
    Item item;
    item.name = written.alias ? written.alias->text : written.text;
    item.at = written.alias ? written.alias->at : written.value->at;
    item.aliased = written.alias.has_value();
    if (!item.aliased) item.name_at = written.text_at;
    projecting.sink.used = false;
    sink_ = &projecting.sink;
    item.written = bind_expression(*written.value);
    sink_ = nullptr;
    item.has_aggregate = projecting.sink.used;
    // WITH (n) passes on n; RETURN (n) names its column as written, backticks apart.
    const auto* variable = std::get_if<ast::Variable>(&written.value->node);
    if (variable && !item.aliased && (is_with || written.text.starts_with('`'))) {
      item.name = variable->name;
      item.name_at = {};
    }
    projecting.items.push_back(std::move(item));
  }
  for (std::size_t i = 0; i < projecting.items.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (projecting.items[i].name != projecting.items[j].name) continue;
      fail_.syntax(
          "ColumnNameConflict",
          "two columns are named `" + projecting.items[i].name + "`: give one another name with AS",
          projecting.items[i].at);
    }
  }
}

void Binder::finish_items(Projecting& projecting) {
  bound::Projection& result = projecting.result;
  result.aggregating = std::any_of(projecting.items.begin(), projecting.items.end(),
                                   [](const Item& item) { return item.has_aggregate; });
  if (result.aggregating) {
    split_aggregation(projecting);
  } else {
    for (Item& item : projecting.items) {
      const Variable* passed_on = as_variable(item.written);
      item.slot = passed_on
                      ? passed_on->slot
                      : names_.add_slot(item.name, item.written->types, elements_of(*item.written));
      result.items.push_back({item.slot, item.written, item.name, item.name_at});
    }
  }
  KITH_ASSERT(result.items.size() == projecting.items.size());
  for (const Item& item : projecting.items) projecting.outgoing.push_back({item.name, item.slot});
}

// ---- ORDER BY and WHERE

ExpressionPtr Binder::bind_over_items(const ast::Expression& value, bool is_condition,
                                      Projecting& projecting) {
  if (!is_condition) {
    if (auto item = whole_item(value, projecting)) return *item;
  }
  KITH_ASSERT(sink_ == nullptr && checks_types_);
  names_.replace_local(joined(projecting.incoming, projecting.outgoing));
  const std::size_t known = projecting.sink.calls.size();
  projecting.sink.used = false;
  sink_ = projecting.result.aggregating && !is_condition ? &projecting.sink : nullptr;
  ExpressionPtr result = is_condition ? bind_condition(value) : bind_expression(value);
  sink_ = nullptr;
  check_new_aggregates(projecting, known);
  result = over_items(result, projecting, projecting.sink.used, true);
  names_.replace_local(projecting.incoming);
  return result;
}

// In `RETURN n.name AS n ORDER BY n.name` the whole expression, read with the names of before, is
// an item. Needed only where an alias hides a name.
std::optional<ExpressionPtr> Binder::whole_item(const ast::Expression& value,
                                                Projecting& projecting) {
  const auto hides = [&](const NamedSlot& made) {
    return std::any_of(
        projecting.incoming.begin(), projecting.incoming.end(),
        [&](const NamedSlot& known) { return known.name == made.name && known.slot != made.slot; });
  };
  if (std::none_of(projecting.outgoing.begin(), projecting.outgoing.end(), hides)) return {};
  names_.replace_local(joined(projecting.outgoing, projecting.incoming));
  const std::size_t known = projecting.sink.calls.size();
  checks_types_ = false;
  sink_ = projecting.result.aggregating ? &projecting.sink : nullptr;
  const ExpressionPtr before = bind_expression(value);
  sink_ = nullptr;
  checks_types_ = true;
  projecting.sink.calls.resize(known);
  projecting.sink.positions.resize(known);
  names_.replace_local(projecting.incoming);
  if (as_variable(before) && !projecting.result.aggregating) return {};
  for (const Item& item : projecting.items) {
    const bool is_plain = as_variable(item.written) != nullptr && !item.has_aggregate;
    if (is_plain || !same(*before, *item.written)) continue;
    return make(Variable{item.slot, item.name}, item.written->types, value.at);
  }
  return {};
}

// ---- SKIP and LIMIT

ExpressionPtr Binder::bind_row_count(const ast::Expression& value, std::string_view clause) {
  const std::string name(clause);
  const bool others_may_lift = std::exchange(may_lift_, false);  // what it is decides on errors
  ExpressionPtr result = bind_expression(value);
  may_lift_ = others_may_lift;
  if (!free_slots(*result).empty() || has_subquery(*result)) {
    fail_.syntax("NonConstantExpression",
                 name +
                     " needs a number that is the same for all rows: it cannot use variables "
                     "or look into the graph",
                 value.at);
  }
  if (const auto* constant = std::get_if<Constant>(&result->node)) {
    const Cell& cell = constant->value.cell();
    if (cell.kind == Kind::Integer && cell.integer < 0) {
      fail_.syntax("NegativeIntegerArgument",
                   name + " cannot be negative, and this is " + std::to_string(cell.integer),
                   value.at);
    }
  }
  if (is_null_only(result->types) || !possible(result->types, kIntegerType)) {
    fail_.syntax("InvalidArgumentType",
                 name + " needs an integer, and this is " + describe(result->types), value.at);
  }
  return result;
}

}  // namespace kith::cypher
