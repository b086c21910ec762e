// tests/fuzz/clauses.cpp: reading clauses and whole queries.
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {
namespace {

std::string names_of(const Scope& scope) {
  std::string out;
  for (const auto& variable : scope) out += (out.empty() ? "" : ", ") + variable.name;
  return out;
}

}  // namespace

std::string Generator::match(Scope& scope, bool optional) {
  const int parts = chance(75) ? 1 : random_.between(2, 3);
  std::string out = optional ? " OPTIONAL MATCH " : " MATCH ";
  out += patterns(scope, {.most_steps = parts > 1 ? 2 : 3}, parts);
  if (chance(35)) out += " WHERE " + boolean(scope, 2);
  return out;
}

std::string Generator::unwind(Scope& scope) {
  const auto x = fresh("u");
  if (const auto* bag = variable_of(scope, Type::Bag); bag != nullptr && chance(40)) {
    auto out = " UNWIND " + bag->name + " AS " + x;
    scope.push_back({x, Type::Any});
    return out;
  }
  if (chance(25)) {
    auto out = " UNWIND " + nodes(scope, 1) + " AS " + x;
    scope.push_back({x, Type::Node});
    return out;
  }
  const bool small = chance(60);
  auto out = " UNWIND " + (small ? integers(scope, 1) : values(scope, 1)) + " AS " + x;
  scope.push_back({x, small ? Type::Integer : Type::Any});
  return out;
}

std::string Generator::plain_items(Scope& scope, int number) {
  std::string out;
  Scope made;
  for (int i = 0; i < number; ++i) {
    const auto name = fresh("v");
    if (!scope.empty() && chance(45)) {
      const auto& variable = random_.pick(scope);
      if (variable.type == Type::SomePath) {
        out += (out.empty() ? "length(" : ", length(") + variable.name + ") AS " + name;
        made.push_back({name, Type::Integer});
        continue;
      }
      out += (out.empty() ? "" : ", ") + variable.name + " AS " + name;
      made.push_back({name, variable.type});
      continue;
    }
    static const std::vector<Type> types = {Type::Any,      Type::Any,     Type::Integer,
                                            Type::Boolean,  Type::Text,    Type::Values,
                                            Type::Integers, Type::Integer, Type::Nodes};
    const auto type = random_.pick(types);
    out += (out.empty() ? "" : ", ") + expression(scope, type, 2) + " AS " + name;
    made.push_back({name, type});
  }
  scope = made;
  return out;
}

std::string Generator::aggregate(const Scope& scope, Type& type) {
  type = Type::Any;
  const std::string distinct = chance(30) ? "DISTINCT " : "";
  switch (random_.below(11)) {
    case 0:
    case 1:
      type = Type::Integer;
      return "count(*)";
    case 2:
      type = Type::Integer;
      return "count(" + distinct + any(scope, 1) + ")";
    case 3:
      if (const auto* node = variable_of(scope, Type::Node)) {
        type = Type::Integer;
        return "count(" + distinct + node->name + ")";
      }
      [[fallthrough]];
    case 4:
      type = Type::Integer;
      return "sum(" + distinct + integer(scope, 1) + ")";
    case 5:
      return "min(" + any(scope, 1) + ")";
    case 6:
      return "max(" + any(scope, 1) + ")";
    case 7:
      return "avg(" + distinct + integer(scope, 1) + ")";
    case 8:
      type = Type::Bag;
      return "collect(" + distinct + any(scope, 1) + ")";
    case 9:
      return "percentileDisc(" + integer(scope, 1) + ", 0.5)";
    default:
      if (may_fail_) return (chance(50) ? "sum(" : "avg(") + any(scope, 1) + ")";
      return "stDevP(" + integer(scope, 1) + ")";
  }
}

std::string Generator::grouped_items(Scope& scope) {
  std::string out;
  Scope made;
  const auto add = [&](const std::string& value, Type type) {
    const auto name = fresh("v");
    out += (out.empty() ? "" : ", ") + value + " AS " + name;
    made.push_back({name, type});
  };
  const int keys = random_.between(0, 2);
  for (int i = 0; i < keys; ++i) {
    if (const auto* node = variable_of(scope, Type::Node); node != nullptr && chance(50))
      add(node->name, Type::Node);
    else if (chance(70))
      add(property(scope), Type::Any);
    else
      add(any(scope, 1), Type::Any);
  }
  const int calls = random_.between(1, 2);
  for (int i = 0; i < calls; ++i) {
    Type type;
    auto value = aggregate(scope, type);
    if (type == Type::Integer && chance(15)) value += " + 1";
    add(value, type);
  }
  scope = made;
  return out;
}

// Over all columns: what follows each other then is equal.
std::string Generator::order_all(const Scope& columns) {
  Scope left = columns;
  std::string out = " ORDER BY ";
  bool first = true;
  if (const auto* node = variable_of(columns, Type::Node); node != nullptr && chance(50)) {
    out += node->name + "." + random_.word(all_keys()) + (chance(35) ? " DESC" : "");
    first = false;
  }
  for (; !left.empty(); first = false) {
    const auto at = random_.below(left.size());
    out += (first ? "" : ", ") + left[at].name + (left[at].type == Type::Node ? ".uid" : "") +
           (chance(35) ? " DESC" : "");
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return out;
}

std::string Generator::projection(Scope& scope, bool last) {
  std::string out;
  const bool grouped = chance(last ? 40 : 30);
  const auto before = scope;
  if (grouped) {
    out = grouped_items(scope);
  } else {
    out = (chance(22) ? "DISTINCT " : "") + plain_items(scope, random_.between(1, 3));
  }
  if (!chance(28)) return out;
  for (const auto& variable : scope)  // these are not ordered the same in each plan
    if (variable.type == Type::Bag || variable.type == Type::SomePath) return out;
  out += order_all(scope);
  const auto amount = [&] { return std::to_string(random_.between(0, 5)); };
  if (chance(35)) out += " SKIP " + amount();
  if (chance(60)) out += " LIMIT " + amount();
  return out;
}

std::string Generator::with(Scope& scope) {
  if (chance(15)) {
    const auto star = scope.empty() ? "1 AS " + fresh("one") : std::string("*");
    return " WITH " + star + " WHERE " + boolean(scope, 2);
  }
  if (!scope.empty() && chance(20)) {  // carries everything on, and more
    const auto name = fresh("v");
    auto out = " WITH *, " + integer(scope, 2) + " AS " + name;
    scope.push_back({name, Type::Integer});
    return out;
  }
  auto out = " WITH " + projection(scope, false);
  if (chance(35)) out += " WHERE " + boolean(scope, 2);
  return out;
}

std::string Generator::call_subquery(Scope& scope) {
  Scope inner;
  for (const auto& variable : scope)
    if (inner.size() < 2 && chance(60)) inner.push_back(variable);
  const auto imports = names_of(inner);
  std::string body = reading_clauses(inner, 1);
  auto out = projection(inner, true);
  for (const auto& variable : inner) scope.push_back(variable);
  return " CALL (" + imports + ") {" + body + " RETURN " + out + " }";
}

std::string Generator::reading_clause(Scope& scope) {
  switch (random_.below(12)) {
    case 0:
    case 1:
      return match(scope, true);
    case 2:
      return unwind(scope);
    case 3:
    case 4:
    case 5:
      return with(scope);
    case 6:
      return call_subquery(scope);
    default:
      return match(scope, false);
  }
}

std::string Generator::reading_clauses(Scope& scope, int number) {
  std::string out;
  for (int i = 0; i < number; ++i)
    out += i == 0 && scope.empty() && chance(85) ? match(scope, chance(8)) : reading_clause(scope);
  return out;
}

std::string Generator::read_query() {
  Scope scope;
  auto out = reading_clauses(scope, random_.between(1, 4));
  if (chance(6)) {
    const auto one = property(scope);
    out += " RETURN " + one + " AS c UNION" + (chance(50) ? " ALL" : "");
    Scope other;
    out += reading_clauses(other, random_.between(1, 2));
    return out.substr(1) + " RETURN " + any(other, 1) + " AS c";
  }
  return out.substr(1) + " RETURN " + projection(scope, true);
}

// Patterns of several steps with shared nodes: chains, stars, cycles; what is asked for is a number
// of matches, distinct ends, whether there is a match.
std::string Generator::counting_query() {
  Scope scope;
  const PatternOptions options{.most_steps = 3, .variable = chance(30), .conditions = chance(30)};
  std::string out = "MATCH " + patterns(scope, options, random_.between(1, 3));
  if (chance(40)) out += " WHERE " + boolean(scope, 1);
  if (chance(30)) {
    out += " OPTIONAL MATCH " + patterns(scope, options, 1);
    if (chance(25)) out += " WHERE " + boolean(scope, 1);
  }
  if (chance(15)) out += " MATCH " + patterns(scope, options, 1);
  const auto* a = variable_of(scope, Type::Node);
  const auto* b = variable_of(scope, Type::Node);
  if (a == nullptr) return out + " RETURN count(*) AS c";
  switch (random_.below(9)) {
    case 0:
      return out + " RETURN " + a->name + " AS a, count(*) AS c";
    case 1:
      return out + " RETURN count(DISTINCT " + a->name + ") AS c";
    case 2:
      return out + " RETURN DISTINCT " + a->name + " AS a, " + b->name + " AS b";
    case 3:
      return out + " RETURN " + a->name + ".k AS k, count(*) AS c, count(DISTINCT " + b->name +
             ") AS d";
    case 4:
      return out + " WITH " + a->name + " AS a, count(*) AS c WHERE " +
             subquery({{"a", Type::Node}}, "EXISTS", 1) + " RETURN a, c";
    case 5:
      return out + " WITH DISTINCT " + a->name + " AS a RETURN a, " +
             subquery({{"a", Type::Node}}, "COUNT", 1) + " AS c";
    case 6:
      return out + " RETURN sum(" + integer(scope, 1) + ") AS s, min(" + property(scope) +
             ") AS m, count(" + any(scope, 1) + ") AS c";
    default:
      return out + " RETURN count(*) AS c";
  }
}

PartitionCase Generator::partition_case() {
  Scope scope;
  std::string out = chance(40) ? reading_clauses(scope, 1) : "";
  out += match(scope, chance(20));
  PartitionCase made;
  made.condition = boolean(scope, 2);
  switch (random_.below(4)) {
    case 0:
      out += " RETURN DISTINCT " + plain_items(scope, random_.between(1, 2));
      break;
    case 1: {
      const auto key = chance(60) ? property(scope) + " AS key, " : "";
      out += " RETURN " + key + "count(*) AS c, sum(" + integer(scope, 1) + ") AS s, min(" +
             property(scope) + ") AS a, max(" + property(scope) + ") AS z, count(" + any(scope, 1) +
             ") AS d";
      break;
    }
    default:
      out += " RETURN " + plain_items(scope, random_.between(1, 3));
  }
  made.query = out.substr(1);
  return made;
}

}  // namespace kith::fuzz
