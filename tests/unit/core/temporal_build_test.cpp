// tests/unit/core/temporal_build_test.cpp: values from maps, from other values, and cut down.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/core/temporal_expression.hpp"

namespace kith {
namespace {

using test::temporal_text;

struct Row {
  const char* expression;
  const char* expected;
};

template <std::size_t N>
void check_all(const Row (&rows)[N]) {
  for (const auto& row : rows) {
    INFO(row.expression);
    CHECK(temporal_text(row.expression) == row.expected);
  }
}

// `f(map)` for many maps: `prefix` ends within the map.
template <std::size_t N>
void check_maps(const std::string& prefix, const Row (&rows)[N]) {
  for (const auto& row : rows) {
    const auto expression = prefix + row.expression + "})";
    INFO(expression);
    CHECK(temporal_text(expression) == row.expected);
  }
}

constexpr const char* kInvalid = "ArgumentError/InvalidArgumentValue";
constexpr const char* kRange = "ArgumentError/NumberOutOfRange";
constexpr const char* kType = "TypeError/InvalidArgumentType";

}  // namespace

TEST_CASE("a date is spelt by month, week, quarter or day of the year") {
  constexpr Row kRows[] = {
      {"year: 1984, month: 10, day: 11", "1984-10-11"},
      {"year: 1984, month: 10", "1984-10-01"},
      {"year: 1984", "1984-01-01"},
      {"year: 1984, week: 10, dayOfWeek: 3", "1984-03-07"},
      {"year: 1984, week: 10", "1984-03-05"},
      {"year: 1817, week: 1", "1816-12-30"},
      {"year: 1818, week: 53", "1818-12-28"},
      {"year: 1819, week: 1", "1819-01-04"},
      {"dayOfWeek: 2, year: 1817, week: 1", "1816-12-31"},
      {"year: 1984, ordinalDay: 202", "1984-07-20"},
      {"year: 1984, quarter: 3, dayOfQuarter: 45", "1984-08-14"},
      {"year: 1984, quarter: 3", "1984-07-01"},
      {"year: 999999999, month: 12, day: 31", "+999999999-12-31"},
      {"year: -999999999", "-999999999-01-01"},
      {"year: 1000000000", kRange},
      {"year: 1984, month: 13", kRange},
      {"year: 1983, month: 2, day: 29", kRange},
      {"year: 1983, ordinalDay: 366", kRange},
      {"year: 1817, week: 53", kRange},
      {"year: 1984, quarter: 1, dayOfQuarter: 92", kRange},
      {"year: 1984, day: 11", kInvalid},
      {"year: 1984, dayOfWeek: 1", kInvalid},
      {"year: 1984, dayOfQuarter: 1", kInvalid},
      {"month: 10", kInvalid},
      {"year: 1984, week: 1, month: 1", kInvalid},
      {"year: 1984, hour: 1", kInvalid},
      {"year: 1984, fortnight: 1", kInvalid},
      {"year: 1984, timezone: 'Z'", kInvalid},
      {"year: 1984.0", kType},
      {"year: '1984'", kType},
      {"year: null", kType},
  };
  check_maps("date({", kRows);
}

TEST_CASE("a time is spelt by hour, minute, second and three kinds of fraction") {
  constexpr Row kRows[] = {
      {"hour: 12", "12:00"},
      {"hour: 12, minute: 31", "12:31"},
      {"hour: 12, minute: 31, second: 14", "12:31:14"},
      {"hour: 12, minute: 31, second: 14, millisecond: 645", "12:31:14.645"},
      {"hour: 12, minute: 31, second: 14, microsecond: 645876", "12:31:14.645876"},
      {"hour: 12, minute: 31, second: 14, nanosecond: 645876123", "12:31:14.645876123"},
      {"hour: 12, minute: 31, second: 14, nanosecond: 3", "12:31:14.000000003"},
      {"hour: 12, minute: 31, second: 14, nanosecond: 789, millisecond: 123, microsecond: 456",
       "12:31:14.123456789"},
      {"hour: 12, minute: 31, second: 14, millisecond: 1, nanosecond: 999999",
       "12:31:14.001999999"},
      {"hour: 12, minute: 31, second: 14, microsecond: 1, nanosecond: 1000", kRange},
      {"hour: 12, minute: 31, second: 14, millisecond: 1, microsecond: 1000", kRange},
      {"hour: 24", kRange},
      {"hour: 12, minute: 60", kRange},
      {"hour: -1", kRange},
      {"hour: 12, second: 1", kInvalid},
      {"hour: 12, nanosecond: 1", kInvalid},
      {"minute: 1", kInvalid},
      {"year: 1984", kInvalid},
      {"hour: 12, timezone: '+01:00'", kInvalid},
  };
  check_maps("localtime({", kRows);
}

TEST_CASE("zones are offsets or names") {
  constexpr Row kRows[] = {
      {"time({hour: 12})", "12:00Z"},
      {"time({hour: 12, minute: 31, timezone: '+01:00'})", "12:31+01:00"},
      {"time({hour: 12, minute: 34, second: 56, timezone: '-02:05:07'})", "12:34:56-02:05:07"},
      {"time({hour: 12, timezone: '+02:05:00'})", "12:00+02:05"},
      {"time({hour: 12, timezone: 'Z'})", "12:00Z"},
      {"time({hour: 12, timezone: 'Europe/Stockholm'})", "12:00+01:00"},  // it is January
      {"datetime({year: 1984, timezone: 'Europe/Stockholm'})",
       "1984-01-01T00:00+01:00[Europe/Stockholm]"},
      {"datetime({year: 1984, ordinalDay: 202, hour: 12, timezone: 'Europe/Stockholm'})",
       "1984-07-20T12:00+02:00[Europe/Stockholm]"},
      {"datetime({year: 1984, month: 10, day: 11, timezone: '+01'})", "1984-10-11T00:00+01:00"},
      {"datetime({year: 2020, timezone: 'America/New York'})",
       "2020-01-01T00:00-05:00[America/New_York]"},
      {"datetime({year: 2020, timezone: 'Nowhere'})", kInvalid},
      {"datetime({year: 2020, timezone: ''})", kInvalid},
      {"datetime({year: 2020, timezone: '+25:00'})", kInvalid},
      {"datetime({year: 2020, timezone: 1})", kType},
      {"datetime({year: 2020, hour: 1})", kInvalid},
      {"datetime({year: 2020, month: 1, hour: 1})", kInvalid},
  };
  check_all(kRows);
}

TEST_CASE("parts of other values are selected and overridden") {
  constexpr Row kRows[] = {
      {"date({date: date('1816-12-30'), week: 2, dayOfWeek: 3})", "1817-01-08"},
      {"date({date: date('1816-12-31'), week: 2})", "1817-01-07"},
      {"date({date: date('1816-12-31'), year: 1817, week: 2})", "1817-01-07"},
      {"date({date: date('1984-11-11'), year: 28})", "0028-11-11"},
      {"date({date: date('1984-11-11'), day: 28})", "1984-11-28"},
      {"date({date: date('1984-11-11'), week: 1})", "1984-01-08"},
      {"date({date: date('1984-11-11'), ordinalDay: 28})", "1984-01-28"},
      {"date({date: date('1984-11-11'), quarter: 3})", "1984-08-11"},
      {"date({date: date('2020-01-31'), month: 2})", "2020-02-29"},
      {"date({date: date('2020-02-29'), year: 2021})", "2021-02-28"},
      {"date({date: date('2020-02-29'), year: 2021, day: 29})", kRange},
      {"date({date: datetime('1984-11-11T12:31:14+01:00')})", "1984-11-11"},
      {"date(localdatetime('1984-11-11T12:31:14'))", "1984-11-11"},
      {"date(localtime('12:31'))", kType},
      {"date({date: localtime('12:31')})", kType},
      {"localtime(datetime('1984-11-11T12:31:14+01:00'))", "12:31:14"},
      {"localtime({time: time('12:31:14.645876+01:00'), second: 42})", "12:31:42.645876"},
      {"localtime({time: localtime('12:31:14.645'), nanosecond: 3})", "12:31:14.000000003"},
      {"localtime(date('1984-11-11'))", kType},
      {"time(localtime('12:31:14'))", "12:31:14Z"},
      {"time(datetime('1984-10-11T12:00+01:00[Europe/Stockholm]'))", "12:00+01:00"},
      {"time({time: time('12:31:14+01:00'), timezone: '+05:00'})", "16:31:14+05:00"},
      {"time({time: time('12:31:14+01:00'), second: 42, timezone: '+05:00'})", "16:31:42+05:00"},
      {"time({time: localtime('12:31:14'), timezone: '+05:00'})", "12:31:14+05:00"},
      {"time({time: time('23:00+01:00'), timezone: '+05:00'})", "03:00+05:00"},
      {"localdatetime({date: date('1984-10-11'), time: time('10:10:10+01:00')})",
       "1984-10-11T10:10:10"},
      {"localdatetime({date: date('1984-10-11'), hour: 10, minute: 10, second: 10})",
       "1984-10-11T10:10:10"},
      {"localdatetime({year: 1984, week: 10, time: localtime('12:31')})", "1984-03-05T12:31"},
      {"localdatetime({datetime: datetime('1984-10-11T12:00+01:00'), day: 28, second: 42})",
       "1984-10-28T12:00:42"},
      {"localdatetime(date('1984-10-11'))", "1984-10-11T00:00"},
      {"datetime(date('1984-10-11'))", "1984-10-11T00:00Z"},
      {"datetime(localdatetime('1984-10-11T12:00'))", "1984-10-11T12:00Z"},
      {"datetime(localtime('12:00'))", kType},
  };
  check_all(kRows);
}

TEST_CASE("a zone selected with a time is converted, otherwise put on") {
  constexpr Row kRows[] = {
      {"datetime({date: date('1984-10-11'), time: time('12:31:14+01:00')})",
       "1984-10-11T12:31:14+01:00"},
      {"datetime({date: datetime('1984-10-11T12:00+01:00'), hour: 10})", "1984-10-11T10:00Z"},
      {"datetime({date: date('1984-10-11'), hour: 10, timezone: '+05:00'})",
       "1984-10-11T10:00+05:00"},
      {"datetime({year: 1984, month: 10, day: 11, time: time('12:31:14+01:00'), timezone: "
       "'+05:00'})",
       "1984-10-11T16:31:14+05:00"},
      {"datetime({year: 1984, month: 10, day: 11, time: localtime('12:31'), "
       "timezone: 'Pacific/Honolulu'})",
       "1984-10-11T12:31-10:00[Pacific/Honolulu]"},
      {"datetime({datetime: datetime('1984-10-11T12:00+01:00[Europe/Stockholm]'), "
       "timezone: 'Pacific/Honolulu'})",
       "1984-10-11T01:00-10:00[Pacific/Honolulu]"},
      {"datetime({datetime: datetime('1984-10-11T12:00+01:00[Europe/Stockholm]'), day: 28, "
       "second: 42, timezone: 'Pacific/Honolulu'})",
       "1984-10-28T01:00:42-10:00[Pacific/Honolulu]"},
      // The zone follows the date: it is summer in Stockholm on 28 March.
      {"datetime({date: date('1984-03-07'), "
       "time: datetime('1984-10-11T12:00+01:00[Europe/Stockholm]'), day: 28})",
       "1984-03-28T12:00+02:00[Europe/Stockholm]"},
      {"datetime({date: date('1984-03-07'), "
       "time: datetime('1984-10-11T12:00+01:00[Europe/Stockholm]'), day: 28, second: 42, "
       "timezone: 'Pacific/Honolulu'})",
       "1984-03-28T00:00:42-10:00[Pacific/Honolulu]"},
      {"datetime({datetime: localdatetime('1984-10-11T12:00'), timezone: '+05:00'})",
       "1984-10-11T12:00+05:00"},
      {"datetime({datetime: localdatetime('1984-10-11T12:00'), date: date('2020-01-01')})",
       kInvalid},
      {"datetime({datetime: date('1984-10-11')})", kType},
  };
  check_all(kRows);
}

TEST_CASE("unix times make date-times") {
  constexpr Row kRows[] = {
      {"datetime.fromepoch(416779, 999999999)", "1970-01-05T19:46:19.999999999Z"},
      {"datetime.fromepochmillis(237821673987)", "1977-07-15T13:34:33.987Z"},
      {"datetime.fromepochmillis(-1)", "1969-12-31T23:59:59.999Z"},
      {"datetime.fromepoch(9223372036854775807, 0)", kRange},
      {"datetime({epochSeconds: 416779, nanosecond: 5})", "1970-01-05T19:46:19.000000005Z"},
      {"datetime({epochMillis: -1})", "1969-12-31T23:59:59.999Z"},
      {"datetime({epochMillis: 237821673987, timezone: 'Europe/Stockholm'})",
       "1977-07-15T14:34:33.987+01:00[Europe/Stockholm]"},
      {"datetime({epochSeconds: 1, year: 2020})", kInvalid},
      {"datetime({epochSeconds: 1, epochMillis: 1})", kInvalid},
      {"datetime({epochSeconds: 9223372036854775807})", kRange},
      {"localdatetime({epochSeconds: 1})", kInvalid},
  };
  check_all(kRows);
}

TEST_CASE("without an argument the clock tells") {
  constexpr Row kRows[] = {
      {"date()", "2020-01-31"},
      {"localtime()", "11:00:00.123456789"},
      {"time()", "11:00:00.123456789Z"},
      {"localdatetime()", "2020-01-31T11:00:00.123456789"},
      {"datetime()", "2020-01-31T11:00:00.123456789Z"},
      {"datetime({timezone: 'Europe/Stockholm'})",
       "2020-01-31T12:00:00.123456789+01:00[Europe/Stockholm]"},
      {"date({timezone: 'Pacific/Kiritimati'})", "2020-02-01"},
      {"localtime({timezone: '-11:30'})", "23:30:00.123456789"},
      {"time({timezone: 'Europe/Stockholm'})", "12:00:00.123456789+01:00"},
      {"date({})", kInvalid},
      {"date(1)", kType},
      {"datetime(true)", kType},
  };
  check_all(kRows);
}

TEST_CASE("truncation cuts to a unit and puts parts in") {
  constexpr Row kRows[] = {
      {"date.truncate('millennium', date('2017-10-11'), {day: 2})", "2000-01-02"},
      {"date.truncate('century', date('1984-10-11'))", "1900-01-01"},
      {"date.truncate('decade', localdatetime('1984-10-11T12:31:14'), {})", "1980-01-01"},
      {"date.truncate('decade', date('-0001-10-11'))", "-0010-01-01"},
      {"date.truncate('year', date('1984-10-11'), {day: 2})", "1984-01-02"},
      {"date.truncate('weekYear', date('1984-02-01'), {day: 5})", "1984-01-05"},
      {"date.truncate('weekYear', date('1984-01-01'), {day: 5})", "1983-01-05"},
      {"date.truncate('weekYear', date('1984-01-01'))", "1983-01-03"},
      {"date.truncate('quarter', date('1984-11-11'), {day: 2})", "1984-10-02"},
      {"date.truncate('month', date('1984-10-11'))", "1984-10-01"},
      {"date.truncate('week', date('1984-10-11'), {dayOfWeek: 2})", "1984-10-09"},
      {"date.truncate('day', datetime('1984-10-11T12:31:14+01:00'))", "1984-10-11"},
      {"date.truncate('hour', date('1984-10-11'))", kInvalid},
      {"date.truncate('day', localtime('12:31'))", kType},
      {"date.truncate('fortnight', date('1984-10-11'))", kInvalid},
      {"date.truncate('year', 'text')", kType},
      {"date.truncate('year', date('1984-10-11'), {hour: 1})", kInvalid},
      {"date.truncate('year', date('1984-10-11'), {date: date('1984-10-11')})", kInvalid},
      {"date.truncate('millennium', date('-999999999-05-01'))", "-999999999-01-01"},
      {"datetime.truncate('century', date('2017-10-11'), {timezone: 'Europe/Stockholm'})",
       "2000-01-01T00:00+01:00[Europe/Stockholm]"},
      {"datetime.truncate('hour', datetime('1984-10-11T12:31:14.645876123-01:00'), "
       "{timezone: 'Europe/Stockholm'})",
       "1984-10-11T12:00+01:00[Europe/Stockholm]"},
      {"datetime.truncate('day', localdatetime('1984-10-11T12:31'), {nanosecond: 2})",
       "1984-10-11T00:00:00.000000002Z"},
      {"localdatetime.truncate('second', datetime('1984-10-11T12:31:14.645+01:00'))",
       "1984-10-11T12:31:14"},
      {"localdatetime.truncate('year', date('1984-10-11'), {timezone: 'Z'})", kInvalid},
      {"localtime.truncate('day', time('12:31:14.645+01:00'))", "00:00"},
      {"localtime.truncate('minute', localtime('12:31:14.645'), {millisecond: 2})", "12:31:00.002"},
      {"localtime.truncate('millisecond', localtime('12:31:14.645876123'), {nanosecond: 2})",
       "12:31:14.645000002"},
      {"localtime.truncate('millisecond', localtime('12:31:14.645876123'), {microsecond: 7})",
       "12:31:14.645007"},
      {"localtime.truncate('microsecond', localtime('12:31:14.645876123'), {nanosecond: 2})",
       "12:31:14.645876002"},
      {"localtime.truncate('year', localtime('12:31'))", kInvalid},
      {"localtime.truncate('hour', date('1984-10-11'))", kType},
      {"time.truncate('hour', localtime('12:31'), {timezone: '+01:00'})", "12:00+01:00"},
      {"time.truncate('hour', datetime('1984-10-11T12:31-01:00'), {timezone: '+01:00'})",
       "12:00+01:00"},
      {"time.truncate('minute', time('12:31:14-01:00'))", "12:31-01:00"},
  };
  check_all(kRows);
}

}  // namespace kith
