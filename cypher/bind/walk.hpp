// cypher/bind/walk.hpp: walking, comparing and rebuilding bound expressions.
//
// each_child lists the fields of every node once; the other functions follow from it.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "cypher/bind/bound.hpp"

namespace kith::bound {

// The expressions of a label expression.
template <class Labels, class F>
void each_value(Labels& labels, F&& f) {
  f(labels.value);
  for (auto& operand : labels.operands) each_value(operand, f);
}

// Calls f(child) for each ExpressionPtr of `node` that is not null, in order of evaluation. The
// body of a Subquery is not a child: it is another query.
template <class Node, class F>
void each_child(Node& node, F&& f) {
  using T = std::remove_const_t<Node>;
  const auto visit = [&f](auto& child) {
    if (child) f(child);
  };
  if constexpr (std::is_same_v<T, Property> || std::is_same_v<T, TypePredicate>) {
    visit(node.subject);
  } else if constexpr (std::is_same_v<T, HasLabels>) {
    visit(node.subject);
    each_value(node.labels, visit);
  } else if constexpr (std::is_same_v<T, Index>) {
    visit(node.subject);
    visit(node.index);
  } else if constexpr (std::is_same_v<T, Slice>) {
    visit(node.subject);
    visit(node.from);
    visit(node.to);
  } else if constexpr (std::is_same_v<T, List>) {
    for (auto& item : node.items) visit(item);
  } else if constexpr (std::is_same_v<T, Map>) {
    for (auto& entry : node.entries) visit(entry.second);
  } else if constexpr (std::is_same_v<T, MapProjection>) {
    visit(node.subject);
    for (auto& item : node.items) visit(item.value);
  } else if constexpr (std::is_same_v<T, Operation>) {
    for (auto& operand : node.operands) visit(operand);
  } else if constexpr (std::is_same_v<T, Call>) {
    for (auto& argument : node.arguments) visit(argument);
  } else if constexpr (std::is_same_v<T, Case>) {
    visit(node.operand);
    for (auto& when : node.whens) {
      visit(when.first);
      visit(when.second);
    }
    visit(node.otherwise);
  } else if constexpr (std::is_same_v<T, ListComprehension>) {
    visit(node.list);
    visit(node.where);
    visit(node.projection);
  } else if constexpr (std::is_same_v<T, Quantifier>) {
    visit(node.list);
    visit(node.where);
  } else if constexpr (std::is_same_v<T, Reduce>) {
    visit(node.initial);
    visit(node.list);
    visit(node.step);
  } else if constexpr (std::is_same_v<T, Tried>) {
    visit(node.condition);
  } else {
    static_assert(std::is_same_v<T, Constant> || std::is_same_v<T, Parameter> ||
                  std::is_same_v<T, Variable> || std::is_same_v<T, MakePath> ||
                  std::is_same_v<T, Subquery>);
  }
}

template <class F>
void for_each_child(const Expression& expression, F&& f) {
  std::visit([&f](const auto& node) { each_child(node, f); }, expression.node);
}

// The expression with f(child) in the place of each child; the same pointer if none changed.
ExpressionPtr map_children(const ExpressionPtr& expression,
                           const std::function<ExpressionPtr(const ExpressionPtr&)>& f);

// True if the two have the same value on every row: the same structure, where variables of
// comprehensions may differ in their slots. Volatile expressions are the same as nothing.
bool same(const Expression& a, const Expression& b);

// Slots read but not introduced inside (by comprehensions, or by the query of a Subquery); sorted.
std::vector<Slot> free_slots(const Expression& expression);

// True if it, or an expression below it outside subqueries, satisfies `condition`.
bool any_in(const Expression& expression, const std::function<bool(const Expression&)>& condition);
bool is_volatile(const Expression& expression);  // calls rand() or its like
bool has_subquery(const Expression& expression);

// The operands of nested ANDs, in order; `expression` itself if it is no AND.
void split_conjuncts(const ExpressionPtr& expression, std::vector<ExpressionPtr>& into);

}  // namespace kith::bound
