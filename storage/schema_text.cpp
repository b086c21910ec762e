// storage/schema_text.cpp: patterns, rules, statements.
#include "storage/schema_text.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/print.hpp"

namespace kith::storage {

namespace {

class Writer {
 public:
  Writer(const Catalog& catalog, bool always_quote)
      : catalog_(catalog), always_quote_(always_quote) {}

  std::string name(std::string_view text) const {
    std::string out;
    if (!always_quote_) {
      append_name(out, text);
      return out;
    }
    out = '`';
    for (const char c : text) out.append(c == '`' ? 2 : 1, c);
    return out + '`';
  }
  template <class I>
  std::string alternatives(const std::vector<I>& ids) const {
    std::string out;
    for (const I id : ids) out += (out.empty() ? ":" : "|") + name(catalog_.name(id));
    return out;
  }
  // (n:`Label`), ()-[r:`TYPE`]-()
  std::string element(SchemaToken token) const {
    return token.on == ElementKind::Node
               ? fmt::format("(n:{})", name(catalog_.name(token.label())))
               : fmt::format("()-[r:{}]-()", name(catalog_.name(token.type())));
  }
  // (n.`a`, n.`b`)
  std::string properties(SchemaToken token, const std::vector<KeyId>& keys) const {
    const char variable = token.on == ElementKind::Node ? 'n' : 'r';
    std::string out;
    for (const KeyId key : keys)
      out += fmt::format("{}{}.{}", out.empty() ? "" : ", ", variable, name(catalog_.name(key)));
    return '(' + out + ')';
  }
  // <near>-[r:`A`|`B`]->(m:`X`|`Y`)
  std::string step(const std::string& near, std::string_view relationship, const PatternStep& step,
                   std::string_view other) const {
    const std::string detail = std::string(relationship) + alternatives(step.types);
    return fmt::format("{}{}{}{}({}{})", near, step.direction == Direction::In ? "<-" : "-",
                       detail.empty() ? "" : '[' + detail + ']',
                       step.direction == Direction::Out ? "->" : "-", other,
                       alternatives(step.others));
  }
  std::string ends(const std::vector<EndLabels>& pairs) const {
    std::string out;
    for (const EndLabels& pair : pairs)
      out += fmt::format("{}({})-[r]->({})", out.empty() ? "" : " OR ", alternatives(pair.starts),
                         alternatives(pair.ends));
    return out;
  }

  std::string rule(const ConstraintDef& constraint) const {
    const std::string node = element(constraint.token);
    const bool of_node = constraint.token.on == ElementKind::Node;
    switch (constraint.kind) {
      case ConstraintKind::Unique:
        return property_rule(constraint, "IS UNIQUE");
      case ConstraintKind::Key:
        return property_rule(constraint, of_node ? "IS NODE KEY" : "IS RELATIONSHIP KEY");
      case ConstraintKind::Exists:
        return property_rule(constraint, "IS NOT NULL");
      case ConstraintKind::Type:
        return property_rule(constraint, "IS :: " + to_text(constraint.types));
      case ConstraintKind::Ends:
        return fmt::format("()-[r:{}]->() REQUIRE {}", name(catalog_.name(constraint.token.type())),
                           ends(constraint.ends));
      case ConstraintKind::Count:
        return fmt::format("{} REQUIRE COUNT {{ {} }} {}", node,
                           step("(n)", "", constraint.step, ""), range(constraint));
      case ConstraintKind::OnDelete:
        return fmt::format("{} REQUIRE ON DELETE OF n {}", step(node, "r", constraint.step, "m"),
                           constraint.cascades ? "CASCADE TO m" : "RESTRICT");
    }
    return {};
  }

 private:
  std::string property_rule(const ConstraintDef& constraint, const std::string& rule) const {
    return fmt::format("{} REQUIRE {} {}", element(constraint.token),
                       properties(constraint.token, constraint.keys), rule);
  }
  static std::string range(const ConstraintDef& constraint) {
    if (constraint.least == constraint.most) return fmt::format("= {}", constraint.least);
    KITH_ASSERT(constraint.least == 0 || constraint.most == kNoMost);
    return constraint.most == kNoMost ? fmt::format(">= {}", constraint.least)
                                      : fmt::format("<= {}", constraint.most);
  }

  const Catalog& catalog_;
  const bool always_quote_;
};

}  // namespace

std::string create_statement(const Catalog& catalog, const IndexDef& index) {
  const Writer writer(catalog, true);
  return fmt::format("CREATE RANGE INDEX {} FOR {} ON {}", writer.name(index.name),
                     writer.element(index.token), writer.properties(index.token, index.keys));
}

std::string create_statement(const Catalog& catalog, const ConstraintDef& constraint) {
  const Writer writer(catalog, true);
  return fmt::format("CREATE CONSTRAINT {} FOR {}", writer.name(constraint.name),
                     writer.rule(constraint));
}

std::string step_text(const Catalog& catalog, LabelId label, const PatternStep& step) {
  const Writer writer(catalog, false);
  return writer.step(fmt::format("(:{})", writer.name(catalog.name(label))), "", step, "");
}

std::string ends_text(const Catalog& catalog, const std::vector<EndLabels>& ends) {
  return Writer(catalog, false).ends(ends);
}

}  // namespace kith::storage
