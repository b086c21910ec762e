// core/cell.hpp: the 16-byte value of storage and execution, and what it may point to.
//
// A Cell is plain data. What does not fit (text, lists, maps, paths, zoned times, durations,
// points) lies in memory that somebody else owns: an Arena, a pinned block, an OwnedCell. Whoever
// keeps a cell beyond that owner's life copies it (copy_into). kith::Value exists only at the API.
//
// Nodes and relationships are ids; their labels, types and properties are read from storage late.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/id.hpp"

namespace kith {

// The numbers are part of the file format (core/encode.hpp): new kinds go to the end.
enum class Kind : std::uint8_t {
  Null,
  Boolean,
  Integer,
  Float,
  String,
  List,
  Map,
  Node,
  Relationship,
  Path,
  Date,           // word: int64 days since 1970-01-01
  LocalTime,      // word: nanoseconds of the day
  Time,           // word: nanoseconds of the day, aux: offset in seconds east (int32)
  LocalDateTime,  // word: int64 seconds since the epoch, aux: nanoseconds
  DateTime,       // -> DateTimeData
  Duration,       // -> DurationData
  Point,          // -> PointData
};
inline constexpr std::size_t kKindCount = 17;

struct Cell;

struct ListData {
  std::uint64_t size;
  const Cell* items;
};
struct MapEntry;
struct MapData {  // keys unique, sorted by bytes
  std::uint64_t size;
  const MapEntry* entries;
};
struct PathData {  // `length` relationships, length + 1 nodes
  std::uint64_t length;
  const NodeId* nodes;
  const RelationshipId* relationships;
};
struct DateTimeData {
  std::int64_t seconds;  // since the epoch, UTC
  std::uint32_t nanoseconds;
  std::int32_t offset;    // seconds east of UTC
  std::string_view zone;  // IANA name, or empty where only an offset is known
};
struct DurationData {
  std::int64_t months, days, seconds;
  std::int32_t nanoseconds;  // 0 … 999,999,999; the sign is in seconds
};
struct PointData {
  std::uint32_t srid;  // 7203, 9157 (cartesian 2D, 3D), 4326, 4979 (WGS-84 2D, 3D)
  std::uint32_t dimensions;
  double coordinates[3];
};

struct Cell {
  Kind kind = Kind::Null;
  std::uint8_t unused = 0;
  std::uint16_t depth = 0;  // lists and maps: 1 + the deepest element's; see kMaxNesting
  std::uint32_t aux = 0;    // string: bytes; times: see Kind
  union {
    std::uint64_t word = 0;
    std::int64_t integer;
    double real;
    const char* text;
    const ListData* list;
    const MapData* map;
    const PathData* path;
    const DateTimeData* datetime;
    const DurationData* duration;
    const PointData* point;
  };

  static Cell null() { return {}; }
  static Cell boolean(bool v) { return make(Kind::Boolean, 0, v ? 1 : 0); }
  static Cell of(std::int64_t v) { return make(Kind::Integer, 0, static_cast<std::uint64_t>(v)); }
  static Cell of(double v) {
    Cell c;
    c.kind = Kind::Float;
    c.real = v;
    return c;
  }
  // The bytes stay where they are. At most 4 GiB - 1.
  static Cell of(std::string_view v) {
    KITH_ASSERT(v.size() <= UINT32_MAX);
    Cell c;
    c.kind = Kind::String;
    c.aux = static_cast<std::uint32_t>(v.size());
    c.text = v.data();
    return c;
  }
  static Cell of(NodeId id) { return make(Kind::Node, 0, id.value); }
  static Cell of(RelationshipId id) { return make(Kind::Relationship, 0, id.value); }
  static Cell of(const ListData* v) { return pointing(Kind::List, &Cell::list, v); }
  static Cell of(const MapData* v) { return pointing(Kind::Map, &Cell::map, v); }
  static Cell of(const PathData* v) { return pointing(Kind::Path, &Cell::path, v); }
  static Cell of(const DateTimeData* v) { return pointing(Kind::DateTime, &Cell::datetime, v); }
  static Cell of(const DurationData* v) { return pointing(Kind::Duration, &Cell::duration, v); }
  static Cell of(const PointData* v) { return pointing(Kind::Point, &Cell::point, v); }
  static Cell date(std::int64_t days) {
    return make(Kind::Date, 0, static_cast<std::uint64_t>(days));
  }
  static Cell local_time(std::int64_t nanoseconds_of_day) {
    return make(Kind::LocalTime, 0, static_cast<std::uint64_t>(nanoseconds_of_day));
  }
  static Cell time(std::int64_t nanoseconds_of_day, std::int32_t offset_seconds) {
    return make(Kind::Time, static_cast<std::uint32_t>(offset_seconds),
                static_cast<std::uint64_t>(nanoseconds_of_day));
  }
  static Cell local_date_time(std::int64_t seconds, std::uint32_t nanoseconds) {
    return make(Kind::LocalDateTime, nanoseconds, static_cast<std::uint64_t>(seconds));
  }

  bool is_null() const { return kind == Kind::Null; }
  bool is_true() const { return kind == Kind::Boolean && word != 0; }
  bool is_number() const { return kind == Kind::Integer || kind == Kind::Float; }
  std::string_view string() const {
    KITH_ASSERT(kind == Kind::String);
    return {text, aux};
  }
  NodeId node() const {
    KITH_ASSERT(kind == Kind::Node);
    return {word};
  }
  RelationshipId relationship() const {
    KITH_ASSERT(kind == Kind::Relationship);
    return {word};
  }
  std::span<const Cell> items() const {
    KITH_ASSERT(kind == Kind::List);
    return {list->items, list->size};
  }
  std::span<const MapEntry> entries() const;
  std::int32_t offset_seconds() const { return static_cast<std::int32_t>(aux); }

 private:
  static Cell make(Kind kind, std::uint32_t aux, std::uint64_t word) {
    Cell c;
    c.kind = kind;
    c.aux = aux;
    c.word = word;
    return c;
  }
  template <class T>
  static Cell pointing(Kind kind, const T* Cell::*member, const T* target) {
    Cell c;
    c.kind = kind;
    c.*member = target;
    return c;
  }
};
static_assert(sizeof(Cell) == 16);

struct MapEntry {
  std::string_view key;
  Cell value;
};
inline std::span<const MapEntry> Cell::entries() const {
  KITH_ASSERT(kind == Kind::Map);
  return {map->entries, map->size};
}

// "INTEGER", "LIST", … as error messages name them.
std::string_view kind_name(Kind kind);

// The value under a key of a map cell, or nullptr.
const Cell* find_in_map(const Cell& map, std::string_view key);

// Lists and maps nest at most this deep, so that walking a value never overflows the stack.
// make_list and make_map throw ResourceError("NestingTooDeep") beyond it; whoever builds ListData
// without them keeps `depth` right with nested_in().
inline constexpr std::uint16_t kMaxNesting = 1000;
std::uint16_t nested_in(std::span<const Cell> items);

Cell make_list(Arena& arena,
               std::span<const Cell> items);  // copies the cells, not what they point to
Cell list_over(Arena& arena, std::span<const Cell> items);  // of cells that lie in the arena
// Sorts; of equal keys the last wins. Keys are not copied either.
Cell make_map(Arena& arena, std::span<const MapEntry> entries);
Cell make_path(Arena& arena, std::span<const NodeId> nodes,
               std::span<const RelationshipId> relationships);
Cell make_datetime(Arena& arena, const DateTimeData& data);
Cell make_duration(Arena& arena, const DurationData& data);
Cell make_point(Arena& arena, const PointData& data);

// A deep copy whose every byte lies in `arena`.
Cell copy_into(Arena& arena, const Cell& cell);

// A cell with the memory it needs: one allocation, or none where the value fits into the cell.
class OwnedCell {
 public:
  OwnedCell() = default;
  explicit OwnedCell(const Cell& cell);  // deep copy
  OwnedCell(OwnedCell&& from) noexcept
      : cell_(std::exchange(from.cell_, {})),
        memory_(std::move(from.memory_)),
        bytes_(std::exchange(from.bytes_, 0)) {}
  OwnedCell& operator=(OwnedCell&& from) noexcept {
    cell_ = std::exchange(from.cell_, {});
    memory_ = std::move(from.memory_);
    bytes_ = std::exchange(from.bytes_, 0);
    return *this;
  }
  ~OwnedCell() = default;
  OwnedCell(const OwnedCell& other) : OwnedCell(other.cell_) {}
  OwnedCell& operator=(const OwnedCell& other) { return *this = OwnedCell(other.cell_); }

  const Cell& cell() const { return cell_; }
  std::size_t heap_bytes() const { return bytes_; }

 private:
  Cell cell_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t bytes_ = 0;
};

}  // namespace kith
