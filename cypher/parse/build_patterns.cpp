// cypher/parse/build_patterns.cpp: nodes, relationships, paths and label expressions.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

std::vector<ast::PatternPart> Builder::patterns(const Syntax& pattern_list, Properties allowed) {
  KITH_ASSERT(pattern_list.is(Rule::PatternList));
  std::vector<ast::PatternPart> parts;
  for (const Syntax& child : pattern_list.children) {
    if (child.is(Rule::PatternPart)) parts.push_back(pattern_part(child, allowed));
  }
  return parts;
}

ast::PatternPart Builder::pattern_part(const Syntax& node, Properties allowed) {
  const Syntax& body = node.children.back();
  const Syntax* prefix = node.find(Rule::PathSelector);
  ast::PatternPart part;
  if (body.is(Rule::ShortestPath)) {
    if (prefix != nullptr) {
      fail(*prefix, "InvalidPathSelector",
           "a path selector cannot stand before shortestPath(…) and allShortestPaths(…)");
    }
    part = shortest_path(body, allowed);
  } else {
    pattern_element(body, allowed, part);
  }
  part.at = node.at;
  if (prefix != nullptr) part.selector = selector(*prefix);
  if (const Syntax* variable = node.find(Rule::Name)) part.variable = name(*variable);
  KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
  return part;
}

ast::PatternPart Builder::shortest_path(const Syntax& node, Properties allowed) {
  ast::PatternPart part;
  pattern_element(node.children[2], allowed, part);
  part.at = node.at;
  part.kind = node.children[0].is(Token::K_SHORTESTPATH) ? ast::PatternPart::Kind::ShortestPath
                                                         : ast::PatternPart::Kind::AllShortestPaths;
  const bool is_quantified =
      std::any_of(part.relationships.begin(), part.relationships.end(),
                  [](const auto& relationship) { return relationship.quantifier.has_value(); });
  if (is_quantified || !part.wheres.empty()) {
    fail(node.children[2], "InvalidRelationshipPattern",
         "shortestPath(…) and allShortestPaths(…) take a variable-length relationship, such as "
         "-[*]->; for a quantified one write SHORTEST 1 or ALL SHORTEST before the pattern");
  }
  return part;
}

// The nodes beside a quantified path pattern need not be written.
void Builder::pattern_element(const Syntax& node, Properties allowed, ast::PatternPart& part) {
  KITH_ASSERT(node.is(Rule::PatternElement) && !node.children.empty());
  std::uint64_t least = 0;  // of the quantified path patterns
  bool has_written_node = false;
  for (const Syntax& factor : node.children) {
    if (factor.children[0].is(Rule::NodePattern)) {
      if (part.nodes.size() > part.relationships.size()) {
        fail(factor, "InvalidPathPattern",
             "two path patterns can follow each other only if one of them is quantified");
      }
      simple_path(factor, allowed, part);
      has_written_node = true;
    } else if (!factor.has(Rule::Quantifier)) {
      parenthesized_path(factor, node.children.size() == 1, allowed, part);
      has_written_node = true;
    } else {
      if (part.nodes.size() == part.relationships.size()) {
        part.nodes.emplace_back();
        part.nodes.back().at = factor.at;
        part.nodes.back().implied = true;
      }
      part.relationships.push_back(quantified_path(factor, allowed));
      least += part.relationships.back().quantifier->min.value_or(0) != 0;
    }
  }
  if (part.nodes.size() == part.relationships.size()) {
    part.nodes.emplace_back();
    part.nodes.back().at = node.at;
    part.nodes.back().implied = true;
  }
  if (!has_written_node && least == 0) {
    fail(node, "InvalidPathPattern",
         "a path pattern needs at least one node or relationship that must be there: write a node "
         "beside it, as in (a) ((x)-->(y))*");
  }
}

// (a)-[:R]->(b)-[:S]->+(c)
void Builder::simple_path(const Syntax& factor, Properties allowed, ast::PatternPart& part) {
  for (const Syntax& child : factor.children) {
    if (child.is(Rule::NodePattern)) {
      part.nodes.push_back(node_pattern(child, allowed));
    } else if (child.is(Rule::RelationshipPattern)) {
      part.relationships.push_back(relationship_pattern(child, allowed));
    } else {
      ast::RelationshipPattern& of = part.relationships.back();
      if (of.range) {
        fail(child, "InvalidQuantifier", "a variable-length relationship cannot be quantified");
      }
      of.quantifier = quantifier(child);
    }
  }
}

void Builder::parenthesized_path(const Syntax& factor, bool alone, Properties allowed,
                                 ast::PatternPart& part) {
  if (!alone) {
    fail(factor, "InvalidPathPattern",
         "a path pattern in parentheses beside another one needs a quantifier, such as {1,3}");
  }
  subpath(*factor.find(Rule::Subpath), allowed, part);
}

void Builder::subpath(const Syntax& node, Properties allowed, ast::PatternPart& part) {
  if (const Syntax* variable = node.find(Rule::Name)) {
    fail(*variable, "InvalidPathPattern",
         "a part of a path cannot have a name: name the whole path, as in p = …");
  }
  if (const Syntax* prefix = node.find(Rule::PathSelector)) {
    fail(*prefix, "InvalidPathSelector",
         "a path selector stands before a whole path pattern, not inside parentheses");
  }
  pattern_element(*node.find(Rule::PatternElement), allowed, part);
  if (const Syntax* condition = node.find(Rule::WhereClause)) {
    part.wheres.push_back(where(condition));
  }
}

// ((x)-[r]->(y) WHERE …){1,3}
ast::RelationshipPattern Builder::quantified_path(const Syntax& factor, Properties allowed) {
  ast::RelationshipPattern made;
  made.at = factor.at;
  made.repeated = std::make_unique<ast::PatternPart>();
  made.repeated->at = factor.at;
  const Syntax& body = *factor.find(Rule::Subpath);
  subpath(body, allowed, *made.repeated);
  check_repeated(*made.repeated, body);
  made.quantifier = quantifier(*factor.find(Rule::Quantifier));
  return made;
}

void Builder::check_repeated(const ast::PatternPart& part, const Syntax& at) const {
  if (part.relationships.empty()) {
    fail(at, "InvalidPathPattern", "what is repeated needs at least one relationship");
  }
  for (const ast::RelationshipPattern& relationship : part.relationships) {
    if (!relationship.quantifier && !relationship.range) continue;
    throw_syntax_error(source_, "InvalidPathPattern",
                       "a quantified path pattern cannot have another one, or a variable-length "
                       "relationship, inside",
                       relationship.at);
  }
}

// {3}  {1,}  {,3}  {1,3}  +  *
ast::Range Builder::quantifier(const Syntax& node) const {
  KITH_ASSERT(node.is(Rule::Quantifier));
  if (node.children[0].is(Token::PLUS)) return {1, std::nullopt};
  if (node.children[0].is(Token::STAR)) return {0, std::nullopt};
  ast::Range range{0, std::nullopt};
  bool upper = false;
  for (const Syntax& child : node.children) {
    if (child.is(Token::COMMA)) upper = true;
    if (!child.is(Token::INTEGER)) continue;
    (upper ? range.max : range.min) = repetitions(child);
  }
  if (!upper) range.max = range.min;
  if (range.max && *range.max == 0) {
    fail(node, "InvalidQuantifier", "a quantifier needs an upper bound of at least 1");
  }
  if (range.max && *range.max < *range.min) {
    fail(node, "InvalidQuantifier",
         fmt::format("a quantifier from {} to {}: the lower bound is above the upper one",
                     *range.min, *range.max));
  }
  return range;
}

std::uint64_t Builder::repetitions(const Syntax& integer) const {
  const IntegerLiteral number = parse_integer_literal(text(integer), false);
  if (number.fault != NumberFault::None) {
    fail(integer, "IntegerOverflow", fmt::format("{} is too large here", text(integer)));
  }
  return static_cast<std::uint64_t>(number.value);
}

// ANY 2 PATHS, ALL SHORTEST, SHORTEST 3 GROUPS
ast::PathSelector Builder::selector(const Syntax& node) {
  using Kind = ast::PathSelector::Kind;
  ast::PathSelector made;
  made.at = node.at;
  const bool shortest = node.has(Token::K_SHORTEST);
  const bool groups = node.has(Token::K_GROUP) || node.has(Token::K_GROUPS);
  const Syntax* count = node.find(Rule::PathCount);
  if (node.has(Token::K_ALL)) {
    made.kind = shortest ? Kind::AllShortest : Kind::All;
  } else if (node.has(Token::K_ANY)) {
    made.kind = shortest ? Kind::AnyShortest : Kind::Any;
  } else {
    made.kind = groups ? Kind::ShortestGroups : Kind::Shortest;
  }
  const bool counts = made.kind == Kind::Any || made.kind == Kind::Shortest || groups;
  if (groups && made.kind != Kind::ShortestGroups) {
    fail(node, "InvalidPathSelector", "GROUPS is asked for as SHORTEST 2 GROUPS");
  }
  if (count == nullptr) {
    if (made.kind == Kind::Shortest) {
      fail(node, "InvalidPathSelector", "SHORTEST needs a number of paths, as in SHORTEST 1");
    }
    return made;
  }
  if (!counts) {
    fail(*count, "InvalidPathSelector",
         "a number of paths goes with ANY 2, SHORTEST 2 and SHORTEST 2 GROUPS");
  }
  const Syntax& what = count->children[0];
  if (what.is(Rule::Parameter)) {
    made.count = make(what.at, 0, ast::Parameter{name(what.children[1]).text}).expression;
    return made;
  }
  const auto number = static_cast<std::int64_t>(repetitions(what));
  if (number == 0) fail(what, "InvalidPathSelector", "the number of paths must be at least 1");
  made.count = make(what.at, 0, ast::Literal{OwnedCell(Cell::of(number))}).expression;
  return made;
}

ast::Match::Mode Builder::match_mode(const Syntax& node) const {
  KITH_ASSERT(node.is(Rule::MatchMode));
  return node.has(Token::K_REPEATABLE) ? ast::Match::Mode::RepeatableElements
                                       : ast::Match::Mode::DifferentRelationships;
}

ast::PatternPart Builder::path_pattern(const Syntax& node) {
  ast::PatternPart part;
  part.at = node.at;
  for (const Syntax& child : node.children) {
    if (child.is(Rule::RelationshipPattern)) {
      part.relationships.push_back(relationship_pattern(child, Properties::MapOnly));
    } else {
      part.nodes.push_back(node_pattern(child, Properties::MapOnly));
    }
  }
  KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
  return part;
}

// nodePattern or pathStart: `(`, nodeDetail, `)`.
ast::NodePattern Builder::node_pattern(const Syntax& node, Properties allowed) {
  const Syntax& detail = node.children[1];
  KITH_ASSERT(detail.is(Rule::NodeDetail));
  ast::NodePattern pattern;
  pattern.at = node.at;
  if (allowed == Properties::MapOnly) count_steps(1, node.at);
  for (const Syntax& child : detail.children) {
    if (child.is(Rule::Name)) pattern.variable = name(child);
    if (child.is(Rule::Labels)) pattern.labels = labels(child.children.subspan(1));
    if (child.is(Rule::Properties)) pattern.properties = properties(&child, allowed);
    if (child.is(Rule::WhereClause)) pattern.where = where(&child);
  }
  return pattern;
}

ast::RelationshipPattern Builder::relationship_pattern(const Syntax& node, Properties allowed) {
  ast::RelationshipPattern pattern;
  KITH_ASSERT(node.is(Rule::RelationshipPattern));
  pattern.at = node.at;
  const bool left = node.children.front().is(Token::PATTERN_LESS);
  const bool right = node.children.back().is(Token::GREATER);
  if (left != right) pattern.direction = left ? Direction::In : Direction::Out;
  const Syntax* detail = node.find(Rule::RelationshipDetail);
  if (detail == nullptr) return pattern;
  for (const Syntax& child : detail->children) {
    if (child.is(Rule::Name)) pattern.variable = name(child);
    if (child.is(Rule::Labels)) pattern.types = labels(child.children.subspan(1));
    if (child.is(Rule::HopRange)) pattern.range = range(child);
    if (child.is(Rule::Properties)) pattern.properties = properties(&child, allowed);
    if (child.is(Rule::WhereClause)) pattern.where = where(&child);
  }
  return pattern;
}

// *  *2  *1..  *..3  *1..3
ast::Range Builder::range(const Syntax& hop_range) const {
  KITH_ASSERT(hop_range.is(Rule::HopRange));
  ast::Range range;
  bool upper = false;
  for (const Syntax& child : hop_range.children) {
    if (child.is(Token::DOTDOT)) upper = true;
    if (!child.is(Token::INTEGER)) continue;
    const IntegerLiteral number = parse_integer_literal(text(child), false);
    if (number.fault != NumberFault::None) {
      fail(child, "IntegerOverflow", fmt::format("{} is too large for a length", text(child)));
    }
    const auto hops = static_cast<std::uint64_t>(number.value);
    (upper ? range.max : range.min) = hops;
  }
  if (!upper) range.max = range.min;
  return range;
}

ast::ExpressionPtr Builder::properties(const Syntax* node, Properties allowed) {
  KITH_ASSERT(node != nullptr && node->is(Rule::Properties));
  const Syntax& what = node->children[0];
  if (what.is(Rule::Parameter)) {
    if (allowed == Properties::MapOnly) {
      fail(what, "InvalidParameterUse",
           "a parameter cannot stand for the properties of a pattern in MATCH or MERGE: name each "
           "key, as in {key: $map.key}");
    }
    return make(what.at, 0, ast::Parameter{name(what.children[1]).text}).expression;
  }
  Built built = map(what);
  deepest_ = std::max(deepest_, built.height);
  check_use(*built.expression, Use::Value);
  return std::move(built.expression);
}

// Terms with joints between them. `|` binds loosest; `:` and `&` are the same.
ast::LabelExpression Builder::labels(std::span<const Syntax> terms_and_joints) {
  using Op = ast::LabelExpression::Op;
  const auto several = [](Op op, std::vector<ast::LabelExpression> operands) {
    if (operands.size() == 1) return std::move(operands[0]);
    ast::LabelExpression all;
    all.op = op;
    all.operands = std::move(operands);
    return all;
  };
  std::vector<ast::LabelExpression> alternatives, both;
  for (const Syntax& node : terms_and_joints) {
    if (node.is(Rule::LabelTerm) || node.is(Rule::LabelTest)) {
      both.push_back(label_term(node));
    } else if (node.children[0].is(Token::BAR) || node.children[0].is(Token::LABEL_BAR)) {
      alternatives.push_back(several(Op::And, std::move(both)));
      both.clear();
    }
  }
  KITH_ASSERT(!both.empty());
  alternatives.push_back(several(Op::And, std::move(both)));
  return several(Op::Or, std::move(alternatives));
}

// !!A, %, (A | B), $(name), A
ast::LabelExpression Builder::label_term(const Syntax& node) {
  using Op = ast::LabelExpression::Op;
  const auto children = node.children;
  std::size_t nots = 0;
  while (children[nots].is(Token::BANG)) ++nots;
  KITH_ASSERT(nots < children.size());
  const Syntax& what = children[nots];
  ast::LabelExpression term;
  if (what.is(Token::PERCENT)) {
    term.op = Op::Any;
  } else if (what.is(Rule::DynamicLabel)) {
    term.op = Op::Dynamic;
    term.dynamic.at = what.at;
    term.dynamic.any = what.has(Token::K_ANY);
    term.dynamic.value = root(*what.find(Rule::Expression));
  } else if (what.is(Token::OPEN)) {
    term = labels(children.subspan(nots + 1, children.size() - nots - 2));
  } else {
    term.name = name(what);
  }
  if (nots % 2 == 0) return term;
  ast::LabelExpression negated;
  negated.op = Op::Not;
  negated.operands.push_back(std::move(term));
  return negated;
}

}  // namespace kith::cypher
