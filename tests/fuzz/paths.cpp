// tests/fuzz/paths.cpp: queries about trails and shortest paths, with conditions on the whole of
// them.
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {

// On each relationship or node of path `p` (or of the list `r`), or on its length.
std::string Generator::path_condition(const Scope& scope, const std::string& p,
                                      const std::string& r) {
  static const std::vector<std::string> quantifiers = {"all", "all", "none", "any", "single"};
  const auto x = fresh("x");
  auto inner = scope;
  switch (random_.below(6)) {
    case 0: {
      static const std::vector<std::string> operators = {" < ", " <= ", " > ", " >= ", " = "};
      return "length(" + p + ")" + random_.word(operators) + std::to_string(random_.between(0, 3));
    }
    case 1:
      inner.push_back({x, Type::Node});
      return random_.word(quantifiers) + "(" + x + " IN nodes(" + p + ") WHERE " +
             boolean(inner, 1) + ")";
    case 2:
      inner.push_back({x, Type::Relationship});
      return random_.word(quantifiers) + "(" + x + " IN " + r + " WHERE " + boolean(inner, 1) + ")";
    case 3:
      return "size([" + x + " IN nodes(" + p + ") WHERE " + x + ".uid > " +
             std::to_string(random_.between(0, 9)) + "]) < 3";
    default:
      inner.push_back({x, Type::Relationship});
      return random_.word(quantifiers) + "(" + x + " IN relationships(" + p + ") WHERE " +
             boolean(inner, 1) + ")";
  }
}

std::string Generator::path_query() {
  static const std::vector<std::string> ranges = {"*",     "*..2",  "*1..3", "*0..2",
                                                  "*2..3", "*0..1", "*2",    "*3"};
  static const std::vector<std::string> types = {"", "", ":R", ":R|S", ":!T", ":S"};
  Scope scope;
  std::string out;
  if (chance(50)) out += match(scope, chance(20));
  if (chance(20)) out += unwind(scope);
  const auto before = scope;
  const auto end = [&] {
    if (const auto* known = variable_of(scope, Type::Node); known != nullptr && chance(50))
      return known->name;
    const auto name = fresh("n");
    scope.push_back({name, Type::Node});
    return name;
  };
  const auto p = fresh("p"), r = fresh("r"), a = end(), b = end();
  const int kind = random_.between(0, 5);  // two of six: shortest ones
  auto range = random_.word(ranges);
  if (kind > 1 && range == "*") range = "*..3";
  const bool left = chance(30), right = !left && chance(50);
  const auto label = [&] { return chance(25) ? ":" + random_.word(all_labels()) : std::string(); };
  auto pattern = "(" + a + label() + ")" + (left ? "<-[" : "-[") + r + random_.word(types) + range +
                 (right ? "]->(" : "]-(") + b + label() + ")";
  if (kind <= 1 && (range == "*2" || range == "*2..3" || range == "*3"))
    pattern.replace(pattern.find(range), range.size(), "*1..3");
  if (kind == 0) pattern = "shortestPath(" + pattern + ")";
  if (kind == 1) pattern = "allShortestPaths(" + pattern + ")";
  out += (chance(15) ? " OPTIONAL MATCH " : " MATCH ") + p + " = " + pattern;
  if (chance(20)) out += ", " + this->pattern(scope, {.most_steps = 1});
  if (chance(70)) {
    const auto sight = chance(70) ? before : scope;
    out += " WHERE " + path_condition(sight, p, r);
    if (chance(30)) out += (chance(70) ? " AND " : " OR ") + path_condition(sight, p, r);
    if (chance(30)) out += " AND " + boolean(scope, 1);
  }
  out = out.substr(1);
  switch (random_.below(7)) {
    case 0:
      return out + " RETURN DISTINCT " + a + ".uid AS a, " + b + ".uid AS b";
    case 1:
      return out + " RETURN " + b + ".uid AS b, count(*) AS c";
    case 2:
      return out + " RETURN count(DISTINCT " + b + ") AS c";
    case 3:
      return out + " RETURN " + a + ".uid AS a, min(length(" + p + ")) AS l";
    case 4:
      if (kind != 0) return out + " RETURN " + p + " AS p, " + r + " AS r";
      [[fallthrough]];
    case 5:
      return out + " RETURN " + a + ".uid AS a, length(" + p + ") AS l, size(" + r + ") AS s";
    default:
      return out + " RETURN count(*) AS c";
  }
}

}  // namespace kith::fuzz
