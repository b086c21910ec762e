// cypher/functions/scalar.cpp: conversions, null, sizes and what a value is.
#include <algorithm>
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "core/text.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/conversion.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

Cell coalesce(FunctionContext&, std::span<const Cell> arguments) {
  KITH_ASSERT(!arguments.empty());
  for (const Cell& argument : arguments) {
    if (!argument.is_null()) return argument;
  }
  return Cell::null();
}

Cell null_if(FunctionContext&, std::span<const Cell> arguments) {
  KITH_ASSERT(arguments.size() == 2);
  return equals(arguments[0], arguments[1]) == Truth::True ? Cell::null() : arguments[0];
}

Cell exists(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::boolean(!arguments[0].is_null());
}

Cell size(FunctionContext&, std::span<const Cell> arguments) {
  const Cell& value = arguments[0];
  if (value.kind == Kind::List) return Cell::of(static_cast<std::int64_t>(value.items().size()));
  if (value.kind != Kind::String) wrong_argument("size", "LIST or STRING", value);
  return Cell::of(static_cast<std::int64_t>(count_code_points(value.string())));
}

Cell is_empty(FunctionContext&, std::span<const Cell> arguments) {
  const Cell& value = arguments[0];
  switch (value.kind) {
    case Kind::List:
      return Cell::boolean(value.items().empty());
    case Kind::Map:
      return Cell::boolean(value.entries().empty());
    case Kind::String:
      return Cell::boolean(value.string().empty());
    default:
      wrong_argument("isEmpty", "LIST, MAP or STRING", value);
  }
}

// --- conversions: one value, a value of any type, each element of a list

enum class Target { Boolean, Integer, Float, String };

constexpr std::string_view kConversions[] = {"toBoolean", "toInteger", "toFloat", "toString"};
constexpr std::string_view kListConversions[] = {"toBooleanList", "toIntegerList", "toFloatList",
                                                 "toStringList"};

template <Target target>
Cell convert(FunctionContext& context, const Cell& value, Misfit misfit) {
  constexpr std::string_view name = kConversions[static_cast<int>(target)];
  switch (target) {
    case Target::Boolean:
      return convert_to_boolean(value, misfit, name);
    case Target::Integer:
      return convert_to_integer(value, misfit, name);
    case Target::Float:
      return convert_to_float(value, misfit, name);
    case Target::String:
      return convert_to_string(value, misfit, name, context.arena());
  }
  return Cell::null();
}

template <Target target>
Cell to(FunctionContext& context, std::span<const Cell> arguments) {
  return convert<target>(context, arguments[0], Misfit::Error);
}

template <Target target>
Cell to_or_null(FunctionContext& context, std::span<const Cell> arguments) {
  return convert<target>(context, arguments[0], Misfit::Null);
}

template <Target target>
Cell each_to(FunctionContext& context, std::span<const Cell> arguments) {
  if (arguments[0].kind != Kind::List) {
    wrong_argument(kListConversions[static_cast<int>(target)], "LIST", arguments[0]);
  }
  const std::span<const Cell> items = arguments[0].items();
  const std::span<Cell> converted = context.arena().make_array<Cell>(items.size());
  std::transform(items.begin(), items.end(), converted.begin(),
                 [&](const Cell& item) { return convert<target>(context, item, Misfit::Null); });
  return make_list(context.arena(), converted);
}

// --- valueType

// The order in which a union names its types.
int rank_of(Kind kind) {
  constexpr Kind kOrder[] = {
      Kind::Null,     Kind::Boolean,   Kind::String, Kind::Integer,       Kind::Float,
      Kind::Date,     Kind::LocalTime, Kind::Time,   Kind::LocalDateTime, Kind::DateTime,
      Kind::Duration, Kind::Point,     Kind::Node,   Kind::Relationship,  Kind::Map,
      Kind::List,     Kind::Path};
  return static_cast<int>(std::find(std::begin(kOrder), std::end(kOrder), kind) -
                          std::begin(kOrder));
}

// Without NOT NULL at its end.
std::string type_of_value(const Cell& value);

std::string type_of_elements(std::span<const Cell> items) {
  std::vector<std::pair<int, std::string>> types;
  bool nullable = false;
  for (const Cell& item : items) {
    nullable = nullable || item.is_null();
    if (!item.is_null()) types.emplace_back(rank_of(item.kind), type_of_value(item));
  }
  if (types.empty()) return nullable ? "NULL" : "NOTHING";
  KITH_ASSERT(types.size() <= items.size());
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  std::string out;
  for (const auto& [rank, type] : types) {
    out += (out.empty() ? "" : " | ") + type + (nullable ? "" : " NOT NULL");
  }
  return out;
}

std::string type_of_value(const Cell& value) {
  if (value.kind != Kind::List) return std::string(kind_name(value.kind));
  return "LIST<" + type_of_elements(value.items()) + ">";
}

Cell value_type(FunctionContext& context, std::span<const Cell> arguments) {
  if (arguments[0].is_null()) return Cell::of(std::string_view("NULL"));
  return text_cell(context.arena(), type_of_value(arguments[0]) + " NOT NULL");
}

// --- identifiers

// RFC 4122, version 4.
Cell random_uuid(FunctionContext& context, std::span<const Cell>) {
  std::string out;
  for (int byte = 0; byte < 16; ++byte) {
    auto bits = static_cast<unsigned>(context.random() * 256) & 0xFF;
    if (byte == 6) bits = (bits & 0x0F) | 0x40;
    if (byte == 8) bits = (bits & 0x3F) | 0x80;
    if (byte == 4 || byte == 6 || byte == 8 || byte == 10) out += '-';
    out += fmt::format("{:02x}", bits);
  }
  KITH_ASSERT(out.size() == 36);
  return text_cell(context.arena(), out);
}

constexpr FunctionDef kRows[] = {
    {.name = "coalesce",
     .category = Category::Scalar,
     .signature = "(value :: ANY...) -> ANY",
     .summary = "The first of its arguments that is not null.",
     .example = "coalesce(null, 'a', 'b')",
     .answer = "'a'",
     .min_arguments = 1,
     .max_arguments = 255,
     .run = coalesce,
     .nulls = Nulls::Handle},
    {.name = "nullIf",
     .category = Category::Scalar,
     .signature = "(value1 :: ANY, value2 :: ANY) -> ANY",
     .summary = "Null if both arguments are equal, else the first.",
     .example = "nullIf('n/a', 'n/a')",
     .answer = "null",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = null_if,
     .nulls = Nulls::Handle},
    {.name = "exists",
     .category = Category::Predicate,
     .signature = "(value :: ANY) -> BOOLEAN",
     .summary = "Whether a property has a value, or a pattern a match; IS NOT NULL and EXISTS { } "
                "say it more clearly.",
     .example = "exists({a: 1}.a)",
     .answer = "true",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = exists,
     .nulls = Nulls::Handle,
     .instead = "IS NOT NULL"},
    {.name = "size",
     .category = Category::Scalar,
     .signature = "(value :: LIST | STRING) -> INTEGER",
     .summary = "How many elements a list has, or a string characters.",
     .example = "size('größe')",
     .answer = "5",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = size},
    {.name = "isEmpty",
     .category = Category::Predicate,
     .signature = "(value :: LIST | MAP | STRING) -> BOOLEAN",
     .summary = "Whether a list, a map or a string has nothing in it.",
     .example = "isEmpty([])",
     .answer = "true",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = is_empty},
    {.name = "toBoolean",
     .category = Category::Scalar,
     .signature = "(value :: BOOLEAN | INTEGER | STRING) -> BOOLEAN",
     .summary = "The boolean that a string or an integer says; null if a string says none.",
     .example = "toBoolean('true')",
     .answer = "true",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to<Target::Boolean>},
    {.name = "toBooleanOrNull",
     .category = Category::Scalar,
     .signature = "(value :: ANY) -> BOOLEAN",
     .summary = "As toBoolean(), but null for a value of another type.",
     .example = "toBooleanOrNull([])",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to_or_null<Target::Boolean>},
    {.name = "toBooleanList",
     .category = Category::List,
     .signature = "(list :: LIST) -> LIST<BOOLEAN>",
     .summary = "toBooleanOrNull() of each element.",
     .example = "toBooleanList(['true', 'a', 0])",
     .answer = "[true, null, false]",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = each_to<Target::Boolean>},
    {.name = "toInteger",
     .category = Category::Scalar,
     .signature = "(value :: BOOLEAN | INTEGER | FLOAT | STRING) -> INTEGER",
     .summary = "The integer that a value says, a fraction cut off; null if a string says none.",
     .example = "toInteger('2.9')",
     .answer = "2",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to<Target::Integer>},
    {.name = "toIntegerOrNull",
     .category = Category::Scalar,
     .signature = "(value :: ANY) -> INTEGER",
     .summary = "As toInteger(), but null for a value of another type or out of range.",
     .example = "toIntegerOrNull(date('2020-01-31'))",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to_or_null<Target::Integer>},
    {.name = "toIntegerList",
     .category = Category::List,
     .signature = "(list :: LIST) -> LIST<INTEGER>",
     .summary = "toIntegerOrNull() of each element.",
     .example = "toIntegerList(['1', 2.5, 'a'])",
     .answer = "[1, 2, null]",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = each_to<Target::Integer>},
    {.name = "toFloat",
     .category = Category::Scalar,
     .signature = "(value :: INTEGER | FLOAT | STRING) -> FLOAT",
     .summary = "The float that a value says; null if a string says none.",
     .example = "toFloat('2.5')",
     .answer = "2.5",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to<Target::Float>},
    {.name = "toFloatOrNull",
     .category = Category::Scalar,
     .signature = "(value :: ANY) -> FLOAT",
     .summary = "As toFloat(), but null for a value of another type.",
     .example = "toFloatOrNull(true)",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to_or_null<Target::Float>},
    {.name = "toFloatList",
     .category = Category::List,
     .signature = "(list :: LIST) -> LIST<FLOAT>",
     .summary = "toFloatOrNull() of each element.",
     .example = "toFloatList(['1.5', 2, 'a'])",
     .answer = "[1.5, 2.0, null]",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = each_to<Target::Float>},
    {.name = "toString",
     .category = Category::String,
     .signature = "(value :: BOOLEAN | NUMBER | STRING | TEMPORAL | POINT) -> STRING",
     .summary = "A value as text.",
     .example = "toString(1.5)",
     .answer = "'1.5'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to<Target::String>},
    {.name = "toStringOrNull",
     .category = Category::String,
     .signature = "(value :: ANY) -> STRING",
     .summary = "As toString(), but null for a value of another type.",
     .example = "toStringOrNull([1])",
     .answer = "null",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = to_or_null<Target::String>},
    {.name = "toStringList",
     .category = Category::List,
     .signature = "(list :: LIST) -> LIST<STRING>",
     .summary = "toStringOrNull() of each element.",
     .example = "toStringList([1, true, []])",
     .answer = "['1', 'true', null]",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = each_to<Target::String>},
    {.name = "valueType",
     .category = Category::Scalar,
     .signature = "(value :: ANY) -> STRING",
     .summary = "The most precise type of a value.",
     .example = "valueType([1, 'a'])",
     .answer = "'LIST<STRING NOT NULL | INTEGER NOT NULL> NOT NULL'",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = value_type,
     .nulls = Nulls::Handle},
    {.name = "randomUUID",
     .category = Category::Scalar,
     .signature = "() -> STRING",
     .summary = "A random universally unique identifier.",
     .example = "randomUUID()",
     .answer = "",
     .run = random_uuid,
     .is_volatile = true},
};

}  // namespace

std::span<const FunctionDef> scalar_functions() { return kRows; }

}  // namespace kith
