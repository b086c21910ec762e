// core/temporal_duration.cpp: durations from maps, and durations times numbers.
#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_fraction.hpp"
#include "core/temporal_parts.hpp"
#include "core/temporal_scanner.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

struct DurationField {
  std::string_view name;
  Fraction DurationAmounts::*part;
  std::int64_t each;
};
const DurationField kFields[] = {
    {"years", &DurationAmounts::months, 12},
    {"quarters", &DurationAmounts::months, 3},
    {"months", &DurationAmounts::months, 1},
    {"weeks", &DurationAmounts::days, 7},
    {"days", &DurationAmounts::days, 1},
    {"hours", &DurationAmounts::seconds, 3600},
    {"minutes", &DurationAmounts::seconds, 60},
    {"seconds", &DurationAmounts::seconds, 1},
    {"milliseconds", &DurationAmounts::nanoseconds, 1'000'000},
    {"microseconds", &DurationAmounts::nanoseconds, 1'000},
    {"nanoseconds", &DurationAmounts::nanoseconds, 1},
};

DurationAmounts amounts_in(const Cell& map) {
  if (map.entries().empty()) bad_temporal_argument("a duration needs at least one part");
  DurationAmounts amounts;
  for (const auto& entry : map.entries()) {
    const auto* field = std::find_if(std::begin(kFields), std::end(kFields),
                                     [&](const auto& f) { return f.name == entry.key; });
    if (field == std::end(kFields)) {
      bad_temporal_argument(fmt::format("no part of a duration is called '{}'", entry.key));
    }
    if (!entry.value.is_number()) {
      bad_temporal_type(fmt::format("'{}' must be a number", entry.key));
    }
    auto& part = amounts.*field->part;
    part = sum(part, times(number_fraction(entry.value), field->each));
  }
  return amounts;
}

Cell scale(const DurationData& duration, const Fraction& factor, Arena& arena) {
  const auto scaled = [&](std::int64_t amount) { return times(Fraction{amount, 1}, factor); };
  return make_duration(
      arena, duration_of({scaled(duration.months), scaled(duration.days), scaled(duration.seconds),
                          scaled(duration.nanoseconds)}));
}

void require_number(const Cell& number, std::string_view what) {
  if (number.is_number()) return;
  bad_temporal_type(fmt::format("a duration is {} a number, not {}", what, kind_name(number.kind)));
}

}  // namespace

Cell make_duration_from(const Cell& from, Arena& arena) {
  switch (from.kind) {
    case Kind::String:
      return parse_duration(from.string(), arena);
    case Kind::Map:
      return make_duration(arena, duration_of(amounts_in(from)));
    case Kind::Duration:
      return make_duration(arena, *from.duration);
    default:
      bad_temporal_type(fmt::format("a duration is made from a string or a map, not from {}",
                                    kind_name(from.kind)));
  }
}

Cell duration_multiply(const Cell& duration, const Cell& number, Arena& arena) {
  KITH_ASSERT(duration.kind == Kind::Duration);
  require_number(number, "multiplied by");
  return scale(*duration.duration, number_fraction(number), arena);
}

Cell duration_divide(const Cell& duration, const Cell& number, Arena& arena) {
  KITH_ASSERT(duration.kind == Kind::Duration);
  require_number(number, "divided by");
  const auto divisor = number_fraction(number);
  if (divisor.numerator == 0) {
    throw QueryError("ArithmeticError", "DivisionByZero", "a duration cannot be divided by zero");
  }
  return scale(*duration.duration, inverse(divisor), arena);
}

}  // namespace kith
