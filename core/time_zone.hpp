// core/time_zone.hpp: named time zones with their history, from the system's tz database.
//
// Seconds are since 1970-01-01, of UTC or of a clock on the wall ("local"). Local times that a
// clock skips move on by the length of the gap; those it shows twice mean the first time, unless
// the caller prefers the other offset. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace kith {

inline constexpr std::int32_t kMaxOffsetSeconds = 18 * 3600;

// Whether the system knows a zone of this name ("Europe/Stockholm").
bool known_time_zone(std::string_view name);

// The offset east of UTC in force at an instant. An unknown name throws QueryError
// (ArgumentError, InvalidArgumentValue).
std::int32_t zone_offset_at(std::string_view name, std::int64_t utc_seconds);

struct ZonedSecond {
  std::int64_t utc_seconds;
  std::int32_t offset;
};
inline constexpr std::int32_t kAnyOffset = INT32_MIN;  // no preference
ZonedSecond resolve_local(std::string_view name, std::int64_t local_seconds,
                          std::int32_t preferred_offset);

}  // namespace kith
