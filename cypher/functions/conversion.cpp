// cypher/functions/conversion.cpp: between booleans, numbers and text.
#include "cypher/functions/conversion.hpp"

#include <cmath>
#include <string>

#include "core/number.hpp"
#include "core/print.hpp"
#include "core/temporal.hpp"
#include "core/text.hpp"
#include "cypher/functions/arguments.hpp"

namespace kith {

namespace {

Cell misfits(Misfit misfit, std::string_view name, std::string_view wanted, const Cell& value) {
  if (misfit == Misfit::Null) return Cell::null();
  wrong_argument(name, wanted, value, "InvalidArgumentValue");
}

bool equal_words(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] | 0x20) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

Cell cut(double value, Misfit misfit) {
  if (std::isnan(value)) return Cell::null();
  if (const auto integer = integer_from_float(value)) return Cell::of(*integer);
  if (misfit == Misfit::Null) return Cell::null();
  throw QueryError(
      "ArithmeticError", "IntegerOverflow",
      fmt::format("{} does not fit into a 64-bit integer", to_short_cypher(Cell::of(value))));
}

}  // namespace

Cell convert_to_boolean(const Cell& value, Misfit misfit, std::string_view name) {
  switch (value.kind) {
    case Kind::Null:
    case Kind::Boolean:
      return value;
    case Kind::Integer:
      return Cell::boolean(value.integer != 0);
    case Kind::String: {
      const std::string_view word = trim(value.string());
      if (equal_words(word, "true")) return Cell::boolean(true);
      if (equal_words(word, "false")) return Cell::boolean(false);
      return Cell::null();
    }
    default:
      return misfits(misfit, name, "BOOLEAN, INTEGER or STRING", value);
  }
}

Cell convert_to_integer(const Cell& value, Misfit misfit, std::string_view name) {
  switch (value.kind) {
    case Kind::Null:
    case Kind::Integer:
      return value;
    case Kind::Boolean:
      return Cell::of(std::int64_t{value.is_true() ? 1 : 0});
    case Kind::Float:
      return cut(value.real, misfit);
    case Kind::String: {
      const std::string_view word = trim(value.string());
      if (const auto integer = integer_from_text(word)) return Cell::of(*integer);
      const auto number = float_from_text(word);
      if (!number || std::isnan(*number)) return Cell::null();
      return cut(*number, misfit);
    }
    default:
      return misfits(misfit, name, "BOOLEAN, INTEGER, FLOAT or STRING", value);
  }
}

Cell convert_to_float(const Cell& value, Misfit misfit, std::string_view name) {
  switch (value.kind) {
    case Kind::Null:
    case Kind::Float:
      return value;
    case Kind::Integer:
      return Cell::of(static_cast<double>(value.integer));
    case Kind::String: {
      const auto number = float_from_text(trim(value.string()));
      return number ? Cell::of(*number) : Cell::null();
    }
    default:
      return misfits(misfit, name, "INTEGER, FLOAT or STRING", value);
  }
}

Cell convert_to_string(const Cell& value, Misfit misfit, std::string_view name, Arena& arena) {
  std::string out;
  switch (value.kind) {
    case Kind::Null:
    case Kind::String:
      return value;
    case Kind::Boolean:
      return Cell::of(std::string_view(value.is_true() ? "true" : "false"));
    case Kind::Integer:
      append_integer(out, value.integer);
      break;
    case Kind::Float:
      append_float(out, value.real);
      break;
    case Kind::Date:
    case Kind::LocalTime:
    case Kind::Time:
    case Kind::LocalDateTime:
    case Kind::DateTime:
    case Kind::Duration:
      format_temporal(out, value);
      break;
    case Kind::Point:
      print_cypher(out, value);
      break;
    default:
      return misfits(misfit, name, "a BOOLEAN, number, STRING, temporal value or POINT", value);
  }
  return text_cell(arena, out);
}

}  // namespace kith
