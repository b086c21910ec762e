// tests/fuzz/seeks.cpp: queries about what is indexed: equality, lists, ranges, prefixes, order,
// ends.
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {
namespace {

struct Indexed {
  const char* token;
  std::vector<std::string> keys;
};
const std::vector<Indexed>& node_indexes() {
  static const std::vector<Indexed> indexes = {
      {"A", {"k"}}, {"A", {"i"}}, {"A", {"uid"}}, {"B", {"i"}},   {"B", {"i", "k"}}, {"B", {"s"}},
      {"C", {"f"}}, {"C", {"d"}}, {"D", {"l"}},   {"D", {"uid"}}, {"A", {"i", "k"}}};
  return indexes;
}
const std::vector<Indexed>& relationship_indexes() {
  static const std::vector<Indexed> indexes = {{"R", {"k"}}, {"S", {"i"}}, {"T", {"uid"}}};
  return indexes;
}

}  // namespace

// A value to look up under the key: a literal, a parameter, something of another variable.
std::string Generator::sought(const Scope& scope, const std::string& key) {
  if (key == "uid" && chance(70)) return std::to_string(random_.between(0, 14));
  switch (random_.below(6)) {
    case 0:
      return property(scope);
    case 1:
      return literal();
    case 2:
      if (const auto* value = variable_of(scope, Type::Any)) return value->name;
      if (const auto* value = variable_of(scope, Type::Integer)) return value->name;
      return integer(scope, 1);
    default:
      return random_literal_of(random_, key == "uid" ? "i" : key);
  }
}

std::string Generator::seek_condition(const Scope& scope, const std::string& name,
                                      const std::string& key) {
  static const std::vector<std::string> operators = {" < ", " <= ", " > ", " >= "};
  const auto property = name + "." + key;
  switch (random_.below(11)) {
    case 0: {
      auto list = "[" + sought(scope, key);
      for (int more = random_.between(0, 3); more > 0; --more) list += ", " + sought(scope, key);
      return property + " IN " + (chance(75) ? list + "]" : values(scope, 1));
    }
    case 1:
      return property + random_.word(operators) + sought(scope, key);
    case 2:
      return property + " > " + sought(scope, key) + " AND " + property +
             " <= " + sought(scope, key);
    case 3:
      return sought(scope, key) + " <= " + property + " < " + sought(scope, key);
    case 4:
      return property + " STARTS WITH " + (chance(80) ? random_literal_of(random_, "s") : "$text");
    case 5:
      return property + " IS NOT NULL";
    case 6:
      return "(" + property + " = " + sought(scope, key) + " OR " + property + " = " +
             sought(scope, key) + ")";
    case 7:
      return property + " IS NOT NULL AND " + property + " <> " + sought(scope, key);
    default:
      return property + " = " + sought(scope, key);
  }
}

std::string Generator::seek_query() {
  if (chance(20)) return end_query();
  Scope scope;
  std::string out;
  if (chance(40)) out += unwind(scope);
  if (chance(30)) out += match(scope, false);
  const auto before = scope;
  const bool on_node = chance(80);
  const auto& index = random_.pick(on_node ? node_indexes() : relationship_indexes());
  const auto n = fresh(on_node ? "n" : "r");
  scope.push_back({n, on_node ? Type::Node : Type::Relationship});
  const auto named = n + ":" + index.token;
  out += chance(15) ? " OPTIONAL MATCH " : " MATCH ";
  std::string pattern;
  if (on_node) {
    pattern = "(" + named + (chance(10) ? ":" + random_.word(all_labels()) : "") + ")";
    if (chance(35)) pattern += step(scope, {}) + node(scope, before, {});
  } else {
    const auto from = node(scope, before, {});
    pattern = from + "-[" + named + (chance(70) ? "]->" : "]-") + node(scope, before, {});
  }
  out += pattern;
  if (chance(15)) out += ", " + this->pattern(scope, {.most_steps = 1});
  out += " WHERE ";
  for (std::size_t i = 0; i < index.keys.size(); ++i)
    out += (i > 0 ? " AND " : "") + seek_condition(before, n, index.keys[i]);
  if (chance(30)) out += " AND " + boolean(scope, 1);
  const auto& key = index.keys[0];
  switch (random_.below(6)) {
    case 0:
      return out.substr(1) + " RETURN min(" + n + "." + key + ") AS a, max(" + n + "." + key +
             ") AS z, count(*) AS c";
    case 1:
      return out.substr(1) + " WITH DISTINCT " + n + " AS v, " + n + "." + key +
             " AS k ORDER BY k" + (chance(50) ? " DESC" : "") + ", v.uid LIMIT " +
             std::to_string(random_.between(0, 4)) + " RETURN v, k ORDER BY k, v.uid";
    case 2:
      return out.substr(1) + " RETURN " + n + "." + key + " AS k ORDER BY k" +
             (chance(50) ? " DESC" : "");
    case 3:
      return out.substr(1) + " RETURN " + n + "." + key + " AS k, count(*) AS c";
    default:
      return out.substr(1) + " RETURN " + projection(scope, true);
  }
}

// The smallest and the greatest of what is indexed, and the first of it in its order.
std::string Generator::end_query() {
  const auto& index = random_.pick(node_indexes());
  const auto& key = index.keys[0];
  const auto from = "MATCH (n:" + std::string(index.token) + ") ";
  const auto order =
      "ORDER BY k" + std::string(chance(50) ? " DESC" : "") + ", v" + (chance(50) ? " DESC" : "");
  switch (random_.below(4)) {
    case 0:
      return from + "RETURN min(n." + key + ") AS a, max(n." + key + ") AS z";
    case 1:
      return from + "RETURN " + (chance(50) ? "min" : "max") + "(n." + key + ") AS a";
    case 2:
      return from + "RETURN n." + key + " AS k, n.uid AS v " + order + " LIMIT " +
             std::to_string(random_.between(0, 6));
    default:
      return from + "OPTIONAL MATCH (n)" + step_text() + "(m) RETURN n." + key +
             " AS k, count(m) AS v " + order + (chance(50) ? " SKIP 1 LIMIT 3" : "");
  }
}

std::string Generator::step_text() {
  Scope none;
  return step(none, {.names = false, .variable = false});
}

}  // namespace kith::fuzz
