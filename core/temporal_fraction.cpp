// core/temporal_fraction.cpp: see temporal_fraction.hpp.
#include "core/temporal_fraction.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/assert.hpp"

namespace kith {
namespace {

constexpr int kMostFractionDigits = 22;  // 10^22 times the nanoseconds of a month fit into 128 bits

[[noreturn]] void duration_out_of_range() {
  temporal_out_of_range("the duration does not fit into 64-bit parts");
}

Wide power_of_ten(int exponent) {
  KITH_ASSERT(exponent >= 0 && exponent <= 37);
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

Fraction scaled(Wide digits, int exponent) {  // digits * 10^exponent
  if (digits == 0) return {};
  if (exponent >= 0) {
    if (exponent > 20) duration_out_of_range();
    return {checked_multiply(digits, power_of_ten(exponent)), 1};
  }
  for (; exponent < -kMostFractionDigits && digits != 0; ++exponent) digits /= 10;
  if (digits == 0) return {};
  for (; exponent < 0 && digits % 10 == 0; ++exponent) digits /= 10;
  return {digits, power_of_ten(-exponent)};
}

}  // namespace

Wide checked_multiply(Wide a, Wide b) {
  Wide product = 0;
  if (__builtin_mul_overflow(a, b, &product)) duration_out_of_range();
  return product;
}

std::int64_t narrow(Wide value) {
  if (value < std::numeric_limits<std::int64_t>::min() ||
      value > std::numeric_limits<std::int64_t>::max()) {
    duration_out_of_range();
  }
  return static_cast<std::int64_t>(value);
}

Fraction fraction_of(double value) {
  if (!std::isfinite(value)) temporal_out_of_range("NaN and infinity are no amounts of time");
  char text[32];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const std::string_view all(text, static_cast<std::size_t>(end - text));
  const auto e = all.find('e');
  KITH_ASSERT(e != std::string_view::npos);
  Wide digits = 0;
  int exponent = 0;
  bool after_point = false;
  for (const char c : all.substr(0, e)) {
    if (c == '.') after_point = true;
    if (c < '0' || c > '9') continue;
    digits = digits * 10 + (c - '0');
    if (after_point) --exponent;
  }
  int written = 0;
  const char* digits_of_exponent = text + e + (all[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits_of_exponent, end, written);
  return scaled(value < 0 ? -digits : digits, exponent + written);
}

Fraction number_fraction(const Cell& number) {
  KITH_ASSERT(number.is_number());
  return number.kind == Kind::Integer ? Fraction{number.integer, 1} : fraction_of(number.real);
}

Fraction decimal_fraction(std::string_view whole_digits, std::string_view fraction_digits) {
  Wide digits = 0;
  for (const char c : whole_digits) {
    KITH_ASSERT(c >= '0' && c <= '9');
    digits = narrow(digits * 10 + (c - '0'));
  }
  const auto kept = fraction_digits.substr(0, 15);
  for (const char c : kept) digits = digits * 10 + (c - '0');
  return scaled(digits, -static_cast<int>(kept.size()));
}

Fraction times(const Fraction& a, std::int64_t factor) {
  return {checked_multiply(a.numerator, factor), a.denominator};
}

Fraction times(const Fraction& a, const Fraction& b) {
  return {checked_multiply(a.numerator, b.numerator),
          checked_multiply(a.denominator, b.denominator)};
}

Fraction sum(const Fraction& a, const Fraction& b) {
  const Wide common = std::max(a.denominator, b.denominator);
  KITH_ASSERT(common % a.denominator == 0 && common % b.denominator == 0);
  Wide result = 0;
  if (__builtin_add_overflow(checked_multiply(a.numerator, common / a.denominator),
                             checked_multiply(b.numerator, common / b.denominator), &result)) {
    duration_out_of_range();
  }
  return {result, common};
}

Fraction inverse(const Fraction& a) {
  KITH_ASSERT(a.numerator != 0);
  return a.numerator > 0 ? Fraction{a.denominator, a.numerator}
                         : Fraction{-a.denominator, -a.numerator};
}

DurationData duration_of(const DurationAmounts& amounts) {
  const auto whole = [](const Fraction& f) { return narrow(f.numerator / f.denominator); };
  const auto rest = [](const Fraction& f, std::int64_t nanoseconds_each) {
    return checked_multiply(f.numerator % f.denominator, nanoseconds_each) / f.denominator;
  };
  Wide days = whole(amounts.days);
  Wide rest_of_days = rest(amounts.months, kSecondsPerAverageMonth * kNanosecondsPerSecond) +
                      rest(amounts.days, kNanosecondsPerDay);
  days += rest_of_days / kNanosecondsPerDay;
  rest_of_days %= kNanosecondsPerDay;
  if (days > 0 && rest_of_days < 0) {
    --days;
    rest_of_days += kNanosecondsPerDay;
  } else if (days < 0 && rest_of_days > 0) {
    ++days;
    rest_of_days -= kNanosecondsPerDay;
  }
  const Wide nanoseconds = Wide{whole(amounts.seconds)} * kNanosecondsPerSecond +
                           rest(amounts.seconds, kNanosecondsPerSecond) +
                           whole(amounts.nanoseconds) + rest_of_days;
  Wide seconds = nanoseconds / kNanosecondsPerSecond;
  auto subsecond = static_cast<std::int32_t>(nanoseconds % kNanosecondsPerSecond);
  if (subsecond < 0) {
    subsecond += static_cast<std::int32_t>(kNanosecondsPerSecond);
    --seconds;
  }
  return {whole(amounts.months), narrow(days), narrow(seconds), subsecond};
}

}  // namespace kith
