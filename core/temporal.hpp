// core/temporal.hpp: dates, times and durations as cells: text, building, parts, arithmetic.
//
// How each kind lies in a cell is told in cell.hpp. What holds for all of them:
//   T1  A day lies in kMinDay … kMaxDay, a time of day in 0 … 24 h - 1 ns, an offset in ±18 h.
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
#include <string>
#include <string_view>

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

// --- order

// Two cells of the same temporal kind; total. Zoned values go by instant, then by what they show;
// durations by their length at 30.436875 days a month, then by parts. Equal means the same value.
std::weak_ordering order_temporal(const Cell& a, const Cell& b);

}  // namespace kith
