// core/temporal_property.cpp: the parts of temporal values and points by name.
//
// One table a kind of part: which name, what it needs the value to have, how it is computed.
#include <string>

#include "core/assert.hpp"
#include "core/spatial.hpp"
#include "core/temporal.hpp"
#include "core/temporal_parts.hpp"

namespace kith {
namespace {

struct DatePart {
  std::string_view name;
  std::int64_t (*of)(std::int64_t day);
};
constexpr DatePart kDateParts[] = {
    {"year", [](std::int64_t day) { return civil_date(day).year; }},
    {"quarter", [](std::int64_t day) { return std::int64_t{quarter_of(civil_date(day).month)}; }},
    {"month", [](std::int64_t day) { return std::int64_t{civil_date(day).month}; }},
    {"week", [](std::int64_t day) { return std::int64_t{week_date(day).week}; }},
    {"weekYear", [](std::int64_t day) { return week_date(day).week_year; }},
    {"day", [](std::int64_t day) { return std::int64_t{civil_date(day).day}; }},
    {"ordinalDay", [](std::int64_t day) { return std::int64_t{day_of_year(day)}; }},
    {"dayOfWeek", [](std::int64_t day) { return std::int64_t{day_of_week(day)}; }},
    {"weekDay", [](std::int64_t day) { return std::int64_t{day_of_week(day)}; }},
    {"dayOfQuarter", [](std::int64_t day) { return std::int64_t{day_of_quarter(day)}; }},
};

// (nanosecond of the day / each) % within
struct Clock {
  std::string_view name;
  std::int64_t each, within;
};
constexpr Clock kTimeParts[] = {
    {"hour", 3600 * kNanosecondsPerSecond, 24}, {"minute", 60 * kNanosecondsPerSecond, 60},
    {"second", kNanosecondsPerSecond, 60},      {"millisecond", 1'000'000, 1'000},
    {"microsecond", 1'000, 1'000'000},          {"nanosecond", 1, 1'000'000'000},
};

struct DurationPart {
  std::string_view name;
  std::int64_t (*of)(const DurationData& duration);
};
// Seconds and nanoseconds in a smaller unit.
std::int64_t count_in(std::int64_t seconds, std::int64_t nanoseconds, std::int64_t each_second) {
  const Wide total =
      Wide{seconds} * each_second + nanoseconds / (kNanosecondsPerSecond / each_second);
  if (total != static_cast<std::int64_t>(total)) {
    temporal_out_of_range("the value is too large to count in so small a unit");
  }
  return static_cast<std::int64_t>(total);
}
std::int64_t subseconds(const DurationData& d, std::int64_t each_second) {
  return count_in(d.seconds, d.nanoseconds, each_second);
}
using D = DurationData;
constexpr DurationPart kDurationParts[] = {
    {"years", [](const D& d) { return d.months / 12; }},
    {"quarters", [](const D& d) { return d.months / 3; }},
    {"months", [](const D& d) { return d.months; }},
    {"weeks", [](const D& d) { return d.days / 7; }},
    {"days", [](const D& d) { return d.days; }},
    {"hours", [](const D& d) { return d.seconds / 3600; }},
    {"minutes", [](const D& d) { return d.seconds / 60; }},
    {"seconds", [](const D& d) { return d.seconds; }},
    {"milliseconds", [](const D& d) { return subseconds(d, 1'000); }},
    {"microseconds", [](const D& d) { return subseconds(d, 1'000'000); }},
    {"nanoseconds", [](const D& d) { return subseconds(d, 1'000'000'000); }},
    {"quartersOfYear", [](const D& d) { return d.months / 3 % 4; }},
    {"monthsOfQuarter", [](const D& d) { return d.months % 3; }},
    {"monthsOfYear", [](const D& d) { return d.months % 12; }},
    {"daysOfWeek", [](const D& d) { return d.days % 7; }},
    {"minutesOfHour", [](const D& d) { return d.seconds / 60 % 60; }},
    {"secondsOfMinute", [](const D& d) { return d.seconds % 60; }},
    {"millisecondsOfSecond", [](const D& d) { return std::int64_t{d.nanoseconds} / 1'000'000; }},
    {"microsecondsOfSecond", [](const D& d) { return std::int64_t{d.nanoseconds} / 1'000; }},
    {"nanosecondsOfSecond", [](const D& d) { return std::int64_t{d.nanoseconds}; }},
};

template <class Part, std::size_t N>
const Part* find(const Part (&parts)[N], std::string_view name) {
  for (const auto& part : parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

Cell offset_text(std::int32_t offset, Arena& arena) {
  std::string text;
  format_offset(text, offset);
  return Cell::of(arena.copy(text));
}

// offset, timezone, …: of a zoned value. Null if there is no part of that name.
Cell zone_part(const Cell& value, const Zone& zone, std::string_view name, Arena& arena) {
  if (name == "offset") return offset_text(zone.offset, arena);
  if (name == "offsetMinutes") return Cell::of(std::int64_t{zone.offset / 60});
  if (name == "offsetSeconds") return Cell::of(std::int64_t{zone.offset});
  if (name == "timezone") {
    return zone.name.empty() ? offset_text(zone.offset, arena) : Cell::of(arena.copy(zone.name));
  }
  if (value.kind != Kind::DateTime) return Cell::null();
  if (name == "epochSeconds") return Cell::of(value.datetime->seconds);
  if (name == "epochMillis") {
    return Cell::of(count_in(value.datetime->seconds, value.datetime->nanoseconds, 1000));
  }
  return Cell::null();
}

Cell instant_part(const Cell& value, std::string_view name, Arena& arena) {
  const auto parts = parts_of(value);
  if (parts.has_date) {
    if (const auto* part = find(kDateParts, name)) return Cell::of(part->of(parts.day));
  }
  if (parts.has_time) {
    if (const auto* part = find(kTimeParts, name)) {
      return Cell::of(parts.nanosecond / part->each % part->within);
    }
  }
  return parts.has_zone ? zone_part(value, parts.zone, name, arena) : Cell::null();
}

}  // namespace

std::optional<CalendarPart> CalendarPart::named(std::string_view name) {
  CalendarPart result;
  if (const auto* part = find(kDateParts, name)) {
    result.of_day_ = part->of;
  } else if (const auto* clock = find(kTimeParts, name)) {
    result.each_ = clock->each;
    result.within_ = clock->within;
  } else {
    return std::nullopt;
  }
  return result;
}

void CalendarPart::expect_many() {
  if (of_day_ == nullptr || !known_.empty()) return;
  known_.resize(kKnown);
  for (std::size_t i = 0; i < kKnown; ++i) {
    known_[i].day = static_cast<std::int64_t>(i + 1);  // which is not looked for there
  }
}

bool CalendarPart::read_time(const Cell& value, std::int64_t& out) const {
  const TemporalParts parts = parts_of(value);
  if (parts.has_time) out = parts.nanosecond / each_ % within_;
  return parts.has_time;
}

Cell temporal_property(const Cell& value, std::string_view name, Arena& arena, bool& known) {
  KITH_ASSERT(is_temporal(value.kind) || value.kind == Kind::Point);
  Cell result;
  if (value.kind == Kind::Point) return point_property(value, name, known);
  if (value.kind == Kind::Duration) {
    if (const auto* part = find(kDurationParts, name)) {
      result = Cell::of(part->of(*value.duration));
    }
  } else {
    result = instant_part(value, name, arena);
  }
  known = !result.is_null();  // no part of a value is null
  return result;
}

}  // namespace kith
