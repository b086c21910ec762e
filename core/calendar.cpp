// core/calendar.cpp: see calendar.hpp.
//
// Years are counted from 1 March inside, so that the leap day is the last of its year; an era is
// 400 years, which always have 146,097 days.
#include "core/calendar.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith {
namespace {

constexpr std::int64_t kYearsPerEra = 400;
constexpr std::int64_t kDaysPerEra = 146'097;
constexpr std::int64_t kDaysToEpoch = 719'468;  // from 0000-03-01 to 1970-01-01

std::int64_t monday_of_week_one(std::int64_t week_year) {
  const auto fourth = day_number(week_year, 1, 4);  // always in week 1
  return fourth - (day_of_week(fourth) - 1);
}

}  // namespace

int days_in_month(std::int64_t year, int month) {
  KITH_ASSERT(month >= 1 && month <= 12);
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int days_in_quarter(std::int64_t year, int quarter) {
  KITH_ASSERT(quarter >= 1 && quarter <= 4);
  if (quarter == 1) return is_leap_year(year) ? 91 : 90;
  return quarter == 2 ? 91 : 92;
}

int weeks_in_year(std::int64_t week_year) {
  // 53 weeks exactly if the year begins on a Thursday, or on a Wednesday and is a leap year.
  const int first = day_of_week(day_number(week_year, 1, 1));
  return first == 4 || (first == 3 && is_leap_year(week_year)) ? 53 : 52;
}

std::int64_t day_number(const CivilDate& date) {
  KITH_ASSERT(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31);
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, kYearsPerEra);
  const std::int64_t year_of_era = year - era * kYearsPerEra;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t day_of_march_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_march_year;
  return era * kDaysPerEra + day_of_era - kDaysToEpoch;
}

namespace {

// For the 1.3 million years around the epoch, with few and short operations (C. Neri, L. Schneider,
// Euclidean affine functions and their application to calendar algorithms, 2023).
constexpr std::int64_t kNearDays = 480'000'000;
CivilDate near_civil_date(std::int64_t day) {
  constexpr std::int64_t kEras = 3'600;  // so that all days are positive
  const auto n = static_cast<std::uint32_t>(day + kDaysToEpoch + kEras * kDaysPerEra);
  const std::uint32_t quarters = 4 * n + 3;
  const std::uint32_t century = quarters / 146'097;
  const std::uint32_t in_century = quarters % 146'097 / 4;
  const std::uint64_t years = std::uint64_t{2'939'745} * (4 * in_century + 3);
  const auto year_of_century = static_cast<std::uint32_t>(years >> 32);
  const std::uint32_t day_of_march_year = static_cast<std::uint32_t>(years) / 2'939'745 / 4;
  const std::uint32_t months = 2'141 * day_of_march_year + 197'913;
  const bool is_next_year = day_of_march_year >= 306;  // January and February
  const auto month = static_cast<int>(months >> 16) - (is_next_year ? 12 : 0);
  const auto day_of_month = static_cast<int>((months & 0xffff) / 2'141) + 1;
  const std::int64_t year = std::int64_t{100 * century + year_of_century} - kEras * kYearsPerEra;
  return {year + (is_next_year ? 1 : 0), month, day_of_month};
}

}  // namespace

CivilDate civil_date(std::int64_t day) {
  if (day > -kNearDays && day < kNearDays) return near_civil_date(day);
  const std::int64_t shifted = day + kDaysToEpoch;
  const std::int64_t era = floor_divide(shifted, kDaysPerEra);
  const std::int64_t day_of_era = shifted - era * kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_march_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_march_year + 2) / 153;
  const auto month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  const auto day_of_month =
      static_cast<int>(day_of_march_year - (153 * month_from_march + 2) / 5 + 1);
  KITH_ASSERT(month >= 1 && month <= 12 && day_of_month >= 1 && day_of_month <= 31);
  return {year_of_era + era * kYearsPerEra + (month <= 2 ? 1 : 0), month, day_of_month};
}

int day_of_week(std::int64_t day) {
  return static_cast<int>(floor_modulo(day + 3, 7)) + 1;  // 1970-01-01 was a Thursday
}

int day_of_year(std::int64_t day) {
  return static_cast<int>(day - day_number(civil_date(day).year, 1, 1)) + 1;
}

int day_of_quarter(std::int64_t day) {
  const auto date = civil_date(day);
  const int first_month = (quarter_of(date.month) - 1) * 3 + 1;
  return static_cast<int>(day - day_number(date.year, first_month, 1)) + 1;
}

WeekDate week_date(std::int64_t day) {
  const int weekday = day_of_week(day);
  const std::int64_t year = civil_date(day - weekday + 4).year;  // the year of its Thursday
  const std::int64_t first = monday_of_week_one(year);
  KITH_ASSERT(day >= first && day < first + 53 * 7);
  return {year, static_cast<int>((day - first) / 7) + 1, weekday};
}

std::int64_t day_number(const WeekDate& date) {
  KITH_ASSERT(date.week >= 1 && date.week <= 53);
  KITH_ASSERT(date.day_of_week >= 1 && date.day_of_week <= 7);
  return monday_of_week_one(date.week_year) + (date.week - 1) * 7 + (date.day_of_week - 1);
}

std::int64_t plus_months(std::int64_t day, std::int64_t months) {
  const auto date = civil_date(day);
  const std::int64_t month_number = date.year * 12 + (date.month - 1) + months;
  const std::int64_t year = floor_divide(month_number, 12);
  const int month = static_cast<int>(floor_modulo(month_number, 12)) + 1;
  return day_number(year, month, std::min(date.day, days_in_month(year, month)));
}

}  // namespace kith
