// tests/fuzz/expressions.cpp: expressions by type. None can fail, but for those behind may_fail_.
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {

const Variable* Generator::variable_of(const Scope& scope, Type type) {
  std::vector<const Variable*> found;
  for (const auto& variable : scope)
    if (variable.type == type) found.push_back(&variable);
  return found.empty() ? nullptr : random_.pick(found);
}

std::string Generator::expression(const Scope& scope, Type type, int depth) {
  switch (type) {
    case Type::Boolean:
      return boolean(scope, depth);
    case Type::Integer:
      return integer(scope, depth);
    case Type::Text:
      return text(scope, depth);
    case Type::Integers:
      return integers(scope, depth);
    case Type::Values:
      return values(scope, depth);
    case Type::Nodes:
      return nodes(scope, depth);
    default:
      return any(scope, depth);
  }
}

std::string Generator::literal() {
  static const std::vector<std::string> parameters = {"$one",  "$two",  "$text", "$none",
                                                      "$list", "$half", "$day"};
  return chance(12) ? random_.word(parameters) : random_literal(random_);
}

std::string Generator::property(const Scope& scope) {
  const auto* element = variable_of(scope, chance(70) ? Type::Node : Type::Relationship);
  if (element == nullptr) element = variable_of(scope, Type::Node);
  if (element == nullptr) return literal();
  return element->name + "." + (chance(10) ? "uid" : random_.word(all_keys()));
}

std::string Generator::label_expression(const std::vector<std::string>& names, int depth) {
  const auto name = random_.word(names);
  switch (depth <= 0 ? 0 : random_.below(9)) {
    case 4:
      return "!" + name;
    case 5:
      return name + "|" + random_.word(names);
    case 6:
      return name + "&" + label_expression({random_.word(names)}, 0);
    case 7:
      return "(" + label_expression(names, depth - 1) + ")&!" + name;
    case 8:
      return chance(50) ? "%" : "!%";
    default:
      return name;
  }
}

std::string Generator::comparison(const Scope& scope, int depth) {
  static const std::vector<std::string> operators = {"=", "=", "=", "<>", "<", "<=", ">", ">="};
  switch (random_.below(11)) {
    case 8:
    case 9: {  // most of them pass
      const auto* node = variable_of(scope, Type::Node);
      if (node == nullptr) return "(" + property(scope) + " <> 7)";
      return "(" + node->name + ".uid " + random_.word(operators) + " " +
             std::to_string(random_.between(0, 14)) + ")";
    }
    case 10:
      return "(" + property(scope) + " <> " + literal() + ")";
    case 0:
      return "(" + integer(scope, depth - 1) + " " + random_.word(operators) + " " +
             integer(scope, depth - 1) + ")";
    case 1:
      return "(" + any(scope, depth - 1) + " " + random_.word(operators) + " " +
             any(scope, depth - 1) + ")";
    case 2:
      return "(" + std::to_string(random_.between(-1, 2)) + (chance(50) ? " < " : " <= ") +
             property(scope) + (chance(50) ? " < " : " <= ") +
             std::to_string(random_.between(0, 4)) + ")";
    case 3:
      return "(" + property(scope) + " " + random_.word(operators) + " " + property(scope) + ")";
    case 4:
      return "(" + property(scope) + (chance(50) ? " STARTS WITH " : " CONTAINS ") +
             (chance(70) ? random_literal_of(random_, "s") : property(scope)) + ")";
    case 5: {
      const auto key = random_.word(all_keys());
      const auto* element = variable_of(scope, Type::Node);
      if (element == nullptr) element = variable_of(scope, Type::Relationship);
      if (element == nullptr) return "(1 = 1)";
      return "(" + element->name + "." + key + " " + random_.word(operators) + " " +
             random_literal_of(random_, key) + ")";
    }
    default:
      return "(" + property(scope) + " " + random_.word(operators) + " " + literal() + ")";
  }
}

std::string Generator::about_element(const Scope& scope) {
  const auto* node_a = variable_of(scope, Type::Node);
  const auto* node_b = variable_of(scope, Type::Node);
  const auto* relationship_a = variable_of(scope, Type::Relationship);
  const auto* relationship_b = variable_of(scope, Type::Relationship);
  switch (random_.below(6)) {
    case 0:
    case 1:
      if (node_a == nullptr) break;
      return "(" + node_a->name + ":" + label_expression(all_labels(), 2) + ")";
    case 2:
      if (relationship_a == nullptr) break;
      return "(" + relationship_a->name + ":" + label_expression(all_types(), 2) + ")";
    case 3:
      if (node_a == nullptr) break;
      return "(" + node_a->name + (chance(50) ? " = " : " <> ") + node_b->name + ")";
    case 4:
      if (relationship_a == nullptr) break;
      return "(" + relationship_a->name + (chance(30) ? " = " : " <> ") + relationship_b->name +
             ")";
    default:
      if (node_a == nullptr) break;
      return "(" + node_a->name + (chance(50) ? " IS NULL)" : " IS NOT NULL)");
  }
  return "(" + property(scope) + (chance(50) ? " IS NULL)" : " IS NOT NULL)");
}

std::string Generator::about_list(const Scope& scope, int depth) {
  static const std::vector<std::string> quantifiers = {"any", "all", "none", "single"};
  const auto x = fresh("x");
  auto inner = scope;
  if (chance(40)) {
    const bool has_list = variable_of(scope, Type::Bag) != nullptr;
    const auto list =
        has_list && chance(70) ? variable_of(scope, Type::Bag)->name : values(scope, depth - 1);
    return "(" + any(scope, depth - 1) + " IN " + list + ")";
  }
  if (const auto* path = variable_of(scope, Type::Path); path != nullptr && chance(60)) {
    const bool on_nodes = chance(50);
    inner.push_back({x, on_nodes ? Type::Node : Type::Relationship});
    return random_.word(quantifiers) + "(" + x + " IN " + (on_nodes ? "nodes(" : "relationships(") +
           path->name + ") WHERE " + boolean(inner, depth - 1) + ")";
  }
  if (const auto* list = variable_of(scope, Type::Relationships); list != nullptr && chance(60)) {
    inner.push_back({x, Type::Relationship});
    return random_.word(quantifiers) + "(" + x + " IN " + list->name + " WHERE " +
           boolean(inner, depth - 1) + ")";
  }
  inner.push_back({x, Type::Any});
  const auto list = values(scope, depth - 1);
  return random_.word(quantifiers) + "(" + x + " IN " + list + " WHERE " +
         (chance(60) ? x + (chance(50) ? " > 1" : " = 'a'") : boolean(inner, depth - 1)) + ")";
}

std::string Generator::boolean(const Scope& scope, int depth) {
  if (depth <= 0) return chance(70) ? comparison(scope, 0) : about_element(scope);
  switch (random_.below(20)) {
    case 0:
      return "(NOT " + boolean(scope, depth - 1) + ")";
    case 1:
    case 2:
      return "(" + boolean(scope, depth - 1) + " AND " + boolean(scope, depth - 1) + ")";
    case 3:
    case 4:
      return "(" + boolean(scope, depth - 1) + " OR " + boolean(scope, depth - 1) + ")";
    case 5:
      return "(" + boolean(scope, depth - 1) + " XOR " + boolean(scope, depth - 1) + ")";
    case 6:
      return "(" + property(scope) + " IN " + values(scope, depth - 1) + ")";
    case 7:
      return about_list(scope, depth);
    case 8:
      return subquery(scope, "EXISTS", depth);
    case 9:
      return pattern_predicate(scope);
    case 10: {
      static const std::vector<std::string> types = {
          "INTEGER",   "FLOAT",           "STRING",           "BOOLEAN",      "DATE",
          "LIST<ANY>", "INTEGER | FLOAT", "INTEGER NOT NULL", "LIST<INTEGER>"};
      return "(" + any(scope, depth - 1) + (chance(30) ? " IS NOT :: " : " IS :: ") +
             random_.word(types) + ")";
    }
    case 11:
      return "(" + any(scope, depth - 1) + (chance(50) ? " IS NULL)" : " IS NOT NULL)");
    case 12:
      return case_of(scope, Type::Boolean, depth);
    case 13: {
      if (const auto* flag = variable_of(scope, Type::Boolean)) return flag->name;
      static const std::vector<std::string> constants = {"true", "false", "null"};
      return random_.word(constants);
    }
    case 14:
      return "(" + text(scope, depth - 1) + " =~ '" + (chance(50) ? "a.*" : "[a-b]+") + "')";
    case 15:
    case 16:
      return about_element(scope);
    case 17:
      if (may_fail_ && chance(50)) return "(" + call(scope, depth - 1) + " = " + literal() + ")";
      return comparison(scope, depth);
    default:
      return comparison(scope, depth);
  }
}

std::string Generator::case_of(const Scope& scope, Type type, int depth) {
  const auto result = [&] {  // a bare pattern would be none
    const auto value = expression(scope, type, depth - 1);
    return type == Type::Boolean ? "(true AND " + value + ")" : value;
  };
  const auto when = [&](const std::string& condition) {
    return " WHEN " + condition + " THEN " + result();
  };
  std::string out = "CASE";
  if (chance(40)) {
    out += " " + any(scope, depth - 1) + when(literal());
    if (chance(40)) out += when(any(scope, 0));
  } else {
    out += when(boolean(scope, depth - 1));
    if (chance(40)) out += when(boolean(scope, depth - 1));
  }
  if (chance(70)) out += " ELSE " + result();
  return out + " END";
}

std::string Generator::integer(const Scope& scope, int depth) {
  const auto* known = variable_of(scope, Type::Integer);
  const auto simple = [&] {
    return known != nullptr && chance(60) ? known->name : std::to_string(random_.between(-1, 4));
  };
  if (depth <= 0) return simple();
  switch (random_.below(12)) {
    case 0:
    case 1: {
      static const std::vector<std::string> operators = {" + ", " - ", " * "};
      return "(" + integer(scope, depth - 1) + random_.word(operators) + simple() + ")";
    }
    case 2:
      return "size(" + values(scope, depth - 1) + ")";
    case 3:
      return "size(" + text(scope, depth - 1) + ")";
    case 4:
      for (const auto type : {Type::Path, Type::SomePath})
        if (const auto* path = variable_of(scope, type)) return "length(" + path->name + ")";
      return simple();
    case 5:
      return subquery(scope, "COUNT", depth);
    case 6:
      return "size(" + subquery(scope, "COLLECT", depth) + ")";
    case 7:
      return "size(" + pattern_comprehension(scope, depth) + ")";
    case 8:
      return case_of(scope, Type::Integer, depth);
    case 9: {
      const auto a = fresh("a"), x = fresh("x");
      auto inner = scope;
      inner.push_back({x, Type::Integer});
      return "reduce(" + a + " = 0, " + x + " IN " + integers(scope, depth - 1) + " | " + a +
             " + " + (chance(50) ? x : integer(inner, 0)) + ")";
    }
    case 10:
      if (const auto* bag = variable_of(scope, Type::Bag)) return "size(" + bag->name + ")";
      return simple();
    default:
      if (may_fail_ && chance(60))
        return "(" + property(scope) + (chance(50) ? " + " : " / ") + simple() + ")";
      return simple();
  }
}

std::string Generator::text(const Scope& scope, int depth) {
  const auto* known = variable_of(scope, Type::Text);
  if (depth <= 0 || chance(30))
    return known != nullptr && chance(60) ? known->name : random_literal_of(random_, "s");
  switch (random_.below(8)) {
    case 0:
      if (const auto* r = variable_of(scope, Type::Relationship)) return "type(" + r->name + ")";
      [[fallthrough]];
    case 1:
      return "coalesce(toStringOrNull(" + any(scope, depth - 1) + "), 'none')";
    case 2:
      return "(" + text(scope, depth - 1) + " + " + text(scope, 0) + ")";
    case 3:
      return "toUpper(" + text(scope, depth - 1) + ")";
    case 4:
      return "left(" + text(scope, depth - 1) + ", " + std::to_string(random_.between(0, 3)) + ")";
    case 5:
      return "valueType(" + any(scope, depth - 1) + ")";
    case 6:
      return "reverse(" + text(scope, depth - 1) + ")";
    default:
      return case_of(scope, Type::Text, depth);
  }
}

std::string Generator::any(const Scope& scope, int depth) {
  if (depth <= 0) return chance(75) ? property(scope) : literal();
  if (may_fail_ && chance(30)) return call(scope, depth - 1);
  switch (random_.below(18)) {
    case 14:
      if (const auto* node = variable_of(scope, Type::Node)) {
        static const std::vector<std::string> items = {".k", ".*", ".i, x: 1", "uid: 1"};
        return node->name + " {" + random_.word(items) + "}" + (chance(60) ? ".k" : "");
      }
      return "$map.k";
    case 15:
      if (const auto* node = variable_of(scope, Type::Node))
        return node->name + "['" + random_.word(all_keys()) + "']";
      return "$map['s']";
    case 16:
      if (const auto* r = variable_of(scope, Type::Relationship))
        return (chance(50) ? "startNode(" : "endNode(") + r->name + ")." + random_.word(all_keys());
      return property(scope);
    case 17:
      if (const auto* node = variable_of(scope, Type::Node))
        return "properties(" + node->name + ")." + random_.word(all_keys());
      return property(scope);
    case 0:
      return literal();
    case 1:
      return case_of(scope, Type::Any, depth);
    case 2:
      return "coalesce(" + property(scope) + ", " + any(scope, depth - 1) + ")";
    case 3:
      return integer(scope, depth - 1);
    case 4:
      return text(scope, depth - 1);
    case 5:
      return values(scope, depth - 1);
    case 6:
      return (chance(50) ? "head(" : "last(") + values(scope, depth - 1) + ")";
    case 7:
      return values(scope, depth - 1) + "[" + std::to_string(random_.between(-2, 2)) + "]";
    case 8:
      return "{a: " + any(scope, depth - 1) + ", b: 1}" + (chance(80) ? ".a" : "");
    case 9:
      return "nullIf(" + property(scope) + ", " + literal() + ")";
    case 10:
      return boolean(scope, depth - 1);
    case 11:
      if (const auto* value = variable_of(scope, Type::Any)) return value->name;
      return property(scope);
    case 12:
      if (may_fail_) return call(scope, depth - 1);
      return "toIntegerOrNull(" + property(scope) + ")";
    default:
      return property(scope);
  }
}

std::string Generator::integers(const Scope& scope, int depth) {
  const auto* known = variable_of(scope, Type::Integers);
  if (known != nullptr && chance(50)) return known->name;
  if (depth <= 0) return chance(15) ? "[]" : "[1, 2, 3]";
  const auto x = fresh("x");
  switch (random_.below(5)) {
    case 0:
      return "range(" + std::to_string(random_.between(-1, 2)) + ", " +
             std::to_string(random_.between(0, 4)) + ")";
    case 1: {
      auto inner = scope;
      inner.push_back({x, Type::Integer});
      return "[" + x + " IN " + integers(scope, depth - 1) +
             (chance(50) ? " WHERE " + boolean(inner, depth - 1) : "") +
             (chance(60) ? " | " + integer(inner, depth - 1) : "") + "]";
    }
    case 2:
      return "(" + integers(scope, depth - 1) + " + " + integers(scope, depth - 1) + ")";
    case 3:
      return integers(scope, depth - 1) + "[" + (chance(70) ? "0" : "") + ".." +
             std::to_string(random_.between(1, 3)) + "]";
    default:
      return "[" + integer(scope, depth - 1) + ", " + integer(scope, depth - 1) + "]";
  }
}

std::string Generator::values(const Scope& scope, int depth) {
  const auto* known = variable_of(scope, Type::Values);
  if (known != nullptr && chance(40)) return known->name;
  if (depth <= 0) return chance(20) ? "[null, 1, 'a']" : "[" + literal() + ", 1, 2]";
  switch (random_.below(7)) {
    case 0:
      return integers(scope, depth - 1);
    case 1: {
      const auto x = fresh("x");
      auto inner = scope;
      inner.push_back({x, Type::Any});
      return "[" + x + " IN " + values(scope, depth - 1) +
             (chance(50) ? " WHERE " + boolean(inner, depth - 1) : "") +
             (chance(60) ? " | " + any(inner, depth - 1) : "") + "]";
    }
    case 2:
      return (chance(50) ? "tail(" : "reverse(") + values(scope, depth - 1) + ")";
    case 3: {
      const auto list = nodes(scope, depth - 1);
      const auto x = fresh("x");
      auto inner = scope;
      inner.push_back({x, Type::Node});
      return "[" + x + " IN " + list + (chance(40) ? " WHERE " + boolean(inner, depth - 1) : "") +
             " | " + x + "." + random_.word(all_keys()) + "]";
    }
    default:
      return "[" + any(scope, depth - 1) + ", " + any(scope, depth - 1) + "]";
  }
}

std::string Generator::nodes(const Scope& scope, int depth) {
  if (const auto* path = variable_of(scope, Type::Path); path != nullptr && chance(60))
    return "nodes(" + path->name + ")";
  if (const auto* known = variable_of(scope, Type::Nodes); known != nullptr && chance(60))
    return known->name;
  const auto* a = variable_of(scope, Type::Node);
  const auto* b = variable_of(scope, Type::Node);
  if (a == nullptr) return "[]";
  if (depth > 0 && chance(30))
    return "[" + a->name + ", CASE WHEN " + boolean(scope, depth - 1) + " THEN " + b->name +
           " END]";
  return "[" + a->name + ", " + b->name + "]";
}

}  // namespace kith::fuzz
