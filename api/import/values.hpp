// api/import/values.hpp: a CSV field as a property value of its column's type.
#pragma once

#include "api/import/header.hpp"
#include "core/cell.hpp"

namespace kith::import {

// The value in `arena`, or null for an empty field that is not a string (and for an empty string
// where `empty_is_null`). Fails through the reader with file, line, column and what was wrong.
Cell parse_value(const CsvReader& reader, const CsvField& field, const ColumnSpec& spec,
                 const ImportOptions& options, Arena& arena);

}  // namespace kith::import
