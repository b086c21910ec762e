// tests/unit/core/calendar_test.cpp: the calendar against plain counting.
#include "core/calendar.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace kith {

TEST_CASE("days count on through months, leap years and the year 0") {
  CivilDate date{-801, 1, 1};
  int weekday = day_of_week(day_number(date));
  int in_year = 1;
  for (auto day = day_number(date); date.year < 803; ++day) {
    REQUIRE(civil_date(day) == date);
    REQUIRE(day_number(date) == day);
    REQUIRE(day_of_week(day) == weekday);
    REQUIRE(day_of_year(day) == in_year);
    weekday = weekday % 7 + 1;
    ++in_year;
    if (++date.day <= days_in_month(date.year, date.month)) continue;
    date.day = 1;
    if (++date.month <= 12) continue;
    REQUIRE(in_year == days_in_year(date.year) + 1);
    in_year = date.month = 1;
    ++date.year;
  }
}

TEST_CASE("known days have known numbers") {
  CHECK(day_number(1970, 1, 1) == 0);
  CHECK(day_number(2000, 3, 1) == 11'017);
  CHECK(day_number(1969, 12, 31) == -1);
  CHECK(day_of_week(0) == 4);                        // a Thursday
  CHECK(day_of_week(day_number(2024, 2, 29)) == 4);  // so was this
  CHECK(day_number(kMinYear, 1, 1) == kMinDay);
  CHECK(day_number(kMaxYear, 12, 31) == kMaxDay);
  CHECK(civil_date(kMinDay) == CivilDate{kMinYear, 1, 1});
  CHECK(civil_date(kMaxDay) == CivilDate{kMaxYear, 12, 31});
}

TEST_CASE("every day of the range comes back from its date and from its week") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> any_day(kMinDay + 7, kMaxDay - 7);
  for (int i = 0; i < 20'000; ++i) {
    const auto day = any_day(random);
    REQUIRE(day_number(civil_date(day)) == day);
    const auto week = week_date(day);
    REQUIRE(day_number(week) == day);
    REQUIRE(week.day_of_week == day_of_week(day));
    REQUIRE(week.week <= weeks_in_year(week.week_year));
  }
}

TEST_CASE("days near the epoch, and where that ends, come back from their dates") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> near(-500'000'000, 500'000'000);
  const auto check = [](std::int64_t day) {
    const CivilDate date = civil_date(day);
    REQUIRE(date.month >= 1);
    REQUIRE(date.month <= 12);
    REQUIRE(date.day >= 1);
    REQUIRE(date.day <= days_in_month(date.year, date.month));
    REQUIRE(day_number(date) == day);
  };
  for (int i = 0; i < 50'000; ++i) check(near(random));
  for (std::int64_t day = -150'000; day < 150'000; ++day) check(day);
  for (std::int64_t edge : {-480'000'000, 480'000'000}) {
    for (std::int64_t day = edge - 500; day < edge + 500; ++day) check(day);
  }
}

TEST_CASE("ISO weeks begin on Monday and belong to the year of their Thursday") {
  CHECK(week_date(day_number(1816, 1, 1)) == WeekDate{1816, 1, 1});
  CHECK(week_date(day_number(1816, 12, 30)) == WeekDate{1817, 1, 1});
  CHECK(week_date(day_number(1818, 12, 28)) == WeekDate{1818, 53, 1});
  CHECK(week_date(day_number(2021, 1, 3)) == WeekDate{2020, 53, 7});
  CHECK(weeks_in_year(2020) == 53);
  CHECK(weeks_in_year(2021) == 52);
  auto day = day_number(1900, 1, 1);  // a Monday
  WeekDate expected{1900, 1, 1};
  for (; day < day_number(2100, 1, 1); ++day) {
    REQUIRE(week_date(day) == expected);
    if (++expected.day_of_week <= 7) continue;
    expected.day_of_week = 1;
    if (++expected.week <= weeks_in_year(expected.week_year)) continue;
    expected.week = 1;
    ++expected.week_year;
  }
}

TEST_CASE("quarters have 90 to 92 days") {
  CHECK(days_in_quarter(2019, 1) == 90);
  CHECK(days_in_quarter(2020, 1) == 91);
  CHECK(days_in_quarter(2020, 2) == 91);
  CHECK(days_in_quarter(2020, 3) == 92);
  CHECK(day_of_quarter(day_number(1984, 8, 14)) == 45);
  CHECK(day_of_quarter(day_number(2020, 12, 31)) == 92);
  CHECK(quarter_of(12) == 4);
}

TEST_CASE("months added keep the day, or take the last one there is") {
  const auto plus = [](CivilDate from, std::int64_t months) {
    return civil_date(plus_months(day_number(from), months));
  };
  CHECK(plus({2020, 1, 31}, 1) == CivilDate{2020, 2, 29});
  CHECK(plus({2020, 2, 29}, 12) == CivilDate{2021, 2, 28});
  CHECK(plus({2020, 3, 31}, -1) == CivilDate{2020, 2, 29});
  CHECK(plus({2020, 1, 15}, -1) == CivilDate{2019, 12, 15});
  CHECK(plus({1, 1, 1}, -13) == CivilDate{-1, 12, 1});
  CHECK(plus({2020, 5, 17}, 0) == CivilDate{2020, 5, 17});
}

TEST_CASE("floor division rounds down for every sign") {
  CHECK(floor_divide(7, 2) == 3);
  CHECK(floor_divide(-7, 2) == -4);
  CHECK(floor_divide(-8, 2) == -4);
  CHECK(floor_modulo(-7, 2) == 1);
  CHECK(floor_modulo(7, 2) == 1);
  CHECK(floor_modulo(-8, 2) == 0);
}

}  // namespace kith
