// core/identical.hpp: are two values one, to the bit of their type.
#pragma once

#include "core/cell.hpp"

namespace kith {

// Unlike equivalent(): 1 is not 1.0, nor 0.0 -0.0, also inside lists and maps.
bool identical(const Cell& a, const Cell& b);

}  // namespace kith
