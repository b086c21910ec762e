// core/compare.cpp: equality, equivalence, comparability and order of cells.
//
//   C1  order() is total and transitive; it says equivalent exactly when equivalent() is true.
//   C2  Equivalent cells hash alike.
//   C3  equals() is True only for equivalent cells.
//
// Types ascend: map, node, relationship, list, path, point, zoned datetime, local datetime, date,
// zoned time, local time, duration, string, boolean, number, NaN, null.
#include "core/compare.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <xxhash.h>

#include "core/hash.hpp"
#include "core/temporal.hpp"

namespace kith {

namespace {

using Weak = std::weak_ordering;

constexpr std::array<std::uint8_t, kKindCount> kTypeRank = [] {
  std::array<std::uint8_t, kKindCount> rank{};
  constexpr Kind ascending[] = {
      Kind::Map,       Kind::Node,     Kind::Relationship,  Kind::List,    Kind::Path,
      Kind::Point,     Kind::DateTime, Kind::LocalDateTime, Kind::Date,    Kind::Time,
      Kind::LocalTime, Kind::Duration, Kind::String,        Kind::Boolean, Kind::Integer,
      Kind::Float,     Kind::Null};
  std::uint8_t next = 0;
  for (Kind kind : ascending) rank[static_cast<std::size_t>(kind)] = next++;
  // One rank for both kinds of number; NaN stands between numbers and null in order() itself.
  rank[static_cast<std::size_t>(Kind::Float)] = rank[static_cast<std::size_t>(Kind::Integer)];
  return rank;
}();

std::uint8_t rank_of(Kind kind) { return kTypeRank[static_cast<std::size_t>(kind)]; }

bool is_nan(const Cell& cell) { return cell.kind == Kind::Float && std::isnan(cell.real); }

// NaN after every number, NaN beside NaN; 0.0 beside -0.0.
Weak order_floats(double a, double b) {
  if (a < b) return Weak::less;
  if (a > b) return Weak::greater;
  return std::isnan(a) <=> std::isnan(b);
}

Weak order_numbers(const Cell& a, const Cell& b) {
  if (a.kind == Kind::Integer) {
    if (b.kind == Kind::Integer) return a.integer <=> b.integer;
    return std::isnan(b.real) ? Weak::less : Weak(compare_exact(a.integer, b.real));
  }
  if (b.kind == Kind::Float) return order_floats(a.real, b.real);
  return std::isnan(a.real) ? Weak::greater : Weak(0 <=> compare_exact(b.integer, a.real));
}

Weak order_lists(const Cell& a, const Cell& b) {
  const auto left = a.items(), right = b.items();
  const std::size_t both = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (const Weak found = order(left[i], right[i]); found != 0) return found;
  }
  return left.size() <=> right.size();
}

// By number of entries, then keys, then values in the order of the keys.
Weak order_maps(const Cell& a, const Cell& b) {
  const auto left = a.entries(), right = b.entries();
  if (left.size() != right.size()) return left.size() <=> right.size();
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const Weak found = left[i].key <=> right[i].key; found != 0) return found;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const Weak found = order(left[i].value, right[i].value); found != 0) return found;
  }
  return Weak::equivalent;
}

// As the lists of their nodes and relationships in turn.
Weak order_paths(const PathData& a, const PathData& b) {
  if (a.nodes[0] != b.nodes[0]) return a.nodes[0] <=> b.nodes[0];
  const std::uint64_t both = std::min(a.length, b.length);
  for (std::uint64_t i = 0; i < both; ++i) {
    if (a.relationships[i] != b.relationships[i]) return a.relationships[i] <=> b.relationships[i];
    if (a.nodes[i + 1] != b.nodes[i + 1]) return a.nodes[i + 1] <=> b.nodes[i + 1];
  }
  return a.length <=> b.length;
}

Weak order_points(const PointData& a, const PointData& b) {
  if (a.srid != b.srid) return a.srid <=> b.srid;
  if (a.dimensions != b.dimensions) return a.dimensions <=> b.dimensions;
  for (std::uint32_t i = 0; i < a.dimensions; ++i) {
    if (const Weak found = order_floats(a.coordinates[i], b.coordinates[i]); found != 0) {
      return found;
    }
  }
  return Weak::equivalent;
}

Weak order_same_kind(const Cell& a, const Cell& b) {
  switch (a.kind) {
    case Kind::Null:
      return Weak::equivalent;
    case Kind::Boolean:
    case Kind::Node:
    case Kind::Relationship:
      return a.word <=> b.word;
    case Kind::Integer:
    case Kind::Float:
      return order_numbers(a, b);
    case Kind::String:
      return a.string() <=> b.string();  // UTF-8 bytes sort as code points do
    case Kind::List:
      return order_lists(a, b);
    case Kind::Map:
      return order_maps(a, b);
    case Kind::Path:
      return order_paths(*a.path, *b.path);
    case Kind::Date:
    case Kind::LocalTime:
    case Kind::Time:
    case Kind::LocalDateTime:
    case Kind::DateTime:
    case Kind::Duration:
      return order_temporal(a, b);
    case Kind::Point:
      return order_points(*a.point, *b.point);
  }
  KITH_ASSERT(false && "a kind that does not exist");
  return Weak::equivalent;
}

// Conjunction in three-valued logic, as equality of lists and maps needs it.
Truth both_true(Truth a, Truth b) {
  if (a == Truth::False || b == Truth::False) return Truth::False;
  return a == Truth::Unknown || b == Truth::Unknown ? Truth::Unknown : Truth::True;
}

Truth lists_equal(const Cell& a, const Cell& b) {
  const auto left = a.items(), right = b.items();
  if (left.size() != right.size()) return Truth::False;
  Truth all = Truth::True;
  for (std::size_t i = 0; i < left.size() && all != Truth::False; ++i) {
    all = both_true(all, equals(left[i], right[i]));
  }
  return all;
}

Truth maps_equal(const Cell& a, const Cell& b) {
  const auto left = a.entries(), right = b.entries();
  if (left.size() != right.size()) return Truth::False;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].key != right[i].key) return Truth::False;
  }
  Truth all = Truth::True;
  for (std::size_t i = 0; i < left.size() && all != Truth::False; ++i) {
    all = both_true(all, equals(left[i].value, right[i].value));
  }
  return all;
}

Truth points_equal(const PointData& a, const PointData& b) {
  for (std::uint32_t i = 0; i < std::min(a.dimensions, b.dimensions); ++i) {
    if (std::isnan(a.coordinates[i]) || std::isnan(b.coordinates[i])) return Truth::False;
  }
  return truth(order_points(a, b) == 0);
}

using Result = Comparison::Result;

Result from_order(Weak order) {
  return order < 0 ? Result::Less : order > 0 ? Result::Greater : Result::Equal;
}

// The first elements that are not equal decide; if they cannot be compared, nothing is known.
Result compare_lists(const Cell& a, const Cell& b) {
  const auto left = a.items(), right = b.items();
  const std::size_t both = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < both; ++i) {
    const Result found = compare(left[i], right[i]).result;
    if (found == Result::Equal) continue;
    if (found == Result::Unordered && equals(left[i], right[i]) == Truth::True) continue;
    return found;
  }
  return from_order(left.size() <=> right.size());
}

std::uint64_t hash_parts(Kind kind, std::initializer_list<std::uint64_t> parts) {
  std::uint64_t seed = mix_bits(static_cast<std::uint64_t>(kind) + 0x51ed);
  for (std::uint64_t part : parts) seed = combine_hashes(seed, part);
  return seed;
}

std::uint64_t hash_list(const Cell& cell) {
  std::uint64_t seed = hash_parts(Kind::List, {});
  for (const Cell& item : cell.items()) seed = combine_hashes(seed, hash(item));
  return seed;
}

std::uint64_t hash_map(const Cell& cell) {
  std::uint64_t seed = hash_parts(Kind::Map, {});
  for (const MapEntry& entry : cell.entries()) {
    seed = combine_hashes(combine_hashes(seed, hash_text(entry.key)), hash(entry.value));
  }
  return seed;
}

std::uint64_t hash_path(const PathData& path) {
  std::uint64_t seed = hash_parts(Kind::Path, {path.nodes[0].value});
  for (std::uint64_t i = 0; i < path.length; ++i) {
    seed = combine_hashes(seed, path.relationships[i].value);
    seed = combine_hashes(seed, path.nodes[i + 1].value);
  }
  return seed;
}

std::uint64_t hash_point(const PointData& point) {
  std::uint64_t seed = hash_parts(Kind::Point, {point.srid, point.dimensions});
  for (std::uint32_t i = 0; i < point.dimensions; ++i) {
    seed = combine_hashes(seed, hash_float(point.coordinates[i]));
  }
  return seed;
}

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

std::uint64_t hash_text(std::string_view text) noexcept {
  return XXH3_64bits(text.data(), text.size());
}

std::uint64_t hash_float(double value) noexcept {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (value >= -kLimit && value < kLimit) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return hash_integer(whole);
  }
  if (std::isnan(value)) return 0xa0761d6478bd642f;
  return mix_bits(std::bit_cast<std::uint64_t>(value));
}

Cell to_cell(Truth t) {
  return t == Truth::Unknown ? Cell::null() : Cell::boolean(t == Truth::True);
}

std::strong_ordering compare_exact(std::int64_t a, double b) noexcept {
  KITH_ASSERT(!std::isnan(b));
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (b >= kLimit) return std::strong_ordering::less;
  if (b < -kLimit) return std::strong_ordering::greater;
  const auto whole = static_cast<std::int64_t>(b);
  if (a != whole) return a <=> whole;
  const double rest = b - static_cast<double>(whole);  // exact: b has a fraction only below 2^53
  if (rest > 0) return std::strong_ordering::less;
  return rest < 0 ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::weak_ordering order(const Cell& a, const Cell& b) {
  if (a.kind == b.kind) return order_same_kind(a, b);
  if (a.is_number() && b.is_number()) return order_numbers(a, b);
  return rank_of(a.kind) <=> rank_of(b.kind);
}

bool equivalent(const Cell& a, const Cell& b) {
  if (a.kind != b.kind) return a.is_number() && b.is_number() && order_numbers(a, b) == 0;
  switch (a.kind) {  // the most frequent kinds need no order
    case Kind::Integer:
    case Kind::Node:
    case Kind::Relationship:
      return a.word == b.word;
    case Kind::String:
      return a.string() == b.string();
    default:
      return order_same_kind(a, b) == 0;
  }
}

Truth equals(const Cell& a, const Cell& b) {
  if (a.is_null() || b.is_null()) return Truth::Unknown;
  if (is_nan(a) || is_nan(b)) return Truth::False;
  if (a.kind != b.kind) {
    return truth(a.is_number() && b.is_number() && order_numbers(a, b) == 0);
  }
  switch (a.kind) {
    case Kind::List:
      return lists_equal(a, b);
    case Kind::Map:
      return maps_equal(a, b);
    case Kind::Point:
      return points_equal(*a.point, *b.point);
    default:
      return truth(equivalent(a, b));
  }
}

Comparison compare(const Cell& a, const Cell& b) {
  if (a.is_number() && b.is_number()) {
    if (is_nan(a) || is_nan(b)) return {Result::NotANumber};
    return {from_order(order_numbers(a, b))};
  }
  if (a.kind != b.kind) return {Result::Unordered};
  switch (a.kind) {
    case Kind::Boolean:
    case Kind::String:
    case Kind::Date:
    case Kind::LocalTime:
    case Kind::Time:
    case Kind::LocalDateTime:
    case Kind::DateTime:
      return {from_order(order_same_kind(a, b))};
    case Kind::List:
      return {compare_lists(a, b)};
    default:
      return {Result::Unordered};  // maps, nodes, paths, durations, points have no `<`
  }
}

std::uint64_t hash(const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
      return kNullHash;
    case Kind::Boolean:
      return hash_boolean(cell.word != 0);
    case Kind::Integer:
      return hash_integer(cell.integer);
    case Kind::Float:
      return hash_float(cell.real);
    case Kind::String:
      return hash_text(cell.string());
    case Kind::Node:
      return hash_node(cell.word);
    case Kind::Relationship:
      return hash_relationship(cell.word);
    case Kind::List:
      return hash_list(cell);
    case Kind::Map:
      return hash_map(cell);
    case Kind::Path:
      return hash_path(*cell.path);
    case Kind::Point:
      return hash_point(*cell.point);
    case Kind::Date:
    case Kind::LocalTime:
      return hash_parts(cell.kind, {cell.word});
    case Kind::Time:
    case Kind::LocalDateTime:
      return hash_parts(cell.kind, {cell.word, cell.aux});
    case Kind::DateTime: {
      const DateTimeData& d = *cell.datetime;
      return hash_parts(cell.kind,
                        {bits(d.seconds), d.nanoseconds, bits(d.offset), hash_text(d.zone)});
    }
    case Kind::Duration: {
      const DurationData& d = *cell.duration;
      return hash_parts(cell.kind,
                        {bits(d.months), bits(d.days), bits(d.seconds), bits(d.nanoseconds)});
    }
  }
  KITH_ASSERT(false && "a kind that does not exist");
  return 0;
}

}  // namespace kith
