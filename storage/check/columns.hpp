// storage/check/columns.hpp: every value of a column decodes, and is what its header says.
#pragma once

#include <string>

#include "storage/check/findings.hpp"
#include "storage/column/column.hpp"
#include "storage/graph/slot_set.hpp"

namespace kith::storage::check {

// K7. `alive`: slots that may hold a value; nullptr: all (starts and ends). False if a value cannot
// be read.
bool check_column(Findings& findings, const std::string& where, const ColumnChunk& column,
                  const SlotSet* alive, std::uint32_t slots);

}  // namespace kith::storage::check
