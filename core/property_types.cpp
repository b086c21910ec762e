// core/property_types.cpp: values against types, and types in words.
#include "core/property_types.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/assert.hpp"

namespace kith {

namespace {

// In the order in which Neo4j writes them.
constexpr std::array<std::pair<Kind, std::string_view>, 11> kNames = {{
    {Kind::Boolean, "BOOLEAN"},
    {Kind::String, "STRING"},
    {Kind::Integer, "INTEGER"},
    {Kind::Float, "FLOAT"},
    {Kind::Date, "DATE"},
    {Kind::LocalTime, "LOCAL TIME"},
    {Kind::Time, "ZONED TIME"},
    {Kind::LocalDateTime, "LOCAL DATETIME"},
    {Kind::DateTime, "ZONED DATETIME"},
    {Kind::Duration, "DURATION"},
    {Kind::Point, "POINT"},
}};

}  // namespace

bool PropertyTypes::admit(const Cell& cell) const {
  KITH_ASSERT(!cell.is_null() && values.is_only(single_property_kinds()));
  if (cell.kind != Kind::List) return values.may_be(cell.kind);
  if (items.bits == 0) return false;
  const std::span<const Cell> list = cell.items();
  return std::all_of(list.begin(), list.end(), [&](const Cell& item) {
    return items.may_be(item.kind) && (item.kind == list.front().kind || mixed);
  });
}

std::string to_text(const PropertyTypes& types) {
  std::string out;
  const auto add = [&](std::string_view text) {
    out += out.empty() ? "" : " | ";
    out += text;
  };
  for (const auto& [kind, name] : kNames)
    if (types.values.may_be(kind)) add(name);
  for (const auto& [kind, name] : kNames) {
    if (!types.items.may_be(kind)) continue;
    if (types.mixed && kind == Kind::Float) continue;  // stands with INTEGER
    add(types.mixed && kind == Kind::Integer
            ? std::string("LIST<INTEGER NOT NULL | FLOAT NOT NULL>")
            : "LIST<" + std::string(name) + " NOT NULL>");
  }
  return out;
}

}  // namespace kith
