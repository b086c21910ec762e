// core/temporal_arithmetic.cpp: instants and durations added up.
#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_fraction.hpp"
#include "core/temporal_parts.hpp"

namespace kith {
namespace {

// A duration with the sign of its use; wide, so that nothing overflows before it is checked.
struct Shift {
  std::int64_t months, days;
  Wide nanoseconds;  // the seconds too
};

Wide nanoseconds_of(const DurationData& duration) {
  return Wide{duration.seconds} * kNanosecondsPerSecond + duration.nanoseconds;
}

Shift shift_by(const DurationData& duration, int sign) {
  return {narrow(Wide{duration.months} * sign), narrow(Wide{duration.days} * sign),
          nanoseconds_of(duration) * sign};
}

[[noreturn]] void date_out_of_range() {
  temporal_out_of_range("dates run from year -999999999 to year 999999999");
}

constexpr std::int64_t kMostMonths = (kMaxYear - kMinYear + 1) * 12;
constexpr std::int64_t kMostDays = kMaxDay - kMinDay;

std::int64_t shift_day(std::int64_t day, std::int64_t months, std::int64_t days) {
  if (months < -kMostMonths || months > kMostMonths || days < -kMostDays || days > kMostDays) {
    date_out_of_range();
  }
  const auto result = plus_months(day, months) + days;
  if (!valid_day(result)) date_out_of_range();
  return result;
}

Cell shift_time(const Cell& time, const Shift& by) {
  const Wide moved = (Wide{time.integer} + by.nanoseconds) % kNanosecondsPerDay;
  Cell result = time;
  result.integer = static_cast<std::int64_t>(moved < 0 ? moved + kNanosecondsPerDay : moved);
  return result;
}

// Days and nanoseconds of the day, moved on by the clock alone.
void shift_clock(TemporalParts& parts, Wide nanoseconds) {
  const Wide moved = Wide{parts.nanosecond} + nanoseconds;
  Wide days = moved / kNanosecondsPerDay;
  auto rest = static_cast<std::int64_t>(moved % kNanosecondsPerDay);
  if (rest < 0) {
    rest += kNanosecondsPerDay;
    --days;
  }
  parts.nanosecond = rest;
  parts.day = shift_day(parts.day, 0, narrow(days));
}

Cell shift(const Cell& instant, const Shift& by, Arena& arena) {
  KITH_ASSERT(is_temporal_instant(instant.kind));
  switch (instant.kind) {
    case Kind::LocalTime:
    case Kind::Time:
      return shift_time(instant, by);
    case Kind::Date: {
      const auto days = narrow(Wide{by.days} + by.nanoseconds / kNanosecondsPerDay);
      return Cell::date(shift_day(instant.integer, by.months, days));
    }
    default: {
      auto parts = parts_of(instant);
      parts.day = shift_day(parts.day, by.months, by.days);
      if (instant.kind == Kind::LocalDateTime) {
        shift_clock(parts, by.nanoseconds);
        return compose(instant.kind, parts, arena);
      }
      const auto zone = parts.zone;
      const auto start = moment_of(parts);
      parts = parts_at(start.seconds, start.nanoseconds, Zone{});
      shift_clock(parts, by.nanoseconds);
      return compose(instant.kind, in_zone(parts, zone), arena);
    }
  }
}

Cell add_durations(const DurationData& a, const DurationData& b, int sign, Arena& arena) {
  const Wide nanoseconds = nanoseconds_of(a) + nanoseconds_of(b) * sign;
  return make_duration(arena, duration_of({{narrow(Wide{a.months} + Wide{b.months} * sign), 1},
                                           {narrow(Wide{a.days} + Wide{b.days} * sign), 1},
                                           {nanoseconds / kNanosecondsPerSecond, 1},
                                           {nanoseconds % kNanosecondsPerSecond, 1}}));
}

// --- between

// Whole days from a to b by the clock.
std::int64_t days_between(const TemporalParts& a, const TemporalParts& b) {
  std::int64_t days = b.day - a.day;
  if (days > 0 && b.nanosecond < a.nanosecond) --days;
  if (days < 0 && b.nanosecond > a.nanosecond) ++days;
  return days;
}

// The most months that do not carry a past b.
std::int64_t months_between(const TemporalParts& a, const TemporalParts& b) {
  const std::int64_t end_day = a.day + days_between(a, b);
  const auto from = civil_date(a.day);
  const auto to = civil_date(end_day);
  const std::int64_t months = (to.year - from.year) * 12 + (to.month - from.month);
  if (months > 0 && to.day < from.day) return months - 1;
  if (months < 0 && to.day > from.day) return months + 1;
  return months;
}

Wide nanoseconds_between(const TemporalParts& a, const TemporalParts& b) {
  if (!a.has_zone) {
    return Wide{b.day - a.day} * kNanosecondsPerDay + (b.nanosecond - a.nanosecond);
  }
  const auto from = moment_of(a);
  const auto to = moment_of(b);
  return Wide{to.seconds - from.seconds} * kNanosecondsPerSecond +
         (to.nanoseconds - from.nanoseconds);
}

// Gives either side the date and zone that only the other has.
void complete(TemporalParts& a, TemporalParts& b) {
  const auto take = [](TemporalParts& into, const TemporalParts& from) {
    if (!into.has_date && from.has_date) {
      into.has_date = true;
      into.day = from.day;
    }
    if (!into.has_zone && from.has_zone) {
      into.has_zone = true;
      into.zone = from.zone;
    }
  };
  take(a, b);
  take(b, a);
}

DurationData seconds_only(Wide nanoseconds) {
  return duration_of(
      {{}, {}, {nanoseconds / kNanosecondsPerSecond, 1}, {nanoseconds % kNanosecondsPerSecond, 1}});
}

}  // namespace

Cell temporal_add(const Cell& a, const Cell& b, Arena& arena) {
  if (a.kind == Kind::Duration && b.kind == Kind::Duration) {
    return add_durations(*a.duration, *b.duration, 1, arena);
  }
  if (is_temporal_instant(a.kind) && b.kind == Kind::Duration) {
    return shift(a, shift_by(*b.duration, 1), arena);
  }
  if (a.kind == Kind::Duration && is_temporal_instant(b.kind)) return temporal_add(b, a, arena);
  bad_temporal_type(fmt::format("{} and {} cannot be added", kind_name(a.kind), kind_name(b.kind)));
}

Cell temporal_subtract(const Cell& a, const Cell& b, Arena& arena) {
  if (a.kind == Kind::Duration && b.kind == Kind::Duration) {
    return add_durations(*a.duration, *b.duration, -1, arena);
  }
  if (is_temporal_instant(a.kind) && b.kind == Kind::Duration) {
    return shift(a, shift_by(*b.duration, -1), arena);
  }
  bad_temporal_type(
      fmt::format("{} cannot be subtracted from {}; the duration between two instants is "
                  "duration.between(from, to)",
                  kind_name(b.kind), kind_name(a.kind)));
}

Cell duration_negate(const Cell& duration, Arena& arena) {
  KITH_ASSERT(duration.kind == Kind::Duration);
  return add_durations(DurationData{}, *duration.duration, -1, arena);
}

Cell duration_between(DurationUnit unit, const Cell& from, const Cell& to, Arena& arena) {
  for (const Cell* end : {&from, &to}) {
    if (is_temporal_instant(end->kind)) continue;
    bad_temporal_type(fmt::format("a duration lies between two dates or times; this is {}",
                                  kind_name(end->kind)));
  }
  auto start = parts_of(from);
  auto end = parts_of(to);
  const bool dated = start.has_date && end.has_date;
  complete(start, end);
  if (unit == DurationUnit::Seconds) {
    return make_duration(arena, seconds_only(nanoseconds_between(start, end)));
  }
  // Months and days are counted on the clocks of the start.
  if (start.has_zone && start.has_date) end = in_zone(end, start.zone);
  if (unit == DurationUnit::Months) {
    return make_duration(arena, {dated ? months_between(start, end) : 0, 0, 0, 0});
  }
  if (unit == DurationUnit::Days) {
    return make_duration(arena, {0, dated ? days_between(start, end) : 0, 0, 0});
  }
  DurationData result{};
  if (dated) {
    result.months = months_between(start, end);
    start.day = plus_months(start.day, result.months);
    result.days = days_between(start, end);
    start.day += result.days;
  }
  const auto rest = seconds_only(nanoseconds_between(start, end));
  result.seconds = rest.seconds;
  result.nanoseconds = rest.nanoseconds;
  return make_duration(arena, result);
}

}  // namespace kith
