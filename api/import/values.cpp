// api/import/values.cpp: see values.hpp.
#include "api/import/values.hpp"

#include <cmath>
#include <optional>

#include "core/number.hpp"
#include "core/temporal.hpp"
#include "core/text.hpp"

namespace kith::import {
namespace {

std::string quoted_value(std::string_view text) { return "'" + std::string(text) + "'"; }

class ValueParser {
 public:
  ValueParser(const CsvReader& reader, const CsvField& field, const ColumnSpec& spec, Arena& arena)
      : reader_(reader), field_(field), spec_(spec), arena_(arena) {}

  Cell array(std::string_view text, char delimiter) const {
    std::vector<Cell> items;
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(delimiter, begin), text.size());
      items.push_back(one(text.substr(begin, end - begin)));
      begin = end + 1;
    }
    return make_list(arena_, items);
  }

  Cell one(std::string_view text) const {
    switch (spec_.type) {
      case ValueType::String:
        return Cell::of(arena_.copy(text));
      case ValueType::Integer:
        return integer(trim(text));
      case ValueType::Float:
        return real(trim(text));
      case ValueType::Boolean:
        return Cell::boolean(trim(text) == "true");
      case ValueType::Point:
        fail(text, "; points are not supported in import files");
      case ValueType::Date:
        return temporal(Kind::Date, text);
      case ValueType::LocalTime:
        return temporal(Kind::LocalTime, text);
      case ValueType::Time:
        return temporal(Kind::Time, text);
      case ValueType::LocalDateTime:
        return temporal(Kind::LocalDateTime, text);
      case ValueType::DateTime:
        return temporal(Kind::DateTime, text);
      case ValueType::Duration:
        return temporal(Kind::Duration, text);
    }
    return Cell::null();
  }

 private:
  [[noreturn]] void fail(std::string_view text, const std::string& more = "") const {
    reader_.fail("BadValue",
                 quoted_value(text) + " is not a " + spec_.type_name + " (column " +
                     (spec_.name.empty() ? ":" + spec_.type_name : spec_.name) + ")" + more,
                 field_.column);
  }

  Cell integer(std::string_view text) const {
    const auto value = integer_from_text(text);
    if (!value) fail(text);
    if (*value < spec_.min || *value > spec_.max) fail(text, ": out of range");
    return Cell::of(*value);
  }
  Cell real(std::string_view text) const {
    const auto value = float_from_text(text);
    if (!value) fail(text);
    return Cell::of(*value);
  }
  Cell temporal(Kind kind, std::string_view text) const {
    try {
      return parse_temporal(kind, trim(text), arena_);
    } catch (const Error& e) {
      fail(text, std::string(": ") + e.what());
    }
  }

  const CsvReader& reader_;
  const CsvField& field_;
  const ColumnSpec& spec_;
  Arena& arena_;
};

}  // namespace

Cell parse_value(const CsvReader& reader, const CsvField& field, const ColumnSpec& spec,
                 const ImportOptions& options, Arena& arena) {
  const auto text = options.trim_strings && !field.quoted ? trim(field.text) : field.text;
  const bool is_text = spec.type == ValueType::String && !spec.is_array;
  // An empty field is no value; in quotes it is an empty string, unless that too counts as none.
  if (text.empty() && (!is_text || !field.quoted || options.ignore_empty_strings))
    return Cell::null();
  const ValueParser parser(reader, field, spec, arena);
  return spec.is_array ? parser.array(text, options.array_delimiter) : parser.one(text);
}

}  // namespace kith::import
