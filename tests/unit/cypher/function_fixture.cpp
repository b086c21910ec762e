// tests/unit/cypher/function_fixture.cpp: a small evaluator of calls.
#include "tests/unit/cypher/function_fixture.hpp"

#include <stdexcept>

#include "core/compare.hpp"
#include "core/print.hpp"
#include "core/spatial.hpp"
#include "core/temporal.hpp"
#include "cypher/prepare.hpp"

namespace kith::test {

namespace {

Cell property(const Cell& subject, std::string_view key, Arena& arena) {
  bool known = true;
  if (subject.kind == Kind::Point) return point_property(subject, key, known);
  if (subject.kind != Kind::Map) return temporal_property(subject, key, arena, known);
  const Cell* value = find_in_map(subject, key);
  return value == nullptr ? Cell::null() : *value;
}

Cell binary(ast::BinaryOp op, const Cell& left, const Cell& right) {
  switch (op) {
    case ast::BinaryOp::Divide:
      return Cell::of(left.real / static_cast<double>(right.integer));
    case ast::BinaryOp::Less:
      return Cell::boolean(std::is_lt(order(left, right)));
    case ast::BinaryOp::LessEqual:
      return Cell::boolean(std::is_lteq(order(left, right)));
    case ast::BinaryOp::Greater:
      return Cell::boolean(std::is_gt(order(left, right)));
    case ast::BinaryOp::GreaterEqual:
      return Cell::boolean(std::is_gteq(order(left, right)));
    case ast::BinaryOp::Equal:
      return to_cell(equals(left, right));
    default:
      throw std::logic_error("no such operator in examples");
  }
}

Cell call(const ast::FunctionCall& call, Context& context, const Cell& variable) {
  std::vector<Cell> arguments;
  bool any_null = false;
  for (const auto& argument : call.arguments) {
    arguments.push_back(evaluate(*argument, context, variable));
    any_null = any_null || arguments.back().is_null();
  }
  if (const AggregateDef* aggregate = find_aggregate(call.name.text)) {
    const auto state = aggregate->make();
    if (arguments.empty() || !arguments[0].is_null()) state->add(context, arguments, 1);
    return state->finish(context.arena());
  }
  const FunctionDef* function = find_function(call.name.text);
  if (function == nullptr) throw std::logic_error("no function " + call.name.text);
  if (arguments.size() < function->min_arguments) throw std::logic_error("too few arguments");
  if (arguments.size() > function->max_arguments) throw std::logic_error("too many arguments");
  if (any_null && function->nulls == Nulls::Propagate) return Cell::null();
  return function->run(context, arguments);
}

}  // namespace

const storage::View& Context::view() {
  if (view_ == nullptr) throw std::logic_error("no graph is needed");
  return *view_;
}

double Context::random() {
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(state_ >> 11) / 9007199254740992.0;
}

Cell evaluate(const ast::Expression& expression, Context& context, const Cell& variable) {
  const auto inner = [&](const ast::ExpressionPtr& e) { return evaluate(*e, context, variable); };
  return std::visit(
      Overload{[&](const ast::Literal& n) { return copy_into(context.arena(), n.value.cell()); },
               [&](const ast::Variable&) { return variable; },
               [&](const ast::ListLiteral& n) {
                 std::vector<Cell> items;
                 for (const auto& item : n.items) items.push_back(inner(item));
                 return make_list(context.arena(), items);
               },
               [&](const ast::MapLiteral& n) {
                 std::vector<MapEntry> entries;
                 for (const auto& entry : n.entries) {
                   entries.push_back({context.arena().copy(entry.key.text), inner(entry.value)});
                 }
                 return make_map(context.arena(), entries);
               },
               [&](const ast::Property& n) {
                 return property(inner(n.subject), n.key.text, context.arena());
               },
               [&](const ast::Binary& n) { return binary(n.op, inner(n.left), inner(n.right)); },
               [&](const ast::FunctionCall& n) { return call(n, context, variable); },
               [](const auto&) -> Cell { throw std::logic_error("not in examples"); }},
      expression.node);
}

std::string value_of(const std::string& expression, Context& context, const Cell& variable) {
  const ast::Query query = cypher::parse("RETURN " + expression);
  const auto& clause = std::get<ast::Return>(query.parts.at(0).clauses.at(0).node);
  try {
    return to_cypher(evaluate(*clause.body.items.at(0).value, context, variable));
  } catch (const Error& error) {
    return error.type() + "/" + error.detail();
  }
}

std::string value_of(const std::string& expression) {
  Context context;
  return value_of(expression, context);
}

}  // namespace kith::test
