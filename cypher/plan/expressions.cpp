// cypher/plan/expressions.cpp: walking, asking about and making expressions.
#include "cypher/plan/expressions.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "cypher/plan/text.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

// Calls `see` with every child pointer that is not null: the one list of fields of expressions.
template <class See>
struct Children {
  See see;

  void one(ExpressionPtr& child) {
    if (child) see(child);
  }
  void all(std::vector<ExpressionPtr>& list) {
    for (auto& child : list) one(child);
  }
  void operator()(bound::Constant&) {}
  void operator()(bound::Parameter&) {}
  void operator()(bound::Variable&) {}
  void operator()(bound::MakePath&) {}
  void operator()(bound::Subquery&) {}
  void operator()(bound::Property& n) { one(n.subject); }
  void operator()(bound::HasLabels& n) { one(n.subject); }
  void operator()(bound::TypePredicate& n) { one(n.subject); }
  void operator()(bound::List& n) { all(n.items); }
  void operator()(bound::Operation& n) { all(n.operands); }
  void operator()(bound::Call& n) { all(n.arguments); }
  void operator()(bound::Index& n) {
    one(n.subject);
    one(n.index);
  }
  void operator()(bound::Slice& n) {
    one(n.subject);
    one(n.from);
    one(n.to);
  }
  void operator()(bound::Map& n) {
    for (auto& entry : n.entries) one(entry.second);
  }
  void operator()(bound::MapProjection& n) {
    one(n.subject);
    for (auto& item : n.items) one(item.value);
  }
  void operator()(bound::Case& n) {
    one(n.operand);
    for (auto& [condition, result] : n.whens) {
      one(condition);
      one(result);
    }
    one(n.otherwise);
  }
  void operator()(bound::ListComprehension& n) {
    one(n.list);
    one(n.where);
    one(n.projection);
  }
  void operator()(bound::Quantifier& n) {
    one(n.list);
    one(n.where);
  }
  void operator()(bound::Reduce& n) {
    one(n.initial);
    one(n.list);
    one(n.step);
  }
};

template <class See>
void children(Expression& e, See&& see) {
  std::visit(Children<See&>{see}, e.node);
}
template <class See>
void children(const Expression& e, See&& see) {
  const auto look = [&](const ExpressionPtr& child) { see(child); };
  std::visit(Children<decltype(look)>{look},
             const_cast<Expression&>(e).node);  // nothing is written
}

template <class N>
const N* as(const Expression& e) {
  return std::get_if<N>(&e.node);
}

void collect_slots(const Expression& e, std::vector<Slot>& used, std::vector<Slot>& own) {
  if (const auto* v = as<bound::Variable>(e)) used.push_back(v->slot);
  if (const auto* p = as<bound::MakePath>(e)) {
    used.push_back(p->start);
    for (const auto& step : p->steps) {
      used.push_back(step.relationship);
      used.push_back(step.node);
    }
  }
  if (const auto* s = as<bound::Subquery>(e)) {
    used.insert(used.end(), s->imports.begin(), s->imports.end());
  }
  if (const auto* c = as<bound::ListComprehension>(e)) own.push_back(c->variable);
  if (const auto* q = as<bound::Quantifier>(e)) own.push_back(q->variable);
  if (const auto* r = as<bound::Reduce>(e)) {
    own.push_back(r->accumulator);
    own.push_back(r->variable);
  }
  children(e, [&](const ExpressionPtr& child) { collect_slots(*child, used, own); });
}

}  // namespace

void for_each_child(const Expression& e, const std::function<void(const ExpressionPtr&)>& visit) {
  children(e, visit);
}

ExpressionPtr map_children(const ExpressionPtr& e,
                           const std::function<ExpressionPtr(const ExpressionPtr&)>& replace) {
  KITH_ASSERT(e != nullptr);
  std::vector<ExpressionPtr> replaced;
  bool changed = false;
  children(*e, [&](const ExpressionPtr& child) {
    replaced.push_back(replace(child));
    KITH_ASSERT(replaced.back() != nullptr);
    changed |= replaced.back() != child;
  });
  if (!changed) return e;
  Expression copy = *e;
  std::size_t next = 0;
  children(copy, [&](ExpressionPtr& child) { child = replaced[next++]; });
  KITH_ASSERT(next == replaced.size());
  return std::make_shared<const Expression>(std::move(copy));
}

bool any_of(const Expression& e, const std::function<bool(const Expression&)>& test) {
  if (test(e)) return true;
  bool found = false;
  children(e, [&](const ExpressionPtr& child) { found = found || any_of(*child, test); });
  return found;
}

SlotSet slots_of(const Expression& e) {
  std::vector<Slot> used, own;
  collect_slots(e, used, own);
  return SlotSet(std::move(used)).minus(SlotSet(std::move(own)));
}

bool has_subquery(const Expression& e) {
  return any_of(e, [](const Expression& x) { return as<bound::Subquery>(x) != nullptr; });
}

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

std::optional<std::int64_t> as_integer(const Expression& e) {
  const auto* c = as<bound::Constant>(e);
  if (c == nullptr || c->value.cell().kind != Kind::Integer) return std::nullopt;
  return c->value.cell().integer;
}

const Expression* argument_of(const Expression& e, std::string_view function) {
  const auto* call = as<bound::Call>(e);
  if (call == nullptr || call->arguments.size() != 1 || call->function == nullptr) return nullptr;
  return call->function->name == function ? call->arguments[0].get() : nullptr;
}

void split_and(const ExpressionPtr& e, std::vector<ExpressionPtr>& conjuncts) {
  const auto* both = as_operation(*e, Operator::And);
  if (both == nullptr) {
    conjuncts.push_back(e);
    return;
  }
  for (const auto& operand : both->operands) split_and(operand, conjuncts);
}

bool same(const Expression& a, const Expression& b) {
  if (a.node.index() != b.node.index() || is_volatile(a) || has_subquery(a)) return false;
  const auto unprintable = [](const Expression& e) {
    const auto* c = as<bound::Constant>(e);
    return c != nullptr && c->value.cell().kind > Kind::Map;
  };
  if (any_of(a, unprintable) || any_of(b, unprintable)) return false;
  const SlotSet slots = slots_of(a);
  if (!(slots == slots_of(b))) return false;
  std::map<Slot, ExpressionPtr> nameless;  // names do not matter, slots do: they print as slots
  for (Slot slot : slots) nameless.emplace(slot, variable(slot));
  const auto text_of = [&](const Expression& e) {
    return to_text(*substitute(std::make_shared<const Expression>(e), nameless));
  };
  return text_of(a) == text_of(b);
}

ExpressionPtr variable(Slot slot, bound::TypeSet types, std::string name) {
  return bound::make(bound::Variable{slot, std::move(name)}, types, {});
}

ExpressionPtr boolean(bool value) {
  return bound::make(bound::Constant{OwnedCell(Cell::boolean(value))}, kBoolean, {});
}

ExpressionPtr integer(std::int64_t value) {
  return bound::make(bound::Constant{OwnedCell(Cell::of(value))}, bound::TypeSet::of(Kind::Integer),
                     {});
}

ExpressionPtr operation(Operator op, std::vector<ExpressionPtr> operands) {
  KITH_ASSERT(!operands.empty());
  const Position at = operands[0]->at;
  return bound::make(bound::Operation{op, std::move(operands)}, kBoolean, at);
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
  if (const auto* query = as<bound::Subquery>(*e)) {  // its plan names the slots
    for (Slot slot : query->imports) KITH_ASSERT(!values.contains(slot));
  }
  return map_children(e, [&](const ExpressionPtr& child) { return substitute(child, values); });
}

}  // namespace kith::plan
