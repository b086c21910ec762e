// core/value_bytes.hpp: how much memory an API value takes.
#pragma once

#include <cstdint>

#include "kith/value.hpp"

namespace kith {

// About; never far too little.
std::uint64_t value_bytes(const Value& value);

}  // namespace kith
