// storage/log/record_rows.hpp: how many rows of values go into one record.
#pragma once

#include <cstddef>
#include <span>

#include "core/cell.hpp"

namespace kith::storage {

// How many of `count` rows of values from `begin` on one record takes, of `most`; at least one.
// What a record has is between two looks at the limits of memory.
std::size_t record_rows(std::span<const Cell> values, std::size_t count, std::size_t begin,
                        std::size_t most);

}  // namespace kith::storage
