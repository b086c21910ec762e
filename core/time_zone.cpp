// core/time_zone.cpp: the one place that speaks to the time zone library.
#include "core/time_zone.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "core/assert.hpp"
#include "core/temporal_parts.hpp"

namespace kith {
namespace {

constexpr std::size_t kLongestName = 64;

// Names become paths below the zone directory, so nothing that could leave it is let through.
bool looks_like_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || name.front() == '/') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

std::optional<cctz::time_zone> find_zone(std::string_view name) {
  cctz::time_zone zone;
  if (!looks_like_name(name) || !cctz::load_time_zone(std::string(name), &zone)) return {};
  return zone;
}

cctz::time_zone zone_named(std::string_view name) {
  if (const auto zone = find_zone(name)) return *zone;
  bad_temporal_argument("there is no time zone '" + std::string(name) + "'");
}

cctz::time_point<cctz::seconds> time_point(std::int64_t seconds) {
  return cctz::time_point<cctz::seconds>(cctz::seconds(seconds));
}

}  // namespace

bool known_time_zone(std::string_view name) { return find_zone(name).has_value(); }

std::int32_t zone_offset_at(std::string_view name, std::int64_t utc_seconds) {
  return zone_named(name).lookup(time_point(utc_seconds)).offset;
}

ZonedSecond resolve_local(std::string_view name, std::int64_t local_seconds,
                          std::int32_t preferred_offset) {
  const auto zone = zone_named(name);
  if (preferred_offset != kAnyOffset &&
      zone.lookup(time_point(local_seconds - preferred_offset)).offset == preferred_offset) {
    return {local_seconds - preferred_offset, preferred_offset};
  }
  const auto civil = cctz::civil_second() + local_seconds;  // the default is 1970-01-01
  const auto instant = zone.lookup(civil).pre;              // by the offset before a change
  const auto offset = zone.lookup(instant).offset;
  KITH_ASSERT(offset >= -2 * kMaxOffsetSeconds && offset <= 2 * kMaxOffsetSeconds);
  return {instant.time_since_epoch().count(), offset};
}

}  // namespace kith
