// cypher/parse/build_references.cpp: what a constraint says of relationships.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

// (:A)-[r]->(:B) OR (:C)-[r]->(:D)
ast::EndsRule Builder::ends_rule(const Syntax& node) {
  ast::EndsRule rule;
  rule.at = node.at;
  for (const Syntax& child : node.children) {
    if (child.is(Rule::PathPattern)) rule.patterns.push_back(path_pattern(child));
  }
  KITH_ASSERT(!rule.patterns.empty());
  return rule;
}

// COUNT { (a)<-[:T]-(:B) } = 1, EXISTS { (a)<-[:T]-(:B) }
ast::CountRule Builder::count_rule(const Syntax& node) {
  ast::CountRule rule;
  rule.at = node.at;
  const Syntax& list = *node.find(Rule::PatternList);
  if (const Syntax* where_clause = node.find(Rule::WhereClause)) {
    fail(*where_clause, "InvalidConstraint", "a constraint counts relationships without WHERE");
  }
  if (list.children.size() != 1) {
    fail(list.children[1], "InvalidConstraint", "a constraint counts one pattern");
  }
  rule.pattern = pattern_part(list.children[0], Properties::MapOnly);
  const auto& steps = rule.pattern.relationships;
  const bool is_quantified = std::any_of(steps.begin(), steps.end(), [](const auto& relationship) {
    return relationship.quantifier.has_value();
  });
  if (is_quantified || rule.pattern.selector || !rule.pattern.wheres.empty()) {
    fail(list.children[0], "InvalidConstraint",
         "a constraint counts relationships of one step, without quantifiers, path selectors and "
         "conditions");
  }
  const Syntax* bound = node.find(Rule::CountBound);
  if (node.has(Token::K_EXISTS)) {
    if (bound != nullptr) fail(*bound, "UnexpectedSyntax", "EXISTS { … } is not compared");
    return rule;
  }
  if (bound == nullptr) {
    throw_syntax_error(source_, "InvalidConstraint",
                       "COUNT { … } is compared with an integer: = 1, >= 1, <= 3", node.at);
  }
  rule.op = bound_operator(bound->children[0].token);
  const Syntax& number = bound->children[1];
  const IntegerLiteral literal = parse_integer_literal(text(number), false);
  if (literal.fault != NumberFault::None) {
    fail(number, "IntegerOverflow", fmt::format("{} is too large", text(number)));
  }
  rule.number = static_cast<std::uint64_t>(literal.value);
  return rule;
}

ast::BinaryOp Builder::bound_operator(Token token) const {
  switch (token) {
    case Token::EQUAL:
      return ast::BinaryOp::Equal;
    case Token::LESS:
      return ast::BinaryOp::Less;
    case Token::LESS_EQUAL:
      return ast::BinaryOp::LessEqual;
    case Token::GREATER:
      return ast::BinaryOp::Greater;
    default:
      KITH_ASSERT(token == Token::GREATER_EQUAL);
      return ast::BinaryOp::GreaterEqual;
  }
}

// ON DELETE OF a CASCADE [TO b], ON DELETE OF a RESTRICT
ast::DeleteRule Builder::delete_rule(const Syntax& node) const {
  const auto is_word = [&](const Syntax& token, std::string_view word) {
    const std::string_view written = text(token);
    return std::equal(written.begin(), written.end(), word.begin(), word.end(), [](char a, char b) {
      return std::toupper(static_cast<unsigned char>(a)) == b;
    });
  };
  ast::DeleteRule rule;
  rule.at = node.at;
  rule.of = name(*node.find(Rule::Name));
  const Syntax& action = node.children[4];
  rule.cascades = is_word(action, "CASCADE");
  if (!rule.cascades && !is_word(action, "RESTRICT")) {
    unexpected(action, "CASCADE or RESTRICT is wanted here");
  }
  if (node.children.size() == 5) return rule;
  const Syntax& to = node.children[5];
  if (!rule.cascades || !is_word(to, "TO")) unexpected(to, "the constraint ends here");
  rule.to = name(node.children[6]);
  return rule;
}

// (a:A)-[r:T]->(b:B)
ast::PatternPart Builder::owner_path(const Syntax& schema_pattern) {
  const Syntax* path = schema_pattern.find(Rule::PathPattern);
  if (path == nullptr) {
    fail(schema_pattern, "InvalidConstraint",
         "ON DELETE needs both ends: FOR (a:Label)-[r:TYPE]->(b:Label)");
  }
  return path_pattern(*path);
}

}  // namespace kith::cypher
