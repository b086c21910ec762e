// api/import/header.hpp: what the header line of an import file says about its columns.
//
// neo4j-admin's grammar: `name:type`, type left out = string; `name:ID(Space)`, `:LABEL`,
// `:START_ID(Space)`, `:END_ID(Space)`, `:TYPE`, `:IGNORE`; an array type ends in [].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "kith/import.hpp"

namespace kith::import {

enum class Role : std::uint8_t { Property, Id, Label, StartId, EndId, Type, Ignore };

enum class ValueType : std::uint8_t {
  Integer,
  Float,
  Boolean,
  String,
  Point,
  Date,
  LocalTime,
  Time,
  LocalDateTime,
  DateTime,
  Duration,
};

struct ColumnSpec {
  Role role = Role::Property;
  std::string name;  // of the property; an Id column without one stores nothing
  ValueType type = ValueType::String;
  bool is_array = false;
  std::string space;              // of ids
  std::int64_t min = 0, max = 0;  // of Integer: byte, short, int, long
  std::string type_name;          // as written, for messages
};

// From the fields of the header row; the reader names the place in errors ("BadHeader").
std::vector<ColumnSpec> parse_header(const CsvReader& reader, const std::vector<CsvField>& fields,
                                     IdType id_type);

}  // namespace kith::import
