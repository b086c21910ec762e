// core/temporal_parse.cpp: dates and times from ISO 8601 text.
//
//   date    2015-07-21  20150721  2015-07  201507  2015  2015-W30-2  2015W302  2015-W30  2015W30
//           2015-Q3-21  2015Q321  2015-Q3  2015Q3  2015-202  2015202
//           a year with a sign has one to nine digits
//   time    21:40:32.142  214032.142  21:40:32  214032  21:40  2140  21
//   offset  Z  +01  +01:00  +0100  -02:05:07  -020507
//   zone    [Europe/Stockholm]
// A date-time is a date, `T` or a space, a time, then offset and zone; the time may be missing. An
// offset before a zone names the instant; the zone tells which offset is shown.
#include <string>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_parts.hpp"
#include "core/temporal_scanner.hpp"
#include "core/time_zone.hpp"

namespace kith {
namespace {

constexpr int kMostYearDigits = 9;

std::int64_t scan_year(TextScanner& in) {
  const bool negative = in.at('-');
  if (!negative && !in.at('+')) return in.number(4);
  in.skip();
  const auto digits = std::min(in.count_digits(), kMostYearDigits);
  if (digits == 0) in.fail();
  const auto year = in.number(digits);
  return negative ? -year : year;
}

std::int64_t checked_day(TextScanner& in, std::int64_t year, int month, int day) {
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) in.fail_range();
  return day_number(year, month, day);
}

std::int64_t scan_week(TextScanner& in, std::int64_t year, bool extended) {
  in.skip();
  const int week = in.number(2);
  int weekday = 1;
  if (extended ? in.accept('-') : in.count_digits() > 0) weekday = in.number(1);
  if (week < 1 || week > weeks_in_year(year) || weekday < 1 || weekday > 7) in.fail_range();
  return day_number(WeekDate{year, week, weekday});
}

std::int64_t scan_quarter(TextScanner& in, std::int64_t year, bool extended) {
  in.skip();
  const int quarter = in.number(1);
  int day = 1;
  if (extended ? in.accept('-') : in.count_digits() > 0) {
    day = in.number(in.count_digits() == 1 ? 1 : 2);
  }
  if (quarter < 1 || quarter > 4 || day < 1 || day > days_in_quarter(year, quarter)) {
    in.fail_range();
  }
  return day_number(year, quarter * 3 - 2, 1) + day - 1;
}

std::int64_t scan_ordinal(TextScanner& in, std::int64_t year) {
  const int day = in.number(3);
  if (day < 1 || day > days_in_year(year)) in.fail_range();
  return day_number(year, 1, 1) + day - 1;
}

std::int64_t scan_date(TextScanner& in) {
  const auto year = scan_year(in);
  const bool extended = in.accept('-');
  if (in.at('W')) return scan_week(in, year, extended);
  if (in.at('Q')) return scan_quarter(in, year, extended);
  switch (in.count_digits()) {
    case 0:
      if (extended) in.fail();
      return day_number(year, 1, 1);
    case 2: {
      const int month = in.number(2);
      return checked_day(in, year, month, extended && in.accept('-') ? in.number(2) : 1);
    }
    case 3:
      return scan_ordinal(in, year);
    case 4: {
      if (extended) in.fail();
      const int month = in.number(2);
      return checked_day(in, year, month, in.number(2));
    }
    default:
      in.fail();
  }
}

std::int64_t scan_time(TextScanner& in) {
  const int hour = in.number(2);
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  const bool extended = in.at(':');
  const auto more = [&] { return extended ? in.accept(':') : in.count_digits() > 0; };
  if (more()) {
    minute = in.number(2);
    if (more()) {
      second = in.number(2);
      if (in.accept('.') || in.accept(',')) fraction = in.fraction_in_nanoseconds();
    }
  }
  if (hour > 23 || minute > 59 || second > 59) in.fail_range();
  return ((hour * 60 + minute) * 60 + second) * kNanosecondsPerSecond + fraction;
}

std::int32_t scan_offset(TextScanner& in) {
  if (in.accept('Z')) return 0;
  const bool west = in.at('-');
  in.skip();
  const int hours = in.number(2);
  int minutes = 0;
  int seconds = 0;
  const bool extended = in.at(':');
  const auto more = [&] { return extended ? in.accept(':') : in.count_digits() > 0; };
  if (more()) {
    minutes = in.number(2);
    if (more()) seconds = in.number(2);
  }
  const std::int32_t offset = (hours * 60 + minutes) * 60 + seconds;
  if (minutes > 59 || seconds > 59 || offset > kMaxOffsetSeconds) in.fail_range();
  return west ? -offset : offset;
}

bool at_offset(const TextScanner& in) { return in.at('Z') || in.at('+') || in.at('-'); }

void scan_zone(TextScanner& in, TemporalParts& parts, Arena& arena) {
  if (at_offset(in)) {
    parts.zone.offset = scan_offset(in);
    parts.has_zone = true;
  }
  if (!in.accept('[')) return;
  const auto zone = parse_zone(in.until(']'), arena);
  if (parts.has_zone) {
    parts = in_zone(parts, zone);
  } else {
    parts.zone = zone;
    parts.has_zone = true;
  }
}

TemporalParts scan_date_time(TextScanner& in, Kind kind, Arena& arena) {
  TemporalParts parts;
  parts.day = scan_date(in);
  parts.has_date = true;
  if (in.accept('T') || in.accept(' ')) {
    parts.nanosecond = scan_time(in);
    parts.has_time = true;
  }
  if (kind == Kind::DateTime && (parts.has_time || in.at('['))) scan_zone(in, parts, arena);
  return parts;
}

}  // namespace

Cell parse_temporal(Kind kind, std::string_view text, Arena& arena) {
  KITH_ASSERT(is_temporal(kind));
  if (kind == Kind::Duration) return parse_duration(text, arena);
  TextScanner in(kind, text);
  TemporalParts parts;
  if (kind == Kind::Date) {
    parts.day = scan_date(in);
    parts.has_date = true;
  } else if (kind == Kind::LocalTime || kind == Kind::Time) {
    in.accept('T');
    parts.nanosecond = scan_time(in);
    parts.has_time = true;
    if (kind == Kind::Time && at_offset(in)) parts.zone.offset = scan_offset(in);
  } else {
    parts = scan_date_time(in, kind, arena);
  }
  if (!in.at_end()) in.fail();
  return compose(kind, parts, arena);
}

Zone parse_zone(std::string_view text, Arena& arena) {
  TextScanner in(Kind::Null, text);
  if (text.size() == 1 ? in.at('Z') : in.at('+') || in.at('-')) {
    const auto offset = scan_offset(in);
    if (!in.at_end()) in.fail();
    return {{}, offset};
  }
  std::string name(text);
  std::replace(name.begin(), name.end(), ' ', '_');  // "America/New York"
  if (!known_time_zone(name)) bad_temporal_argument("there is no time zone '" + name + "'");
  return {arena.copy(name), kAnyOffset};
}

}  // namespace kith
