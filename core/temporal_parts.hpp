// core/temporal_parts.hpp: what the core/temporal_*.cpp files share; nobody else includes it.
//
// TemporalParts is a date, a time of day and a zone, each of which a value may lack: every kind but
// the duration comes apart into one and is put together from one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/calendar.hpp"
#include "core/cell.hpp"

namespace kith {

__extension__ typedef __int128 Wide;  // nanoseconds over all years

[[noreturn]] void bad_temporal_argument(const std::string& message);  // InvalidArgumentValue
[[noreturn]] void bad_temporal_type(const std::string& message);      // InvalidArgumentType
[[noreturn]] void temporal_out_of_range(const std::string& message);  // NumberOutOfRange

struct Zone {
  std::string_view name;    // empty: the offset alone
  std::int32_t offset = 0;  // with a name: the one preferred if a clock shows a time twice
};

struct TemporalParts {
  bool has_date = false, has_time = false, has_zone = false;
  std::int64_t day = 0;         // local
  std::int64_t nanosecond = 0;  // of the local day
  Zone zone;                    // UTC if there is none
};

TemporalParts parts_of(const Cell& instant);

// A missing time is midnight, a missing zone UTC; a missing date must not be asked for. The zone's
// name is copied. A date out of range throws.
Cell compose(Kind kind, const TemporalParts& parts, Arena& arena);

// The instant that date, time and zone mean, and the offset then.
struct Moment {
  std::int64_t seconds;
  std::int32_t nanoseconds;
  std::int32_t offset;
};
Moment moment_of(const TemporalParts& parts);

TemporalParts parts_at(std::int64_t utc_seconds, std::int64_t nanoseconds, const Zone& zone);
// The same instant on the clocks of another zone. Without a date only the offsets count.
TemporalParts in_zone(const TemporalParts& parts, const Zone& zone);

// "Z", "+01:00", "+0100", "-02:05:07", "UTC", "Europe/Stockholm". Throws if it is none of them.
// A name lies in `arena`, and its offset is kAnyOffset.
Zone parse_zone(std::string_view text, Arena& arena);

}  // namespace kith
