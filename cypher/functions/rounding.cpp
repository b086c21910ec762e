// cypher/functions/rounding.cpp: rounding to decimals.
#include "cypher/functions/rounding.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "core/assert.hpp"
#include "core/number.hpp"

namespace kith {

namespace {

// 0.d1d2d3… times ten to the power `exponent`; the shortest digits that say the number.
struct Decimal {
  std::string digits;
  std::int64_t exponent = 0;
};

Decimal decimal_of(double magnitude) {
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific);
  KITH_ASSERT(end.ec == std::errc());
  const std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const std::size_t e = text.find('e');
  KITH_ASSERT(e != std::string_view::npos);
  Decimal result;
  for (const char c : text.substr(0, e)) {
    if (c != '.') result.digits += c;
  }
  const char* first = text.data() + e + 1;
  if (*first == '+') ++first;
  std::from_chars(first, end.ptr, result.exponent);
  ++result.exponent;
  return result;
}

// Whether what is cut off (its first digit at `kept`) makes the rest one greater.
bool rounds_away(const Decimal& value, std::size_t kept, bool negative, Rounding rounding) {
  KITH_ASSERT(kept < value.digits.size());
  const std::string_view rest = std::string_view(value.digits).substr(kept);
  const bool something = rest.find_first_not_of('0') != std::string_view::npos;
  if (!something) return false;
  const bool beyond_half =
      rest[0] > '5' || (rest[0] == '5' && rest.find_first_not_of('0', 1) != std::string_view::npos);
  const bool half = rest[0] == '5' && !beyond_half;
  switch (rounding) {
    case Rounding::Up:
      return true;
    case Rounding::Down:
      return false;
    case Rounding::Ceiling:
      return !negative;
    case Rounding::Floor:
      return negative;
    case Rounding::HalfUp:
      return half || beyond_half;
    case Rounding::HalfDown:
      return beyond_half;
    case Rounding::HalfEven:
      return beyond_half || (half && kept > 0 && (value.digits[kept - 1] - '0') % 2 == 1);
  }
  return false;
}

void add_one(Decimal& value) {
  for (std::size_t i = value.digits.size(); i-- > 0;) {
    if (value.digits[i] != '9') {
      ++value.digits[i];
      return;
    }
    value.digits[i] = '0';
  }
  value.digits.insert(value.digits.begin(), '1');
  ++value.exponent;
}

}  // namespace

std::optional<Rounding> rounding_named(std::string_view name) {
  constexpr std::pair<std::string_view, Rounding> kNames[] = {{"UP", Rounding::Up},
                                                              {"DOWN", Rounding::Down},
                                                              {"CEILING", Rounding::Ceiling},
                                                              {"FLOOR", Rounding::Floor},
                                                              {"HALF_UP", Rounding::HalfUp},
                                                              {"HALF_DOWN", Rounding::HalfDown},
                                                              {"HALF_EVEN", Rounding::HalfEven}};
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; };
  for (const auto& [each, rounding] : kNames) {
    if (std::equal(name.begin(), name.end(), each.begin(), each.end(), same)) return rounding;
  }
  return std::nullopt;
}

double round_decimal(double value, std::int64_t decimals, Rounding rounding) {
  if (!std::isfinite(value) || value == 0) return value;
  decimals = std::clamp<std::int64_t>(decimals, -400, 400);
  const bool negative = value < 0;
  Decimal number = decimal_of(std::fabs(value));
  const std::int64_t kept = number.exponent + decimals;
  if (kept >= static_cast<std::int64_t>(number.digits.size())) return value;
  if (kept < 0) {  // all digits lie beyond the last one kept
    number.digits.insert(0, static_cast<std::size_t>(-kept), '0');
    number.exponent -= kept;
  }
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(kept, 0));
  const bool away = rounds_away(number, length, negative, rounding);
  number.digits.resize(length);
  if (away) add_one(number);
  if (number.digits.empty()) return negative ? -0.0 : 0.0;
  const std::string text = "0." + number.digits + "e" + std::to_string(number.exponent);
  const double magnitude = parse_float_literal(text).value;
  KITH_ASSERT(magnitude >= 0);
  return negative ? -magnitude : magnitude;
}

}  // namespace kith
