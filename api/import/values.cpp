// api/import/values.cpp: see values.hpp.
#include "api/import/values.hpp"

#include <vector>

#include "core/number.hpp"
#include "core/spatial.hpp"
#include "core/temporal.hpp"
#include "core/text.hpp"
#include "kith/error.hpp"

namespace kith::import {
namespace {

// trim(), quick where there is nothing to strip.
std::string_view stripped(std::string_view text) {
  const auto plain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!text.empty() && plain(text.front()) && plain(text.back())) return text;
  return trim(text);
}

}  // namespace

struct ValueParser::Place {
  const ColumnSpec& spec;
  const CsvField& field;
  Arena* arena;

  [[noreturn]] void fail(std::string_view text, const std::string& more = "") const {
    throw CsvFault{"BadValue",
                   "'" + std::string(text) + "' is not a " + spec.type_name + " (column " +
                       (spec.name.empty() ? ":" + spec.type_name : spec.name) + ")" + more,
                   0, field.column};
  }
};

VectorType vector_type(const ColumnSpec& spec) {
  if (spec.is_array) return VectorType::Any;
  switch (spec.type) {
    case ValueType::Integer:
      return VectorType::Integer;
    case ValueType::Float:
      return VectorType::Float;
    case ValueType::Boolean:
      return VectorType::Boolean;
    case ValueType::String:
    case ValueType::Character:
      return VectorType::String;
    case ValueType::Point:
    case ValueType::Date:
    case ValueType::LocalTime:
    case ValueType::Time:
    case ValueType::LocalDateTime:
    case ValueType::DateTime:
    case ValueType::Duration:
      return VectorType::Any;
  }
  return VectorType::Any;
}

ValueParser::ValueParser(const ColumnSpec& spec, const ImportOptions& options)
    : spec_(spec),
      trim_strings_(options.trim_strings),
      ignore_empty_strings_(options.ignore_empty_strings),
      array_delimiter_(CsvMark(options.array_delimiter).text()) {}

std::string_view ValueParser::text_of(const CsvField& field) const {
  return trim_strings_ && !field.quoted ? stripped(field.text) : field.text;
}

// An empty field is no value; in quotes it is an empty string, unless that too counts as none.
bool ValueParser::is_absent(const CsvField& field, std::string_view text) const {
  const bool is_text = spec_.type == ValueType::String && !spec_.is_array;
  return text.empty() && (!is_text || !field.quoted || ignore_empty_strings_);
}

std::int64_t ValueParser::integer_of(const CsvField& field) const {
  return integer({spec_, field, nullptr}, stripped(field.text)).integer;
}

Cell ValueParser::parse(const CsvField& field, Arena& arena) const {
  const auto text = text_of(field);
  if (is_absent(field, text)) return Cell::null();
  const Place place{spec_, field, &arena};
  return spec_.is_array ? array(place, text) : one(place, text);
}

void ValueParser::parse_into(const CsvField& field, Vector& vector, std::uint32_t row) const {
  KITH_ASSERT(vector.type() == vector_type(spec_));
  const auto text = text_of(field);
  if (is_absent(field, text)) return vector.set_null(row);
  const Place place{spec_, field, &vector.arena()};
  vector.set(row, spec_.is_array ? array(place, text) : one(place, text));
}

Cell ValueParser::array(const Place& place, std::string_view text) const {
  std::vector<Cell> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(array_delimiter_, begin), text.size());
    items.push_back(one(place, text.substr(begin, end - begin)));
    begin = end + array_delimiter_.size();
  }
  return make_list(*place.arena, items);
}

Cell ValueParser::one(const Place& place, std::string_view text) const {
  switch (spec_.type) {
    case ValueType::String:
      return Cell::of(text);
    case ValueType::Character:
      return character(place, text);
    case ValueType::Integer:
      return integer(place, stripped(text));
    case ValueType::Float:
      return real(place, stripped(text));
    case ValueType::Boolean:
      return Cell::boolean(stripped(text) == "true");
    case ValueType::Point:
      return point(place, stripped(text));
    case ValueType::Date:
      return temporal(place, Kind::Date, text);
    case ValueType::LocalTime:
      return temporal(place, Kind::LocalTime, text);
    case ValueType::Time:
      return zoned(place, Kind::Time, text);
    case ValueType::LocalDateTime:
      return temporal(place, Kind::LocalDateTime, text);
    case ValueType::DateTime:
      return zoned(place, Kind::DateTime, text);
    case ValueType::Duration:
      return temporal(place, Kind::Duration, text);
  }
  return Cell::null();
}

Cell ValueParser::character(const Place& place, std::string_view text) const {
  if (text.empty() || first_code_point(text).bytes != text.size())
    place.fail(text, ": it is not one character");
  return Cell::of(text);
}

Cell ValueParser::integer(const Place& place, std::string_view text) const {
  const auto value = integer_from_text(text);
  if (!value) place.fail(text);
  if (*value < spec_.min || *value > spec_.max) place.fail(text, ": out of range");
  return Cell::of(*value);
}

Cell ValueParser::real(const Place& place, std::string_view text) const {
  const auto value = float_from_text(text);
  if (!value) place.fail(text);
  return Cell::of(*value);
}

Cell ValueParser::temporal(const Place& place, Kind kind, std::string_view text) const {
  try {
    return parse_temporal(kind, stripped(text), *place.arena);
  } catch (const Error& e) {
    place.fail(text, std::string(": ") + e.what());
  }
}

// With the column's time zone, where the text names none.
Cell ValueParser::zoned(const Place& place, Kind kind, std::string_view text) const {
  if (spec_.zone.empty()) return temporal(place, kind, text);
  text = stripped(text);
  const auto t = text.find('T');
  const bool has_time = kind == Kind::Time || t != std::string_view::npos;
  const auto clock = text.substr(t == std::string_view::npos ? 0 : t + 1);
  if (has_time && clock.find_first_of("Z+-[") != std::string_view::npos)
    return temporal(place, kind, text);
  const std::string complete = std::string(text) + (has_time ? "" : "T00:00") + spec_.zone;
  return temporal(place, kind, complete);
}

// {x: 1.0, y: 2.0} or {longitude: …, latitude: …, height: …}, with crs or srid.
Cell ValueParser::point(const Place& place, std::string_view text) const {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}')
    place.fail(text, ": a point is written {x: 1.0, y: 2.0} or {latitude: 1.0, longitude: 2.0}");
  std::vector<MapEntry> entries;
  bool names_system = false;
  const auto inner = text.substr(1, text.size() - 2);
  for (std::size_t begin = 0; begin < inner.size();) {
    const auto end = std::min(inner.find(',', begin), inner.size());
    const auto entry = inner.substr(begin, end - begin);
    const auto colon = std::min(entry.find(':'), entry.size());
    const auto key = stripped(entry.substr(0, colon));
    auto value = stripped(entry.substr(std::min(colon + 1, entry.size())));
    const bool is_name = key == "crs";
    names_system = names_system || is_name || key == "srid";
    if (is_name && value.size() >= 2 && (value.front() == '\'' || value.front() == '"'))
      value = value.substr(1, value.size() - 2);
    const auto number = float_from_text(value);
    if (!is_name && !number) place.fail(text, ": '" + std::string(value) + "' is not a number");
    const Cell srid =
        key == "srid" ? Cell::of(integer_from_text(value).value_or(-1)) : Cell::null();
    entries.push_back({key, is_name         ? Cell::of(value)
                            : key == "srid" ? srid
                                            : Cell::of(number.value_or(0))});
    begin = end + 1;
  }
  if (spec_.srid && !names_system) entries.push_back({"srid", Cell::of(std::int64_t{*spec_.srid})});
  try {
    return make_point_from(make_map(*place.arena, entries), *place.arena);
  } catch (const Error& e) {
    place.fail(text, std::string(": ") + e.what());
  }
}

}  // namespace kith::import
