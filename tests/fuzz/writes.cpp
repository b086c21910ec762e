// tests/fuzz/writes.cpp: writing statements whose effect does not depend on the order of rows.
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {

std::string Generator::constant_map() {
  std::string out = "{";
  const int number = random_.between(0, 2);
  std::vector<std::string> keys;
  for (const auto& key : all_keys())
    if (static_cast<int>(keys.size()) < number && chance(40)) keys.push_back(key);
  for (const auto& key : keys)
    out += (out.size() > 1 ? ", " : "") + key + ": " +
           (chance(10) ? "null" : random_literal_of(random_, key));
  return out + "}";
}

// A value that only the element itself decides.
std::string Generator::own_value(const Variable& element) {
  const Scope own = {element};
  switch (random_.below(5)) {
    case 0:
      return "coalesce(toIntegerOrNull(" + element.name + ".k), 0) % 100 + 1";
    case 1:
      return element.name + "." + random_.word(all_keys());
    case 2:
      return "null";
    default:
      return literal();
  }
}

std::string Generator::create(Scope& scope) {
  const auto* known = variable_of(scope, Type::Node);
  const auto name = fresh("n");
  const auto value = chance(50) ? property(scope) : any(scope, 1);
  const auto made = "(" + name + (chance(70) ? ":" + random_.word(all_labels()) : "") +
                    (chance(30) ? ":E" : "") +
                    " {k: " + (may_fail_ ? value : random_literal(random_)) + ", i: 7})";
  std::string out = " CREATE ";
  if (known != nullptr && chance(60)) {
    const auto type = random_.word(all_types());
    out += chance(50) ? "(" + known->name + ")-[:" + type + " " + constant_map() + "]->" + made
                      : made + "-[:" + type + "]->(" + known->name + ")";
    if (chance(15)) out += "-[:" + type + "]->(" + known->name + ")";
  } else {
    out += made;
  }
  scope.push_back({name, Type::Node});
  return out;
}

std::string Generator::merge(Scope& scope) {
  const auto* a = variable_of(scope, Type::Node);
  const auto* b = variable_of(scope, Type::Node);
  const auto actions = [&](const std::string& name) {
    std::string out;
    if (chance(40)) out += " ON CREATE SET " + name + ".s = 'made'";
    if (chance(40)) out += " ON MATCH SET " + name + ".b = true";
    return out;
  };
  if (a != nullptr && chance(55)) {
    const auto r = fresh("r");
    const auto type = random_.word(all_types());
    auto out = " MERGE (" + a->name + ")-[" + r + ":" + type +
               (chance(30) ? " {i: " + std::to_string(random_.between(0, 3)) + "}" : "") + "]->(" +
               (chance(70) ? b->name : ":" + random_.word(all_labels())) + ")" + actions(r);
    return out;
  }
  const auto n = fresh("n");
  const auto* value = variable_of(scope, Type::Integer);
  auto out =
      " MERGE (" + n + ":" + random_.word(all_labels()) + " {i: " +
      (value != nullptr && chance(70) ? value->name : std::to_string(random_.between(0, 4))) +
      "})" + actions(n);
  scope.push_back({n, Type::Node});
  return out;
}

std::string Generator::set(const Scope& scope) {
  const auto* element = variable_of(scope, chance(75) ? Type::Node : Type::Relationship);
  if (element == nullptr) element = variable_of(scope, Type::Node);
  if (element == nullptr) return "";
  const auto& name = element->name;
  switch (random_.below(6)) {
    case 0:
      if (element->type == Type::Node)
        return " SET " + name + ":" + random_.word(all_labels()) + (chance(20) ? ":E" : "");
      [[fallthrough]];
    case 1:
      return " SET " + name + " += " + constant_map();
    case 2:
      return chance(30) ? " SET " + name + " = " + constant_map()
                        : " SET " + name + " = properties(" + name + ")";
    case 3:
      return " SET " + name + ".k = " + own_value(*element) + ", " + name +
             ".i = " + own_value(*element);
    default:
      return " SET " + name + "." + random_.word(all_keys()) + " = " + own_value(*element);
  }
}

std::string Generator::remove(const Scope& scope) {
  const auto* element = variable_of(scope, Type::Node);
  if (element == nullptr) return "";
  if (chance(40)) return " REMOVE " + element->name + ":" + random_.word(all_labels());
  return " REMOVE " + element->name + "." + random_.word(all_keys());
}

std::string Generator::erase(const Scope& scope) {
  if (const auto* r = variable_of(scope, Type::Relationship); r != nullptr && chance(50))
    return " DELETE " + r->name;
  if (const auto* list = variable_of(scope, Type::Relationships); list != nullptr && chance(50))
    return " FOREACH (e IN " + list->name + " | DELETE e)";
  const auto* node = variable_of(scope, Type::Node);
  if (node == nullptr) return "";
  return (chance(85) ? " DETACH DELETE " : " DELETE ") + node->name;
}

std::string Generator::foreach (const Scope& scope) {
  const auto x = fresh("x");
  std::string body;
  if (const auto* path = variable_of(scope, Type::Path); path != nullptr && chance(60))
    return " FOREACH (" + x + " IN nodes(" + path->name + ") |" + set({{x, Type::Node}}) + ")";
  if (chance(50)) {
    Scope inner = {{x, Type::Integer}};
    return " FOREACH (" + x + " IN " + integers(scope, 1) + " |" + merge(inner) + ")";
  }
  return " FOREACH (" + x + " IN " + integers(scope, 1) +
         " | CREATE (:" + random_.word(all_labels()) + " {i: " + x + "}))";
}

// CALL (x) { … }: for its effects, or with a row for each that it makes.
std::string Generator::write_subquery(const Scope& scope) {
  const auto* element = variable_of(scope, Type::Node);
  Scope inner;
  std::string imports;
  if (element != nullptr) inner = {*element}, imports = element->name;
  std::string body = chance(40) ? " UNWIND [1, 2] AS " + fresh("u") : "";
  body += chance(50) && !inner.empty() ? set(inner) : create(inner);
  if (chance(30)) body += chance(50) ? merge(inner) : create(inner);
  if (chance(50)) return " CALL (" + imports + ") {" + body + " }";
  const auto name = fresh("v");
  return " CALL (" + imports + ") {" + body + " RETURN count(*) AS " + name + " }";
}

std::string Generator::write_clause(Scope& scope, bool& deleted) {
  switch (random_.below(12)) {
    case 11:
      return write_subquery(scope);
    case 0:
    case 1:
      return create(scope);
    case 2:
    case 3:
      return merge(scope);
    case 4:
      return remove(scope);
    case 5: {
      auto out = erase(scope);
      deleted = !out.empty();
      return out;
    }
    case 6:
      return foreach (scope);
    default:
      return set(scope);
  }
}

std::string Generator::write_statement() {
  Scope scope;
  std::string out = chance(88) ? reading_clauses(scope, random_.between(1, 2)) : "";
  // A value per element, to be written there.
  if (const auto* node = variable_of(scope, Type::Node); node != nullptr && chance(20)) {
    const auto name = node->name;
    out += " WITH " + name + ", count(*) AS total SET " + name + ".i = total";
    scope = {{name, Type::Node}, {"total", Type::Integer}};
  }
  const int clauses = random_.between(1, 3);
  bool deleted = false;
  std::string written;
  for (int i = 0; i < clauses && !deleted; ++i) written += write_clause(scope, deleted);
  if (written.empty()) written = create(scope);
  out += written;
  if (deleted) {
    if (chance(50)) out += " WITH count(*) AS rows MATCH (z) RETURN rows, count(*) AS c";
    return out.substr(1);
  }
  if (chance(30)) {  // reads what was written
    out += chance(60) ? " WITH *" : " WITH count(*) AS rows";
    if (out.ends_with("rows")) scope.clear();
    out += match(scope, chance(30)) + " RETURN count(*) AS c";
  } else if (chance(40)) {
    out += " RETURN " + plain_items(scope, 1);
  }
  return out.substr(1);
}

}  // namespace kith::fuzz
