// core/temporal_fields.cpp: from the numbers of a map to a day and a time of day.
//
// A date is spelt in one of four ways: year, month, day; year, week, dayOfWeek (the year is then
// that of the ISO weeks); year, quarter, dayOfQuarter; year, ordinalDay. They do not mix.
#include "core/temporal_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/temporal.hpp"

namespace kith {
namespace {

constexpr std::string_view kFieldNames[kFieldCount] = {
    "year",        "quarter",    "dayOfQuarter", "month",      "day",    "week",
    "dayOfWeek",   "ordinalDay", "hour",         "minute",     "second", "millisecond",
    "microsecond", "nanosecond", "epochSeconds", "epochMillis"};

bool is_date_field(Field field) { return field <= Field::OrdinalDay; }
bool is_time_field(Field field) { return field >= Field::Hour && field <= Field::Nanosecond; }
bool has_date(Kind kind) {
  return kind == Kind::Date || kind == Kind::LocalDateTime || kind == Kind::DateTime;
}

bool fits(Kind kind, Field field) {
  if (is_date_field(field)) return has_date(kind);
  if (is_time_field(field)) return kind != Kind::Date;
  return kind == Kind::DateTime;
}

void require(const TemporalFields& fields, Field finer, Field coarser) {
  if (fields.has(finer) && !fields.has(coarser)) {
    bad_temporal_argument(
        fmt::format("'{}' needs '{}' beside it", field_name(finer), field_name(coarser)));
  }
}

// How the date is spelt, told by the fields that only one way has.
enum class Spelling { Calendar, Week, Quarter, Ordinal };

Spelling spelling_of(const TemporalFields& fields) {
  const bool week = fields.has(Field::Week) || fields.has(Field::DayOfWeek);
  const bool quarter = fields.has(Field::Quarter) || fields.has(Field::DayOfQuarter);
  const bool ordinal = fields.has(Field::OrdinalDay);
  const bool calendar = fields.has(Field::Month) || fields.has(Field::Day);
  if (int{week} + int{quarter} + int{ordinal} + int{calendar} > 1) {
    bad_temporal_argument(
        "a date is spelt by month and day, by week and dayOfWeek, by quarter and dayOfQuarter or "
        "by ordinalDay, not by several of them");
  }
  return week      ? Spelling::Week
         : quarter ? Spelling::Quarter
         : ordinal ? Spelling::Ordinal
                   : Spelling::Calendar;
}

std::int64_t year_of(const TemporalFields& fields, std::int64_t otherwise) {
  return fields.has(Field::Year) ? fields.get_between(Field::Year, kMinYear, kMaxYear) : otherwise;
}

std::int64_t assign_week_date(const TemporalFields& fields, bool has_base, std::int64_t base) {
  auto date = has_base ? week_date(base) : WeekDate{0, 1, 1};
  date.week_year = year_of(fields, date.week_year);
  const int weeks = weeks_in_year(date.week_year);
  date.week = fields.get_or(Field::Week, 1, weeks, std::min(date.week, weeks));
  date.day_of_week = fields.get_or(Field::DayOfWeek, 1, 7, date.day_of_week);
  return day_number(date);
}

std::int64_t assign_quarter_date(const TemporalFields& fields, CivilDate date) {
  if (fields.has(Field::Quarter)) {  // the month keeps its place in the quarter
    const int quarter = fields.get_between(Field::Quarter, 1, 4);
    date.month = (quarter - 1) * 3 + (date.month - 1) % 3 + 1;
  }
  const int quarter = quarter_of(date.month);
  if (fields.has(Field::DayOfQuarter)) {
    const int days = days_in_quarter(date.year, quarter);
    return day_number(date.year, quarter * 3 - 2, 1) +
           fields.get_between(Field::DayOfQuarter, 1, days) - 1;
  }
  date.day = std::min(date.day, days_in_month(date.year, date.month));
  return day_number(date);
}

void require_coarser_date_fields(const TemporalFields& fields) {
  if (!fields.has(Field::Year)) bad_temporal_argument("a date needs a 'year'");
  require(fields, Field::Day, Field::Month);
  require(fields, Field::DayOfWeek, Field::Week);
  require(fields, Field::DayOfQuarter, Field::Quarter);
}

std::int64_t assign_subsecond(const TemporalFields& fields, std::int64_t base) {
  const bool milli = fields.has(Field::Millisecond);
  const bool micro = fields.has(Field::Microsecond);
  if (!milli && !micro && !fields.has(Field::Nanosecond)) return base;
  // Each counts what the next coarser one given leaves over.
  const std::int64_t most_micros = milli ? 999 : 999'999;
  const std::int64_t most_nanos = micro ? 999 : milli ? 999'999 : 999'999'999;
  return std::int64_t{fields.get_or(Field::Millisecond, 0, 999, 0)} * 1'000'000 +
         std::int64_t{fields.get_or(Field::Microsecond, 0, most_micros, 0)} * 1'000 +
         fields.get_or(Field::Nanosecond, 0, most_nanos, 0);
}

}  // namespace

std::string_view field_name(Field field) { return kFieldNames[static_cast<std::size_t>(field)]; }

TemporalFields::TemporalFields(Kind kind, const Cell& map) {
  KITH_ASSERT(is_temporal_instant(kind));
  for (const auto& entry : map.entries()) add(kind, entry);
}

void TemporalFields::set(Field field, std::int64_t value) {
  given_ |= bit(field);
  numbers_[static_cast<std::size_t>(field)] = value;
}

void TemporalFields::add(Kind kind, const MapEntry& entry) {
  const auto select = [&](Cell& into, bool allowed, std::string_view what) {
    if (!allowed || !is_temporal_instant(entry.value.kind)) {
      bad_temporal_type(fmt::format("'{}' must be {}", entry.key, what));
    }
    into = entry.value;
  };
  const auto found = entry.value.kind;
  if (entry.key == "date") {
    return select(date, has_date(kind) && has_date(found), "a value that has a date");
  }
  if (entry.key == "time") {
    return select(time, kind != Kind::Date && found != Kind::Date, "a value that has a time");
  }
  if (entry.key == "datetime") {
    return select(datetime, found == Kind::LocalDateTime || found == Kind::DateTime,
                  "a value that has a date and a time");
  }
  if (entry.key == "timezone") {
    if (found != Kind::String) bad_temporal_type("'timezone' must be a string");
    timezone = entry.value;
    return;
  }
  const auto* at = std::find(std::begin(kFieldNames), std::end(kFieldNames), entry.key);
  const auto field = static_cast<Field>(at - std::begin(kFieldNames));
  if (at == std::end(kFieldNames) || !fits(kind, field)) {
    bad_temporal_argument(fmt::format("no part of such a value is called '{}'", entry.key));
  }
  if (found != Kind::Integer) {
    bad_temporal_type(fmt::format("'{}' must be an integer", entry.key));
  }
  set(field, entry.value.integer);
}

bool TemporalFields::has_any(Field first, Field last) const {
  const auto upto = [](Field field) { return (bit(field) << 1) - 1; };
  return (given_ & upto(last) & ~(bit(first) - 1)) != 0;
}

int TemporalFields::get_between(Field field, std::int64_t least, std::int64_t most) const {
  KITH_ASSERT(has(field));
  const auto value = get(field);
  if (value < least || value > most) {
    temporal_out_of_range(fmt::format("'{}' must be between {} and {} here, not {}",
                                      field_name(field), least, most, value));
  }
  return static_cast<int>(value);
}

std::int64_t assign_date(const TemporalFields& fields, bool has_base, std::int64_t base) {
  if (!has_base) require_coarser_date_fields(fields);
  const auto spelling = spelling_of(fields);
  if (spelling == Spelling::Week) return assign_week_date(fields, has_base, base);
  auto date = has_base ? civil_date(base) : CivilDate{0, 1, 1};
  date.year = year_of(fields, date.year);
  if (spelling == Spelling::Quarter) return assign_quarter_date(fields, date);
  if (spelling == Spelling::Ordinal) {
    return day_number(date.year, 1, 1) - 1 +
           fields.get_between(Field::OrdinalDay, 1, days_in_year(date.year));
  }
  date.month = fields.get_or(Field::Month, 1, 12, date.month);
  const int days = days_in_month(date.year, date.month);
  date.day = fields.get_or(Field::Day, 1, days, std::min(date.day, days));
  return day_number(date);
}

std::int64_t assign_time(const TemporalFields& fields, bool has_base, std::int64_t base) {
  KITH_ASSERT(base >= 0 && base < kNanosecondsPerDay);
  if (!has_base) {
    require(fields, Field::Minute, Field::Hour);
    require(fields, Field::Second, Field::Minute);
    require(fields, Field::Millisecond, Field::Second);
    require(fields, Field::Microsecond, Field::Second);
    require(fields, Field::Nanosecond, Field::Second);
  }
  const auto second = base / kNanosecondsPerSecond;
  const auto part = [](std::int64_t value) { return static_cast<int>(value); };
  const std::int64_t hour = fields.get_or(Field::Hour, 0, 23, part(second / 3600));
  const std::int64_t minute = fields.get_or(Field::Minute, 0, 59, part(second / 60 % 60));
  const std::int64_t seconds = fields.get_or(Field::Second, 0, 59, part(second % 60));
  return ((hour * 60 + minute) * 60 + seconds) * kNanosecondsPerSecond +
         assign_subsecond(fields, base % kNanosecondsPerSecond);
}

}  // namespace kith
