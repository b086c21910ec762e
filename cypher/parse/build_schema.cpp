// cypher/parse/build_schema.cpp: CREATE and DROP of indexes and constraints.
#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/parse/builder.hpp"

namespace kith::cypher {

ast::Query Builder::command(const Syntax& node) {
  if (node.is(Rule::ShowCommand)) return show(node);
  ast::Query query;
  query.parts.emplace_back();
  query.parts[0].clauses.push_back({node.at, schema_command(node)});
  return query;
}

ast::SchemaCommand Builder::schema_command(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::SchemaCommand));
  if (node.children[0].is(Token::K_DROP)) return drop(node.children[1]);
  if (const Syntax* replace = node.find(Token::K_REPLACE)) {
    fail(
        *replace, "UnsupportedFeature",
        "an index or a constraint cannot be replaced: DROP it and CREATE it, or say IF NOT EXISTS");
  }
  const Syntax& what = node.children.back();
  return what.is(Rule::CreateIndex) ? create_index(what) : create_constraint(what);
}

namespace {

// Why kith has no indexes of a kind, and what serves instead; empty for RANGE.
std::string_view missing_kind(Token kind) {
  switch (kind) {
    case Token::K_TEXT:
      return "TEXT indexes are not supported: a RANGE index finds strings by =, IN and STARTS WITH";
    case Token::K_POINT:
      return "POINT indexes are not supported: a RANGE index finds points by = and IN";
    case Token::K_FULLTEXT:
      return "FULLTEXT indexes are not supported";
    case Token::K_VECTOR:
      return "VECTOR indexes are not supported";
    case Token::K_LOOKUP:
      return "LOOKUP indexes are not needed: nodes are always found by label, relationships by "
             "type";
    default:
      return {};
  }
}

}  // namespace

ast::SchemaCommand Builder::create_index(const Syntax& node) {
  if (const Syntax* kind = node.find(Rule::IndexKind)) {
    const std::string_view missing = missing_kind(kind->children[0].token);
    if (!missing.empty()) fail(*kind, "UnsupportedFeature", missing);
  }
  ast::CreateIndex command;
  const Syntax& body = node.children.back();
  if (body.is(Rule::LegacyIndex)) {
    bool is_label = true;
    for (const Syntax& child : body.children) {
      if (!child.is(Rule::SchemaName)) continue;
      if (is_label) {
        command.pattern.token = name(child);
      } else {
        command.properties.push_back({{}, name(child)});
      }
      is_label = false;
    }
    return {std::move(command)};
  }
  if (const Syntax* object = body.find(Rule::SchemaObject)) command.name = schema_name(*object);
  command.if_not_exists = body.has(Rule::IfNotExists);
  command.pattern = schema_pattern(*body.find(Rule::SchemaPattern));
  if (const Syntax* each = body.find(Token::K_EACH)) {
    fail(*each, "UnexpectedSyntax", "ON EACH is for FULLTEXT and LOOKUP indexes: write ON (n.key)");
  }
  command.properties = schema_properties(*body.find(Rule::IndexedParts));
  check_options(body.find(Rule::SchemaOptions));
  return {std::move(command)};
}

ast::SchemaCommand Builder::create_constraint(const Syntax& node) {
  ast::CreateConstraint command;
  if (const Syntax* object = node.find(Rule::SchemaObject)) command.name = schema_name(*object);
  command.if_not_exists = node.has(Rule::IfNotExists);
  const Syntax& pattern = *node.find(Rule::SchemaPattern);
  const Syntax& rule = node.find(Rule::ConstraintRule)->children[0];
  if (rule.is(Rule::DeleteRule)) {
    command.path = owner_path(pattern);
    command.rule = delete_rule(rule);
  } else {
    command.pattern = schema_pattern(pattern);
    command.rule = constraint_rule(*node.find(Rule::ConstraintRule));
  }
  check_options(node.find(Rule::SchemaOptions));
  return {std::move(command)};
}

decltype(ast::CreateConstraint::rule) Builder::constraint_rule(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::ConstraintRule));
  if (node.children[0].is(Rule::EndsRule)) return ends_rule(node.children[0]);
  if (node.children[0].is(Rule::CountRule)) return count_rule(node.children[0]);
  ast::PropertyRule rule = property_rule(node.children.back());
  rule.properties = schema_properties(*node.find(Rule::IndexedParts));
  return rule;
}

ast::PropertyRule Builder::property_rule(const Syntax& node) const {
  using Kind = ast::PropertyRule::Kind;
  using About = ast::PropertyRule::About;
  ast::PropertyRule rule;
  rule.at = node.at;
  if (node.has(Token::K_NODE)) rule.about = About::Node;
  if (node.has(Token::K_RELATIONSHIP) || node.has(Token::K_REL)) rule.about = About::Relationship;
  if (node.has(Token::K_UNIQUE)) rule.kind = Kind::Unique;
  if (node.has(Token::K_KEY)) rule.kind = Kind::Key;
  if (node.has(Token::K_NULL)) rule.kind = Kind::NotNull;
  if (const Syntax* type = node.find(Rule::TypeName)) {
    rule.kind = Kind::Type;
    rule.type = type_name(*type);
  }
  return rule;
}

ast::SchemaCommand Builder::drop(const Syntax& node) const {
  const bool if_exists = node.has(Rule::IfExists);
  const Syntax* object = node.find(Rule::SchemaObject);
  if (node.is(Rule::DropConstraint)) {
    return {ast::DropConstraint{schema_name(*object), if_exists}};
  }
  ast::DropIndex command;
  command.if_exists = if_exists;
  if (object != nullptr) {
    command.name = schema_name(*object);
    return {std::move(command)};
  }
  for (const Syntax& child : node.find(Rule::LegacyIndex)->children) {
    if (!child.is(Rule::SchemaName)) continue;
    if (command.label.text.empty()) {
      command.label = name(child);
    } else {
      command.keys.push_back(name(child));
    }
  }
  return {std::move(command)};
}

ast::SchemaName Builder::schema_name(const Syntax& node) const {
  KITH_ASSERT(node.is(Rule::SchemaObject));
  const Syntax& what = node.children[0];
  if (what.is(Rule::Name)) return {name(what), false};
  const Syntax& parameter = what.children[1];
  if (parameter.is(Rule::SchemaName)) return {{name(parameter).text, what.at}, true};
  return {{std::string(text(parameter)), what.at}, true};
}

ast::SchemaPattern Builder::schema_pattern(const Syntax& node) {
  if (const Syntax* path = node.find(Rule::PathPattern)) {
    const auto pattern = relationship_pattern_of(path_pattern(*path));
    if (pattern) return *pattern;
    fail(node, "UnexpectedSyntax", "the pattern here is (n:Label) or ()-[r:TYPE]-()");
  }
  ast::SchemaPattern pattern;
  pattern.variable = name(*node.find(Rule::Name));
  const Syntax* labels = node.find(Rule::SchemaLabels);
  if (labels == nullptr) fail(node, "UnexpectedSyntax", "the pattern needs a label");
  pattern.token = name(*labels->find(Rule::SchemaName));
  if (labels->children.size() > 2) {
    fail(labels->children[2], "UnexpectedSyntax", "the pattern takes a label only");
  }
  return pattern;
}

// ()-[r:TYPE]-(), with or without an arrow; nothing if it is another path.
std::optional<ast::SchemaPattern> Builder::relationship_pattern_of(
    const ast::PatternPart& path) const {
  if (path.relationships.size() != 1) return std::nullopt;
  for (const ast::NodePattern& node : path.nodes) {
    if (node.variable || node.labels || node.properties || node.where) return std::nullopt;
  }
  const ast::RelationshipPattern& relationship = path.relationships[0];
  if (relationship.properties || relationship.where || relationship.range) return std::nullopt;
  if (!relationship.variable) {
    throw_syntax_error(source_, "UnexpectedSyntax", "the relationship needs a name, as in [r:TYPE]",
                       relationship.at);
  }
  const auto& types = relationship.types;
  if (!types || types->op != ast::LabelExpression::Op::Name) {
    throw_syntax_error(source_, "UnexpectedSyntax",
                       types ? "the pattern takes a relationship type only"
                             : "the pattern needs a relationship type",
                       relationship.at);
  }
  return ast::SchemaPattern{true, *relationship.variable, types->name};
}

std::vector<ast::SchemaProperty> Builder::schema_properties(const Syntax& indexed_parts) const {
  std::vector<ast::SchemaProperty> properties;
  for (const Syntax& child : indexed_parts.children) {
    if (!child.is(Rule::IndexedPart)) continue;
    const Syntax* key = child.find(Rule::SchemaName);
    if (key == nullptr) unexpected(child, "a property is wanted here, such as n.key");
    properties.push_back({name(child.children[0]), name(*key)});
  }
  KITH_ASSERT(!properties.empty());
  return properties;
}

// What Neo4j writes there for RANGE indexes is taken: {indexProvider: 'range-1.0', indexConfig:
// {}}.
void Builder::check_options(const Syntax* options) {
  if (options == nullptr) return;
  const Syntax& what = options->children[1];
  if (what.is(Rule::Parameter)) {
    fail(what, "UnsupportedFeature", "OPTIONS as a parameter are not supported: write them out");
  }
  const Built built = map(what);
  for (const auto& entry : std::get<ast::MapLiteral>(built.expression->node).entries) {
    const auto* literal = std::get_if<ast::Literal>(&entry.value->node);
    const auto* config = std::get_if<ast::MapLiteral>(&entry.value->node);
    const bool is_provider = entry.key.text == "indexProvider" && literal != nullptr &&
                             literal->value.cell().kind == Kind::String &&
                             literal->value.cell().string() == "range-1.0";
    const bool is_config =
        entry.key.text == "indexConfig" && config != nullptr && config->entries.empty();
    if (is_provider || is_config) continue;
    throw_syntax_error(source_, "UnsupportedFeature",
                       fmt::format("the option `{}` is not supported: indexes have no options but "
                                   "indexProvider: 'range-1.0' and indexConfig: {{}}",
                                   entry.key.text),
                       entry.key.at);
  }
}

}  // namespace kith::cypher
