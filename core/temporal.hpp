// core/temporal.hpp: dates, times and durations as cells: text, building, parts, arithmetic.
//
// How each kind lies in a cell is told in cell.hpp. What holds for all of them:
//   T1  A day lies in kMinDay … kMaxDay (of a zoned date-time, both its UTC and its local day), a
//       time of day in 0 … 24 h - 1 ns, an offset in ±18 h.
//   T2  A duration's four parts are kept apart (a month is not days, a day is not hours); only the
//       nanoseconds are normalised into 0 … 999,999,999.
//   T3  A zoned date-time knows its instant and the offset in force then; the name rules
//   arithmetic. T4  Results lie in the arena given, whatever the arguments lie in.
//
// Bad input throws: TypeError "InvalidArgumentType" (wrong kind of value), QueryError
// "ArgumentError" with "InvalidArgumentValue" (text, name or combination without meaning) or
// "NumberOutOfRange". They carry no position; whoever knows one adds it.
//
// cypher/functions/temporal*.cpp, expression evaluation -> [temporal] -> calendar, time_zone.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/calendar.hpp"
#include "core/cell.hpp"

namespace kith {

constexpr bool is_temporal(Kind kind) { return kind >= Kind::Date && kind <= Kind::Duration; }
constexpr bool is_temporal_instant(Kind kind) {
  return is_temporal(kind) && kind != Kind::Duration;
}

// --- text (temporal_format.cpp, temporal_parse.cpp, temporal_parse_duration.cpp)

// Appends the ISO 8601 text of a date, time, date-time or duration: 2020-01-31, 12:00, 12:00:00.5Z,
// 2020-01-31T12:00+01:00[Europe/Stockholm], P1Y2M3DT4H-5.5S. Seconds that are zero and zeros at the
// end of a fraction are left out. parse_temporal gives the same value back.
void format_temporal(std::string& out, const Cell& cell);
void format_offset(std::string& out, std::int32_t offset_seconds);  // Z, +01:00, -02:05:07

// The value of `kind` that ISO 8601 text says, in all its forms (basic, extended, week, ordinal,
// quarter, shortened). A date-time or time without offset or zone is UTC.
Cell parse_temporal(Kind kind, std::string_view text, Arena& arena);

// --- order (temporal_order.cpp)

// Two cells of the same temporal kind; total. Zoned values go by instant, then by what they show;
// durations by their length at 30.436875 days a month, then by parts. Equal means the same value.
std::weak_ordering order_temporal(const Cell& a, const Cell& b);

// The zone and the instant that values are built with where the input leaves them open.
struct TemporalContext {
  Arena& arena;
  std::int64_t now = 0;  // unix nanoseconds
};

// --- building (temporal_build.cpp, temporal_truncate.cpp, temporal_duration.cpp)

// The value of `kind` that a string says, that a map spells by its parts (calendar, week, quarter
// or ordinal date; hour …; timezone; parts of other values under `date`, `time`, `datetime`;
// `epochSeconds`, `epochMillis`), or that is a part of another temporal value.
Cell make_temporal(Kind kind, const Cell& from, TemporalContext context);
// The same for durations: a string, a map (years, quarters, months, weeks, days, hours, …,
// nanoseconds, each an integer or a float), or another duration.
Cell make_duration_from(const Cell& from, Arena& arena);
// `now` on the clocks of a zone ("Europe/Stockholm", "+01:00", "Z").
Cell current_temporal(Kind kind, std::string_view zone, TemporalContext context);
// The instant of a unix time, as a UTC date-time.
Cell datetime_from_epoch(std::int64_t seconds, std::int64_t nanoseconds, Arena& arena);
// `from` cut down to "year", "week", "hour", …, then `parts` (a map, or null) put in.
Cell truncate_temporal(Kind kind, std::string_view unit, const Cell& from, const Cell& parts,
                       TemporalContext context);

// --- arithmetic (temporal_arithmetic.cpp)

// A temporal and a duration in either order, or two durations. Months are added first, keeping to
// the end of a shorter month, then days, then seconds; a date takes whole days of the seconds, a
// time of day goes round. Zoned: months and days on the wall clock, seconds in real time.
Cell temporal_add(const Cell& a, const Cell& b, Arena& arena);
// An instant less a duration, or a duration less a duration.
Cell temporal_subtract(const Cell& a, const Cell& b, Arena& arena);
// By an integer or a float; a month's fraction becomes days, a day's becomes seconds.
Cell duration_multiply(const Cell& duration, const Cell& number, Arena& arena);
Cell duration_divide(const Cell& duration, const Cell& number, Arena& arena);
Cell duration_negate(const Cell& duration, Arena& arena);

// From one instant to another, as months, days and seconds, or in one unit alone, cut towards zero.
// What one side lacks (date, zone) it takes from the other; a time that both lack is midnight.
enum class DurationUnit : std::uint8_t { All, Months, Days, Seconds };
Cell duration_between(DurationUnit unit, const Cell& from, const Cell& to, Arena& arena);

// --- parts (temporal_property.cpp)

// What `value.name` is for a temporal value or a point: year, weekDay, epochSeconds, monthsOfYear,
// x, srid … `known` is false, and the result null, if such a value has no part of that name.
Cell temporal_property(const Cell& value, std::string_view name, Arena& arena, bool& known);

// A part of dates and times of day that is a number, year … nanosecond, asked of many values.
class CalendarPart {
 public:
  // nullopt: there is none of that name.
  static std::optional<CalendarPart> named(std::string_view name);
  // Many values will be read: parts of days are remembered.
  void expect_many();
  // False, if the value is none that has it.
  bool read(const Cell& value, std::int64_t& out) {
    const bool has_date = value.kind == Kind::Date || value.kind == Kind::LocalDateTime ||
                          value.kind == Kind::DateTime;
    if (of_day_ != nullptr ? !has_date : !is_temporal_instant(value.kind)) return false;
    return of_day_ != nullptr ? read_day(value, out) : read_time(value, out);
  }

 private:
  bool read_day(const Cell& value, std::int64_t& out) {
    std::int64_t day = value.integer;
    if (value.kind == Kind::DateTime) {
      day = floor_divide(value.datetime->seconds + value.datetime->offset, kSecondsPerDay);
    } else if (value.kind == Kind::LocalDateTime) {
      day = floor_divide(value.integer, kSecondsPerDay);
    }
    if (known_.empty()) {
      out = of_day_(day);
      return true;
    }
    Known& known = known_[static_cast<std::uint64_t>(day) % kKnown];
    if (known.day != day) known = {day, of_day_(day)};
    out = known.part;
    return true;
  }
  bool read_time(const Cell& value, std::int64_t& out) const;

  static constexpr std::size_t kKnown = 1024;
  struct Known {
    std::int64_t day, part;
  };

  std::vector<Known> known_;  // by the day's lowest bits; empty: few are read
  std::int64_t (*of_day_)(std::int64_t day) = nullptr;  // of a date …
  std::int64_t each_ = 1, within_ = 1;                  // … or of a time: nanoseconds
};

}  // namespace kith
