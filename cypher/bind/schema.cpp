// cypher/bind/schema.cpp: schema commands: the one variable, its properties, what they may say.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "cypher/bind/binder.hpp"
#include "cypher/property_types.hpp"

namespace kith::cypher {

void Binder::bind(const ast::SchemaCommand& clause, Position at, Clauses& into) {
  KITH_ASSERT(into.empty() && depth_ == 0);  // the grammar: it stands alone
  bound::SchemaCommand made;
  made.at = at;
  std::visit([&](const auto& command) { made.node = bind_command(command); }, clause.node);
  note_write(at);
  changes_schema_ = true;
  into.push_back({std::move(made), at});
}

bound::CreateIndex Binder::bind_command(const ast::CreateIndex& command) {
  return {bind_schema_name(command.name), command.if_not_exists,
          schema_target(command.pattern, command.properties)};
}

bound::DropIndex Binder::bind_command(const ast::DropIndex& command) {
  bound::DropIndex made;
  made.name = bind_schema_name(command.name);
  made.if_exists = command.if_exists;
  made.target.token = command.label.text;
  for (const ast::Name& key : command.keys) made.target.keys.push_back(key.text);
  return made;
}

bound::CreateConstraint Binder::bind_command(const ast::CreateConstraint& command) {
  bound::CreateConstraint made;
  made.name = bind_schema_name(command.name);
  made.if_not_exists = command.if_not_exists;
  std::visit([&](const auto& rule) { bind_rule(rule, command, made); }, command.rule);
  return made;
}

bound::DropConstraint Binder::bind_command(const ast::DropConstraint& command) {
  return {bind_schema_name(command.name), command.if_exists};
}

void Binder::bind_rule(const ast::PropertyRule& rule, const ast::CreateConstraint& command,
                       bound::CreateConstraint& into) const {
  const ast::SchemaPattern& pattern = command.pattern;
  using Kind = ast::PropertyRule::Kind;
  using About = ast::PropertyRule::About;
  into.target = schema_target(pattern, rule.properties);
  if (rule.about != About::Pattern && (rule.about == About::Relationship) != pattern.relationship) {
    fail_.syntax("InvalidConstraint",
                 pattern.relationship ? "IS NODE … is for nodes, and the pattern is a relationship"
                                      : "IS RELATIONSHIP … is for relationships, and the pattern "
                                        "is a node",
                 rule.at);
  }
  KITH_ASSERT(!into.target.keys.empty());
  const bool single = rule.kind == Kind::NotNull || rule.kind == Kind::Type;
  if (single && rule.properties.size() > 1) {
    fail_.syntax("InvalidConstraint",
                 std::string(rule.kind == Kind::Type ? "IS :: type" : "IS NOT NULL") +
                     " takes one property: make a constraint for each",
                 rule.properties[1].key.at);
  }
  switch (rule.kind) {
    case Kind::Unique:
      into.kind = storage::ConstraintKind::Unique;
      break;
    case Kind::Key:
      into.kind = storage::ConstraintKind::Key;
      break;
    case Kind::NotNull:
      into.kind = storage::ConstraintKind::Exists;
      break;
    case Kind::Type:
      into.kind = storage::ConstraintKind::Type;
      into.types = parse_property_types(rule.type, rule.at);
      break;
  }
}

bound::SchemaName Binder::bind_schema_name(const std::optional<ast::SchemaName>& name) {
  if (!name) return {};
  if (name->is_parameter) parameters_.insert(name->name.text);
  return {name->name.text, name->is_parameter, name->name.at};
}

bound::SchemaTarget Binder::schema_target(
    const ast::SchemaPattern& pattern, const std::vector<ast::SchemaProperty>& properties) const {
  bound::SchemaTarget target;
  target.on = pattern.relationship ? bound::ElementKind::Relationship : bound::ElementKind::Node;
  target.token = pattern.token.text;
  for (const ast::SchemaProperty& property : properties) {
    if (property.variable.text != pattern.variable.text) {
      fail_.syntax("UndefinedVariable",
                   "`" + property.variable.text + "` is not defined: the pattern's variable is `" +
                       pattern.variable.text + "`",
                   property.variable.at);
    }
    const std::string& key = property.key.text;
    if (std::find(target.keys.begin(), target.keys.end(), key) != target.keys.end()) {
      fail_.syntax("DuplicateKey", "the property `" + key + "` is named twice", property.key.at);
    }
    target.keys.push_back(key);
  }
  return target;
}

}  // namespace kith::cypher
