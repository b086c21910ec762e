// cypher/explain_schema.cpp: schema commands as EXPLAIN shows them.
#include "cypher/explain_schema.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/print.hpp"

namespace kith::cypher {

namespace {

std::string quoted(std::string_view name) {
  std::string text;
  append_name(text, name);
  return text;
}

std::string name_text(const bound::SchemaName& name) {
  if (name.text.empty()) return "";
  return (name.is_parameter ? "$" : "") + quoted(name.text) + " ";
}

std::string pattern_text(const bound::SchemaTarget& target) {
  const std::string inside = "e:" + quoted(target.token);
  return target.on == bound::ElementKind::Node ? "(" + inside + ")" : "()-[" + inside + "]-()";
}

std::string keys_text(const bound::SchemaTarget& target) {
  std::string text;
  for (const auto& key : target.keys) text += (text.empty() ? "e." : ", e.") + quoted(key);
  return "(" + text + ")";
}

std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? ":" : "|") + quoted(name);
  return text;
}

// (e)<-[:A|B]-(:X|Y)
std::string step_text(const std::string& near, const bound::StepNames& step) {
  return fmt::format("{}{}[{}]{}({})", near, step.direction == Direction::In ? "<-" : "-",
                     alternatives(step.types), step.direction == Direction::Out ? "->" : "-",
                     alternatives(step.others));
}

std::string ends_text(const std::vector<bound::EndNames>& ends) {
  std::string text;
  for (const auto& pair : ends)
    text += fmt::format("{}({})-[e]->({})", text.empty() ? "" : " OR ", alternatives(pair.starts),
                        alternatives(pair.ends));
  return text;
}

std::string rule_text(const bound::CreateConstraint& command) {
  switch (command.kind) {
    case storage::ConstraintKind::Unique:
      return keys_text(command.target) + " IS UNIQUE";
    case storage::ConstraintKind::Key:
      return keys_text(command.target) + " IS KEY";
    case storage::ConstraintKind::Exists:
      return keys_text(command.target) + " IS NOT NULL";
    case storage::ConstraintKind::Type:
      return keys_text(command.target) + " IS :: " + to_text(command.types);
    case storage::ConstraintKind::Ends:
      return ends_text(command.ends);
    case storage::ConstraintKind::Count:
      return fmt::format("COUNT {{ {} }} {} {}", step_text("(e)", command.step),
                         command.least == command.most      ? "="
                         : command.most == storage::kNoMost ? ">="
                                                            : "<=",
                         command.most == storage::kNoMost ? command.least : command.most);
    case storage::ConstraintKind::OnDelete:
      return fmt::format("ON DELETE OF e {} {}", command.cascades ? "CASCADE" : "RESTRICT",
                         step_text("(e)", command.step));
  }
  return {};
}

}  // namespace

Label describe_command(const bound::SchemaCommand& command) {
  return std::visit(
      Overload{
          [](const bound::CreateIndex& n) -> Label {
            return {"CreateIndex", fmt::format("RANGE INDEX {}FOR {} ON {}", name_text(n.name),
                                               pattern_text(n.target), keys_text(n.target))};
          },
          [](const bound::DropIndex& n) -> Label {
            const bool by_name = !n.name.text.empty();
            return {"DropIndex", by_name ? name_text(n.name)
                                         : pattern_text(n.target) + " " + keys_text(n.target)};
          },
          [](const bound::CreateConstraint& n) -> Label {
            return {"CreateConstraint",
                    fmt::format("CONSTRAINT {}FOR {} REQUIRE {}", name_text(n.name),
                                pattern_text(n.target), rule_text(n))};
          },
          [](const bound::DropConstraint& n) -> Label {
            return {"DropConstraint", name_text(n.name)};
          },
      },
      command.node);
}

}  // namespace kith::cypher
