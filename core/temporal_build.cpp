// core/temporal_build.cpp: temporal instants from strings, maps, other values and the clock.
#include <fmt/format.h>

#include <optional>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_fields.hpp"
#include "core/temporal_parts.hpp"
#include "core/time_zone.hpp"

namespace kith {
namespace {

bool needs_date(Kind kind) {
  return kind == Kind::Date || kind == Kind::LocalDateTime || kind == Kind::DateTime;
}
bool needs_time(Kind kind) { return kind == Kind::LocalTime || kind == Kind::Time; }
bool is_zoned(Kind kind) { return kind == Kind::Time || kind == Kind::DateTime; }

// `parts` as a value of `kind`, with nothing but what they hold.
Cell project(Kind kind, const TemporalParts& parts, Arena& arena) {
  if (needs_date(kind) && !parts.has_date) bad_temporal_type("a time of day has no date");
  if (needs_time(kind) && !parts.has_time) bad_temporal_type("a date has no time of day");
  return compose(kind, parts, arena);
}

// What `date`, `time` and `datetime` of a map select.
TemporalParts selected_parts(const TemporalFields& fields) {
  if (!fields.datetime.is_null()) {
    if (!fields.date.is_null() || !fields.time.is_null()) {
      bad_temporal_argument("'datetime' does not go with 'date' or 'time'");
    }
    return parts_of(fields.datetime);
  }
  TemporalParts parts;
  if (!fields.time.is_null()) {
    parts = parts_of(fields.time);
    parts.has_date = false;
    parts.day = 0;
  }
  if (!fields.date.is_null()) {
    parts.has_date = true;
    parts.day = parts_of(fields.date).day;
  }
  return parts;
}

std::optional<TemporalParts> epoch_parts(const TemporalFields& fields) {
  const bool seconds = fields.has(Field::EpochSeconds);
  if (!seconds && !fields.has(Field::EpochMillis)) return {};
  if (seconds && fields.has(Field::EpochMillis)) {
    bad_temporal_argument("'epochSeconds' does not go with 'epochMillis'");
  }
  if (fields.has_any(Field::Year, Field::Microsecond) || !fields.date.is_null() ||
      !fields.time.is_null() || !fields.datetime.is_null()) {
    bad_temporal_argument("a unix time goes with 'nanosecond' and 'timezone' only");
  }
  const auto amount = fields.get(seconds ? Field::EpochSeconds : Field::EpochMillis);
  const auto whole = seconds ? amount : floor_divide(amount, 1000);
  const auto millis = seconds ? 0 : floor_modulo(amount, 1000);
  if (!valid_day(floor_divide(whole, kSecondsPerDay))) {
    temporal_out_of_range("dates run from year -999999999 to year 999999999");
  }
  const auto nanos = fields.get_or(Field::Nanosecond, 0, seconds ? 999'999'999 : 999'999, 0);
  return parts_at(whole, millis * 1'000'000 + nanos, Zone{});
}

// A time of day with a named zone is shown with the offset in force at this moment.
Zone zone_for(Kind kind, std::string_view text, TemporalContext context) {
  auto zone = parse_zone(text, context.arena);
  if (kind == Kind::Time && !zone.name.empty()) {
    zone = {{}, zone_offset_at(zone.name, floor_divide(context.now, kNanosecondsPerSecond))};
  }
  return zone;
}

void require_day_before_hour(const TemporalFields& fields) {
  if (!fields.has_any(Field::Hour, Field::Nanosecond)) return;
  for (const auto day : {Field::Day, Field::DayOfWeek, Field::DayOfQuarter, Field::OrdinalDay}) {
    if (fields.has(day)) return;
  }
  bad_temporal_argument("a time needs the day beside it, not only the year, month or week");
}

TemporalParts assigned(Kind kind, const TemporalFields& fields) {
  auto parts = selected_parts(fields);
  if (needs_date(kind)) {
    if (!parts.has_date && !parts.has_time && kind != Kind::Date) require_day_before_hour(fields);
    parts.day = assign_date(fields, parts.has_date, parts.day);
    parts.has_date = true;
  }
  if (kind == Kind::Date) return parts;
  if (needs_time(kind) && !parts.has_time && !fields.has(Field::Hour)) {
    bad_temporal_argument("a time needs an 'hour'");
  }
  parts.nanosecond = assign_time(fields, parts.has_time, parts.nanosecond);
  parts.has_time = true;
  return parts;
}

Cell build(Kind kind, const TemporalFields& fields, TemporalContext context) {
  const bool only_zone = fields.empty() && fields.date.is_null() && fields.time.is_null() &&
                         fields.datetime.is_null() && !fields.timezone.is_null();
  if (only_zone) return current_temporal(kind, fields.timezone.string(), context);
  if (!is_zoned(kind) && !fields.timezone.is_null()) {
    bad_temporal_argument("such a value has no 'timezone'");
  }
  const auto epoch = epoch_parts(fields);
  auto parts = epoch ? *epoch : assigned(kind, fields);
  if (is_zoned(kind) && !fields.timezone.is_null()) {
    const auto zone = zone_for(kind, fields.timezone.string(), context);
    if (kind == Kind::Time) parts.has_date = false;
    if (parts.has_zone) {
      parts = in_zone(parts, zone);
    } else {
      parts.zone = zone;
    }
  }
  return compose(kind, parts, context.arena);
}

}  // namespace

Cell make_temporal(Kind kind, const Cell& from, TemporalContext context) {
  KITH_ASSERT(is_temporal_instant(kind));
  if (from.kind == Kind::String) return parse_temporal(kind, from.string(), context.arena);
  if (from.kind == Kind::Map) return build(kind, TemporalFields(kind, from), context);
  if (is_temporal_instant(from.kind)) return project(kind, parts_of(from), context.arena);
  bad_temporal_type(
      fmt::format("a date or time is made from a string, a map or another one, "
                  "not from {}",
                  kind_name(from.kind)));
}

Cell current_temporal(Kind kind, std::string_view zone, TemporalContext context) {
  const auto seconds = floor_divide(context.now, kNanosecondsPerSecond);
  const auto parts = parts_at(seconds, floor_modulo(context.now, kNanosecondsPerSecond),
                              parse_zone(zone, context.arena));
  return compose(kind, parts, context.arena);
}

Cell datetime_from_epoch(std::int64_t seconds, std::int64_t nanoseconds, Arena& arena) {
  std::int64_t total = 0;
  const auto carry = floor_divide(nanoseconds, kNanosecondsPerSecond);
  if (__builtin_add_overflow(seconds, carry, &total) ||
      !valid_day(floor_divide(total, kSecondsPerDay))) {
    temporal_out_of_range("dates run from year -999999999 to year 999999999");
  }
  const auto rest = floor_modulo(nanoseconds, kNanosecondsPerSecond);
  return compose(Kind::DateTime, parts_at(total, rest, Zone{}), arena);
}

}  // namespace kith
