// api/import/values.hpp: CSV fields as property values of their column's type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/import/header.hpp"
#include "api/import/plain_integers.hpp"
#include "core/vector.hpp"

namespace kith::import {

// How a vector holds the values of a column.
VectorType vector_type(const ColumnSpec& spec);

// Of one column. Text in its results points into the field; the rest lies in the arena given.
// Thread-safe.
class ValueParser {
 public:
  ValueParser(const ColumnSpec& spec, const ImportOptions& options);

  // Null for an empty field that is not a string (and for an empty string, where that counts as
  // none). Throws CsvFault ("BadValue").
  Cell parse(const CsvField& field, Arena& arena) const;
  // The same into a row of a vector of the column's type.
  void parse_into(const CsvField& field, Vector& vector, std::uint32_t row) const;
  // The text that an id, a label or a type has: without spaces around it where those are stripped.
  std::string_view text_of(const CsvField& field) const;
  IntegerBounds bounds() const { return {spec_.min, spec_.max}; }  // of a column of integers
  bool is_integer() const { return spec_.type == ValueType::Integer; }
  // The integer that an id is, or a fault.
  std::int64_t integer_of(const CsvField& field) const;

 private:
  struct Place;
  Cell one(const Place& place, std::string_view text) const;
  Cell array(const Place& place, std::string_view text) const;
  Cell character(const Place& place, std::string_view text) const;
  Cell integer(const Place& place, std::string_view text) const;
  Cell real(const Place& place, std::string_view text) const;
  Cell temporal(const Place& place, Kind kind, std::string_view text) const;
  Cell zoned(const Place& place, Kind kind, std::string_view text) const;
  Cell point(const Place& place, std::string_view text) const;
  bool is_absent(const CsvField& field, std::string_view text) const;

  const ColumnSpec& spec_;
  bool trim_strings_, ignore_empty_strings_;
  std::string array_delimiter_;
};

}  // namespace kith::import
