// api/import/header.hpp: what the header line of an import file says about its columns.
//
// neo4j-admin's grammar: `name:type{option: value}`, type left out = string; `name:ID(Space)`,
// `:LABEL`, `:START_ID(Space)`, `:END_ID(Space)`, `:TYPE`, `:IGNORE`; an array type ends in [].
// What changes a database that is there: `:ACTION`, `:+LABEL`, `:-LABEL`, `:-PROPERTY`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "kith/import.hpp"

namespace kith::import {

enum class Role : std::uint8_t {
  Property,
  Id,
  Label,
  StartId,
  EndId,
  Type,
  Ignore,
  Action,
  AddedLabel,
  RemovedLabel,
  RemovedProperty,
};

enum class ValueType : std::uint8_t {
  Integer,
  Float,
  Boolean,
  String,
  Character,
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
  std::int64_t min = 0, max = 0;  // of Integer: byte, short, int, long
  std::string type_name;          // as written, for messages
  std::uint32_t column = 1;       // of the header's field
  // Options in braces, and those of ids.
  std::string space, label;
  bool has_id_type = false;           // else the one of the import
  bool identifier = false;            // tells relationships apart that are to be changed
  std::string crs, zone;              // of points; of times that name none
  std::optional<std::uint32_t> srid;  // of `crs`

  bool is_stored() const { return role == Role::Property || (role == Role::Id && !name.empty()); }
};

// From the fields of the header row. Throws CsvFault ("BadHeader").
std::vector<ColumnSpec> parse_header(CsvRow fields, IdType id_type);

}  // namespace kith::import
