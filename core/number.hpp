// core/number.hpp: numbers from text and to text, exact in both directions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith {

// --- literals of the query language
enum class NumberFault : std::uint8_t { None, Malformed, Overflow };

struct IntegerLiteral {
  std::int64_t value = 0;
  NumberFault fault = NumberFault::None;
};
// Decimal, 0x…, 0o…; digits may be grouped with '_'. `negative`: a minus stands before it (the sign
// belongs to the number, or the smallest integer could not be written).
IntegerLiteral parse_integer_literal(std::string_view text, bool negative);

struct FloatLiteral {
  double value = 0;
  NumberFault fault = NumberFault::None;
};
// "1.5", ".5", "1e9", "1.5E-3"; what is too small to hold is 0.0, what is too large an overflow.
FloatLiteral parse_float_literal(std::string_view text);

// --- numbers in data: toInteger(), toFloat(), CSV
// The whole text is a decimal number with an optional sign (no spaces), or nothing is returned;
// nor is a number that does not fit.
std::optional<std::int64_t> integer_from_text(std::string_view text);
// The number of a text that is just how such a number is written: digits alone, 18 at most, no zero
// in front of others. So different texts are different numbers.
std::optional<std::uint64_t> number_written_as(std::string_view text);
// As integer_from_text() with fraction and exponent; and NaN, Inf, Infinity in any case. Too large
// is infinite.
std::optional<double> float_from_text(std::string_view text);
// A float cut to an integer, or nothing if it does not fit.
std::optional<std::int64_t> integer_from_float(double value);

// --- to text: the shortest digits that read back as the same number
// As Cypher spells it, and toString(): 1.0, 0.00001, 1000000000.0, 1e100, 1.5e-7, NaN, -Infinity.
void append_float(std::string& out, double value);
// As JSON spells it: 1.0, 1e+100. The value is finite.
void append_json_float(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);

}  // namespace kith
