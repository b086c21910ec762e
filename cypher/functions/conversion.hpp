// cypher/functions/conversion.hpp: between booleans, numbers and text, as toInteger() and its kin
// do.
#pragma once

#include <string_view>

#include "core/arena.hpp"
#include "core/cell.hpp"

namespace kith {

enum class Misfit : std::uint8_t { Error, Null };  // what a value of the wrong type gives

// Null for text that says no such value. `name`: of the function, for errors.
Cell convert_to_boolean(const Cell& value, Misfit misfit, std::string_view name);
Cell convert_to_integer(const Cell& value, Misfit misfit, std::string_view name);
Cell convert_to_float(const Cell& value, Misfit misfit, std::string_view name);
Cell convert_to_string(const Cell& value, Misfit misfit, std::string_view name, Arena& arena);

}  // namespace kith
