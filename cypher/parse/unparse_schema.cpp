// cypher/parse/unparse_schema.cpp: schema commands as Cypher text.
#include "core/id.hpp"
#include "cypher/parse/printer.hpp"

namespace kith::cypher {

using namespace ast;  // the nodes are the words of this file

void Printer::schema(const SchemaCommand& command) {
  std::visit(Overload{[&](const CreateIndex& n) { create_index(n); },
                      [&](const DropIndex& n) { drop_index(n); },
                      [&](const CreateConstraint& n) { create_constraint(n); },
                      [&](const DropConstraint& n) {
                        out_ += "DROP CONSTRAINT";
                        schema_name(n.name);
                        if (n.if_exists) out_ += " IF EXISTS";
                      }},
             command.node);
}

void Printer::create_index(const CreateIndex& n) {
  out_ += "CREATE INDEX";
  if (n.pattern.variable.text.empty()) {  // the old way
    out_ += " ON :" + quoted_name(n.pattern.token.text) + "(";
    list(n.properties, [&](const SchemaProperty& p) { out_ += quoted_name(p.key.text); });
    out_ += ")";
    return;
  }
  if (n.name) schema_name(*n.name);
  if (n.if_not_exists) out_ += " IF NOT EXISTS";
  out_ += " FOR ";
  schema_pattern(n.pattern);
  out_ += " ON ";
  schema_properties(n.properties);
}

void Printer::drop_index(const DropIndex& n) {
  out_ += "DROP INDEX";
  if (n.name) {
    schema_name(*n.name);
    if (n.if_exists) out_ += " IF EXISTS";
    return;
  }
  out_ += " ON :" + quoted_name(n.label.text) + "(";
  list(n.keys, [&](const Name& key) { out_ += quoted_name(key.text); });
  out_ += ")";
}

void Printer::create_constraint(const CreateConstraint& n) {
  out_ += "CREATE CONSTRAINT";
  if (n.name) schema_name(*n.name);
  if (n.if_not_exists) out_ += " IF NOT EXISTS";
  out_ += " FOR ";
  if (n.path) {
    pattern(*n.path);
  } else {
    schema_pattern(n.pattern);
  }
  out_ += " REQUIRE ";
  std::visit(Overload{[&](const PropertyRule& rule) { property_rule(rule); },
                      [&](const EndsRule& rule) {
                        for (const PatternPart& path : rule.patterns) {
                          if (&path != &rule.patterns.front()) out_ += " OR ";
                          pattern(path);
                        }
                      },
                      [&](const CountRule& rule) { count_rule(rule); },
                      [&](const DeleteRule& rule) {
                        out_ += "ON DELETE OF " + quoted_name(rule.of.text);
                        out_ += rule.cascades ? " CASCADE" : " RESTRICT";
                        if (rule.to) out_ += " TO " + quoted_name(rule.to->text);
                      }},
             n.rule);
}

void Printer::count_rule(const CountRule& rule) {
  const auto spelling = [&]() -> std::string_view {
    switch (rule.op) {
      case BinaryOp::Equal:
        return "=";
      case BinaryOp::Less:
        return "<";
      case BinaryOp::LessEqual:
        return "<=";
      case BinaryOp::Greater:
        return ">";
      default:
        return ">=";
    }
  };
  out_ += "COUNT { ";
  pattern(rule.pattern);
  out_ += " } " + std::string(spelling()) + " " + std::to_string(rule.number);
}

void Printer::property_rule(const PropertyRule& rule) {
  schema_properties(rule.properties);
  out_ += " IS ";
  if (rule.about == PropertyRule::About::Node) out_ += "NODE ";
  if (rule.about == PropertyRule::About::Relationship) out_ += "RELATIONSHIP ";
  switch (rule.kind) {
    case PropertyRule::Kind::Unique:
      out_ += "UNIQUE";
      break;
    case PropertyRule::Kind::Key:
      out_ += "KEY";
      break;
    case PropertyRule::Kind::NotNull:
      out_ += "NOT NULL";
      break;
    case PropertyRule::Kind::Type:
      out_ += ":: " + rule.type;
      break;
  }
}

void Printer::schema_name(const SchemaName& n) {
  out_ += n.is_parameter ? " $" : " ";
  out_ += quoted_name(n.name.text);
}

void Printer::schema_pattern(const SchemaPattern& n) {
  const std::string inside = quoted_name(n.variable.text) + ":" + quoted_name(n.token.text);
  out_ += n.relationship ? "()-[" + inside + "]-()" : "(" + inside + ")";
}

void Printer::schema_properties(const std::vector<SchemaProperty>& properties) {
  out_ += "(";
  list(properties, [&](const SchemaProperty& p) {
    out_ += quoted_name(p.variable.text) + "." + quoted_name(p.key.text);
  });
  out_ += ")";
}

void Printer::hints(const std::vector<Hint>& hints) {
  for (const Hint& hint : hints) {
    out_ += hint.kind == Hint::Kind::Scan ? " USING SCAN " : " USING INDEX ";
    out_ += quoted_name(hint.variable.text) + ":" + quoted_name(hint.label.text);
    if (hint.kind == Hint::Kind::Scan) continue;
    out_ += "(";
    list(hint.keys, [&](const Name& key) { out_ += quoted_name(key.text); });
    out_ += ")";
  }
}

}  // namespace kith::cypher
