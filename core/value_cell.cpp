// core/value_cell.cpp: between the API's values and the engine's cells.
#include "core/value_cell.hpp"

#include <fmt/format.h>

#include "core/calendar.hpp"
#include "core/text.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

constexpr std::int32_t kLargestOffset = 18 * 3600;

[[noreturn]] void out_of_range(const std::string& what) {
  throw QueryError("ArgumentError", "NumberOutOfRange", what);
}

std::string_view checked_text(std::string_view text) {
  if (const std::size_t at = find_invalid_utf8(text); at != kValidUtf8) {
    throw QueryError("ArgumentError", "InvalidUtf8",
                     fmt::format("a string is not valid UTF-8 at byte {}", at));
  }
  if (text.size() > UINT32_MAX) {
    throw ResourceError("StringTooLong", "a string has more than 4 GiB");
  }
  return text;
}

void check_day(std::int64_t day) {
  if (!valid_day(day)) out_of_range(fmt::format("day {} lies outside the calendar", day));
}
void check_time_of_day(std::int64_t nanoseconds) {
  if (nanoseconds >= 0 && nanoseconds < kNanosecondsPerDay) return;
  out_of_range(fmt::format("{} ns is not a time of day", nanoseconds));
}
void check_nanoseconds(std::int64_t nanoseconds) {
  if (nanoseconds >= 0 && nanoseconds < kNanosecondsPerSecond) return;
  out_of_range(fmt::format("{} is not a number of nanoseconds in a second", nanoseconds));
}
void check_offset(std::int32_t offset) {
  if (offset >= -kLargestOffset && offset <= kLargestOffset) return;
  out_of_range(fmt::format("an offset of {} s from UTC is more than 18 hours", offset));
}

class CellMaker {
 public:
  explicit CellMaker(Arena& arena) : arena_(arena) {}

  Cell make(const Value& value) {
    switch (value.type()) {
      case ValueType::Null:
        return Cell::null();
      case ValueType::Boolean:
        return Cell::boolean(value.as_bool());
      case ValueType::Integer:
        return Cell::of(value.as_int());
      case ValueType::Float:
        return Cell::of(value.as_double());
      case ValueType::String:
        return Cell::of(arena_.copy(checked_text(value.as_string())));
      case ValueType::List:
        return list(value.as_list());
      case ValueType::Map:
        return map(value.as_map());
      case ValueType::Node:
      case ValueType::Relationship:
      case ValueType::Path:
        refuse(value);
      case ValueType::Date:
        return date(value.as_date());
      case ValueType::LocalTime:
        return local_time(value.as_local_time());
      case ValueType::Time:
        return time(value.as_time());
      case ValueType::LocalDateTime:
        return local_date_time(value.as_local_date_time());
      case ValueType::DateTime:
        return date_time(value.as_date_time());
      case ValueType::Duration:
        return duration(value.as_duration());
      case ValueType::Point:
        return point(value.as_point());
    }
    refuse(value);
  }

 private:
  [[noreturn]] static void refuse(const Value& value) {
    throw TypeError(
        "InvalidArgumentType",
        fmt::format("a {} cannot be a parameter or property; pass its id", value.type_name()));
  }

  // Lists and maps are entered through these two alone, so nesting is bounded before the stack is.
  struct Level {
    explicit Level(CellMaker& maker) : depth(maker.depth_) {
      if (++depth > kMaxNesting) {
        --depth;
        throw ResourceError("NestingTooDeep", fmt::format("lists and maps nest at most {} levels "
                                                          "deep",
                                                          kMaxNesting));
      }
    }
    ~Level() { --depth; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    std::uint32_t& depth;
  };

  Cell list(const List& from) {
    const Level level(*this);
    std::vector<Cell> items;
    items.reserve(from.size());
    for (const Value& item : from) items.push_back(make(item));
    return make_list(arena_, items);
  }

  Cell map(const Map& from) {
    const Level level(*this);
    std::vector<MapEntry> entries;
    entries.reserve(from.size());
    for (const auto& [key, value] : from) {
      entries.push_back({arena_.copy(checked_text(key)), make(value)});
    }
    return make_map(arena_, entries);
  }

  static Cell date(const Date& date) {
    check_day(date.days);
    return Cell::date(date.days);
  }

  static Cell local_time(const LocalTime& time) {
    check_time_of_day(time.nanoseconds);
    return Cell::local_time(time.nanoseconds);
  }

  static Cell time(const Time& time) {
    check_time_of_day(time.nanoseconds);
    check_offset(time.offset);
    return Cell::time(time.nanoseconds, time.offset);
  }

  static Cell local_date_time(const LocalDateTime& time) {
    check_day(floor_divide(time.seconds, kSecondsPerDay));
    check_nanoseconds(time.nanoseconds);
    return Cell::local_date_time(time.seconds, time.nanoseconds);
  }

  Cell date_time(const DateTime& time) {
    check_offset(time.offset);
    check_day(floor_divide(time.seconds, kSecondsPerDay));
    check_day(floor_divide(time.seconds + time.offset, kSecondsPerDay));
    check_nanoseconds(time.nanoseconds);
    return make_datetime(arena_,
                         {time.seconds, time.nanoseconds, time.offset, checked_text(time.zone)});
  }

  Cell duration(const Duration& d) {
    check_nanoseconds(d.nanoseconds);
    return make_duration(arena_, {d.months, d.days, d.seconds, d.nanoseconds});
  }

  Cell point(const Point& p) {
    if (p.srid != Point::kCartesian && p.srid != Point::kCartesian3d && p.srid != Point::kWgs84 &&
        p.srid != Point::kWgs84_3d) {
      throw QueryError("ArgumentError", "InvalidArgumentValue",
                       fmt::format("there is no coordinate system with srid {}", p.srid));
    }
    const auto dimensions = static_cast<std::uint32_t>(p.dimensions());
    return make_point(arena_, {p.srid, dimensions, {p.x, p.y, dimensions == 3 ? p.z : 0}});
  }

  Arena& arena_;
  std::uint32_t depth_ = 0;
};

class NoElements final : public ElementReader {
 public:
  Node node(NodeId) override {
    KITH_ASSERT(false && "a node where only plain values are");
    return {};
  }
  Relationship relationship(RelationshipId) override {
    KITH_ASSERT(false && "a relationship where only plain values are");
    return {};
  }
};

Value path_value(const PathData& from, ElementReader& elements) {
  std::vector<Node> nodes;
  std::vector<Relationship> relationships;
  nodes.reserve(from.length + 1);
  relationships.reserve(from.length);
  for (std::uint64_t i = 0; i <= from.length; ++i) nodes.push_back(elements.node(from.nodes[i]));
  for (std::uint64_t i = 0; i < from.length; ++i) {
    relationships.push_back(elements.relationship(from.relationships[i]));
  }
  return Path(std::move(nodes), std::move(relationships));
}

Value list_value(const Cell& cell, ElementReader& elements) {
  List list;
  list.reserve(cell.items().size());
  for (const Cell& item : cell.items()) list.push_back(to_value(item, elements));
  return list;
}

Value map_value(const Cell& cell, ElementReader& elements) {
  Map map;
  for (const MapEntry& entry : cell.entries()) {
    map.emplace_hint(map.end(), entry.key, to_value(entry.value, elements));
  }
  return map;
}

Value date_time_value(const DateTimeData& d) {
  return DateTime{d.seconds, d.nanoseconds, d.offset, std::string(d.zone)};
}

Value point_value(const PointData& p) {
  return Point{p.srid, p.coordinates[0], p.coordinates[1],
               p.dimensions == 3 ? p.coordinates[2] : 0.0};
}

}  // namespace

Cell to_cell(const Value& value, Arena& arena) { return CellMaker(arena).make(value); }

Value to_value(const Cell& cell, ElementReader& elements) {
  switch (cell.kind) {
    case Kind::Null:
      return {};
    case Kind::Boolean:
      return cell.is_true();
    case Kind::Integer:
      return cell.integer;
    case Kind::Float:
      return cell.real;
    case Kind::String:
      return cell.string();
    case Kind::List:
      return list_value(cell, elements);
    case Kind::Map:
      return map_value(cell, elements);
    case Kind::Node:
      return elements.node(cell.node());
    case Kind::Relationship:
      return elements.relationship(cell.relationship());
    case Kind::Path:
      return path_value(*cell.path, elements);
    case Kind::Date:
      return Date{cell.integer};
    case Kind::LocalTime:
      return LocalTime{cell.integer};
    case Kind::Time:
      return Time{cell.integer, cell.offset_seconds()};
    case Kind::LocalDateTime:
      return LocalDateTime{cell.integer, cell.aux};
    case Kind::DateTime:
      return date_time_value(*cell.datetime);
    case Kind::Duration: {
      const DurationData& d = *cell.duration;
      return Duration{d.months, d.days, d.seconds, d.nanoseconds};
    }
    case Kind::Point:
      return point_value(*cell.point);
  }
  KITH_ASSERT(false && "a kind that does not exist");
  return {};
}

Value to_value(const Cell& cell) {
  NoElements none;
  return to_value(cell, none);
}

}  // namespace kith
