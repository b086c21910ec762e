// cypher/parse/build_patterns.cpp: nodes, relationships, paths and label expressions.
#include <fmt/format.h>

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
  ast::PatternPart part;
  if (body.is(Rule::ShortestPath)) {
    part = shortest_path(body, allowed);
  } else {
    pattern_element(body, allowed, part);
  }
  part.at = node.at;
  if (node.children.size() > 1) part.variable = name(node.children[0]);
  KITH_ASSERT(part.nodes.size() == part.relationships.size() + 1);
  return part;
}

ast::PatternPart Builder::shortest_path(const Syntax& node, Properties allowed) {
  ast::PatternPart part;
  pattern_element(node.children[2], allowed, part);
  part.at = node.at;
  part.kind = node.children[0].is(Token::K_SHORTESTPATH) ? ast::PatternPart::Kind::ShortestPath
                                                         : ast::PatternPart::Kind::AllShortestPaths;
  return part;
}

void Builder::pattern_element(const Syntax& node, Properties allowed, ast::PatternPart& part) {
  if (const Syntax* inner = node.find(Rule::PatternElement)) {
    return pattern_element(*inner, allowed, part);
  }
  for (const Syntax& child : node.children) {
    if (child.is(Rule::NodePattern)) {
      part.nodes.push_back(node_pattern(child, allowed));
    } else {
      part.relationships.push_back(relationship_pattern(child, allowed));
    }
  }
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
