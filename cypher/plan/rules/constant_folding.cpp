// cypher/plan/rules/constant_folding.cpp: what has the same value for every row is computed once.
//
// Folds what cannot fail or did not when tried: an expression that would end in an error stays, and
// ends in it if a row ever gets there. What depends on the clock stays too: plans are kept.
//
// Literals that the plan leaves open are no constants, but for one case: a function of them in a
// filter (date('2020-01-31')), where a constant is worth much. Then the plan is for these values.
#include <algorithm>
#include <optional>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/compare.hpp"
#include "core/memory_budget.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

using bound::Operator;

namespace {

struct NotConstant {};  // a function asked for what a plan does not know

// Values larger than this are made when a query runs, by its own memory.
constexpr std::uint64_t kLargestValue = 1 << 20;

class FoldingContext final : public FunctionContext {
 public:
  FoldingContext() { arena_.charge_to(budget_); }
  Arena& arena() override { return arena_; }
  const storage::View& view() override { throw NotConstant(); }
  std::int64_t statement_time() override { throw NotConstant(); }
  std::int64_t transaction_time() override { throw NotConstant(); }
  std::int64_t real_time() override { throw NotConstant(); }
  double random() override { throw NotConstant(); }

 private:
  MemoryBudget budget_{kLargestValue};
  Arena arena_;
};

const Cell* value_of(const ExpressionPtr& e) {
  const auto* constant = std::get_if<bound::Constant>(&e->node);
  return constant == nullptr ? nullptr : &constant->value.cell();
}

ExpressionPtr constant(const Cell& cell, const Expression& like) {
  return bound::make(bound::Constant{OwnedCell(cell)}, TypeSet::of(cell.kind), like.at);
}

std::optional<Truth> truth_of(const Cell& cell) {
  if (cell.is_null()) return Truth::Unknown;
  if (cell.kind != Kind::Boolean) return std::nullopt;
  return truth(cell.is_true());
}

// AND and OR: operands that do not matter go; one that decides alone ends the list, since what is
// behind it would not be evaluated.
ExpressionPtr fold_connective(const ExpressionPtr& e, const bound::Operation& o) {
  const bool neutral = o.op == Operator::And;
  std::vector<ExpressionPtr> kept;
  for (const auto& operand : o.operands) {
    const Cell* value = value_of(operand);
    if (value != nullptr && value->kind == Kind::Boolean) {
      if (value->is_true() == neutral) continue;
      kept.push_back(operand);
      break;
    }
    kept.push_back(operand);
  }
  if (kept.empty()) return constant(Cell::boolean(neutral), *e);
  const bool is_truth = kept[0]->types.is_only(kBooleanType | kNullType);
  if (kept.size() == 1 && is_truth) return kept[0];
  if (kept.size() == 1 || kept.size() == o.operands.size()) return e;
  return bound::make(bound::Operation{o.op, std::move(kept)}, e->types, e->at);
}

std::optional<Cell> fold_comparison(Operator op, const Cell& a, const Cell& b) {
  using Result = Comparison::Result;
  const Result result = compare(a, b).result;
  if (result == Result::Unordered) return Cell::null();
  if (result == Result::NotANumber) return Cell::boolean(false);
  switch (op) {
    case Operator::Less:
      return Cell::boolean(result == Result::Less);
    case Operator::LessEqual:
      return Cell::boolean(result != Result::Greater);
    case Operator::Greater:
      return Cell::boolean(result == Result::Greater);
    case Operator::GreaterEqual:
      return Cell::boolean(result != Result::Less);
    default:
      return std::nullopt;
  }
}

std::optional<Cell> fold_integers(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflows = true;
  if (op == Operator::Add) overflows = __builtin_add_overflow(a, b, &result);
  if (op == Operator::Subtract) overflows = __builtin_sub_overflow(a, b, &result);
  if (op == Operator::Multiply) overflows = __builtin_mul_overflow(a, b, &result);
  if (overflows) return std::nullopt;
  return Cell::of(result);
}

std::optional<Cell> fold_one(Operator op, const Cell& a) {
  switch (op) {
    case Operator::Not: {
      const auto t = truth_of(a);
      if (!t) return std::nullopt;
      return *t == Truth::Unknown ? Cell::null() : Cell::boolean(*t == Truth::False);
    }
    case Operator::IsNull:
      return Cell::boolean(a.is_null());
    case Operator::IsNotNull:
      return Cell::boolean(!a.is_null());
    case Operator::Negate:
      if (a.kind == Kind::Float) return Cell::of(-a.real);
      if (a.kind == Kind::Integer) return fold_integers(Operator::Subtract, 0, a.integer);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Cell> fold_two(Operator op, const Cell& a, const Cell& b) {
  switch (op) {
    case Operator::Equal:
      return to_cell(equals(a, b));
    case Operator::NotEqual:
      return fold_one(Operator::Not, to_cell(equals(a, b)));
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual:
      return fold_comparison(op, a, b);
    case Operator::Add:
    case Operator::Subtract:
    case Operator::Multiply:
      if (a.kind != Kind::Integer || b.kind != Kind::Integer) return std::nullopt;
      return fold_integers(op, a.integer, b.integer);
    default:
      return std::nullopt;
  }
}

ExpressionPtr fold_operation(const ExpressionPtr& e, const bound::Operation& o) {
  if (o.op == Operator::And || o.op == Operator::Or) return fold_connective(e, o);
  const Cell* first = value_of(o.operands[0]);
  const Cell* second = o.operands.size() == 2 ? value_of(o.operands[1]) : nullptr;
  std::optional<Cell> folded;
  if (first != nullptr && o.operands.size() == 1) folded = fold_one(o.op, *first);
  if (first != nullptr && second != nullptr) folded = fold_two(o.op, *first, *second);
  return folded ? constant(*folded, *e) : e;
}

bool all_constant(const std::vector<ExpressionPtr>& list) {
  return std::all_of(list.begin(), list.end(), [](const auto& e) { return value_of(e); });
}

// The value of a call, if it has one by now.
ExpressionPtr fold_call(const ExpressionPtr& e, const bound::Call& call,
                        const std::vector<Cell>& arguments) {
  const bool has_null = std::any_of(arguments.begin(), arguments.end(),
                                    [](const Cell& cell) { return cell.is_null(); });
  if (has_null && call.function->nulls == Nulls::Propagate) return constant(Cell::null(), *e);
  FoldingContext context;
  try {
    return constant(call.function->run(context, arguments), *e);
  } catch (const NotConstant&) {
    return e;
  } catch (const Error&) {  // only if a row gets there
    return e;
  }
}

// `fixed`: where to note open literals that become constants; null: they stay open.
ExpressionPtr fold_call(const ExpressionPtr& e, const bound::Call& call,
                        std::vector<std::uint32_t>* fixed) {
  const auto* function = call.function;
  if (function == nullptr || function->run == nullptr || function->is_volatile) return e;
  if (function->reads_clock || call.arguments.empty()) return e;
  std::vector<Cell> arguments;
  for (const auto& argument : call.arguments) {
    const Cell* value = fixed == nullptr ? value_of(argument) : planned_value(*argument);
    if (value == nullptr) return e;
    arguments.push_back(*value);
  }
  ExpressionPtr folded = fold_call(e, call, arguments);
  if (folded == e || fixed == nullptr) return folded;
  for (const auto& argument : call.arguments) {
    const auto* literal = std::get_if<bound::Parameter>(&argument->node);
    if (literal != nullptr) fixed->push_back(literal->literal);
  }
  return folded;
}

ExpressionPtr fold_list(const ExpressionPtr& e, const bound::List& list) {
  if (!all_constant(list.items)) return e;
  std::vector<Cell> items;
  for (const auto& item : list.items) items.push_back(*value_of(item));
  if (nested_in(items) > kMaxNesting) return e;
  Arena arena;
  return constant(make_list(arena, items), *e);
}

ExpressionPtr fold_map(const ExpressionPtr& e, const bound::Map& map) {
  std::vector<MapEntry> entries;
  std::vector<Cell> values;
  for (const auto& [key, value] : map.entries) {
    const Cell* cell = value_of(value);
    if (cell == nullptr) return e;
    entries.push_back({key, *cell});
    values.push_back(*cell);
  }
  if (nested_in(values) > kMaxNesting) return e;
  Arena arena;
  return constant(make_map(arena, entries), *e);
}

ExpressionPtr fold(const ExpressionPtr& written, std::vector<std::uint32_t>* fixed) {
  const ExpressionPtr e = bound::map_children(
      written, [fixed](const ExpressionPtr& child) { return fold(child, fixed); });
  return std::visit(Overload{
                        [&](const bound::Operation& o) { return fold_operation(e, o); },
                        [&](const bound::Call& call) { return fold_call(e, call, fixed); },
                        [&](const bound::List& list) { return fold_list(e, list); },
                        [&](const bound::Map& map) { return fold_map(e, map); },
                        [&](const auto&) { return e; },
                    },
                    e->node);
}

// Conditions that are always true go.
void drop_true(NodePtr& node) {
  auto* filter = as<Select>(*node);
  if (filter == nullptr) return;
  std::erase_if(filter->conjuncts, [](const ExpressionPtr& e) { return is_true(*e); });
  if (!filter->conjuncts.empty()) return;
  NodePtr input = std::move(node->children[0]);
  node = std::move(input);
}

}  // namespace

void constant_folding(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) constant_folding(child, context);
  const bool filters = as<Select>(*root) != nullptr || as<VarExpand>(*root) != nullptr;
  auto* const fixed = filters ? &context.context.fixed_literals : nullptr;
  // New elements are made value by value: their maps stay maps.
  const bool creates = as<Create>(*root) != nullptr || as<Merge>(*root) != nullptr;
  edit_expressions(*root, [&](ExpressionPtr& e) {
    const auto each = [&](const ExpressionPtr& part) { return fold(part, fixed); };
    const bool is_map = std::holds_alternative<bound::Map>(e->node);
    e = creates && is_map ? bound::map_children(e, each) : each(e);
  });
  if (auto* expand = as<VarExpand>(*root); expand != nullptr && expand->predicate) {
    if (is_true(*expand->predicate)) expand->predicate = nullptr;
  }
  drop_true(root);
}

}  // namespace kith::plan::rule
