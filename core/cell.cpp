// core/cell.cpp: making, finding in and deeply copying cells.
//
// copy_into and OwnedCell share one walk, written over where memory comes from: an arena, or one
// allocation that a first walk has measured.
#include "core/cell.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/cell_copy.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

constexpr ListData kEmptyList{0, nullptr};
constexpr MapData kEmptyMap{0, nullptr};

constexpr std::size_t round_up(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

std::size_t measure_map(const MapData& map) {
  std::size_t bytes = sizeof(MapData) + map.size * sizeof(MapEntry);
  for (const MapEntry& entry : std::span(map.entries, map.size)) {
    bytes += round_up(entry.key.size()) + measure(entry.value);
  }
  return bytes;
}

std::size_t measure_list(const ListData& list) {
  std::size_t bytes = sizeof(ListData) + list.size * sizeof(Cell);
  for (const Cell& item : std::span(list.items, list.size)) bytes += measure(item);
  return bytes;
}

}  // namespace

// Every piece starts at a multiple of 8.
std::size_t measure(const Cell& cell) {
  switch (cell.kind) {
    case Kind::String:
      return round_up(cell.aux);
    case Kind::List:
      return cell.list->size == 0 ? 0 : measure_list(*cell.list);
    case Kind::Map:
      return cell.map->size == 0 ? 0 : measure_map(*cell.map);
    case Kind::Path:
      return sizeof(PathData) + (2 * cell.path->length + 1) * sizeof(std::uint64_t);
    case Kind::DateTime:
      return sizeof(DateTimeData) + round_up(cell.datetime->zone.size());
    case Kind::Duration:
      return sizeof(DurationData);
    case Kind::Point:
      return sizeof(PointData);
    default:
      return 0;
  }
}

namespace {

struct FromArena {
  Arena& arena;
  void* allocate(std::size_t bytes, std::size_t align) { return arena.allocate(bytes, align); }
};

struct FromBlock {
  std::byte* at;
  std::byte* end;
  void* allocate(std::size_t bytes, std::size_t) {
    KITH_ASSERT(round_up(bytes) <= static_cast<std::size_t>(end - at));
    return std::exchange(at, at + round_up(bytes));
  }
};

template <class Memory>
class Copier {
 public:
  explicit Copier(Memory memory) : memory_(memory) {}
  const Memory& memory() const { return memory_; }

  Cell copy(const Cell& cell) {
    Cell result = cell;
    switch (cell.kind) {
      case Kind::String:
        result.text = text(cell.string()).data();
        break;
      case Kind::List:
        result.list = list(*cell.list);
        break;
      case Kind::Map:
        result.map = map(*cell.map);
        break;
      case Kind::Path:
        result.path = path(*cell.path);
        break;
      case Kind::DateTime:
        result.datetime = datetime(*cell.datetime);
        break;
      case Kind::Duration:
        result.duration = one(*cell.duration);
        break;
      case Kind::Point:
        result.point = one(*cell.point);
        break;
      default:
        break;
    }
    return result;
  }

 private:
  template <class T>
  T* room(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    return static_cast<T*>(memory_.allocate(count * sizeof(T), alignof(T)));
  }
  template <class T>
  const T* one(const T& from) {
    return new (room<T>(1)) T(from);
  }
  template <class T>
  const T* array(const T* from, std::size_t count) {
    T* to = room<T>(count);
    if (count != 0) std::memcpy(static_cast<void*>(to), from, count * sizeof(T));
    return to;
  }
  std::string_view text(std::string_view from) {
    if (from.empty()) return "";  // not null
    return {array(from.data(), from.size()), from.size()};
  }
  const ListData* list(const ListData& from) {
    if (from.size == 0) return &kEmptyList;
    Cell* items = room<Cell>(from.size);
    for (std::uint64_t i = 0; i < from.size; ++i) new (items + i) Cell(copy(from.items[i]));
    return one(ListData{from.size, items});
  }
  const MapData* map(const MapData& from) {
    if (from.size == 0) return &kEmptyMap;
    MapEntry* entries = room<MapEntry>(from.size);
    for (std::uint64_t i = 0; i < from.size; ++i) {
      const MapEntry& entry = from.entries[i];
      new (entries + i) MapEntry{text(entry.key), copy(entry.value)};
    }
    return one(MapData{from.size, entries});
  }
  const PathData* path(const PathData& from) {
    const NodeId* nodes = array(from.nodes, from.length + 1);
    return one(PathData{from.length, nodes, array(from.relationships, from.length)});
  }
  const DateTimeData* datetime(const DateTimeData& from) {
    DateTimeData data = from;
    data.zone = text(from.zone);
    return one(data);
  }

  Memory memory_;
};

std::uint16_t one_deeper(std::uint16_t deepest) {
  if (deepest >= kMaxNesting) {
    throw ResourceError("NestingTooDeep", "lists and maps nest at most " +
                                              std::to_string(kMaxNesting) + " levels deep");
  }
  return static_cast<std::uint16_t>(deepest + 1);
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::Null:
      return "NULL";
    case Kind::Boolean:
      return "BOOLEAN";
    case Kind::Integer:
      return "INTEGER";
    case Kind::Float:
      return "FLOAT";
    case Kind::String:
      return "STRING";
    case Kind::List:
      return "LIST";
    case Kind::Map:
      return "MAP";
    case Kind::Node:
      return "NODE";
    case Kind::Relationship:
      return "RELATIONSHIP";
    case Kind::Path:
      return "PATH";
    case Kind::Date:
      return "DATE";
    case Kind::LocalTime:
      return "LOCAL TIME";
    case Kind::Time:
      return "ZONED TIME";
    case Kind::LocalDateTime:
      return "LOCAL DATETIME";
    case Kind::DateTime:
      return "ZONED DATETIME";
    case Kind::Duration:
      return "DURATION";
    case Kind::Point:
      return "POINT";
  }
  return "UNKNOWN";
}

const Cell* find_in_map(const Cell& map, std::string_view key) {
  const auto entries = map.entries();
  const auto at = std::lower_bound(
      entries.begin(), entries.end(), key,
      [](const MapEntry& entry, std::string_view wanted) { return entry.key < wanted; });
  return at != entries.end() && at->key == key ? &at->value : nullptr;
}

std::uint16_t nested_in(std::span<const Cell> items) {
  std::uint16_t deepest = 0;
  for (const Cell& item : items) deepest = std::max(deepest, item.depth);
  return one_deeper(deepest);
}

Cell make_list(Arena& arena, std::span<const Cell> items) {
  Cell* copy = arena.make_array<Cell>(items.size()).data();
  std::uninitialized_copy(items.begin(), items.end(), copy);
  return list_over(arena, {copy, items.size()});
}

Cell list_over(Arena& arena, std::span<const Cell> items) {
  const std::uint16_t depth = nested_in(items);
  auto* data = new (arena.allocate(sizeof(ListData))) ListData{items.size(), items.data()};
  Cell cell = Cell::of(static_cast<const ListData*>(data));
  cell.depth = depth;
  return cell;
}

Cell make_map(Arena& arena, std::span<const MapEntry> entries) {
  MapEntry* copy = arena.make_array<MapEntry>(entries.size()).data();
  MapEntry* end = std::uninitialized_copy(entries.begin(), entries.end(), copy);
  const auto by_key = [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; };
  if (!std::is_sorted(copy, end, by_key)) std::stable_sort(copy, end, by_key);
  MapEntry* kept = copy;
  std::uint16_t deepest = 0;
  for (MapEntry* at = copy; at != end; ++at) {
    const bool shadowed = at + 1 != end && at->key == at[1].key;
    if (shadowed) continue;
    deepest = std::max(deepest, at->value.depth);
    *kept++ = *at;
  }
  const auto size = static_cast<std::uint64_t>(kept - copy);
  auto* data = new (arena.allocate(sizeof(MapData))) MapData{size, copy};
  Cell cell = Cell::of(static_cast<const MapData*>(data));
  cell.depth = one_deeper(deepest);
  return cell;
}

Cell make_path(Arena& arena, std::span<const NodeId> nodes,
               std::span<const RelationshipId> relationships) {
  KITH_ASSERT(nodes.size() == relationships.size() + 1);
  NodeId* node_copy = arena.make_array<NodeId>(nodes.size()).data();
  std::uninitialized_copy(nodes.begin(), nodes.end(), node_copy);
  RelationshipId* copy = arena.make_array<RelationshipId>(relationships.size()).data();
  std::uninitialized_copy(relationships.begin(), relationships.end(), copy);
  auto* data =
      new (arena.allocate(sizeof(PathData))) PathData{relationships.size(), node_copy, copy};
  return Cell::of(static_cast<const PathData*>(data));
}

Cell make_datetime(Arena& arena, const DateTimeData& data) {
  KITH_ASSERT(data.nanoseconds < 1'000'000'000);
  auto* copy = new (arena.allocate(sizeof(DateTimeData))) DateTimeData(data);
  copy->zone = arena.copy(data.zone);
  return Cell::of(static_cast<const DateTimeData*>(copy));
}

Cell make_duration(Arena& arena, const DurationData& data) {
  KITH_ASSERT(data.nanoseconds >= 0 && data.nanoseconds < 1'000'000'000);
  auto* copy = new (arena.allocate(sizeof(DurationData))) DurationData(data);
  return Cell::of(static_cast<const DurationData*>(copy));
}

Cell make_point(Arena& arena, const PointData& data) {
  KITH_ASSERT(data.dimensions == 2 || data.dimensions == 3);
  auto* copy = new (arena.allocate(sizeof(PointData))) PointData(data);
  return Cell::of(static_cast<const PointData*>(copy));
}

Cell copy_into(Arena& arena, const Cell& cell) {
  return Copier<FromArena>(FromArena{arena}).copy(cell);
}

Cell copy_any_to(std::byte*& at, const Cell& cell) {
  const std::size_t bytes = measure(cell);
  Copier<FromBlock> copier(FromBlock{at, at + bytes});
  const Cell copy = copier.copy(cell);
  at += bytes;
  KITH_ASSERT(copier.memory().at == at);
  return copy;
}

OwnedCell::OwnedCell(const Cell& cell) {
  if (cell.kind == Kind::Integer || cell.kind == Kind::Float) {  // nearly all are these, or texts
    cell_ = cell;
    return;
  }
  if (cell.kind == Kind::String && cell.aux != 0) {
    bytes_ = measure(cell);
    memory_ = std::make_unique_for_overwrite<std::byte[]>(bytes_);
    std::memcpy(memory_.get(), cell.text, cell.aux);
    cell_ = cell;
    cell_.text = static_cast<const char*>(static_cast<const void*>(memory_.get()));
    return;
  }
  bytes_ = measure(cell);
  if (bytes_ != 0) memory_ = std::make_unique_for_overwrite<std::byte[]>(bytes_);
  std::byte* begin = memory_.get();
  Copier<FromBlock> copier(FromBlock{begin, begin == nullptr ? nullptr : begin + bytes_});
  cell_ = copier.copy(cell);
  KITH_ASSERT(copier.memory().at == copier.memory().end);
}

}  // namespace kith
