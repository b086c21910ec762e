// core/temporal_parts.cpp: temporal instants taken apart and put together.
#include "core/temporal_parts.hpp"

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/time_zone.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

void split_seconds(std::int64_t local_seconds, std::int64_t nanoseconds, TemporalParts& out) {
  out.has_date = out.has_time = true;
  out.day = floor_divide(local_seconds, kSecondsPerDay);
  out.nanosecond = (local_seconds - out.day * kSecondsPerDay) * kNanosecondsPerSecond + nanoseconds;
}

}  // namespace

void bad_temporal_argument(const std::string& message) {
  throw QueryError("ArgumentError", "InvalidArgumentValue", message);
}

void bad_temporal_type(const std::string& message) {
  throw TypeError("InvalidArgumentType", message);
}

void temporal_out_of_range(const std::string& message) {
  throw QueryError("ArgumentError", "NumberOutOfRange", message);
}

TemporalParts parts_of(const Cell& instant) {
  KITH_ASSERT(is_temporal_instant(instant.kind));
  TemporalParts parts;
  switch (instant.kind) {
    case Kind::Date:
      parts.has_date = true;
      parts.day = instant.integer;
      break;
    case Kind::LocalTime:
      parts.has_time = true;
      parts.nanosecond = instant.integer;
      break;
    case Kind::Time:
      parts.has_time = parts.has_zone = true;
      parts.nanosecond = instant.integer;
      parts.zone.offset = instant.offset_seconds();
      break;
    case Kind::LocalDateTime:
      split_seconds(instant.integer, instant.aux, parts);
      break;
    default: {
      const auto& value = *instant.datetime;
      split_seconds(value.seconds + value.offset, value.nanoseconds, parts);
      parts.has_zone = true;
      parts.zone = {value.zone, value.offset};
    }
  }
  return parts;
}

Moment moment_of(const TemporalParts& parts) {
  KITH_ASSERT(parts.nanosecond >= 0 && parts.nanosecond < kNanosecondsPerDay);
  const auto local = parts.day * kSecondsPerDay + parts.nanosecond / kNanosecondsPerSecond;
  const auto nanoseconds = static_cast<std::int32_t>(parts.nanosecond % kNanosecondsPerSecond);
  if (parts.zone.name.empty()) {
    return {local - parts.zone.offset, nanoseconds, parts.zone.offset};
  }
  const auto resolved = resolve_local(parts.zone.name, local, parts.zone.offset);
  return {resolved.utc_seconds, nanoseconds, resolved.offset};
}

Cell compose(Kind kind, const TemporalParts& parts, Arena& arena) {
  KITH_ASSERT(is_temporal_instant(kind));
  KITH_ASSERT(parts.nanosecond >= 0 && parts.nanosecond < kNanosecondsPerDay);
  if (kind == Kind::LocalTime) return Cell::local_time(parts.nanosecond);
  if (kind == Kind::Time) return Cell::time(parts.nanosecond, parts.zone.offset);
  KITH_ASSERT(parts.has_date);
  if (!valid_day(parts.day)) {
    temporal_out_of_range("dates run from year -999999999 to year 999999999");
  }
  if (kind == Kind::Date) return Cell::date(parts.day);
  if (kind == Kind::LocalDateTime) {
    return Cell::local_date_time(
        parts.day * kSecondsPerDay + parts.nanosecond / kNanosecondsPerSecond,
        static_cast<std::uint32_t>(parts.nanosecond % kNanosecondsPerSecond));
  }
  const auto moment = moment_of(parts);
  if (!valid_day(floor_divide(moment.seconds, kSecondsPerDay)) ||
      !valid_day(floor_divide(moment.seconds + moment.offset, kSecondsPerDay))) {
    temporal_out_of_range("dates run from year -999999999 to year 999999999");
  }
  return make_datetime(arena, {moment.seconds, static_cast<std::uint32_t>(moment.nanoseconds),
                               moment.offset, parts.zone.name});
}

TemporalParts parts_at(std::int64_t utc_seconds, std::int64_t nanoseconds, const Zone& zone) {
  TemporalParts parts;
  parts.has_zone = true;
  parts.zone = zone;
  if (!zone.name.empty()) parts.zone.offset = zone_offset_at(zone.name, utc_seconds);
  split_seconds(utc_seconds + parts.zone.offset, nanoseconds, parts);
  return parts;
}

TemporalParts in_zone(const TemporalParts& parts, const Zone& zone) {
  if (parts.has_date) {
    const auto moment = moment_of(parts);
    return parts_at(moment.seconds, moment.nanoseconds, zone);
  }
  TemporalParts moved = parts;
  const auto shift = (zone.offset - parts.zone.offset) * kNanosecondsPerSecond;
  moved.nanosecond = floor_modulo(parts.nanosecond + shift, kNanosecondsPerDay);
  moved.has_zone = true;
  moved.zone = zone;
  return moved;
}

}  // namespace kith
