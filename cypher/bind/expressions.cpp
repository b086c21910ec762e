// cypher/bind/expressions.cpp: binding expressions, operators and calls apart.
#include <algorithm>
#include <utility>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"
#include "cypher/bind/walk.hpp"

namespace kith::cypher {

using namespace bound;  // kListType, make …: the words of this file

namespace {

// Each level takes some hundred bytes of stack here and in every later walk of the tree.
constexpr std::size_t kMaxDepth = 1000;

const Cell* constant_of(const ExpressionPtr& expression) {
  const auto* constant = std::get_if<Constant>(&expression->node);
  return constant ? &constant->value.cell() : nullptr;
}

TypeSet kinds_of(std::span<const Cell> cells) {
  TypeSet result;
  for (const Cell& cell : cells) result = result | TypeSet::of(cell.kind);
  return result;
}

}  // namespace

ExpressionPtr Binder::bind_expression(const ast::Expression& expression) {
  if (depth_ >= kMaxDepth) fail_.too_deep(expression.at);
  ++depth_;
  ExpressionPtr result = std::visit(
      Overload{
          [&](const ast::PatternPredicate& node) -> ExpressionPtr {
            if (node.pattern->kind != ast::PatternPart::Kind::Plain) {
              return bind_shortest_value(*node.pattern, expression.at);
            }
            fail_.syntax("UnexpectedSyntax",
                         "a pattern is a condition and cannot be a value here: use it in WHERE, or "
                         "write EXISTS { … } or [(a)-->(b) | …]",
                         expression.at);
          },
          [&](const ast::PatternComprehension& node) {
            return bind_comprehension(node, expression.at);
          },
          [&](const ast::Subquery& node) { return bind_subquery(node, expression.at); },
          [&](const auto& node) { return bind_node(node, expression.at); },
      },
      expression.node);
  --depth_;
  KITH_ASSERT(result != nullptr);
  return result;
}

ExpressionPtr Binder::bind_condition(const ast::Expression& expression) {
  if (const auto* predicate = std::get_if<ast::PatternPredicate>(&expression.node)) {
    if (predicate->pattern->kind == ast::PatternPart::Kind::Plain) {
      return bind_pattern_predicate(*predicate->pattern, expression.at);
    }
  }
  ExpressionPtr result = bind_expression(expression);
  require(result, kBooleanType, "a condition");
  return result;
}

void Binder::bind_conjuncts(const ast::Expression& expression, std::vector<ExpressionPtr>& into) {
  split_conjuncts(bind_condition(expression), into);
}

void Binder::require(const ExpressionPtr& value, TypeSet wanted, std::string_view what) const {
  if (!checks_types_ || possible(value->types, wanted)) return;
  fail_.syntax("InvalidArgumentType",
               std::string(what) + " must be " + describe(wanted) + ", and this is " +
                   describe(value->types),
               value->at);
}

// ---- leaves

ExpressionPtr Binder::bind_node(const ast::Literal& node, Position at) {
  if (auto open = left_open(node.value.cell(), at)) return open;
  return make(Constant{node.value}, TypeSet::of(node.value.cell().kind), at);
}

// The literal as a parameter, if the plan shall serve other texts too.
ExpressionPtr Binder::left_open(const Cell& value, Position at) {
  const auto open = lifting_ == nullptr ? std::nullopt : lifting_->open(at, value, may_lift_);
  if (!open) return nullptr;
  return make(bound::Parameter{{}, open->value, open->negated, OwnedCell(value)},
              TypeSet::of(value.kind), at);
}

ExpressionPtr Binder::bind_node(const ast::Parameter& node, Position at) {
  parameters_.insert(node.name);
  return make(bound::Parameter{node.name}, TypeSet::any(), at);
}

ExpressionPtr Binder::bind_node(const ast::Variable& node, Position at) {
  return bind_variable(node.name, at);
}

ExpressionPtr Binder::bind_variable(const std::string& name, Position at) {
  const auto slot = names_.find(name);
  if (!slot) undefined(name, at);
  return make(Variable{*slot, name}, names_.facts(*slot).types, at);
}

void Binder::undefined(const std::string& name, Position at) const {
  std::string message = "variable `" + name + "` is not defined";
  if (names_.was_declared(name)) {
    message += " here: WITH passes on only what it lists, and a subquery's names end with it";
  } else {
    message += did_you_mean(name, names_.visible());
  }
  fail_.syntax("UndefinedVariable", message, at);
}

// ---- access

ExpressionPtr Binder::bind_node(const ast::Property& node, Position at) {
  ExpressionPtr subject = bind_expression(*node.subject);
  if (checks_types_ && !possible(subject->types, kHasProperties)) {
    const std::string message = "`." + node.key.text + "` cannot be read from " +
                                describe(subject->types) +
                                ": only nodes, relationships, maps, times and points have parts";
    if (subject->types.is_only(kPathType | kNullType)) {
      fail_.syntax("InvalidArgumentType", message, node.key.at);
    }
    fail_.type("InvalidArgumentType", message, node.key.at);
  }
  return make(bound::Property{std::move(subject), node.key.text}, TypeSet::any(), at);
}

ExpressionPtr Binder::bind_node(const ast::Index& node, Position at) {
  ExpressionPtr subject = bind_expression(*node.subject);
  ExpressionPtr index = bind_expression(*node.index);
  const TypeSet keyed = kMapType | kNodeType | kRelationshipType;
  if (checks_types_ && !possible(subject->types, kListType | keyed)) {
    fail_.type("InvalidArgumentType",
               "[…] needs a list, a map, a node or a relationship before it, and this is " +
                   describe(subject->types),
               subject->at);
  }
  const bool is_list =
      subject->types.overlaps(kListType) && subject->types.is_only(kListType | kNullType);
  if (checks_types_ && is_list && !possible(index->types, kIntegerType)) {
    fail_.type("InvalidArgumentType",
               "a list is indexed by an integer, and this is " + describe(index->types), index->at);
  }
  const TypeSet types = is_list ? elements_of(*subject) : TypeSet::any();
  return make(bound::Index{std::move(subject), std::move(index)}, types, at);
}

ExpressionPtr Binder::bind_node(const ast::Slice& node, Position at) {
  bound::Slice slice{bind_expression(*node.subject), nullptr, nullptr};
  if (node.from) slice.from = bind_expression(*node.from);
  if (node.to) slice.to = bind_expression(*node.to);
  if (checks_types_ && !possible(slice.subject->types, kListType)) {
    fail_.type("InvalidArgumentType",
               "[… .. …] needs a list before it, and this is " + describe(slice.subject->types),
               slice.subject->at);
  }
  for (const ExpressionPtr& bound : {slice.from, slice.to}) {
    if (!bound || !checks_types_ || possible(bound->types, kIntegerType)) continue;
    fail_.type("InvalidArgumentType",
               "the ends of a slice are integers, and this is " + describe(bound->types),
               bound->at);
  }
  return make(std::move(slice), kListType, at);
}

// ---- lists and maps

ExpressionPtr Binder::bind_node(const ast::ListLiteral& node, Position at) {
  bound::List list;
  list.items.reserve(node.items.size());
  // Either the list as a whole is left open, or each of its items.
  const bool is_whole = lifting_ != nullptr && lifting_->is_list(at);
  const bool items_may_lift = std::exchange(may_lift_, may_lift_ && !is_whole);
  bool constant = true;
  for (const ast::ExpressionPtr& item : node.items) {
    list.items.push_back(bind_expression(*item));
    constant = constant && constant_of(list.items.back()) != nullptr;
  }
  may_lift_ = items_may_lift;
  if (!constant) return make(std::move(list), kListType, at);
  Arena arena;
  std::vector<Cell> cells;
  cells.reserve(list.items.size());
  for (const ExpressionPtr& item : list.items) cells.push_back(*constant_of(item));
  const Cell value = make_list(arena, cells);
  if (auto open = left_open(value, at)) return open;
  return make(Constant{OwnedCell(value)}, kListType, at);
}

ExpressionPtr Binder::bind_node(const ast::MapLiteral& node, Position at) {
  bound::Map map;
  bool constant = true;
  for (const auto& entry : node.entries) {
    map.entries.emplace_back(entry.key.text, bind_expression(*entry.value));
    constant = constant && constant_of(map.entries.back().second) != nullptr;
  }
  KITH_ASSERT(map.entries.size() == node.entries.size());
  if (!constant) return make(std::move(map), kMapType, at);
  Arena arena;
  std::vector<MapEntry> cells;
  for (const auto& [key, value] : map.entries) cells.push_back({key, *constant_of(value)});
  return make(Constant{OwnedCell(make_map(arena, cells))}, kMapType, at);
}

ExpressionPtr Binder::bind_node(const ast::MapProjection& node, Position at) {
  using Kind = ast::MapProjection::Item::Kind;
  bound::MapProjection result;
  result.subject = bind_variable(node.variable.text, node.variable.at);
  require(result.subject, kMapType | kNodeType | kRelationshipType,
          "what stands before { … } of a map projection");
  for (const auto& item : node.items) {
    switch (item.kind) {
      case Kind::All:
        result.items.push_back({true, {}, nullptr});
        break;
      case Kind::Key:
        result.items.push_back(
            {false, item.name.text,
             make(bound::Property{result.subject, item.name.text}, TypeSet::any(), item.name.at)});
        break;
      case Kind::Entry:
        result.items.push_back({false, item.name.text, bind_expression(*item.value)});
        break;
      case Kind::Variable:
        result.items.push_back(
            {false, item.name.text, bind_variable(item.name.text, item.name.at)});
        break;
    }
  }
  return make(std::move(result), kMapType, at);
}

// ---- conditions on one value

ExpressionPtr Binder::bind_node(const ast::TypePredicate& node, Position at) {
  return make(bound::TypePredicate{bind_expression(*node.subject), node.negated, node.type},
              kBooleanType, at);
}

// ---- with a variable of their own

ExpressionPtr Binder::bind_node(const ast::ListComprehension& node, Position at) {
  bound::ListComprehension result;
  result.list = bind_expression(*node.list);
  require(result.list, kListType, "what a comprehension runs through");
  const WithoutAggregates guard(*this);
  const Names::Inner inner(names_);
  result.variable = names_.add_slot(node.variable.text, elements_of(*result.list));
  names_.declare(node.variable.text, result.variable);
  if (node.where) result.where = bind_condition(*node.where);
  if (node.projection) result.projection = bind_expression(*node.projection);
  return make(std::move(result), kListType, at);
}

ExpressionPtr Binder::bind_node(const ast::Quantifier& node, Position at) {
  bound::Quantifier result;
  switch (node.kind) {
    case ast::QuantifierKind::All:
      result.kind = bound::QuantifierKind::All;
      break;
    case ast::QuantifierKind::Any:
      result.kind = bound::QuantifierKind::Any;
      break;
    case ast::QuantifierKind::None:
      result.kind = bound::QuantifierKind::None;
      break;
    case ast::QuantifierKind::Single:
      result.kind = bound::QuantifierKind::Single;
      break;
  }
  result.list = bind_expression(*node.list);
  require(result.list, kListType, "what a quantifier runs through");
  const WithoutAggregates guard(*this);
  const Names::Inner inner(names_);
  result.variable = names_.add_slot(node.variable.text, elements_of(*result.list));
  names_.declare(node.variable.text, result.variable);
  result.where = bind_condition(*node.where);
  return make(std::move(result), kBooleanType, at);
}

ExpressionPtr Binder::bind_node(const ast::Reduce& node, Position at) {
  bound::Reduce result;
  result.initial = bind_expression(*node.initial);
  result.list = bind_expression(*node.list);
  require(result.list, kListType, "what reduce() runs through");
  const WithoutAggregates guard(*this);
  const Names::Inner inner(names_);
  result.accumulator = names_.add_slot(node.accumulator.text, TypeSet::any());
  names_.declare(node.accumulator.text, result.accumulator);
  result.variable = names_.add_slot(node.variable.text, elements_of(*result.list));
  names_.declare(node.variable.text, result.variable);
  result.step = bind_expression(*node.step);
  return make(std::move(result), TypeSet::any(), at);
}

// ---- what a list holds

TypeSet Binder::elements_of(const bound::Expression& expression) const {
  return std::visit(Overload{
                        [](const Constant& node) {
                          const Cell& cell = node.value.cell();
                          if (cell.kind != Kind::List) return TypeSet::any();
                          return kinds_of(cell.items()) | kNullType;
                        },
                        [](const bound::Parameter& node) {
                          const Cell& cell = node.planned.cell();
                          if (!node.is_literal() || cell.kind != Kind::List) return TypeSet::any();
                          return kinds_of(cell.items()) | kNullType;
                        },
                        [&](const Variable& node) { return names_.facts(node.slot).elements; },
                        [](const bound::List& node) {
                          TypeSet types = kNullType;
                          for (const ExpressionPtr& item : node.items) types = types | item->types;
                          return types;
                        },
                        [&](const bound::Slice& node) { return elements_of(*node.subject); },
                        [&](const bound::ListComprehension& node) {
                          return node.projection ? node.projection->types : elements_of(*node.list);
                        },
                        [&](const Operation& node) {
                          if (node.op != Operator::Add && node.op != Operator::Concat)
                            return TypeSet::any();
                          TypeSet types;
                          for (const ExpressionPtr& operand : node.operands) {
                            const bool is_list = operand->types.is_only(kListType | kNullType);
                            types = types | (is_list ? elements_of(*operand) : operand->types);
                            if (!is_list && operand->types.overlaps(kListType))
                              return TypeSet::any();
                          }
                          return types;
                        },
                        [&](const bound::Call& node) { return elements_of_call(node); },
                        [&](const bound::Subquery& node) {
                          return node.kind == bound::Subquery::Kind::Collect
                                     ? names_.facts(node.result).types
                                     : TypeSet::any();
                        },
                        [](const auto&) { return TypeSet::any(); },
                    },
                    expression.node);
}

}  // namespace kith::cypher
