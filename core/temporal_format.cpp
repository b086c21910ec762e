// core/temporal_format.cpp: temporal values as ISO 8601 text.
#include <fmt/format.h>

#include <cstdlib>
#include <iterator>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_parts.hpp"

namespace kith {
namespace {

void format_date(std::string& out, std::int64_t day) {
  const auto date = civil_date(day);
  const auto year = date.year < 0 ? -date.year : date.year;
  const std::string_view sign = date.year < 0 ? "-" : date.year > 9999 ? "+" : "";
  fmt::format_to(std::back_inserter(out), "{}{:04}-{:02}-{:02}", sign, year, date.month, date.day);
}

// ".5" for 500,000,000; nothing for 0.
void format_fraction(std::string& out, std::int64_t nanoseconds) {
  KITH_ASSERT(nanoseconds >= 0 && nanoseconds < kNanosecondsPerSecond);
  if (nanoseconds == 0) return;
  fmt::format_to(std::back_inserter(out), ".{:09}", nanoseconds);
  out.erase(out.find_last_not_of('0') + 1);
}

void format_time_of_day(std::string& out, std::int64_t nanosecond) {
  KITH_ASSERT(nanosecond >= 0 && nanosecond < kNanosecondsPerDay);
  const auto second = nanosecond / kNanosecondsPerSecond;
  const auto fraction = nanosecond % kNanosecondsPerSecond;
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}", second / 3600, second / 60 % 60);
  if (second % 60 == 0 && fraction == 0) return;
  fmt::format_to(std::back_inserter(out), ":{:02}", second % 60);
  format_fraction(out, fraction);
}

void format_date_time(std::string& out, std::int64_t local_seconds, std::int64_t nanoseconds) {
  const auto day = floor_divide(local_seconds, kSecondsPerDay);
  format_date(out, day);
  out += 'T';
  const auto second_of_day = local_seconds - day * kSecondsPerDay;
  format_time_of_day(out, second_of_day * kNanosecondsPerSecond + nanoseconds);
}

void format_part(std::string& out, std::int64_t amount, char unit) {
  if (amount != 0) fmt::format_to(std::back_inserter(out), "{}{}", amount, unit);
}

void format_duration(std::string& out, const DurationData& duration) {
  const auto start = out.size();
  out += 'P';
  format_part(out, duration.months / 12, 'Y');
  format_part(out, duration.months % 12, 'M');
  format_part(out, duration.days, 'D');
  // Seconds and nanoseconds as one signed number: -1 s and 600,000,000 ns is -0.4 s.
  const Wide total = Wide{duration.seconds} * kNanosecondsPerSecond + duration.nanoseconds;
  const auto seconds = static_cast<std::int64_t>(total / kNanosecondsPerSecond);
  const auto fraction = static_cast<std::int64_t>(total % kNanosecondsPerSecond);
  if (total != 0) out += 'T';
  format_part(out, seconds / 3600, 'H');
  format_part(out, seconds / 60 % 60, 'M');
  if (seconds % 60 != 0 || fraction != 0) {
    if (total < 0) out += '-';
    fmt::format_to(std::back_inserter(out), "{}", std::abs(seconds % 60));
    format_fraction(out, std::abs(fraction));
    out += 'S';
  }
  if (out.size() == start + 1) out += "T0S";
}

}  // namespace

void format_offset(std::string& out, std::int32_t offset_seconds) {
  if (offset_seconds == 0) {
    out += 'Z';
    return;
  }
  const auto offset = std::abs(offset_seconds);
  fmt::format_to(std::back_inserter(out), "{}{:02}:{:02}", offset_seconds < 0 ? '-' : '+',
                 offset / 3600, offset / 60 % 60);
  if (offset % 60 != 0) fmt::format_to(std::back_inserter(out), ":{:02}", offset % 60);
}

void format_temporal(std::string& out, const Cell& cell) {
  KITH_ASSERT(is_temporal(cell.kind));
  switch (cell.kind) {
    case Kind::Date:
      return format_date(out, cell.integer);
    case Kind::LocalTime:
      return format_time_of_day(out, cell.integer);
    case Kind::Time:
      format_time_of_day(out, cell.integer);
      return format_offset(out, cell.offset_seconds());
    case Kind::LocalDateTime:
      return format_date_time(out, cell.integer, cell.aux);
    case Kind::DateTime: {
      const auto& value = *cell.datetime;
      format_date_time(out, value.seconds + value.offset, value.nanoseconds);
      format_offset(out, value.offset);
      if (!value.zone.empty()) out.append("[").append(value.zone).append("]");
      return;
    }
    case Kind::Duration:
      return format_duration(out, *cell.duration);
    default:
      return;
  }
}

}  // namespace kith
