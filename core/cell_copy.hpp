// core/cell_copy.hpp: copying cells into memory that the caller has measured.
#pragma once

#include <cstddef>

#include "core/cell.hpp"

namespace kith {

// What a deep copy takes beside the cell itself: a multiple of 8.
std::size_t bytes_beside(const Cell& cell);
// Whose every byte lies from `at` on, a multiple of 8, which goes on by as much.
Cell copy_to(std::byte*& at, const Cell& cell);

}  // namespace kith
