// core/calendar.hpp: the proleptic Gregorian calendar: days, months, ISO weeks, quarters.
//
// A day is its number since 1970-01-01; there is a year 0, and years run to ±999,999,999.
// Everything here is pure and total over that range: a caller checks its input first (`valid_year`,
// days in the month), and the functions assert it. ISO weeks begin on Monday; week 1 holds the
// year's first Thursday, so the week-based year may differ from the calendar's by one.
#pragma once

#include <cstdint>

namespace kith {

inline constexpr std::int64_t kMinYear = -999'999'999;
inline constexpr std::int64_t kMaxYear = 999'999'999;
inline constexpr std::int64_t kMinDay = -365'243'219'162;  // -999999999-01-01
inline constexpr std::int64_t kMaxDay = 365'241'780'471;   // +999999999-12-31
inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNanosecondsPerDay = kSecondsPerDay * kNanosecondsPerSecond;
inline constexpr std::int64_t kSecondsPerAverageMonth = 2'629'746;  // 400 years have 4,800 months

constexpr bool valid_year(std::int64_t year) { return year >= kMinYear && year <= kMaxYear; }
constexpr bool valid_day(std::int64_t day) { return day >= kMinDay && day <= kMaxDay; }

// Division that rounds down, and its remainder, which has the divisor's sign.
constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
constexpr std::int64_t floor_modulo(std::int64_t a, std::int64_t b) {
  return a - floor_divide(a, b) * b;
}

struct CivilDate {
  std::int64_t year;
  int month, day;  // from 1
  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};
struct WeekDate {
  std::int64_t week_year;
  int week, day_of_week;  // 1 … 53; Monday is 1
  friend bool operator==(const WeekDate&, const WeekDate&) = default;
};

constexpr bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
int days_in_month(std::int64_t year, int month);
constexpr int days_in_year(std::int64_t year) { return is_leap_year(year) ? 366 : 365; }
int weeks_in_year(std::int64_t week_year);
constexpr int quarter_of(int month) { return (month - 1) / 3 + 1; }
int days_in_quarter(std::int64_t year, int quarter);

std::int64_t day_number(const CivilDate& date);
inline std::int64_t day_number(std::int64_t year, int month, int day) {
  return day_number(CivilDate{year, month, day});
}
CivilDate civil_date(std::int64_t day);

int day_of_week(std::int64_t day);     // Monday is 1
int day_of_year(std::int64_t day);     // from 1
int day_of_quarter(std::int64_t day);  // from 1
WeekDate week_date(std::int64_t day);
std::int64_t day_number(const WeekDate& date);

// The same day of another month; the last of the month where there is no such day.
// Leaves the range only if `months` does: check the result with valid_day.
std::int64_t plus_months(std::int64_t day, std::int64_t months);

}  // namespace kith
