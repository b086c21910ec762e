// tests/unit/core/temporal_arithmetic_test.cpp: durations, sums, differences and parts.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "core/calendar.hpp"
#include "core/compare.hpp"
#include "core/temporal.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/temporal_expression.hpp"

namespace kith {
namespace {

using test::evaluate_temporal;
using test::temporal_text;

struct Row {
  const char* expression;
  const char* expected;
};

template <std::size_t N>
void check_all(const Row (&rows)[N], const std::string& before = "",
               const std::string& after = "") {
  for (const auto& row : rows) {
    const auto expression = before + row.expression + after;
    INFO(expression);
    CHECK(temporal_text(expression) == row.expected);
  }
}

constexpr const char* kRange = "ArgumentError/NumberOutOfRange";
constexpr const char* kType = "TypeError/InvalidArgumentType";

}  // namespace

TEST_CASE("durations are made from whole and broken amounts") {
  constexpr Row kRows[] = {
      {"days: 14, hours: 16, minutes: 12", "P14DT16H12M"},
      {"months: 5, days: 1.5", "P5M1DT12H"},
      {"months: 0.75", "P22DT19H51M49.5S"},
      {"months: -0.75", "P-22DT-19H-51M-49.5S"},
      {"weeks: 2.5", "P17DT12H"},
      {"quarters: 3", "P9M"},
      {"years: 12, months: 5, days: 14, hours: 16, minutes: 12, seconds: 70",
       "P12Y5M14DT16H13M10S"},
      {"days: 14, seconds: 70, nanoseconds: 1", "P14DT1M10.000000001S"},
      {"minutes: 1.5, seconds: 1", "PT1M31S"},
      {"years: 12.5, months: 5.5, days: 14.5, hours: 16.5, minutes: 12.5, seconds: 70.5, "
       "nanoseconds: 3",
       "P12Y11M29DT33H58M13.500000003S"},
      // Floats count as the decimals they are written as.
      {"days: 1.1", "P1DT2H24M"},
      {"seconds: 0.1, milliseconds: 0.2", "PT0.1002S"},
      {"years: 0.1", "P1M6DT2H5M49.2S"},
      {"milliseconds: -1", "PT-0.001S"},
      {"days: 2, hours: -24", "P2DT-24H"},
      {"days: 0.0000000000000000000000000000001", "PT0S"},
      {"years: 1e30", kRange},
      {"years: 9223372036854775807", kRange},
      {"fortnights: 1", "ArgumentError/InvalidArgumentValue"},
      {"days: '1'", kType},
      {"", "ArgumentError/InvalidArgumentValue"},
  };
  check_all(kRows, "duration({", "})");
  CHECK(temporal_text("duration(duration('P1D'))") == "P1D");
  CHECK(temporal_text("duration(1)") == kType);
}

TEST_CASE("an instant moves by months, then days, then seconds") {
  constexpr Row kRows[] = {
      {"date('1984-10-11') + duration('P12Y5M14DT16H13M10.000000002S')", "1997-03-25"},
      {"date('1984-10-11') - duration('P12Y5M14DT16H13M10.000000002S')", "1972-04-27"},
      {"date('1984-10-11') + duration({months: 1, days: -14, hours: 16, minutes: -12, seconds: "
       "70})",
       "1984-10-28"},
      {"date('1984-10-11') - duration({months: 1, days: -14, hours: 16, minutes: -12, seconds: "
       "70})",
       "1984-09-25"},
      {"date('1984-10-11') + duration('P12Y11M29DT33H58M13.500000003S')", "1997-10-11"},
      {"date('1984-10-11') - duration('P12Y11M29DT33H58M13.500000003S')", "1971-10-12"},
      {"date('2020-01-31') + duration('P1M')", "2020-02-29"},
      {"duration('P1M') + date('2020-01-31')", "2020-02-29"},
      {"localtime('12:31:14') + duration('P1Y5DT16H')", "04:31:14"},
      {"localtime('12:31:14.000000001') - duration('PT16H0.5S')", "20:31:13.500000001"},
      {"time('12:31:14+01:00') + duration('PT-13H')", "23:31:14+01:00"},
      {"localdatetime('1984-10-11T12:31:14.000000001') + duration('P12Y5M14DT16H13M10.000000002S')",
       "1997-03-26T04:44:24.000000003"},
      {"localdatetime('2020-01-31T23:00') + duration('P1MT2H')", "2020-03-01T01:00"},
      {"datetime('1984-10-11T12:31:14+01:00') - duration('P12Y5M14DT16H13M10S')",
       "1972-04-26T20:18:04+01:00"},
      // A day is a day of the clock, 24 hours are real time.
      {"datetime('2017-10-28T12:00[Europe/Stockholm]') + duration('P1D')",
       "2017-10-29T12:00+01:00[Europe/Stockholm]"},
      {"datetime('2017-10-28T12:00[Europe/Stockholm]') + duration('PT24H')",
       "2017-10-29T11:00+01:00[Europe/Stockholm]"},
      {"datetime('2017-10-29T02:30+02:00[Europe/Stockholm]') + duration('PT1H')",
       "2017-10-29T02:30+01:00[Europe/Stockholm]"},
      {"date('+999999999-12-31') + duration('P1D')", kRange},
      {"date('-999999999-01-01') - duration('P1M')", kRange},
      {"date('2020-01-01') + duration({months: 9223372036854775807})", kRange},
      {"date('2020-01-01') - duration({days: -9223372036854775807})", kRange},
      {"localdatetime('+999999999-12-31T23:59:59') + duration('PT1S')", kRange},
      {"localdatetime('2020-01-01') + duration({seconds: 9223372036854775807})", kRange},
      {"date('2020-01-01') + date('2020-01-01')", kType},
      {"date('2020-01-01') - date('2020-01-01')", kType},
      {"duration('P1D') - date('2020-01-01')", kType},
      {"date('2020-01-01') + 1", kType},
  };
  check_all(kRows);
}

TEST_CASE("durations add up part by part, and scale with their fractions going down") {
  constexpr Row kRows[] = {
      {"duration('P12Y5M14DT16H13M10S') + duration('P1M-14DT16H-11M')", "P12Y6MT32H2M10S"},
      {"duration('P12Y5M14DT16H13M10S') - duration('P12Y5M14DT16H13M10S')", "PT0S"},
      {"duration('PT0.3S') - duration('PT0.5S')", "PT-0.2S"},
      {"-duration('P1Y2DT-3.5S')", "P-1Y-2DT3.5S"},
      {"duration('P12Y5M14DT16H13M10S') * 1", "P12Y5M14DT16H13M10S"},
      {"duration('P12Y5M14DT16H13M10S') * 2", "P24Y10M28DT32H26M20S"},
      {"2 * duration('P1D')", "P2D"},
      {"duration('P12Y5M14DT16H13M10S') / 2", "P6Y2M22DT13H21M8S"},
      {"duration('P12Y5M14DT16H13M10S') * 0.5", "P6Y2M22DT13H21M8S"},
      {"duration('P12Y5M14DT16H13M10S') / 0.5", "P24Y10M28DT32H26M20S"},
      {"duration('PT1S') / 3", "PT0.333333333S"},
      {"duration('PT-1S') / 2", "PT-0.5S"},
      {"duration('PT0.3S') * 10", "PT3S"},
      {"duration('P1D') / -2", "PT-12H"},
      {"duration('P1D') / 0", "ArithmeticError/DivisionByZero"},
      {"duration('P1D') / 0.0", "ArithmeticError/DivisionByZero"},
      {"duration('P9000000000000000D') * 9000000", kRange},
      {"duration({days: 9223372036854775807}) + duration('P1D')", kRange},
      {"duration('P1D') * duration('P1D')", kType},
  };
  check_all(kRows);
}

TEST_CASE("what lies between two instants") {
  constexpr Row kRows[] = {
      {"between(date('1984-10-11'), date('2015-06-24'))", "P30Y8M13D"},
      {"between(date('1984-10-11'), localdatetime('2016-07-21T21:45:22.142'))",
       "P31Y9M10DT21H45M22.142S"},
      {"between(date('1984-10-11'), time('16:30+0100'))", "PT16H30M"},
      {"between(localtime('14:30'), date('2015-06-24'))", "PT-14H-30M"},
      {"between(time('14:30'), datetime('2015-07-21T21:40:32.142+0100'))", "PT6H10M32.142S"},
      {"between(time('14:30'), time('16:30+0100'))", "PT1H"},
      {"between(localdatetime('2015-07-21T21:40:32.142'), date('2015-06-24'))",
       "P-27DT-21H-40M-32.142S"},
      {"between(datetime('2014-07-21T21:40:36.143+0200'), date('2015-06-24'))",
       "P11M2DT2H19M23.857S"},
      {"between(datetime('2014-07-21T21:40:36.143+0200'), "
       "datetime('2015-07-21T21:40:32.142+0100'))",
       "P1YT59M55.999S"},
      {"between(localdatetime('2018-01-02T10:00:00.1'), localdatetime('2018-01-01T10:00:00.2'))",
       "PT-23H-59M-59.9S"},
      {"between(date('-999999999-01-01'), date('+999999999-12-31'))", "P1999999998Y11M30D"},
      {"between(date('2020-01-31'), date('2020-02-29'))", "P29D"},
      {"between(date('2020-02-29'), date('2020-01-31'))", "P-29D"},
      {"inMonths(date('2018-03-11'), date('2016-06-24'))", "P-1Y-8M"},
      {"inMonths(datetime('2018-07-21T21:40:36.143+0500'), "
       "datetime('1984-07-21T22:40:36.143+0200'))",
       "P-33Y-11M"},
      {"inMonths(date('1984-10-11'), localtime('16:30'))", "PT0S"},
      {"inDays(date('1984-10-11'), datetime('2015-07-21T21:40:32.142+0100'))", "P11240D"},
      {"inDays(localdatetime('2015-07-21T21:40:32.142'), date('2015-06-24'))", "P-27D"},
      {"inSeconds(date('1984-10-11'), localdatetime('2016-07-21T21:45:22.142'))",
       "PT278565H45M22.142S"},
      {"inSeconds(localdatetime('-999999999-01-01'), localdatetime('+999999999-12-31T23:59:59'))",
       "PT17531639991215H59M59S"},
      {"inSeconds(localtime('12:44:54.7'), localtime('12:34:55.3'))", "PT-9M-59.4S"},
      {"inSeconds(localtime('12:34:56'), localtime('12:34:55.7'))", "PT-0.3S"},
      {"inSeconds(datetime('2017-10-29T00:00[Europe/Stockholm]'), "
       "localdatetime('2017-10-29T04:00'))",
       "PT5H"},
      {"inSeconds(localtime('00:00'), datetime('2017-10-29T04:00[Europe/Stockholm]'))", "PT5H"},
      {"inSeconds(datetime('2017-10-29T00:00[Europe/Stockholm]'), date('2017-10-30'))", "PT25H"},
      {"inDays(datetime('2017-10-29T00:00[Europe/Stockholm]'), date('2017-10-30'))", "P1D"},
      {"between(duration('P1D'), date('2017-10-30'))", kType},
      {"between(1, date('2017-10-30'))", kType},
  };
  check_all(kRows, "duration.");
}

TEST_CASE("a date and what lies between it and another lead to the other") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> any_day(-2'000'000, 2'000'000);
  std::uniform_int_distribution<std::int64_t> any_second(0, kSecondsPerDay - 1);
  Arena arena;
  for (int i = 0; i < 10'000; ++i) {
    const auto instant = [&] {
      return Cell::local_date_time(any_day(random) * kSecondsPerDay + any_second(random),
                                   static_cast<std::uint32_t>(random() % 1'000'000'000));
    };
    const Cell a = instant();
    const Cell b = instant();
    for (const auto unit : {DurationUnit::All, DurationUnit::Seconds}) {
      const Cell step = duration_between(unit, a, b, arena);
      REQUIRE(equivalent(temporal_add(a, step, arena), b));
    }
    const Cell back = duration_negate(duration_between(DurationUnit::Seconds, b, a, arena), arena);
    REQUIRE(equivalent(back, duration_between(DurationUnit::Seconds, a, b, arena)));
    arena.reset();
  }
}

TEST_CASE("extreme amounts are out of range, never wrong") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto extreme = [&] {
    const auto bits = static_cast<std::int64_t>(random());
    return random() % 3 == 0 ? bits : bits >> (random() % 64);
  };
  Arena arena;
  const auto instant = [&]() -> Cell {
    const std::int64_t day = random() % 2 == 0 ? kMinDay + static_cast<std::int64_t>(random() % 3)
                                               : kMaxDay - static_cast<std::int64_t>(random() % 3);
    const std::int64_t second = day * kSecondsPerDay + static_cast<std::int64_t>(random() % 86'400);
    constexpr std::string_view kZones[] = {"", "Europe/Stockholm", "Pacific/Apia"};
    switch (random() % 4) {
      case 0:
        return Cell::date(day);
      case 1:
        return Cell::local_date_time(second, 5);
      case 2:
        return Cell::time(5, 3600);
      default:
        return make_datetime(arena, {second, 5, 0, kZones[random() % 3]});
    }
  };
  for (int i = 0; i < 50'000; ++i) {
    const Cell step = make_duration(arena, {extreme(), extreme(), extreme(),
                                            static_cast<std::int32_t>(random() % 1'000'000'000)});
    const Cell other = make_duration(arena, {extreme(), extreme(), extreme(), 999'999'999});
    const Cell from = instant();
    try {
      switch (i % 6) {
        case 0:
          temporal_add(from, step, arena);
          break;
        case 1:
          temporal_subtract(from, step, arena);
          break;
        case 2:
          temporal_subtract(step, other, arena);
          break;
        case 3:
          duration_multiply(step, Cell::of(extreme()), arena);
          break;
        case 4:
          duration_divide(step, Cell::of(static_cast<double>(extreme()) * 1e-12), arena);
          break;
        default:
          duration_between(DurationUnit::All, from, instant(), arena);
      }
    } catch (const Error& error) {
      REQUIRE((error.detail() == "NumberOutOfRange" || error.detail() == "DivisionByZero"));
    }
    if (i % 1000 == 0) arena.reset();
  }
}

TEST_CASE("values have parts by name") {
  constexpr Row kDate[] = {{"year", "1984"},      {"quarter", "4"},     {"month", "10"},
                           {"week", "41"},        {"weekYear", "1984"}, {"day", "11"},
                           {"ordinalDay", "285"}, {"weekDay", "4"},     {"dayOfWeek", "4"},
                           {"dayOfQuarter", "11"}};
  check_all(kDate, "date('1984-10-11').");
  check_all(kDate, "datetime('1984-10-11T01:00+10:00').");
  constexpr Row kTime[] = {
      {"hour", "12"},         {"minute", "31"},          {"second", "14"},
      {"millisecond", "645"}, {"microsecond", "645876"}, {"nanosecond", "645876123"}};
  check_all(kTime, "localtime('12:31:14.645876123').");
  check_all(kTime, "localdatetime('1984-10-11T12:31:14.645876123').");
  constexpr Row kZoned[] = {{"timezone", "Europe/Stockholm"}, {"offset", "+01:00"},
                            {"offsetMinutes", "60"},          {"offsetSeconds", "3600"},
                            {"epochSeconds", "469020674"},    {"epochMillis", "469020674645"}};
  check_all(kZoned, "datetime('1984-11-11T12:31:14.645876123[Europe/Stockholm]').");
  CHECK(temporal_text("time('12:31:14-02:30').timezone") == "-02:30");
  CHECK(temporal_text("time('12:31:14-02:30').offsetMinutes") == "-150");
  CHECK(temporal_text("time('12:31:14').offset") == "Z");
  CHECK(temporal_text("datetime('1969-12-31T23:59:59.5Z').epochMillis") == "-500");
  CHECK(temporal_text("datetime('+999999999-01-01').epochMillis") == kRange);
  CHECK(temporal_text("date('1984-01-01').weekYear") == "1983");
  CHECK(temporal_text("date('1984-01-01').week") == "52");
}

TEST_CASE("durations have parts by name") {
  constexpr Row kRows[] = {
      {"years", "1"},
      {"quarters", "5"},
      {"months", "16"},
      {"weeks", "1"},
      {"days", "10"},
      {"hours", "1"},
      {"minutes", "61"},
      {"seconds", "3661"},
      {"milliseconds", "3661111"},
      {"microseconds", "3661111111"},
      {"nanoseconds", "3661111111111"},
      {"quartersOfYear", "1"},
      {"monthsOfQuarter", "1"},
      {"monthsOfYear", "4"},
      {"daysOfWeek", "3"},
      {"minutesOfHour", "1"},
      {"secondsOfMinute", "1"},
      {"millisecondsOfSecond", "111"},
      {"microsecondsOfSecond", "111111"},
      {"nanosecondsOfSecond", "111111111"},
  };
  check_all(kRows, "duration('P1Y4M10DT1H1M1.111111111S').");
  CHECK(temporal_text("duration('PT-23H-59M-59.9S').seconds") == "-86400");
  CHECK(temporal_text("duration('PT-23H-59M-59.9S').nanosecondsOfSecond") == "100000000");
  CHECK(temporal_text("duration({seconds: 9223372036854775807}).nanoseconds") == kRange);
}

TEST_CASE("a part that a value lacks is told as unknown") {
  Arena arena;
  for (const auto* expression : {"date('1984-10-11')", "localtime('12:00')", "duration('P1D')",
                                 "localdatetime('1984-10-11T12:00')", "point({x: 1, y: 2})"}) {
    const Cell value = evaluate_temporal(expression, arena);
    bool known = true;
    INFO(expression);
    CHECK(temporal_property(value, "offset", arena, known).is_null());
    CHECK_FALSE(known);
  }
}

TEST_CASE("zoned values are ordered by instant, durations by length") {
  Arena arena;
  const auto ordered = [&](std::string_view a, std::string_view b) {
    const auto by = order_temporal(evaluate_temporal(a, arena), evaluate_temporal(b, arena));
    return by < 0 ? -1 : by > 0 ? 1 : 0;
  };
  CHECK(ordered("time('10:00+01:00')", "time('09:35Z')") < 0);
  CHECK(ordered("time('10:00+01:00')", "time('09:00Z')") != 0);  // they show different times
  CHECK(ordered("datetime('1980-12-11T12:31Z')", "datetime('1980-12-11T12:31-05:00')") < 0);
  CHECK(ordered("date('-0001-01-01')", "date('0001-01-01')") < 0);
  CHECK(ordered("localdatetime('2020-01-01T00:00:00.1')", "localdatetime('2020-01-01')") > 0);
  CHECK(ordered("duration('P1M')", "duration('P30D')") > 0);
  CHECK(ordered("duration('P1M')", "duration('P31D')") < 0);
  CHECK(ordered("duration('P1D')", "duration('PT24H')") != 0);
  CHECK(ordered("duration('PT70S')", "duration('PT1M10S')") == 0);
}

}  // namespace kith
