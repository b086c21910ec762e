// tests/unit/core/random_cells.hpp: cells of every kind for property tests, from a seed that a
// failing test prints. KITH_SEED repeats a run.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "core/calendar.hpp"
#include "core/cell.hpp"

namespace kith::test {

inline std::uint64_t fresh_seed() {
  const char* given = std::getenv("KITH_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

// Values come from small pools, so that equal, equivalent and nearly equal ones meet often.
class RandomCells {
 public:
  RandomCells(std::uint64_t seed, Arena& arena) : random_(seed), arena_(arena) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  Cell any(int depth = 3) { return of_kind(static_cast<Kind>(below(kKindCount)), depth); }

  Cell of_kind(Kind kind, int depth = 3) {
    switch (kind) {
      case Kind::Null:
        return Cell::null();
      case Kind::Boolean:
        return Cell::boolean(below(2) == 0);
      case Kind::Integer:
        return Cell::of(integer());
      case Kind::Float:
        return Cell::of(real());
      case Kind::String:
        return Cell::of(text());
      case Kind::List:
        return list(depth);
      case Kind::Map:
        return map(depth);
      case Kind::Node:
        return Cell::of(NodeId{below(4)});
      case Kind::Relationship:
        return Cell::of(RelationshipId{below(4)});
      case Kind::Path:
        return path();
      case Kind::Date:
        return Cell::date(day());
      case Kind::LocalTime:
        return Cell::local_time(time_of_day());
      case Kind::Time:
        return Cell::time(time_of_day(), offset());
      case Kind::LocalDateTime:
        return Cell::local_date_time(seconds(), nanoseconds());
      case Kind::DateTime:
        return datetime();
      case Kind::Duration:
        return duration();
      case Kind::Point:
        return point();
    }
    return Cell::null();
  }

  std::int64_t integer() {
    constexpr std::int64_t kBig = std::int64_t{1} << 53;
    const std::int64_t pool[] = {
        0, 1, -1, 2, kBig, kBig + 1, -kBig - 1, INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1};
    return below(4) == 0 ? static_cast<std::int64_t>(random_()) : pool[below(std::size(pool))];
  }
  double real() {
    const double pool[] = {0.0,
                           -0.0,
                           1.0,
                           1.5,
                           -1.0,
                           9007199254740992.0,
                           9007199254740994.0,
                           9223372036854775808.0,
                           -9223372036854775808.0,
                           9223372036854774784.0,
                           1e300,
                           5e-324,
                           HUGE_VAL,
                           -HUGE_VAL,
                           std::nan("")};
    if (below(4) != 0) return pool[below(std::size(pool))];
    const std::uint64_t word = random_();
    double value = 0;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
  std::string_view text() {
    const std::string_view pool[] = {"", "a", "A", "ab", "b", "a\0b", "é", "日本", "😀", "'\\\n"};
    return below(6) == 0 ? arena_.copy(std::string(below(300), 'x')) : pool[below(std::size(pool))];
  }

 private:
  Cell list(int depth) {
    std::vector<Cell> items(depth <= 0 ? 0 : below(4));
    for (Cell& item : items) item = any(depth - 1);
    return make_list(arena_, items);
  }
  Cell map(int depth) {
    std::vector<MapEntry> entries(depth <= 0 ? 0 : below(4));
    for (MapEntry& entry : entries) entry = {text(), any(depth - 1)};
    return make_map(arena_, entries);
  }
  Cell path() {
    std::vector<NodeId> nodes(1 + below(3));
    std::vector<RelationshipId> relationships(nodes.size() - 1);
    for (NodeId& node : nodes) node = {below(3)};
    for (RelationshipId& relationship : relationships) relationship = {below(3)};
    return make_path(arena_, nodes, relationships);
  }
  std::int64_t day() {
    const std::int64_t pool[] = {0, 1, -1, 18'000, kMinDay, kMaxDay};
    return pool[below(std::size(pool))];
  }
  std::int64_t time_of_day() {
    const std::int64_t hour = 3600 * kNanosecondsPerSecond;
    const std::int64_t pool[] = {0, 1, hour, 2 * hour, 13 * hour, kNanosecondsPerDay - 1};
    return pool[below(std::size(pool))];
  }
  std::int32_t offset() {
    const std::int32_t pool[] = {0, 3600, -3600, 7200, 64'800, -64'800};
    return pool[below(std::size(pool))];
  }
  std::int64_t seconds() { return day() * kSecondsPerDay + static_cast<std::int64_t>(below(3)); }
  std::uint32_t nanoseconds() {
    return below(2) == 0 ? 0 : static_cast<std::uint32_t>(below(1'000'000'000));
  }
  Cell datetime() {
    const std::string_view zones[] = {"", "", "Europe/Stockholm", "UTC"};
    const std::int64_t instant = static_cast<std::int64_t>(below(3)) * 3600;
    return make_datetime(arena_,
                         {instant, nanoseconds(), offset(), zones[below(std::size(zones))]});
  }
  Cell duration() {
    const auto small = [this] { return static_cast<std::int64_t>(below(3)) - 1; };
    const std::int64_t second = below(2) == 0 ? small() : small() * kSecondsPerAverageMonth;
    return make_duration(arena_,
                         {small(), small() * 30, second, static_cast<std::int32_t>(nanoseconds())});
  }
  Cell point() {
    const std::uint32_t pool[] = {7203, 9157, 4326, 4979};
    const std::uint32_t srid = pool[below(4)];
    const bool solid = srid == 9157 || srid == 4979;
    return make_point(arena_, {srid, solid ? 3u : 2u, {real(), real(), solid ? real() : 0}});
  }

  std::mt19937_64 random_;
  Arena& arena_;
};

}  // namespace kith::test
