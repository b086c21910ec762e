// tests/fuzz/rewrites_values.cpp: values and conditions computed in another way: by other kernels,
// at another time, out of reach of indexes and of constant folding.
#include <algorithm>

#include "cypher/parse/unparse.hpp"
#include "tests/fuzz/ast_edit.hpp"
#include "tests/fuzz/rewrites.hpp"

namespace kith::fuzz {
namespace {

using ast::BinaryOp;
using ast::Expression;
using ast::ExpressionPtr;

// Changes every expression for which `change` gives something else, inner ones first.
template <class Change>
bool change_all(ast::Query& query, Change&& change) {
  bool any = false;
  visit(query, {.after = [&](Expression& e) {
          if (auto changed = change(e)) {
            e.node = std::move(changed->node);
            any = true;
          }
        }});
  return any;
}

ExpressionPtr moved(Expression& e) {
  auto out = std::make_unique<Expression>();
  out->node = std::move(e.node);
  return out;
}

ExpressionPtr in_list(ExpressionPtr value) {  // head([value])
  ast::ListLiteral list;
  list.items.push_back(std::move(value));
  return call("head", make(std::move(list)));
}

ExpressionPtr binary(BinaryOp op, ExpressionPtr left, ExpressionPtr right) {
  return make(ast::Binary{.op = op, .left = std::move(left), .right = std::move(right)});
}
ExpressionPtr negated(ExpressionPtr e) {
  return make(ast::Unary{.op = ast::UnaryOp::Not, .operand = std::move(e)});
}
ExpressionPtr copied(const Expression& e) { return parsed("(" + cypher::unparse(e) + ") OR true"); }

// A second one like it.
ExpressionPtr twin(const Expression& e) {
  auto wrapped = copied(e);
  return std::move(std::get<ast::Binary>(wrapped->node).left);
}

bool has_constant_arguments(ast::Query& query) {
  return cypher::unparse(query).find("percentile") != std::string::npos;
}

ExpressionPtr swap_sides(Expression& e) {
  auto* found = std::get_if<ast::Binary>(&e.node);
  if (found == nullptr) return nullptr;
  const auto swapped = [&](BinaryOp op) {
    return binary(op, std::move(found->right), std::move(found->left));
  };
  switch (found->op) {
    case BinaryOp::Less:
      return swapped(BinaryOp::Greater);
    case BinaryOp::LessEqual:
      return swapped(BinaryOp::GreaterEqual);
    case BinaryOp::Greater:
      return swapped(BinaryOp::Less);
    case BinaryOp::GreaterEqual:
      return swapped(BinaryOp::LessEqual);
    case BinaryOp::Equal:
    case BinaryOp::And:
    case BinaryOp::Or:
    case BinaryOp::Xor:
      return swapped(found->op);
    case BinaryOp::NotEqual:
      return negated(binary(BinaryOp::Equal, std::move(found->left), std::move(found->right)));
    default:
      return nullptr;
  }
}

ExpressionPtr de_morgan(Expression& e) {
  auto* found = std::get_if<ast::Binary>(&e.node);
  if (found == nullptr) return nullptr;
  if (found->op == BinaryOp::And || found->op == BinaryOp::Or) {
    const auto other = found->op == BinaryOp::And ? BinaryOp::Or : BinaryOp::And;
    return negated(
        binary(other, negated(std::move(found->left)), negated(std::move(found->right))));
  }
  return nullptr;
}

ExpressionPtr list_as_choice(Expression& e) {
  auto* found = std::get_if<ast::Binary>(&e.node);
  if (found == nullptr || found->op != BinaryOp::In) return nullptr;
  auto* list = std::get_if<ast::ListLiteral>(&found->right->node);
  if (list == nullptr || list->items.empty()) return nullptr;
  ExpressionPtr out;
  for (auto& item : list->items) {
    auto one = binary(BinaryOp::Equal, twin(*found->left), std::move(item));
    out = out ? binary(BinaryOp::Or, std::move(out), std::move(one)) : std::move(one);
  }
  return out;
}

ExpressionPtr quantifier_as_other(Expression& e) {
  auto* found = std::get_if<ast::Quantifier>(&e.node);
  if (found == nullptr) return nullptr;
  switch (found->kind) {
    case ast::QuantifierKind::All:
      found->kind = ast::QuantifierKind::None;
      found->where = negated(std::move(found->where));
      return moved(e);
    case ast::QuantifierKind::Any:
      found->kind = ast::QuantifierKind::None;
      return negated(moved(e));
    case ast::QuantifierKind::None:
      found->kind = ast::QuantifierKind::Any;
      return negated(moved(e));
    case ast::QuantifierKind::Single:
      return nullptr;
  }
  return nullptr;
}

ExpressionPtr labels_by_function(Expression& e) {
  auto* found = std::get_if<ast::HasLabels>(&e.node);
  if (found == nullptr || found->labels.op != ast::LabelExpression::Op::Name) return nullptr;
  const auto name = found->labels.name.text;
  const bool is_type = name.size() == 1 && name[0] >= 'R' && name[0] <= 'T';
  auto text = parsed("'" + name + "' = ''");
  auto literal = std::move(std::get<ast::Binary>(text->node).left);
  if (is_type)
    return binary(BinaryOp::Equal, call("type", std::move(found->subject)), std::move(literal));
  return binary(BinaryOp::In, std::move(literal), call("labels", std::move(found->subject)));
}

}  // namespace

bool properties_in_lists(ast::Query& query) {
  if (has_constant_arguments(query)) return false;
  return change_all(query, [](Expression& e) -> ExpressionPtr {
    if (!std::holds_alternative<ast::Property>(e.node)) return nullptr;
    return in_list(moved(e));
  });
}

bool constants_in_lists(ast::Query& query) {
  if (has_constant_arguments(query)) return false;
  return change_all(query, [](Expression& e) -> ExpressionPtr {
    if (!std::holds_alternative<ast::Literal>(e.node) &&
        !std::holds_alternative<ast::Parameter>(e.node))
      return nullptr;
    return in_list(moved(e));
  });
}

bool properties_by_name(ast::Query& query) {
  return change_all(query, [](Expression& e) -> ExpressionPtr {
    auto* found = std::get_if<ast::Property>(&e.node);
    if (found == nullptr) return nullptr;
    auto text = parsed("'" + found->key.text + "' = ''");
    return make(ast::Index{.subject = std::move(found->subject),
                           .index = std::move(std::get<ast::Binary>(text->node).left)});
  });
}

bool sides_swapped(ast::Query& query) { return change_all(query, swap_sides); }
bool conditions_negated(ast::Query& query) { return change_all(query, de_morgan); }
bool lists_as_choices(ast::Query& query) { return change_all(query, list_as_choice); }
bool quantifiers_as_others(ast::Query& query) { return change_all(query, quantifier_as_other); }
bool labels_by_functions(ast::Query& query) { return change_all(query, labels_by_function); }

// MATCH … as CALL (*) { MATCH … RETURN what it binds }.
bool matches_in_subqueries(ast::Query& query) {
  bool any = false;
  auto& clauses = query.parts[0].clauses;
  std::vector<std::string> known;
  for (auto& clause : clauses) {
    auto* match = std::get_if<ast::Match>(&clause.node);
    if (match == nullptr) return any;  // from there on other names are known
    ast::Return found;
    const auto bind = [&](const std::optional<ast::Name>& name) {
      if (!name || std::find(known.begin(), known.end(), name->text) != known.end()) return;
      known.push_back(name->text);
      found.body.items.push_back(
          {.value = variable(name->text), .alias = *name, .text = name->text});
    };
    for (const auto& part : match->pattern) {
      bind(part.variable);
      for (const auto& node : part.nodes) bind(node.variable);
      for (const auto& r : part.relationships) bind(r.variable);
    }
    if (found.body.items.empty() || !match->hints.empty()) return any;
    ast::CallSubquery subquery;
    subquery.query = std::make_unique<ast::Query>();
    subquery.imports.emplace();
    subquery.import_all = true;
    subquery.query->parts.emplace_back();
    auto& inner = subquery.query->parts[0].clauses;
    inner.push_back({.at = {}, .node = std::move(*match)});
    inner.push_back({.at = {}, .node = std::move(found)});
    clause.node = std::move(subquery);
    any = true;
  }
  return any;
}

// WHERE c as WITH *, c AS x WHERE x.
bool conditions_computed(ast::Query& query) {
  bool any = false;
  int number = 0;
  visit(query, {.query = [&](ast::SingleQuery& single) {
          for (std::size_t i = 0; i < single.clauses.size(); ++i) {
            auto* match = std::get_if<ast::Match>(&single.clauses[i].node);
            if (match == nullptr || match->optional || !match->where || searches(*match) ||
                std::holds_alternative<ast::PatternPredicate>(match->where->node))
              continue;
            const auto name = "zzc" + std::to_string(++number);
            ast::With with;
            with.body.star = true;
            with.body.items.push_back({.value = std::move(match->where),
                                       .alias = ast::Name{.text = name, .at = {}},
                                       .text = name});
            with.where = variable(name);
            single.clauses.insert(single.clauses.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  {.at = {}, .node = std::move(with)});
            any = true;
          }
        }});
  return any;
}

}  // namespace kith::fuzz
