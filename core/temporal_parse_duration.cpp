// core/temporal_parse_duration.cpp: durations from ISO 8601 text; what a scanner says of bad text.
//
//   P1Y2M3W4DT5H6M7.5S   each part may be missing, signed, or have a fraction
//   -P1D                 every part negated
//   P2012-02-02T14:37:21.545  P20120202T143721.545   the parts as a date and a time are written
#include <fmt/format.h>

#include <string>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_fraction.hpp"
#include "core/temporal_scanner.hpp"

namespace kith {
namespace {

constexpr std::size_t kLongestQuote = 100;  // of the user's text in a message

std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, kLongestQuote)) +
         (text.size() > kLongestQuote ? "…'" : "'");
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::Date:
      return "date";
    case Kind::LocalTime:
      return "local time";
    case Kind::Time:
      return "time";
    case Kind::LocalDateTime:
      return "local date-time";
    case Kind::DateTime:
      return "date-time";
    case Kind::Duration:
      return "duration";
    default:
      return "offset from UTC";
  }
}

struct Unit {
  char letter;
  Fraction DurationAmounts::*part;
  std::int64_t each;
};
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kMinute = 60;
const Unit kDateUnits[] = {{'Y', &DurationAmounts::months, 12},
                           {'M', &DurationAmounts::months, 1},
                           {'W', &DurationAmounts::days, 7},
                           {'D', &DurationAmounts::days, 1}};
const Unit kTimeUnits[] = {{'H', &DurationAmounts::seconds, kHour},
                           {'M', &DurationAmounts::seconds, kMinute},
                           {'S', &DurationAmounts::seconds, 1}};

Fraction scan_amount(TextScanner& in) {
  const bool negative = in.at('-');
  if (negative || in.at('+')) in.skip();
  const auto whole = in.digits();
  std::string_view fraction;
  if (in.accept('.') || in.accept(',')) {
    fraction = in.digits();
    if (fraction.empty()) in.fail();
  }
  if (whole.empty() && fraction.empty()) in.fail();
  return times(decimal_fraction(whole, fraction), negative ? -1 : 1);
}

// Amounts with their letters, each letter at most once and in order.
void scan_units(TextScanner& in, std::span<const Unit> units, DurationAmounts& out) {
  while (!in.at_end() && !in.at('T')) {
    const auto amount = scan_amount(in);
    while (!units.empty() && !in.at(units.front().letter)) units = units.subspan(1);
    if (units.empty()) in.fail();
    auto& part = out.*units.front().part;
    part = sum(part, times(amount, units.front().each));
    in.skip();
    units = units.subspan(1);
  }
}

void scan_as_date_and_time(TextScanner& in, DurationAmounts& out) {
  const auto years = in.number(4);
  const bool extended = in.accept('-');
  const auto months = in.number(2);
  if (extended && !in.accept('-')) in.fail();
  out.months = {years * 12 + months, 1};
  out.days = {in.number(2), 1};
  if (!in.accept('T')) return;
  std::int64_t seconds = in.number(2) * kHour;
  const bool colons = in.at(':');
  const auto more = [&] { return colons ? in.accept(':') : in.count_digits() > 0; };
  if (more()) {
    seconds += in.number(2) * kMinute;
    if (more()) {
      seconds += in.number(2);
      if (in.accept('.') || in.accept(',')) out.nanoseconds = {in.fraction_in_nanoseconds(), 1};
    }
  }
  out.seconds = {seconds, 1};
}

void negate(DurationAmounts& amounts) {
  for (auto part : {&DurationAmounts::months, &DurationAmounts::days, &DurationAmounts::seconds,
                    &DurationAmounts::nanoseconds}) {
    (amounts.*part).numerator = -(amounts.*part).numerator;
  }
}

}  // namespace

void TextScanner::fail() const {
  bad_temporal_argument(fmt::format("{} is no {}", quoted(text_), name_of(wanted_)));
}

void TextScanner::fail_range() const {
  bad_temporal_argument(fmt::format("there is no such {} as {}", name_of(wanted_), quoted(text_)));
}

Cell parse_duration(std::string_view text, Arena& arena) {
  TextScanner in(Kind::Duration, text);
  const bool negative = in.at('-');
  if (negative || in.at('+')) in.skip();
  if (!in.accept('P') || in.at_end()) in.fail();
  DurationAmounts amounts;
  const auto digits = in.count_digits();
  const char after = in.peek(static_cast<std::size_t>(digits));
  if ((digits == 4 && after == '-') || (digits == 8 && (after == 'T' || after == '\0'))) {
    scan_as_date_and_time(in, amounts);
  } else {
    scan_units(in, kDateUnits, amounts);
    if (in.accept('T')) {
      if (in.at_end()) in.fail();
      scan_units(in, kTimeUnits, amounts);
    }
  }
  if (!in.at_end()) in.fail();
  if (negative) negate(amounts);
  return make_duration(arena, duration_of(amounts));
}

}  // namespace kith
