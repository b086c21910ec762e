// tests/fuzz/rewrites_expressions.cpp: expressions and projections written otherwise.
#include "tests/fuzz/ast_edit.hpp"
#include "tests/fuzz/rewrites.hpp"

namespace kith::fuzz {
namespace {

using ast::Subquery;

// The query has one part whose last RETURN, if any, is one column; it gets one if there is none.
bool returns_one(ast::Query& query) {
  if (query.parts.size() != 1) return false;
  auto& clauses = query.parts[0].clauses;
  if (auto* last = std::get_if<ast::Return>(&clauses.back().node))
    return last->body.items.size() == 1 && !last->body.star;
  ast::Return made;
  made.body.items.push_back(
      {.value = integer(1), .alias = ast::Name{.text = "one", .at = {}}, .text = "one"});
  clauses.push_back({.at = {}, .node = std::move(made)});
  return true;
}

bool change_subqueries(ast::Query& query, Subquery::Kind kind, bool to_collect, bool is_condition) {
  bool any = false;
  visit(query, {.expression = [&](ast::Expression& e) {
          auto* found = std::get_if<Subquery>(&e.node);
          if (found == nullptr || found->kind != kind) return;
          if (to_collect && !returns_one(*found->query)) return;
          any = true;
          auto inner =
              make(Subquery{.kind = to_collect ? Subquery::Kind::Collect : Subquery::Kind::Count,
                            .query = std::move(found->query)});
          if (to_collect) inner = call("size", std::move(inner));
          if (is_condition)
            e.node = ast::Binary{
                .op = ast::BinaryOp::Greater, .left = std::move(inner), .right = integer(0)};
          else
            e.node = std::move(inner->node);
        }});
  return any;
}

ast::ExpressionPtr collected(ast::FunctionCall&& of) {
  ast::FunctionCall out{
      .name = {.text = "collect", .at = {}}, .distinct = of.distinct, .arguments = {}};
  out.arguments = std::move(of.arguments);
  if (of.star) out.arguments.push_back(integer(1));
  return make(std::move(out));
}

}  // namespace

bool aggregates_by_collect(ast::Query& query) {
  bool any = false;
  visit(query, {.expression = [&](ast::Expression& e) {
          auto* found = std::get_if<ast::FunctionCall>(&e.node);
          if (found == nullptr) return;
          const bool is_sum = found->name.text == "sum";
          if (found->name.text != "count" && !is_sum) return;
          any = true;
          auto list = collected(std::move(*found));
          if (is_sum) {
            auto sum = parsed("reduce(zzt = 0, zzx IN [] | zzt + zzx)");
            std::get<ast::Reduce>(sum->node).list = std::move(list);
            e.node = std::move(sum->node);
          } else {
            e.node = std::move(call("size", std::move(list))->node);
          }
        }});
  return any;
}

bool exists_as_count(ast::Query& query) {
  return change_subqueries(query, Subquery::Kind::Exists, false, true);
}
bool exists_as_collect(ast::Query& query) {
  return change_subqueries(query, Subquery::Kind::Exists, true, true);
}
bool count_as_collect(ast::Query& query) {
  return change_subqueries(query, Subquery::Kind::Count, true, false);
}

bool predicate_as_exists(ast::Query& query) {
  bool any = false;
  visit(query, {.expression = [&](ast::Expression& e) {
          auto* found = std::get_if<ast::PatternPredicate>(&e.node);
          if (found == nullptr) return;
          any = true;
          ast::Match match;
          match.pattern.push_back(std::move(*found->pattern));
          auto inner = std::make_unique<ast::Query>();
          inner->parts.emplace_back();
          inner->parts[0].clauses.push_back({.at = {}, .node = std::move(match)});
          e.node = Subquery{.kind = Subquery::Kind::Exists, .query = std::move(inner)};
        }});
  return any;
}

bool double_negation(ast::Query& query) {
  bool any = false;
  visit(query, {.match = [&](ast::Match& match) {
          if (!match.where) return;
          const auto negated = [](ast::ExpressionPtr e) {
            return make(ast::Unary{.op = ast::UnaryOp::Not, .operand = std::move(e)});
          };
          match.where = negated(negated(std::move(match.where)));
          any = true;
        }});
  return any;
}

// DISTINCT x AS a ORDER BY … as x AS a, count(*) AS rows, for the last RETURN: WITH x AS a,
// count(*) AS rows RETURN a ORDER BY ….
bool distinct_as_groups(ast::Query& query) {
  auto& clauses = query.parts.back().clauses;
  auto* last = std::get_if<ast::Return>(&clauses.back().node);
  if (query.parts.size() > 1 || last == nullptr || !last->body.distinct || last->body.star)
    return false;
  ast::With groups;
  for (auto& item : last->body.items) {
    if (!item.alias) return false;
    groups.body.items.push_back(
        {.value = std::move(item.value), .alias = item.alias, .text = item.text});
    item.value = variable(item.alias->text);
  }
  groups.body.items.push_back({.value = parsed("count(*)"),
                               .alias = ast::Name{.text = "zzrows", .at = {}},
                               .text = "zzrows"});
  last->body.distinct = false;
  clauses.insert(clauses.end() - 1, {.at = {}, .node = std::move(groups)});
  return true;
}

}  // namespace kith::fuzz
