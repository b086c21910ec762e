// cypher/functions/percentile.hpp: what percentileCont() and percentileDisc() are of sorted values.
//
// Numbers have one order: by value, integers before floats of the same value. So it does not matter
// in which order they came.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <string_view>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "cypher/functions/arguments.hpp"

namespace kith {

// Integers that are in the order of the doubles; NaN, whatever its bits, is the greatest.
inline std::int64_t ordered_bits(double value) {
  if (value != value) return std::numeric_limits<std::int64_t>::max();
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits < 0 ? bits ^ std::numeric_limits<std::int64_t>::max() : bits;
}
inline double from_ordered_bits(std::int64_t bits) {
  if (bits == std::numeric_limits<std::int64_t>::max()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::bit_cast<double>(bits < 0 ? bits ^ std::numeric_limits<std::int64_t>::max() : bits);
}

// A number, and how many equal rows it stands for.
struct WeightedNumber {
  Cell value;  // owns nothing
  std::uint64_t weight;

  bool operator<(const WeightedNumber& other) const {
    const auto relation = order(value, other.value);
    if (relation != 0) return std::is_lt(relation);
    if (value.kind != other.value.kind) return value.kind < other.value.kind;
    return value.kind == Kind::Float && ordered_bits(value.real) < ordered_bits(other.value.real);
  }
};

enum class Percentile : std::uint8_t { Between, OfValues };

inline std::string_view name_of(Percentile kind) {
  return kind == Percentile::Between ? "percentileCont" : "percentileDisc";
}

inline double need_share(Percentile kind, const Cell& argument) {
  const double share = need_number(name_of(kind), argument);
  if (share >= 0 && share <= 1) return share;
  throw QueryError("ArgumentError", "NumberOutOfRange",
                   fmt::format("{}() takes a share from 0.0 to 1.0, not {}", name_of(kind),
                               to_short_cypher(argument)));
}

// Of `count` values, one or more. at(place): the value at that place of the sorted ones;
// above(place): the one after it, when at(place) was asked for just before.
template <class At, class Above>
Cell percentile_of(Percentile kind, double share, std::uint64_t count, At at, Above above) {
  KITH_ASSERT(count > 0 && share >= 0 && share <= 1);
  if (kind == Percentile::OfValues) {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count)));
    return at(std::min(rank == 0 ? 0 : rank - 1, count - 1));
  }
  const double place = share * static_cast<double>(count - 1);
  const auto below = std::min(static_cast<std::uint64_t>(place), count - 1);
  const double low = need_number(name_of(kind), at(below));
  const double part = place - static_cast<double>(below);
  if (part == 0 || below + 1 == count) return Cell::of(low);
  const double high = need_number(name_of(kind), above(below));
  return Cell::of(low * (1 - part) + high * part);
}

// The same of numbers with weights, which it sorts.
inline Cell percentile_of(Percentile kind, double share, std::span<WeightedNumber> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::uint64_t count = 0;
  for (const WeightedNumber& number : numbers) count += number.weight;
  const auto at = [&](std::uint64_t place) {
    for (const WeightedNumber& number : numbers) {
      if (place < number.weight) return number.value;
      place -= number.weight;
    }
    return numbers.back().value;
  };
  return percentile_of(kind, share, count, at, [&](std::uint64_t place) { return at(place + 1); });
}

}  // namespace kith
