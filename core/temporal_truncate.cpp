// core/temporal_truncate.cpp: values cut down to a unit of time.
#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_fields.hpp"
#include "core/temporal_parts.hpp"
#include "core/time_zone.hpp"

namespace kith {
namespace {

enum class Unit : std::uint8_t {
  Millennium,
  Century,
  Decade,
  Year,
  WeekYear,
  Quarter,
  Month,
  Week,
  Day,
  Hour,
  Minute,
  Second,
  Millisecond,
  Microsecond,
};
constexpr std::string_view kUnitNames[] = {
    "millennium", "century", "decade", "year",   "weekYear", "quarter",     "month",
    "week",       "day",     "hour",   "minute", "second",   "millisecond", "microsecond"};

Unit unit_named(std::string_view name) {
  const auto* at = std::find(std::begin(kUnitNames), std::end(kUnitNames), name);
  if (at != std::end(kUnitNames)) return static_cast<Unit>(at - std::begin(kUnitNames));
  bad_temporal_argument(fmt::format("'{}' is no unit to truncate to; there are {}", name,
                                    fmt::join(kUnitNames, ", ")));
}

std::int64_t truncate_year(std::int64_t year, std::int64_t to) {
  return day_number(std::max(year - floor_modulo(year, to), kMinYear), 1, 1);
}

std::int64_t truncate_day(Unit unit, std::int64_t day) {
  const auto date = civil_date(day);
  switch (unit) {
    case Unit::Millennium:
      return truncate_year(date.year, 1000);
    case Unit::Century:
      return truncate_year(date.year, 100);
    case Unit::Decade:
      return truncate_year(date.year, 10);
    case Unit::Year:
      return day_number(date.year, 1, 1);
    case Unit::WeekYear:
      return day_number(WeekDate{week_date(day).week_year, 1, 1});
    case Unit::Quarter:
      return day_number(date.year, quarter_of(date.month) * 3 - 2, 1);
    case Unit::Month:
      return day_number(date.year, date.month, 1);
    case Unit::Week:
      return day - (day_of_week(day) - 1);
    default:
      return day;
  }
}

std::int64_t nanoseconds_of(Unit unit) {
  switch (unit) {
    case Unit::Hour:
      return 3600 * kNanosecondsPerSecond;
    case Unit::Minute:
      return 60 * kNanosecondsPerSecond;
    case Unit::Second:
      return kNanosecondsPerSecond;
    case Unit::Millisecond:
      return 1'000'000;
    case Unit::Microsecond:
      return 1'000;
    default:
      return kNanosecondsPerDay;
  }
}

// Below a millisecond or microsecond that was kept, finer parts are added to it, not put instead.
void keep_subsecond(Unit unit, std::int64_t nanosecond, TemporalFields& fields) {
  const auto subsecond = nanosecond % kNanosecondsPerSecond;
  const bool finer = fields.has(Field::Nanosecond) ||
                     (unit == Unit::Millisecond && fields.has(Field::Microsecond));
  if (!finer || fields.has(Field::Millisecond)) return;
  if (unit == Unit::Millisecond) fields.set(Field::Millisecond, subsecond / 1'000'000);
  if (unit == Unit::Microsecond && !fields.has(Field::Microsecond)) {
    fields.set(Field::Microsecond, subsecond / 1'000);
  }
}

void check(Kind kind, Unit unit, const TemporalParts& parts) {
  const bool time_only = kind == Kind::LocalTime || kind == Kind::Time;
  if (kind == Kind::Date && unit > Unit::Day) {
    bad_temporal_argument("a date cannot be truncated to a unit shorter than a day");
  }
  if (time_only && unit < Unit::Day) {
    bad_temporal_argument("a time cannot be truncated to a unit longer than a day");
  }
  if (time_only && !parts.has_time) bad_temporal_type("a date has no time of day");
  if (!time_only && !parts.has_date) bad_temporal_type("a time of day has no date");
}

}  // namespace

Cell truncate_temporal(Kind kind, std::string_view unit_name, const Cell& from, const Cell& parts,
                       TemporalContext context) {
  KITH_ASSERT(is_temporal_instant(kind));
  const auto unit = unit_named(unit_name);
  if (!is_temporal_instant(from.kind)) {
    bad_temporal_type(fmt::format("{} cannot be truncated", kind_name(from.kind)));
  }
  if (!parts.is_null() && parts.kind != Kind::Map) {
    bad_temporal_type("the parts to put in must be a map");
  }
  auto result = parts_of(from);
  check(kind, unit, result);
  result.day = truncate_day(unit, result.day);
  result.nanosecond -= result.nanosecond % nanoseconds_of(unit);
  if (parts.is_null()) return compose(kind, result, context.arena);

  TemporalFields fields(kind, parts);
  if (fields.has_any(Field::EpochSeconds, Field::EpochMillis) || !fields.date.is_null() ||
      !fields.time.is_null() || !fields.datetime.is_null()) {
    bad_temporal_argument("only single parts can be put into a truncated value");
  }
  keep_subsecond(unit, result.nanosecond, fields);
  if (result.has_date) result.day = assign_date(fields, true, result.day);
  result.nanosecond = assign_time(fields, true, result.nanosecond);
  if (!fields.timezone.is_null()) {
    if (kind != Kind::Time && kind != Kind::DateTime) {
      bad_temporal_argument("such a value has no 'timezone'");
    }
    result.zone = parse_zone(fields.timezone.string(), context.arena);
    if (kind == Kind::Time && !result.zone.name.empty()) {
      const auto now = floor_divide(context.now, kNanosecondsPerSecond);
      result.zone = {{}, zone_offset_at(result.zone.name, now)};
    }
  }
  return compose(kind, result, context.arena);
}

}  // namespace kith
