// core/temporal_fraction.hpp: exact fractions, so that 1.1 days are 1 day, 2 hours and 24 minutes.
//
// A float counts as the shortest decimal that reads back as the same float. The denominator is
// positive; what does not fit into 128 bits is out of range.
#pragma once

#include <string_view>

#include "core/temporal_parts.hpp"

namespace kith {

struct Fraction {
  Wide numerator = 0;
  Wide denominator = 1;
};

Fraction fraction_of(double value);            // NaN and infinity are out of range
Fraction number_fraction(const Cell& number);  // Integer or Float
// Digits before and after the decimal point; `digits` alone are checked by the caller.
Fraction decimal_fraction(std::string_view whole_digits, std::string_view fraction_digits);

Fraction times(const Fraction& a, std::int64_t factor);
Fraction times(const Fraction& a, const Fraction& b);
Fraction sum(const Fraction& a, const Fraction& b);  // one denominator divides the other
Fraction inverse(const Fraction& a);                 // not of zero

std::int64_t narrow(Wide value);  // or out of range
Wide checked_multiply(Wide a, Wide b);

// The duration of amounts that may have fractions: what is left of months goes to days at 30.436875
// days a month, what is left of days to seconds at 24 hours, what is left of seconds is cut to
// nanoseconds.
struct DurationAmounts {
  Fraction months, days, seconds, nanoseconds;
};
DurationData duration_of(const DurationAmounts& amounts);

}  // namespace kith
