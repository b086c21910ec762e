// tests/unit/core/time_zone_test.cpp: named zones, their changes and their history.
#include "core/time_zone.hpp"

#include <catch2/catch.hpp>

#include "core/calendar.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

constexpr std::int32_t kHour = 3600;

std::int64_t clock(std::int64_t year, int month, int day, int hour, int minute) {
  return day_number(year, month, day) * kSecondsPerDay + hour * kHour + minute * 60;
}

}  // namespace

TEST_CASE("the system's zones are known by name, and nothing else is") {
  CHECK(known_time_zone("Europe/Stockholm"));
  CHECK(known_time_zone("UTC"));
  CHECK(known_time_zone("America/Argentina/Buenos_Aires"));
  CHECK_FALSE(known_time_zone(""));
  CHECK_FALSE(known_time_zone("Europe/Atlantis"));
  CHECK_FALSE(known_time_zone("/etc/passwd"));
  CHECK_FALSE(known_time_zone("../../../etc/passwd"));
  CHECK_FALSE(known_time_zone("libc:localtime"));
  CHECK_FALSE(known_time_zone(std::string(1000, 'a')));
  CHECK_THROWS_AS(zone_offset_at("Europe/Atlantis", 0), QueryError);
}

TEST_CASE("offsets follow summer time and history") {
  CHECK(zone_offset_at("Europe/Stockholm", clock(2017, 7, 1, 0, 0)) == 2 * kHour);
  CHECK(zone_offset_at("Europe/Stockholm", clock(2017, 1, 1, 0, 0)) == kHour);
  CHECK(zone_offset_at("America/New_York", clock(2017, 1, 1, 0, 0)) == -5 * kHour);
  CHECK(zone_offset_at("Australia/Eucla", clock(2015, 7, 21, 0, 0)) == 8 * kHour + 45 * 60);
  CHECK(zone_offset_at("Europe/London", clock(1840, 1, 1, 0, 0)) == -75);  // of its meridian
  CHECK(zone_offset_at("Europe/London", clock(1970, 1, 1, 0, 0)) == kHour);
  CHECK(zone_offset_at("UTC", clock(-999'999'999, 1, 1, 0, 0)) == 0);
}

TEST_CASE("rules of today hold for ever") {
  CHECK(zone_offset_at("Europe/Stockholm", clock(999'999'999, 7, 1, 0, 0)) == 2 * kHour);
  CHECK(zone_offset_at("Europe/Stockholm", clock(999'999'999, 1, 1, 0, 0)) == kHour);
}

TEST_CASE("a time that the clock skips moves on by the gap") {
  const auto skipped = clock(2017, 3, 26, 2, 30);
  const auto resolved = resolve_local("Europe/Stockholm", skipped, kAnyOffset);
  CHECK(resolved.offset == 2 * kHour);
  CHECK(resolved.utc_seconds + resolved.offset == clock(2017, 3, 26, 3, 30));
}

TEST_CASE("a time that the clock shows twice is the first, unless the second is preferred") {
  const auto twice = clock(2017, 10, 29, 2, 30);
  CHECK(resolve_local("Europe/Stockholm", twice, kAnyOffset).offset == 2 * kHour);
  CHECK(resolve_local("Europe/Stockholm", twice, 2 * kHour).offset == 2 * kHour);
  const auto second = resolve_local("Europe/Stockholm", twice, kHour);
  CHECK(second.offset == kHour);
  CHECK(second.utc_seconds == twice - kHour);
}

TEST_CASE("a preferred offset that is not in force then is passed over") {
  const auto summer = clock(2017, 7, 1, 12, 0);
  CHECK(resolve_local("Europe/Stockholm", summer, kHour).offset == 2 * kHour);
  CHECK(resolve_local("Europe/Stockholm", summer, -5 * kHour).utc_seconds == summer - 2 * kHour);
}

}  // namespace kith
