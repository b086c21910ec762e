// core/temporal_parts.hpp: what the core/temporal_*.cpp files share; nobody else includes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/calendar.hpp"
#include "core/cell.hpp"

namespace kith {

__extension__ typedef __int128 Wide;  // nanoseconds over all years

[[noreturn]] void bad_temporal_argument(const std::string& message);  // InvalidArgumentValue
[[noreturn]] void bad_temporal_type(const std::string& message);      // InvalidArgumentType
[[noreturn]] void temporal_out_of_range(const std::string& message);  // NumberOutOfRange

}  // namespace kith
