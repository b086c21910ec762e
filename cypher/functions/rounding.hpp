// cypher/functions/rounding.hpp: rounding to decimals, as people do it on paper.
//
// What is rounded is the number as it prints: 2.345 to two decimals is 2.35, though the float lies
// a little below 2.345.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kith {

enum class Rounding : std::uint8_t { Up, Down, Ceiling, Floor, HalfUp, HalfDown, HalfEven };

std::optional<Rounding> rounding_named(std::string_view name);  // "HALF_UP", in any case

// To `decimals` places after the point; negative: before it. HalfUp: a tie goes away from zero.
double round_decimal(double value, std::int64_t decimals, Rounding rounding);

}  // namespace kith
