// cypher/functions/signature.cpp: reading the signatures of function rows.
#include "cypher/functions/signature.hpp"

#include <array>
#include <utility>

#include "core/assert.hpp"

namespace kith {

namespace {

constexpr TypeSet kAnyTime = TypeSet::of(Kind::LocalTime) | TypeSet::of(Kind::Time);

constexpr std::array<std::pair<std::string_view, TypeSet>, 27> kNames = {{
    {"ANY", TypeSet::any()},
    {"NULL", TypeSet::of(Kind::Null)},
    {"BOOLEAN", TypeSet::of(Kind::Boolean)},
    {"BOOL", TypeSet::of(Kind::Boolean)},
    {"INTEGER", TypeSet::of(Kind::Integer)},
    {"INT", TypeSet::of(Kind::Integer)},
    {"FLOAT", TypeSet::of(Kind::Float)},
    {"NUMBER", TypeSet::of(Kind::Integer) | TypeSet::of(Kind::Float)},
    {"STRING", TypeSet::of(Kind::String)},
    {"LIST", TypeSet::of(Kind::List)},
    {"MAP", TypeSet::of(Kind::Map)},
    {"NODE", TypeSet::of(Kind::Node)},
    {"VERTEX", TypeSet::of(Kind::Node)},
    {"RELATIONSHIP", TypeSet::of(Kind::Relationship)},
    {"EDGE", TypeSet::of(Kind::Relationship)},
    {"PATH", TypeSet::of(Kind::Path)},
    {"DATE", TypeSet::of(Kind::Date)},
    {"LOCAL TIME", TypeSet::of(Kind::LocalTime)},
    {"ZONED TIME", TypeSet::of(Kind::Time)},
    {"TIME", TypeSet::of(Kind::Time)},
    {"ANY TIME", kAnyTime},
    {"LOCAL DATETIME", TypeSet::of(Kind::LocalDateTime)},
    {"ZONED DATETIME", TypeSet::of(Kind::DateTime)},
    {"DATETIME", TypeSet::of(Kind::DateTime)},
    {"TEMPORAL", kAnyTime | TypeSet::of(Kind::Date) | TypeSet::of(Kind::LocalDateTime) |
                     TypeSet::of(Kind::DateTime) | TypeSet::of(Kind::Duration)},
    {"DURATION", TypeSet::of(Kind::Duration)},
    {"POINT", TypeSet::of(Kind::Point)},
}};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The text before the first `mark` outside <…>; it and the mark leave `text`.
std::string_view take_until(std::string_view& text, char mark) {
  int open = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '<') ++open;
    if (text[at] == '>') --open;
    if (text[at] == mark && open == 0) break;
  }
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at < text.size() ? at + 1 : at);
  return trim(taken);
}

std::optional<TypeSet> parse_type(std::string_view text) {
  if (text.ends_with('?')) text.remove_suffix(1);
  if (text.starts_with("LIST<") && text.ends_with('>')) {
    const auto elements = parse_types(text.substr(5, text.size() - 6));
    return elements ? std::optional(TypeSet::of(Kind::List)) : std::nullopt;
  }
  for (const auto& [name, types] : kNames) {
    if (name == text) return types;
  }
  return std::nullopt;
}

}  // namespace

TypeSet Signature::argument(std::size_t index) const {
  if (arguments.empty()) return TypeSet::any();
  return index < arguments.size() ? arguments[index] : arguments.back();
}

std::optional<TypeSet> parse_types(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.ends_with('|')) return std::nullopt;
  TypeSet result;
  while (!text.empty()) {
    const auto types = parse_type(take_until(text, '|'));
    if (!types) return std::nullopt;
    result = result | *types;
  }
  return result;
}

std::optional<Signature> parse_signature(std::string_view text) {
  constexpr std::string_view kArrow = ") -> ", kColons = " :: ";
  const std::size_t arrow = text.rfind(kArrow);
  if (!text.starts_with('(') || arrow == std::string_view::npos) return std::nullopt;
  Signature signature;
  const auto result = parse_types(text.substr(arrow + kArrow.size()));
  if (!result) return std::nullopt;
  signature.result = *result;
  signature.result_type = trim(text.substr(arrow + kArrow.size()));
  for (std::string_view rest = trim(text.substr(1, arrow - 1)); !rest.empty();) {
    std::string_view argument = take_until(rest, ',');
    const bool repeated = argument.ends_with("...");
    if (repeated) argument = trim(argument.substr(0, argument.size() - 3));
    const std::size_t colons = argument.find(kColons);
    if (colons == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim(argument.substr(0, colons));
    argument = trim(argument.substr(colons + kColons.size()));
    const auto types = parse_types(argument);
    if (!types || name.empty()) return std::nullopt;
    signature.arguments.push_back(*types);
    signature.written.push_back({name, argument, repeated});
  }
  return signature;
}

Signature parsed_signature(const FunctionDef& function) {
  const auto signature = parse_signature(function.signature);
  KITH_ASSERT(signature.has_value());
  return signature.value_or(Signature{});
}

Signature parsed_signature(const AggregateDef& function) {
  const auto signature = parse_signature(function.signature);
  KITH_ASSERT(signature.has_value());
  return signature.value_or(Signature{});
}

std::string shown_signature(std::string_view name, const Signature& signature,
                            std::size_t min_arguments) {
  KITH_ASSERT(signature.written.size() == signature.arguments.size());
  std::string out = std::string(name) + "(";
  std::size_t optional = 0;
  for (std::size_t i = 0; i < signature.written.size(); ++i) {
    const Signature::Argument& argument = signature.written[i];
    if (i >= min_arguments) {
      out += i > 0 ? " [, " : "[";
      ++optional;
    } else if (i > 0) {
      out += ", ";
    }
    out += std::string(argument.name) + " :: " + std::string(argument.type);
    if (argument.repeated) out += ", …";
  }
  out.append(optional, ']');
  return out + ") :: " + std::string(signature.result_type);
}

}  // namespace kith
