// cypher/bind/walk.cpp: walking, comparing and rebuilding bound expressions.
#include "cypher/bind/walk.hpp"

#include <algorithm>
#include <iterator>

#include "core/assert.hpp"
#include "core/identical.hpp"

namespace kith::bound {

ExpressionPtr map_children(const ExpressionPtr& expression,
                           const std::function<ExpressionPtr(const ExpressionPtr&)>& f) {
  KITH_ASSERT(expression != nullptr);
  bool changed = false;
  std::vector<ExpressionPtr> children;
  for_each_child(*expression, [&](const ExpressionPtr& child) {
    children.push_back(f(child));
    KITH_ASSERT(children.back() != nullptr);
    changed = changed || children.back() != child;
  });
  if (!changed) return expression;
  Expression copy = *expression;
  std::size_t next = 0;
  std::visit(
      [&](auto& node) {
        each_child(node, [&](ExpressionPtr& child) { child = std::move(children[next++]); });
      },
      copy.node);
  KITH_ASSERT(next == children.size());
  return std::make_shared<const Expression>(std::move(copy));
}

namespace {

// Compares two trees; `renamed_` pairs the variables of the comprehensions around.
class Same {
 public:
  bool operator()(const Expression& a, const Expression& b) {
    if (&a == &b) return true;
    if (a.node.index() != b.node.index()) return false;
    return std::visit(
        [&](const auto& left) {
          return equal(left, std::get<std::remove_cvref_t<decltype(left)>>(b.node));
        },
        a.node);
  }

 private:
  bool equal(const ExpressionPtr& a, const ExpressionPtr& b) {
    if (!a || !b) return !a && !b;
    return (*this)(*a, *b);
  }
  bool equal(const std::vector<ExpressionPtr>& a, const std::vector<ExpressionPtr>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [this](const auto& x, const auto& y) { return this->equal(x, y); });
  }
  bool equal(Slot a, Slot b) const {
    for (auto pair = renamed_.rbegin(); pair != renamed_.rend(); ++pair) {
      if (pair->first == a || pair->second == b) return pair->first == a && pair->second == b;
    }
    return a == b;
  }
  bool equal(const LabelExpression& a, const LabelExpression& b) {
    return a.op == b.op && a.name == b.name && a.one_of == b.one_of && equal(a.value, b.value) &&
           std::equal(a.operands.begin(), a.operands.end(), b.operands.begin(), b.operands.end(),
                      [this](const auto& x, const auto& y) { return this->equal(x, y); });
  }
  static bool equal(const Constant& a, const Constant& b) {
    return identical(a.value.cell(), b.value.cell());
  }
  static bool equal(const Parameter& a, const Parameter& b) {
    return a.name == b.name && a.literal == b.literal && a.negated == b.negated;
  }
  bool equal(const Variable& a, const Variable& b) const { return equal(a.slot, b.slot); }
  bool equal(const Property& a, const Property& b) {
    return a.key == b.key && equal(a.subject, b.subject);
  }
  bool equal(const Index& a, const Index& b) {
    return equal(a.subject, b.subject) && equal(a.index, b.index);
  }
  bool equal(const Slice& a, const Slice& b) {
    return equal(a.subject, b.subject) && equal(a.from, b.from) && equal(a.to, b.to);
  }
  bool equal(const List& a, const List& b) { return equal(a.items, b.items); }
  bool equal(const Map& a, const Map& b) {
    return std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                      [this](const auto& x, const auto& y) {
                        return x.first == y.first && this->equal(x.second, y.second);
                      });
  }
  bool equal(const MapProjection& a, const MapProjection& b) {
    return equal(a.subject, b.subject) &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                      [this](const auto& x, const auto& y) {
                        return x.all == y.all && x.key == y.key && this->equal(x.value, y.value);
                      });
  }
  bool equal(const Operation& a, const Operation& b) {
    return a.op == b.op && equal(a.operands, b.operands);
  }
  bool equal(const HasLabels& a, const HasLabels& b) {
    return equal(a.labels, b.labels) && equal(a.subject, b.subject);
  }
  bool equal(const TypePredicate& a, const TypePredicate& b) {
    return a.negated == b.negated && a.type == b.type && equal(a.subject, b.subject);
  }
  bool equal(const Call& a, const Call& b) {
    return a.function == b.function && !a.function->is_volatile && equal(a.arguments, b.arguments);
  }
  bool equal(const Case& a, const Case& b) {
    if (a.subject.has_value() != b.subject.has_value()) return false;
    if (!equal(a.operand, b.operand) || !equal(a.otherwise, b.otherwise)) return false;
    if (a.subject) renamed_.emplace_back(*a.subject, *b.subject);
    const bool result =
        std::equal(a.whens.begin(), a.whens.end(), b.whens.begin(), b.whens.end(),
                   [this](const auto& x, const auto& y) {
                     return this->equal(x.first, y.first) && this->equal(x.second, y.second);
                   });
    if (a.subject) renamed_.pop_back();
    return result;
  }
  bool equal(const ListComprehension& a, const ListComprehension& b) {
    if (!equal(a.list, b.list)) return false;
    renamed_.emplace_back(a.variable, b.variable);
    const bool result = equal(a.where, b.where) && equal(a.projection, b.projection);
    renamed_.pop_back();
    return result;
  }
  bool equal(const Quantifier& a, const Quantifier& b) {
    if (a.kind != b.kind || !equal(a.list, b.list)) return false;
    renamed_.emplace_back(a.variable, b.variable);
    const bool result = equal(a.where, b.where);
    renamed_.pop_back();
    return result;
  }
  bool equal(const Reduce& a, const Reduce& b) {
    if (!equal(a.initial, b.initial) || !equal(a.list, b.list)) return false;
    renamed_.emplace_back(a.accumulator, b.accumulator);
    renamed_.emplace_back(a.variable, b.variable);
    const bool result = equal(a.step, b.step);
    renamed_.resize(renamed_.size() - 2);
    return result;
  }
  bool equal(const Tried& a, const Tried& b) {
    return a.early == b.early && a.failed == b.failed && equal(a.condition, b.condition);
  }
  bool equal(const MakePath& a, const MakePath& b) const {
    return equal(a.start, b.start) &&
           std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(), b.steps.end(),
                      [this](const auto& x, const auto& y) {
                        return x.is_list == y.is_list &&
                               this->equal(x.relationship, y.relationship) &&
                               this->equal(x.node, y.node);
                      });
  }
  bool equal(const Subquery& a, const Subquery& b) const {
    return a.kind == b.kind && a.query == b.query && a.plan == b.plan && renamed_.empty();
  }

  std::vector<std::pair<Slot, Slot>> renamed_;
};

class FreeSlots {
 public:
  std::vector<Slot> of(const Expression& expression) {
    walk(expression);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    std::sort(inner_.begin(), inner_.end());
    std::vector<Slot> result;
    std::set_difference(found_.begin(), found_.end(), inner_.begin(), inner_.end(),
                        std::back_inserter(result));
    return result;
  }

 private:
  // Slots are unique in the statement: one that is introduced inside is not also read outside.
  void walk(const Expression& expression) {
    std::visit(Overload{
                   [&](const Variable& node) { found_.push_back(node.slot); },
                   [&](const ListComprehension& node) { inner_.push_back(node.variable); },
                   [&](const Quantifier& node) { inner_.push_back(node.variable); },
                   [&](const Case& node) {
                     if (node.subject) inner_.push_back(*node.subject);
                   },
                   [&](const Reduce& node) {
                     inner_.push_back(node.accumulator);
                     inner_.push_back(node.variable);
                   },
                   [&](const MakePath& node) {
                     found_.push_back(node.start);
                     for (const auto& step : node.steps) {
                       found_.push_back(step.relationship);
                       found_.push_back(step.node);
                     }
                   },
                   [&](const Subquery& node) {
                     found_.insert(found_.end(), node.imports.begin(), node.imports.end());
                   },
                   [](const auto&) {},
               },
               expression.node);
    for_each_child(expression, [&](const ExpressionPtr& child) { walk(*child); });
  }

  std::vector<Slot> found_, inner_;
};

}  // namespace

bool same(const Expression& a, const Expression& b) { return Same{}(a, b) && !is_volatile(a); }

std::vector<Slot> free_slots(const Expression& expression) { return FreeSlots{}.of(expression); }

bool any_in(const Expression& expression, const std::function<bool(const Expression&)>& condition) {
  if (condition(expression)) return true;
  bool found = false;
  for_each_child(expression,
                 [&](const ExpressionPtr& child) { found = found || any_in(*child, condition); });
  return found;
}

bool is_volatile(const Expression& expression) {
  return any_in(expression, [](const Expression& e) {
    const auto* call = std::get_if<Call>(&e.node);
    return call != nullptr && call->function->is_volatile;
  });
}

bool has_subquery(const Expression& expression) {
  return any_in(expression,
                [](const Expression& e) { return std::holds_alternative<Subquery>(e.node); });
}

void split_conjuncts(const ExpressionPtr& expression, std::vector<ExpressionPtr>& into) {
  const auto* operation = std::get_if<Operation>(&expression->node);
  if (operation == nullptr || operation->op != Operator::And) {
    into.push_back(expression);
    return;
  }
  for (const ExpressionPtr& operand : operation->operands) split_conjuncts(operand, into);
}

}  // namespace kith::bound
