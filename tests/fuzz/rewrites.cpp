// tests/fuzz/rewrites.cpp: patterns written otherwise.
#include "tests/fuzz/rewrites.hpp"

#include <algorithm>

#include "tests/fuzz/ast_edit.hpp"

namespace kith::fuzz {
namespace {

using ast::PatternPart;

// Whoever names a path or a list of relationships sees their order.
bool shows_order(const PatternPart& part) {
  if (part.variable || part.kind != PatternPart::Kind::Plain) return true;
  return std::any_of(part.relationships.begin(), part.relationships.end(),
                     [](const auto& r) { return r.range && r.variable; });
}

bool flip(ast::Query& query) {
  bool any = false;
  visit(query, {.pattern = [&](PatternPart& part) {
          if (part.relationships.empty() || shows_order(part)) return;
          std::reverse(part.nodes.begin(), part.nodes.end());
          std::reverse(part.relationships.begin(), part.relationships.end());
          for (auto& r : part.relationships) {
            if (r.direction == Direction::Both) continue;
            r.direction = r.direction == Direction::Out ? Direction::In : Direction::Out;
          }
          any = true;
        }});
  return any;
}

bool reorder(ast::Query& query) {
  bool any = false;
  visit(query, {.match = [&](ast::Match& match) {
          if (match.pattern.size() < 2) return;
          std::reverse(match.pattern.begin(), match.pattern.end());
          any = true;
        }});
  return any;
}

// (a)-->(b)-->(c) as (a)-->(b), (b)-->(c)
bool split(ast::Query& query) {
  int number = 0;
  visit(query, {.match = [&](ast::Match& match) {
          std::vector<PatternPart> parts;
          for (auto& part : match.pattern) {
            if (part.relationships.size() < 2 || part.variable) {
              parts.push_back(std::move(part));
              continue;
            }
            for (std::size_t i = 0; i < part.relationships.size(); ++i) {
              const auto next = name_of(part.nodes[i + 1], number);
              PatternPart piece;
              piece.nodes.push_back(std::move(part.nodes[i]));
              piece.relationships.push_back(std::move(part.relationships[i]));
              if (i + 1 == part.relationships.size()) {
                piece.nodes.push_back(std::move(part.nodes[i + 1]));
              } else {  // what is asked of the node stands in the next piece
                piece.nodes.emplace_back();
                piece.nodes.back().variable = ast::Name{.text = next, .at = {}};
              }
              parts.push_back(std::move(piece));
              ++number;
            }
          }
          match.pattern = std::move(parts);
        }});
  return number > 0;
}

bool properties_to_where(ast::Query& query) {
  int number = 0;
  bool any = false;
  visit(query, {.match = [&](ast::Match& match) {
          const auto move = [&](auto& element) {
            if (!element.properties) return;
            auto* map = std::get_if<ast::MapLiteral>(&element.properties->node);
            if (map == nullptr) return;
            const auto name = name_of(element, number);
            for (auto& entry : map->entries) {
              auto property = make(ast::Property{.subject = variable(name), .key = entry.key});
              match.where = both(make(ast::Binary{.op = ast::BinaryOp::Equal,
                                                  .left = std::move(property),
                                                  .right = std::move(entry.value)}),
                                 std::move(match.where));
            }
            element.properties.reset();
            any = true;
          };
          for (auto& part : match.pattern) {
            if (part.kind != PatternPart::Kind::Plain) continue;
            for (auto& node : part.nodes) move(node);
            for (auto& r : part.relationships)
              if (!r.range) move(r);
          }
        }});
  return any;
}

bool labels_to_where(ast::Query& query) {
  int number = 0;
  bool any = false;
  visit(query, {.match = [&](ast::Match& match) {
          const auto move = [&](auto& element, auto& names) {
            if (!names) return;
            const auto name = name_of(element, number);
            match.where =
                both(make(ast::HasLabels{.subject = variable(name), .labels = std::move(*names)}),
                     std::move(match.where));
            names.reset();
            any = true;
          };
          for (auto& part : match.pattern) {
            for (auto& node : part.nodes) move(node, node.labels);
            if (part.kind != PatternPart::Kind::Plain) continue;
            for (auto& r : part.relationships)
              if (!r.range) move(r, r.types);
          }
        }});
  return any;
}

bool inline_where_outside(ast::Query& query) {
  bool any = false;
  visit(query, {.match = [&](ast::Match& match) {
          const auto move = [&](auto& element) {
            if (!element.where) return;
            match.where = both(std::move(element.where), std::move(match.where));
            any = true;
          };
          for (auto& part : match.pattern) {
            for (auto& node : part.nodes) move(node);
            for (auto& r : part.relationships)
              if (!r.range) move(r);
          }
        }});
  return any;
}

bool has_dynamic(const ast::LabelExpression& types) {
  return types.op == ast::LabelExpression::Op::Dynamic ||
         std::any_of(types.operands.begin(), types.operands.end(), has_dynamic);
}

// Of one without dynamic names.
ast::LabelExpression copy_of(const ast::LabelExpression& types) {
  ast::LabelExpression copy;
  copy.op = types.op;
  copy.name = types.name;
  for (const auto& operand : types.operands) copy.operands.push_back(copy_of(operand));
  return copy;
}

// [:R*2] as two steps.
bool unroll(ast::Query& query) {
  bool any = false;
  visit(query, {.pattern = [&](PatternPart& part) {
          if (part.kind != PatternPart::Kind::Plain || part.variable) return;
          for (std::size_t i = 0; i < part.relationships.size(); ++i) {
            auto& r = part.relationships[i];
            if (!r.range || r.variable || r.properties || r.where ||
                (r.types && has_dynamic(*r.types)) || r.range->min != r.range->max ||
                r.range->min.value_or(0) == 0 || *r.range->min > 3)
              continue;
            any = true;
            const auto times = *r.range->min;
            r.range.reset();
            const std::size_t first = i;
            const auto direction = r.direction;
            for (std::uint64_t n = 1; n < times; ++n) {
              ast::RelationshipPattern next;
              const auto& types = part.relationships[first].types;
              if (types) next.types = copy_of(*types);
              next.direction = direction;
              const auto at = static_cast<std::ptrdiff_t>(i) + 1;
              part.relationships.insert(part.relationships.begin() + at, std::move(next));
              part.nodes.insert(part.nodes.begin() + at, ast::NodePattern{});
            }
          }
        }});
  return any;
}

ast::Clause star(ast::ExpressionPtr where) {
  ast::With with;
  with.body.star = true;
  with.where = std::move(where);
  return {.at = {}, .node = std::move(with)};
}

// A WHERE behind a WITH of its own.
bool where_apart(ast::Query& query) {
  bool any = false;
  visit(query, {.query = [&](ast::SingleQuery& single) {
          for (std::size_t i = 0; i < single.clauses.size(); ++i) {
            auto* match = std::get_if<ast::Match>(&single.clauses[i].node);
            if (match == nullptr || match->optional || !match->where || searches(*match)) continue;
            auto clause = star(std::move(match->where));
            single.clauses.insert(single.clauses.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  std::move(clause));
            any = true;
          }
        }});
  return any;
}

// None of the relationships of `left` is one of `right`.
ast::ExpressionPtr apart(ast::RelationshipPattern& left, ast::RelationshipPattern& right,
                         int& number) {
  const auto a = name_of(left, number), b = name_of(right, number);
  const auto in_list = [&](const std::string& one, const std::string& list) {
    return parsed("none(zze IN " + list + " WHERE zze = " + one + ")");
  };
  if (left.range && right.range)
    return parsed("none(zze IN " + a + " WHERE any(zzf IN " + b + " WHERE zze = zzf))");
  if (left.range) return in_list(b, a);
  if (right.range) return in_list(a, b);
  return parsed(a + " <> " + b);
}

bool can_be_separate(const ast::Match& match) {
  if (match.optional || match.pattern.size() < 2 || !match.hints.empty()) return false;
  return std::all_of(match.pattern.begin(), match.pattern.end(),
                     [](const auto& part) { return part.kind == PatternPart::Kind::Plain; });
}

// MATCH x, y as MATCH x MATCH y WHERE no relationship is in both.
bool separate(ast::Query& query) {
  bool any = false;
  int number = 0;
  visit(query, {.query = [&](ast::SingleQuery& single) {
          std::vector<ast::Clause> clauses;
          for (auto& clause : single.clauses) {
            auto* match = std::get_if<ast::Match>(&clause.node);
            if (match == nullptr || !can_be_separate(*match)) {
              clauses.push_back(std::move(clause));
              continue;
            }
            any = true;
            ast::ExpressionPtr differ;
            auto& parts = match->pattern;
            for (std::size_t i = 0; i < parts.size(); ++i)
              for (std::size_t j = i + 1; j < parts.size(); ++j)
                for (auto& left : parts[i].relationships)
                  for (auto& right : parts[j].relationships)
                    differ = both(std::move(differ), apart(left, right, number));
            for (auto& part : parts) {
              ast::Match one;
              one.pattern.push_back(std::move(part));
              if (&part == &parts.back())
                one.where = both(std::move(differ), std::move(match->where));
              clauses.push_back({.at = {}, .node = std::move(one)});
            }
          }
          single.clauses = std::move(clauses);
        }});
  return any;
}

}  // namespace

const std::vector<Rewrite>& all_rewrites() {
  static const std::vector<Rewrite> rewrites = {
      {"patterns from right to left", flip},
      {"parts in another order", reorder},
      {"paths split at their nodes", split},
      {"properties in WHERE", properties_to_where},
      {"labels and types in WHERE", labels_to_where},
      {"inline WHERE outside", inline_where_outside},
      {"lengths unrolled", unroll},
      {"WHERE behind a WITH", where_apart},
      {"a MATCH for each part", separate},
      {"aggregates over collect()", aggregates_by_collect},
      {"EXISTS as COUNT", exists_as_count},
      {"EXISTS as COLLECT", exists_as_collect},
      {"COUNT as COLLECT", count_as_collect},
      {"pattern predicates as EXISTS", predicate_as_exists},
      {"conditions negated twice", double_negation},
      {"DISTINCT as groups", distinct_as_groups},
      {"properties in lists", properties_in_lists},
      {"constants in lists", constants_in_lists},
      {"properties by name", properties_by_name},
      {"sides swapped", sides_swapped},
      {"conditions negated", conditions_negated},
      {"IN as OR", lists_as_choices},
      {"quantifiers as others", quantifiers_as_others},
      {"labels by functions", labels_by_functions},
      {"MATCH in subqueries", matches_in_subqueries},
      {"conditions computed before", conditions_computed}};
  return rewrites;
}

}  // namespace kith::fuzz
