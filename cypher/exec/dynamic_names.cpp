// cypher/exec/dynamic_names.cpp: reading and refusing names that are values.
#include "cypher/exec/dynamic_names.hpp"

#include <string>

namespace kith::exec {

namespace {

std::string_view name_of(const Cell& value, std::string_view what, Position at) {
  if (value.kind != Kind::String) {
    throw TypeError(
        "InvalidArgumentType",
        "the name of a " + std::string(what) + " must be a STRING, not " +
            (value.is_null() ? "null" : "a value of type " + std::string(kind_name(value.kind))),
        at);
  }
  const std::string_view name = value.string();
  if (name.empty()) {
    throw TypeError("InvalidArgumentValue",
                    "the name of a " + std::string(what) + " cannot be empty", at);
  }
  return name;
}

}  // namespace

std::vector<std::string_view> names_of(const Cell& value, Position at) {
  constexpr std::string_view kWhat = "label or type";
  if (value.kind != Kind::List) return {name_of(value, kWhat, at)};
  std::vector<std::string_view> names;
  for (const Cell& item : value.items()) names.push_back(name_of(item, kWhat, at));
  return names;
}

std::string_view type_name_of(const Cell& value, Position at) {
  const auto names = names_of(value, at);
  if (names.size() != 1) {
    throw TypeError("InvalidArgumentValue",
                    "a relationship has exactly one type, and this is a list of " +
                        std::to_string(names.size()) + " names",
                    at);
  }
  return names[0];
}

std::string_view key_name_of(const Cell& value, Position at) {
  return name_of(value, "property", at);
}

}  // namespace kith::exec
