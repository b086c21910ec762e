// core/encode.cpp: writes and reads cells as bytes.
//
// The kind byte is the number of the Kind. decode() trusts nothing: counts are checked against the
// bytes that are left before memory is taken for them, and nesting is bounded.
#include "core/encode.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "core/calendar.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

[[noreturn]] void corrupt(const std::string& what) {
  throw StorageError("CorruptValue", "a stored value is damaged: " + what);
}

void put_float(std::string& out, double value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

double take_float(ByteReader& in) {
  double value = 0;
  std::memcpy(&value, in.bytes(sizeof value).data(), sizeof value);
  return value;
}

void put_path(std::string& out, const PathData& path) {
  put_varint(out, path.length);
  for (std::uint64_t i = 0; i <= path.length; ++i) put_varint(out, path.nodes[i].value);
  for (std::uint64_t i = 0; i < path.length; ++i) put_varint(out, path.relationships[i].value);
}

void put_datetime(std::string& out, const DateTimeData& data) {
  put_signed(out, data.seconds);
  put_varint(out, data.nanoseconds);
  put_signed(out, data.offset);
  put_text(out, data.zone);
}

void put_duration(std::string& out, const DurationData& data) {
  put_signed(out, data.months);
  put_signed(out, data.days);
  put_signed(out, data.seconds);
  put_varint(out, static_cast<std::uint64_t>(data.nanoseconds));
}

void put_point(std::string& out, const PointData& data) {
  put_varint(out, data.srid);
  out.push_back(static_cast<char>(data.dimensions));
  for (std::uint32_t i = 0; i < data.dimensions; ++i) put_float(out, data.coordinates[i]);
}

std::uint32_t take_nanoseconds(ByteReader& in) {
  const std::uint64_t value = in.varint();
  if (value >= static_cast<std::uint64_t>(kNanosecondsPerSecond)) {
    corrupt("nanoseconds of a second out of range");
  }
  return static_cast<std::uint32_t>(value);
}

std::int32_t take_offset(ByteReader& in) {
  const std::int64_t value = in.signed_varint();
  if (value <= -86'400 || value >= 86'400) corrupt("an offset from UTC is a day or more");
  return static_cast<std::int32_t>(value);
}

std::int64_t take_day(ByteReader& in) {
  const std::int64_t day = in.signed_varint();
  if (!valid_day(day)) corrupt("a date past the years of the calendar");
  return day;
}

std::int64_t take_seconds(ByteReader& in) {
  const std::int64_t seconds = in.signed_varint();
  if (!valid_day(floor_divide(seconds, kSecondsPerDay))) {
    corrupt("a date past the years of the calendar");
  }
  return seconds;
}

std::int64_t take_time_of_day(ByteReader& in) {
  const std::uint64_t value = in.varint();
  if (value >= static_cast<std::uint64_t>(kNanosecondsPerDay)) corrupt("a time of day past 24:00");
  return static_cast<std::int64_t>(value);
}

bool take_boolean(ByteReader& in) {
  const std::uint8_t value = in.byte();
  if (value > 1) corrupt("a boolean that is neither 0 nor 1");
  return value == 1;
}

std::uint64_t take_count(ByteReader& in) {
  const std::uint64_t count = in.varint();
  if (count > in.left()) corrupt("more elements than bytes");  // each takes at least one byte
  return count;
}

class Decoder {
 public:
  Decoder(ByteReader& in, Arena& arena) : in_(in), arena_(arena) {}

  Cell value() {
    const std::uint8_t kind = in_.byte();
    if (kind >= kKindCount) corrupt("unknown kind " + std::to_string(kind));
    switch (static_cast<Kind>(kind)) {
      case Kind::Null:
        return Cell::null();
      case Kind::Boolean:
        return Cell::boolean(take_boolean(in_));
      case Kind::Integer:
        return Cell::of(in_.signed_varint());
      case Kind::Float:
        return Cell::of(take_float(in_));
      case Kind::String:
        return Cell::of(short_enough(in_.text()));
      case Kind::List:
        return list();
      case Kind::Map:
        return map();
      case Kind::Node:
        return Cell::of(NodeId{in_.varint()});
      case Kind::Relationship:
        return Cell::of(RelationshipId{in_.varint()});
      case Kind::Path:
        return path();
      case Kind::Date:
        return Cell::date(take_day(in_));
      case Kind::LocalTime:
        return Cell::local_time(take_time_of_day(in_));
      case Kind::Time:
        return time();
      case Kind::LocalDateTime:
        return local_datetime();
      case Kind::DateTime:
        return datetime();
      case Kind::Duration:
        return duration();
      case Kind::Point:
        return point();
    }
    corrupt("unknown kind " + std::to_string(kind));
  }

 private:
  static std::string_view short_enough(std::string_view text) {
    if (text.size() > UINT32_MAX) corrupt("a string of more than 4 GiB");
    return text;
  }

  // Begins a list or map; returns its count. All elements announced and not yet read must fit into
  // the bytes that are left, so that nested lies cannot make us take memory many times over.
  std::uint64_t enter() {
    if (++depth_ > kMaxNesting) corrupt("lists and maps nested too deep");
    const std::uint64_t count = take_count(in_);
    owed_ += count;
    if (owed_ > in_.left()) corrupt("more elements than bytes");
    return count;
  }

  Cell list() {
    const std::uint64_t count = enter();
    Cell* items = arena_.make_array<Cell>(count).data();
    for (std::uint64_t i = 0; i < count; ++i) {
      --owed_;
      new (items + i) Cell(value());
    }
    Cell cell = Cell::of(one(ListData{count, items}));
    cell.depth = nested_in({items, count});
    --depth_;
    return cell;
  }

  Cell map() {
    const std::uint64_t count = enter();
    MapEntry* entries = arena_.make_array<MapEntry>(count).data();
    std::uint16_t deepest = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      --owed_;
      const std::string_view key = in_.text();
      if (i > 0 && key <= entries[i - 1].key) corrupt("the keys of a map are out of order");
      new (entries + i) MapEntry{key, value()};
      deepest = std::max(deepest, entries[i].value.depth);
    }
    Cell cell = Cell::of(one(MapData{count, entries}));
    cell.depth = static_cast<std::uint16_t>(deepest + 1);
    --depth_;
    return cell;
  }

  Cell path() {
    const std::uint64_t length = take_count(in_);
    NodeId* nodes = arena_.make_array<NodeId>(length + 1).data();
    for (std::uint64_t i = 0; i <= length; ++i) new (nodes + i) NodeId{in_.varint()};
    RelationshipId* relationships = arena_.make_array<RelationshipId>(length).data();
    for (std::uint64_t i = 0; i < length; ++i) {
      new (relationships + i) RelationshipId{in_.varint()};
    }
    return Cell::of(one(PathData{length, nodes, relationships}));
  }

  Cell time() {
    const std::int64_t nanoseconds = take_time_of_day(in_);
    return Cell::time(nanoseconds, take_offset(in_));
  }

  Cell local_datetime() {
    const std::int64_t seconds = take_seconds(in_);
    return Cell::local_date_time(seconds, take_nanoseconds(in_));
  }

  Cell datetime() {
    DateTimeData data{};
    data.seconds = take_seconds(in_);
    data.nanoseconds = take_nanoseconds(in_);
    data.offset = take_offset(in_);
    data.zone = in_.text();
    return Cell::of(one(data));
  }

  Cell duration() {
    DurationData data{};
    data.months = in_.signed_varint();
    data.days = in_.signed_varint();
    data.seconds = in_.signed_varint();
    data.nanoseconds = static_cast<std::int32_t>(take_nanoseconds(in_));
    return Cell::of(one(data));
  }

  Cell point() {
    PointData data{};
    const std::uint64_t srid = in_.varint();
    data.dimensions = in_.byte();
    const bool flat = srid == 7203 || srid == 4326, solid = srid == 9157 || srid == 4979;
    if (!flat && !solid) corrupt("unknown coordinate system " + std::to_string(srid));
    if (data.dimensions != (flat ? 2 : 3)) corrupt("a point with the wrong number of coordinates");
    data.srid = static_cast<std::uint32_t>(srid);
    for (std::uint32_t i = 0; i < data.dimensions; ++i) data.coordinates[i] = take_float(in_);
    return Cell::of(one(data));
  }

  template <class T>
  const T* one(const T& data) {
    return new (arena_.allocate(sizeof(T), alignof(T))) T(data);
  }

  ByteReader& in_;
  Arena& arena_;
  std::uint32_t depth_ = 0;
  std::uint64_t owed_ = 0;  // elements announced by open lists and maps, and not yet read
};

}  // namespace

namespace {

constexpr std::size_t kMostBytes = 10;  // 64 bits, 7 in each

// How many bytes it is. All of kMostBytes may be written.
std::size_t write_varint(char* bytes, std::uint64_t value) {
  constexpr unsigned kBitsAtOnce = 56;
  if (value >> kBitsAtOnce == 0) {  // eight times 7 bits are moved to their bytes at once
    std::uint64_t spread = (value & 0xfffffff0000000) << 4 | (value & 0x0fffffff);
    spread = (spread & 0x0fffc0000fffc000) << 2 | (spread & 0x00003fff00003fff);
    spread = (spread & 0x3f803f803f803f80) << 1 | (spread & 0x007f007f007f007f);
    const auto count = static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
    const std::uint64_t more = 0x8080808080808080 & ((std::uint64_t{1} << (8 * (count - 1))) - 1);
    spread |= more;
    std::memcpy(bytes, &spread, sizeof spread);
    return count;
  }
  std::size_t count = 0;
  while (value >= 0x80) {
    bytes[count++] = static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  bytes[count++] = static_cast<char>(value);
  return count;
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

bool is_integer(const Cell& cell) { return cell.kind == Kind::Integer || cell.kind == Kind::Date; }

std::size_t write_integer(char* bytes, const Cell& cell) {
  bytes[0] = static_cast<char>(cell.kind);
  return 1 + write_varint(bytes + 1, zigzag(cell.integer));
}

// The most frequent kind of value, at once.
void put_integer(std::string& out, const Cell& cell) {
  char bytes[1 + kMostBytes];
  out.append(bytes, write_integer(bytes, cell));
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  if (value < 0x80) return out.push_back(static_cast<char>(value));  // nearly all of them
  char bytes[kMostBytes];
  out.append(bytes, write_varint(bytes, value));
}

void put_signed(std::string& out, std::int64_t value) { put_varint(out, zigzag(value)); }

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

std::uint8_t ByteReader::byte() {
  if (at_ == end_) corrupt("it ends too early");
  return static_cast<std::uint8_t>(*at_++);
}

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t part = byte();
    if (shift == 63 && part > 1) break;
    value |= (part & 0x7f) << shift;
    if (part < 0x80) return value;
  }
  corrupt("a number of more than 64 bits");
}

std::int64_t ByteReader::signed_varint() {
  const std::uint64_t value = varint();
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

std::string_view ByteReader::text() {
  const std::uint64_t size = varint();
  if (size > left()) corrupt("a text runs past the end");
  const auto found = bytes(size);
  if (found.empty()) return "";  // not null
  return {static_cast<const char*>(static_cast<const void*>(found.data())), found.size()};
}

std::span<const std::byte> ByteReader::bytes(std::size_t count) {
  if (count > left()) corrupt("it ends too early");
  const std::span<const std::byte> found(at_, count);
  at_ += count;
  return found;
}

void encode(std::string& out, const Cell& cell) {
  KITH_ASSERT(cell.depth <= kMaxNesting);
  if (cell.kind == Kind::Integer || cell.kind == Kind::Date) return put_integer(out, cell);
  out.push_back(static_cast<char>(cell.kind));
  switch (cell.kind) {
    case Kind::Null:
    case Kind::Integer:
    case Kind::Date:
      return;
    case Kind::Boolean:
      out.push_back(cell.word != 0 ? '\1' : '\0');
      return;
    case Kind::Float:
      put_float(out, cell.real);
      return;
    case Kind::String:
      put_text(out, cell.string());
      return;
    case Kind::List:
      put_varint(out, cell.list->size);
      for (const Cell& item : cell.items()) encode(out, item);
      return;
    case Kind::Map:
      put_varint(out, cell.map->size);
      for (const MapEntry& entry : cell.entries()) {
        put_text(out, entry.key);
        encode(out, entry.value);
      }
      return;
    case Kind::Node:
    case Kind::Relationship:
    case Kind::LocalTime:
      put_varint(out, cell.word);
      return;
    case Kind::Path:
      put_path(out, *cell.path);
      return;
    case Kind::Time:
      put_varint(out, cell.word);
      put_signed(out, cell.offset_seconds());
      return;
    case Kind::LocalDateTime:
      put_signed(out, cell.integer);
      put_varint(out, cell.aux);
      return;
    case Kind::DateTime:
      put_datetime(out, *cell.datetime);
      return;
    case Kind::Duration:
      put_duration(out, *cell.duration);
      return;
    case Kind::Point:
      put_point(out, *cell.point);
      return;
  }
}

// Numbers and short texts are put together before they are appended.
void encode(std::string& out, std::span<const Cell> cells) {
  constexpr std::size_t kShortText = 64, kMost = 1 + kMostBytes + kShortText;
  char bytes[16 * kMost];
  std::size_t used = 0;
  const auto append = [&] {
    out.append(bytes, used);
    used = 0;
  };
  for (const Cell& cell : cells) {
    if (sizeof bytes - used < kMost) append();
    if (is_integer(cell)) {
      used += write_integer(bytes + used, cell);
    } else if (cell.kind == Kind::String && cell.aux <= kShortText) {
      bytes[used++] = static_cast<char>(cell.kind);
      bytes[used++] = static_cast<char>(cell.aux);
      if (cell.aux > 0) std::memcpy(bytes + used, cell.text, cell.aux);
      used += cell.aux;
    } else {
      append();
      encode(out, cell);
    }
  }
  append();
}

Cell decode(ByteReader& in, Arena& arena) { return Decoder(in, arena).value(); }

}  // namespace kith
