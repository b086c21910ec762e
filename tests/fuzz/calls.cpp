// tests/fuzz/calls.cpp: calls of any function of the registry, with arguments that mostly fit.
#include <algorithm>
#include <array>

#include "cypher/functions/function.hpp"
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {
namespace {

// What it gives depends on more than its arguments, or it only says which ids there are.
bool is_stable(const FunctionDef& function) {
  static constexpr std::array<std::string_view, 4> kUnstable = {"id", "elementId", "keys",
                                                                "labels"};
  if (function.is_volatile || function.reads_clock) return false;
  const std::string_view name = function.name;
  if (std::find(kUnstable.begin(), kUnstable.end(), name) != kUnstable.end()) return false;
  return name.find("statement") == std::string_view::npos &&
         name.find("transaction") == std::string_view::npos &&
         name.find("realtime") == std::string_view::npos;
}

const std::vector<const FunctionDef*>& stable_functions() {
  static const std::vector<const FunctionDef*> functions = [] {
    std::vector<const FunctionDef*> found;
    for (const auto* function : all_functions())
      if (is_stable(*function)) found.push_back(function);
    return found;
  }();
  return functions;
}

// The types between the brackets of a signature, by argument.
std::vector<std::string> argument_types(std::string_view signature) {
  std::vector<std::string> types;
  const auto close = signature.find(") ->");
  std::string inside(signature.substr(1, close - 1));
  while (!inside.empty()) {
    const auto comma = inside.find(',');
    types.push_back(inside.substr(0, comma));
    inside = comma == std::string::npos ? "" : inside.substr(comma + 1);
  }
  return types;
}

}  // namespace

std::string Generator::argument(const Scope& scope, const std::string& types, int depth) {
  const auto has = [&](const char* type) { return types.find(type) != std::string::npos; };
  if (chance(10)) return any(scope, depth);
  if (chance(6)) return "null";
  if (has("RELATIONSHIP") && variable_of(scope, Type::Relationship) != nullptr)
    return variable_of(scope, Type::Relationship)->name;
  if (has("NODE") && variable_of(scope, Type::Node) != nullptr)
    return variable_of(scope, Type::Node)->name;
  if (has("PATH") && variable_of(scope, Type::Path) != nullptr)
    return variable_of(scope, Type::Path)->name;
  if (has("POINT")) return "point({x: " + integer(scope, 0) + ", y: 1.5})";
  if (has("DATE") || has("TIME") || has("TEMPORAL") || has("DURATION"))
    return chance(60) ? random_literal_of(random_, "d") : "'2020-01-01'";
  if (has("MAP")) return "{x: 1, y: " + any(scope, depth - 1) + ", day: 3}";
  if (has("LIST")) return values(scope, depth);
  if (has("NUMBER") || has("FLOAT"))
    return chance(50) ? integer(scope, depth) : random_literal_of(random_, "f");
  if (has("INTEGER")) return integer(scope, depth);
  if (has("STRING")) return text(scope, depth);
  if (has("BOOLEAN")) return boolean(scope, depth);
  return any(scope, depth);
}

std::string Generator::call(const Scope& scope, int depth) {
  const auto& function = *random_.pick(stable_functions());
  const auto types = argument_types(function.signature);
  const int most = std::min<int>(function.max_arguments, 3);
  const int number = random_.between(std::min<int>(function.min_arguments, most), most);
  std::string out = std::string(function.name) + "(";
  for (int i = 0; i < number; ++i) {
    const auto at = std::min(static_cast<std::size_t>(i), types.empty() ? 0 : types.size() - 1);
    out += (i > 0 ? ", " : "") + argument(scope, types.empty() ? "ANY" : types[at], depth - 1);
  }
  return out + ")";
}

}  // namespace kith::fuzz
