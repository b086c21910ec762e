// tests/fuzz/patterns.cpp: patterns, and the expressions that hold one.
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {

std::string Generator::inline_properties() {
  const auto key = random_.word(all_keys());
  auto text = " {" + key + ": " + random_literal_of(random_, key);
  if (chance(20)) {
    const auto other = random_.word(all_keys());
    if (other != key) text += ", " + other + ": " + random_literal_of(random_, other);
  }
  return text + "}";
}

std::string Generator::node(Scope& scope, const Scope& before, const PatternOptions& options) {
  std::string name;
  if (const auto* known = variable_of(scope, Type::Node); known != nullptr && chance(35)) {
    name = known->name;
  } else if (options.names && chance(75)) {
    name = fresh("n");
    scope.push_back({name, Type::Node});
  }
  std::string out = "(" + name;
  if (chance(28)) out += ":" + label_expression(all_labels(), 2);
  if (options.conditions && chance(6)) out += inline_properties();
  if (options.conditions && !name.empty() && chance(7)) {
    auto inner = before;
    inner.push_back({name, Type::Node});
    out += " WHERE " + boolean(inner, 1);
  }
  return out + ")";
}

std::string Generator::step(Scope& scope, const PatternOptions& options) {
  const bool variable = options.variable && chance(18);
  const bool left = chance(33), right = !left && chance(60);
  std::string inside;
  if (options.names && chance(45)) {
    inside = fresh("r");
    scope.push_back({inside, variable ? Type::Relationships : Type::Relationship});
  }
  const auto name = inside;
  if (chance(45)) inside += ":" + label_expression(all_types(), chance(30) ? 2 : 0);
  if (variable) {
    static const std::vector<std::string> ranges = {"*1..2", "*0..1", "*2",    "*..2",
                                                    "*1..3", "*0..2", "*2..3", "*0"};
    inside += random_.word(ranges);
  }
  if (options.conditions && chance(5)) inside += inline_properties();
  if (options.conditions && !variable && !name.empty() && chance(8))
    inside += " WHERE " + boolean({{name, Type::Relationship}}, 1);
  if (inside.empty() && chance(50)) return left ? "<--" : right ? "-->" : "--";
  return (left ? "<-[" : "-[") + inside + (right ? "]->" : "]-");
}

std::string Generator::pattern(Scope& scope, const PatternOptions& options) {
  const Scope before = scope;
  const int steps = chance(25) ? 0 : random_.between(1, options.most_steps);
  std::string path;
  if (options.names && steps > 0 && chance(12)) path = fresh("p");
  std::string out = (path.empty() ? "" : path + " = ") + node(scope, before, options);
  for (int i = 0; i < steps; ++i) {
    out += step(scope, options);
    out += node(scope, before, options);
  }
  if (!path.empty()) scope.push_back({path, Type::Path});
  return out;
}

std::string Generator::shortest(Scope& scope) {
  const bool all = chance(50);
  const auto p = fresh("p");
  const auto end = [&] {
    if (const auto* known = variable_of(scope, Type::Node); known != nullptr && chance(60))
      return "(" + known->name + ")";
    const auto name = fresh("n");
    scope.push_back({name, Type::Node});
    return "(" + name + (chance(40) ? ":" + random_.word(all_labels()) : "") + ")";
  };
  const auto from = end();
  const auto to = end();
  static const std::vector<std::string> steps = {"-[*]->",     "-[*..3]-",      "<-[:R*..4]-",
                                                 "-[:R|S*]->", "-[*1..2]->",    "-[*0..2]-",
                                                 "-[:R]->",    "-[:S|T*0..3]-", "-[:!R*..3]->"};
  auto out = p + (all ? " = allShortestPaths(" : " = shortestPath(") + from + random_.word(steps) +
             to + ")";
  scope.push_back({p, all ? Type::Path : Type::SomePath});
  return out;
}

std::string Generator::patterns(Scope& scope, const PatternOptions& options, int parts) {
  std::string out;
  for (int i = 0; i < parts; ++i)
    out += (i > 0 ? ", " : "") +
           (options.names && chance(5) ? shortest(scope) : pattern(scope, options));
  return out;
}

std::string Generator::pattern_predicate(const Scope& scope) {
  const auto* known = variable_of(scope, Type::Node);
  if (known == nullptr) return "true";
  auto copy = scope;
  const PatternOptions options{.most_steps = 1, .names = false};
  auto out = "(" + known->name + ")" + step(copy, options) + node(copy, scope, options);
  if (chance(25)) out += step(copy, options) + node(copy, scope, options);
  return "(" + out + ")";
}

std::string Generator::subquery(const Scope& scope, const std::string& kind, int depth) {
  auto inner = scope;
  const PatternOptions options{.most_steps = 2};
  std::string body = patterns(inner, options, chance(80) ? 1 : 2);
  if (chance(50)) body += " WHERE " + boolean(inner, depth - 1);
  if (kind == "COLLECT")
    return "COLLECT { MATCH " + body + " RETURN " + (chance(20) ? "DISTINCT " : "") +
           any(inner, depth - 1) + " AS " + fresh("v") + " }";
  if (chance(70)) return kind + " { " + body + " }";
  body = "MATCH " + body;
  if (chance(30)) body += match(inner, chance(30));
  if (chance(30)) body += unwind(inner);
  if (chance(30)) {
    const auto v = fresh("v");
    body += " WITH " + std::string(chance(40) ? "DISTINCT " : "") + property(inner) + " AS " + v +
            " WHERE " + v + (chance(50) ? " IS NOT NULL" : " > 0");
    return kind + " { " + body + " RETURN 1 AS one }";
  }
  return kind + " { " + body + (chance(50) ? " RETURN 1 AS one }" : " }");
}

std::string Generator::pattern_comprehension(const Scope& scope, int depth) {
  auto inner = scope;
  const auto* known = variable_of(scope, Type::Node);
  const PatternOptions options{.most_steps = 1};
  std::string out = "[";
  if (chance(20)) {
    const auto p = fresh("p");
    out += p + " = ";
    inner.push_back({p, Type::Path});
  }
  out += known != nullptr && chance(85) ? "(" + known->name + ")" : "(:A)";
  const auto before = inner;
  out += step(inner, options) + node(inner, before, options);
  if (chance(40)) out += " WHERE " + boolean(inner, depth - 1);
  return out + " | " + any(inner, depth - 1) + "]";
}

}  // namespace kith::fuzz
