// cypher/plan/projections.cpp: WITH and RETURN.
//
// In the order that bound.hpp gives: keys and aggregates, items, DISTINCT, ORDER BY, SKIP and
// LIMIT, WHERE.
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/assert.hpp"
#include "cypher/plan/planner.hpp"

namespace kith::plan {

namespace {

std::vector<Item> ready_items(Context& context, const Scope& scope,
                              const std::vector<bound::NewItem>& written) {
  std::vector<Item> items;
  items.reserve(written.size());
  for (const auto& item : written) {
    items.push_back({item.slot, ready(context, scope.labels, item.value)});
  }
  return items;
}

bool is_identity(const Item& item) {
  const auto* same = as_variable(*item.value);
  return same != nullptr && same->slot == item.slot;
}

// Labels known of a variable are known of its new name.
void carry_labels(Scope& scope, const std::vector<Item>& items) {
  for (const auto& item : items) {
    const auto* old = as_variable(*item.value);
    const auto known = old == nullptr ? scope.labels.end() : scope.labels.find(old->slot);
    if (known == scope.labels.end()) continue;
    const auto labels = known->second;
    scope.labels[item.slot] = labels;
  }
}

double groups(const Context& context, const Scope& scope, const std::vector<Item>& keys) {
  const double rows = scope.rows();
  double values = 1;
  for (const auto& key : keys) {
    values *= distinct_values(*key.value, rows, scope.labels, context.statistics);
  }
  return keys.empty() ? 1 : std::min(rows, values);
}

// The node that all keys are computed from, if it is one.
std::optional<Aggregate::OfNode> node_of(const Context& context, const Scope& scope,
                                         const std::vector<Item>& keys) {
  ExpressionPtr node;
  const auto look = [&](const auto& self, const ExpressionPtr& e) -> bool {
    if (const auto* variable = as_variable(*e)) {
      if (node) return as_variable(*node)->slot == variable->slot;
      node = e;
      return e->types.is_only(kNodeType | kNullType);
    }
    bool alone = true;
    bound::for_each_child(*e,
                          [&](const ExpressionPtr& child) { alone = alone && self(self, child); });
    return alone;
  };
  const bool alone =
      std::all_of(keys.begin(), keys.end(), [&](const Item& key) { return look(look, key.value); });
  if (!alone || !node) return std::nullopt;
  const double nodes = distinct_values(*node, kMostRows, scope.labels, context.statistics);
  return Aggregate::OfNode{as_variable(*node)->slot, nodes};
}

void aggregate(Context& context, Scope& scope, const bound::Projection& body) {
  Aggregate op;
  op.keys = ready_items(context, scope, body.keys);
  SlotSet made;
  for (const auto& key : op.keys) made.insert(key.slot);
  for (auto call : body.aggregates) {
    call.arguments = ready(context, scope.labels, call.arguments);
    made.insert(call.slot);
    op.calls.push_back(std::move(call));
  }
  op.weights = std::exchange(scope.weights, {});
  op.of_node = node_of(context, scope, op.keys);
  const double rows = groups(context, scope, op.keys);
  carry_labels(scope, op.keys);
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan));
  if (!scope.imports.empty()) {  // the outer row's variables stay in sight of a subquery
    Apply apply;
    apply.kind = Apply::Kind::Cross;
    apply.imports = scope.imports.slots();
    NodePtr outer = make_node(Argument{scope.imports.slots()}, 1);
    scope.plan = make_node(std::move(apply), rows, std::move(outer), std::move(scope.plan));
  }
  scope.bound = scope.imports;
  scope.bound.insert(made);
}

void sort(Context& context, Scope& scope, const bound::Projection& body) {
  if (body.order.empty()) return;
  Sort op;
  for (const auto& key : body.order) {
    op.keys.push_back({ready(context, scope.labels, key.value), key.ascending});
  }
  put_above(scope.plan, std::move(op));
}

void cut(Context& context, Scope& scope, const bound::Projection& body) {
  if (!body.skip && !body.limit) return;
  Limit op{ready(context, scope.labels, body.skip), ready(context, scope.labels, body.limit)};
  double rows = scope.rows();
  if (op.skip) {
    const auto skipped = as_integer(*op.skip);
    rows = std::max(0.0, rows - static_cast<double>(skipped.value_or(0)));
  }
  if (op.limit) rows = std::min(rows, static_cast<double>(as_integer(*op.limit).value_or(10)));
  scope.plan = make_node(std::move(op), rows, std::move(scope.plan));
}

}  // namespace

void plan_projection(Context& context, Scope& scope, const bound::Projection& body) {
  if (body.aggregating) aggregate(context, scope, body);
  const std::vector<Item> items = ready_items(context, scope, body.items);
  SlotSet after = scope.imports;
  std::vector<Item> made;
  std::vector<Slot> slots;
  for (const auto& item : items) {
    after.insert(item.slot);
    slots.push_back(item.slot);
    if (!is_identity(item)) made.push_back(item);
  }
  carry_labels(scope, made);
  if (!made.empty()) put_above(scope.plan, Project{made});
  if (body.distinct) {
    const double rows = groups(context, scope, items);
    scope.plan = make_node(Distinct{slots}, rows, std::move(scope.plan));
  }
  sort(context, scope, body);
  cut(context, scope, body);
  scope.bound = std::move(after);
  filter(context, scope, body.where);
}

}  // namespace kith::plan
