// storage/index/key.cpp: one function for each kind of value.
#include "storage/index/key.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/calendar.hpp"

namespace kith::storage {

namespace {

__extension__ typedef __int128 Wide;  // nanoseconds of any duration

// Types ascend (K1). A list ends with a byte below all of them.
enum Tag : std::uint8_t {
  kEndOfList = 0x00,
  kList = 0x10,
  kPoint = 0x18,
  kDateTime = 0x20,
  kLocalDateTime = 0x28,
  kDate = 0x30,
  kTime = 0x38,
  kLocalTime = 0x40,
  kDuration = 0x48,
  kString = 0x50,
  kBoolean = 0x58,
  kNumber = 0x70,  // + bytes of the whole part; negative numbers: - 1 - bytes
  kNotANumber = 0x7f,
};
constexpr unsigned kHugeBytes = 9;  // in place of a number of bytes: beyond 2^64, a float follows

void put_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  char buffer[8];
  for (unsigned i = 0; i < bytes; ++i)
    buffer[i] = static_cast<char>(value >> (8 * (bytes - 1 - i)));
  out.append(buffer, bytes);
}
void put_unsigned(std::string& out, std::uint64_t value) { put_big_endian(out, value, 8); }
void put_signed_order(std::string& out, std::int64_t value) {
  put_unsigned(out, static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63));
}
void put_signed_order(std::string& out, std::int32_t value) {
  put_big_endian(out, static_cast<std::uint32_t>(value) ^ (1u << 31), 4);
}

// 0x00 becomes 0x00 0xff, and 0x00 0x01 ends the text.
void put_escaped(std::string& out, std::string_view text, std::size_t enough) {
  while (!text.empty() && out.size() < enough) {
    const std::size_t zero = text.find('\0');
    const std::size_t plain = std::min(zero == std::string_view::npos ? text.size() : zero,
                                       enough == SIZE_MAX ? text.size() : enough);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (plain != zero) continue;
    out.append("\0\xff", 2);
    text.remove_prefix(1);
  }
}
void put_string(std::string& out, std::string_view text, std::size_t enough) {
  put_escaped(out, text, enough);
  out.append("\0\x01", 2);
}

// |x| = whole + fraction, the fraction in [0, 1). All bytes are turned over if x is negative, so
// that greater magnitudes come first.
void put_magnitude(std::string& out, bool negative, std::uint64_t whole, double fraction) {
  const auto bytes = static_cast<unsigned>((std::bit_width(whole) + 7) / 8);
  const char turned = negative ? '\xff' : '\0';
  // All eight bytes are written, the significant ones first; what is behind them is overwritten.
  const std::uint64_t first = bytes == 0 ? 0 : whole << (64 - 8 * bytes);
  const std::uint64_t turned_first = negative ? ~first : first;
  char made[10];
  made[0] = static_cast<char>(negative ? kNumber - 1 - bytes : kNumber + bytes);
  const std::uint64_t ordered = big_endian(turned_first);
  std::memcpy(made + 1, &ordered, sizeof ordered);
  made[1 + bytes] = static_cast<char>((fraction > 0 ? '\x01' : '\0') ^ turned);
  out.append(made, bytes + 2);
  if (fraction <= 0) return;
  const auto bits = std::bit_cast<std::uint64_t>(fraction);
  put_unsigned(out, negative ? ~bits : bits);
}

void put_integer(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_magnitude(out, value < 0, value < 0 ? ~bits + 1 : bits, 0);
}

void put_float(std::string& out, double value) {
  if (std::isnan(value)) return out.push_back(static_cast<char>(kNotANumber));
  const bool negative = value < 0;  // -0.0 is 0
  const double magnitude = std::fabs(value);
  if (magnitude < 18446744073709551616.0) {  // 2^64
    const double whole = std::floor(magnitude);
    return put_magnitude(out, negative, static_cast<std::uint64_t>(whole), magnitude - whole);
  }
  const auto bits = std::bit_cast<std::uint64_t>(magnitude);
  out.push_back(static_cast<char>(negative ? kNumber - 1 - kHugeBytes : kNumber + kHugeBytes));
  put_unsigned(out, negative ? ~bits : bits);
}

// Coordinates: any two of one value are the same bytes, NaN comes last.
void put_coordinate(std::string& out, double value) {
  if (std::isnan(value)) return put_unsigned(out, ~std::uint64_t{0});
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  const bool negative = bits >> 63 != 0;
  put_unsigned(out, negative ? ~bits : bits | std::uint64_t{1} << 63);
}

void put_point(std::string& out, const PointData& point) {
  put_big_endian(out, point.srid, 4);
  put_big_endian(out, point.dimensions, 1);
  for (std::uint32_t i = 0; i < point.dimensions; ++i) put_coordinate(out, point.coordinates[i]);
}

void put_duration(std::string& out, const DurationData& d) {
  const Wide seconds =
      Wide{d.months} * kSecondsPerAverageMonth + Wide{d.days} * kSecondsPerDay + d.seconds;
  const Wide length = seconds * kNanosecondsPerSecond + d.nanoseconds;
  put_signed_order(out, static_cast<std::int64_t>(length >> 64));
  put_unsigned(out, static_cast<std::uint64_t>(length));
  put_signed_order(out, d.months);
  put_signed_order(out, d.days);
  put_signed_order(out, d.seconds);
  put_signed_order(out, d.nanoseconds);
}

void put_date_time(std::string& out, const DateTimeData& d, std::size_t enough) {
  put_signed_order(out, d.seconds);
  put_big_endian(out, d.nanoseconds, 4);
  put_signed_order(out, d.offset);
  put_string(out, d.zone, enough);
}

Tag tag_of(Kind kind) {
  switch (kind) {
    case Kind::List:
      return kList;
    case Kind::Point:
      return kPoint;
    case Kind::DateTime:
      return kDateTime;
    case Kind::LocalDateTime:
      return kLocalDateTime;
    case Kind::Date:
      return kDate;
    case Kind::Time:
      return kTime;
    case Kind::LocalTime:
      return kLocalTime;
    case Kind::Duration:
      return kDuration;
    case Kind::String:
      return kString;
    case Kind::Boolean:
      return kBoolean;
    case Kind::Integer:
    case Kind::Float:
      return kNumber;
    case Kind::Null:
    case Kind::Map:
    case Kind::Node:
    case Kind::Relationship:
    case Kind::Path:
      break;
  }
  KITH_ASSERT(false && "no property holds it");
  return kNotANumber;
}

void put_list(std::string& out, std::span<const Cell> items, std::size_t enough) {
  for (const Cell& item : items) {
    if (out.size() >= enough) return;
    put_key(out, item, enough);
  }
  out.push_back(static_cast<char>(kEndOfList));
}

}  // namespace

void put_key(std::string& out, const Cell& value, std::size_t enough) {
  if (value.kind == Kind::Integer) return put_integer(out, value.integer);
  if (value.kind == Kind::Float) return put_float(out, value.real);
  out.push_back(static_cast<char>(tag_of(value.kind)));
  switch (value.kind) {
    case Kind::List:
      return put_list(out, value.items(), enough);
    case Kind::Point:
      return put_point(out, *value.point);
    case Kind::DateTime:
      return put_date_time(out, *value.datetime, enough);
    case Kind::LocalDateTime:
      put_signed_order(out, value.integer);
      return put_big_endian(out, value.aux, 4);
    case Kind::Time:
      put_signed_order(out, value.integer - value.offset_seconds() * kNanosecondsPerSecond);
      return put_signed_order(out, value.offset_seconds());
    case Kind::Date:
    case Kind::LocalTime:
      return put_signed_order(out, value.integer);
    case Kind::Duration:
      return put_duration(out, *value.duration);
    case Kind::String:
      return put_string(out, value.string(), enough);
    case Kind::Boolean:
      return out.push_back(value.word != 0 ? '\x01' : '\0');
    default:
      return;  // tag_of() has said so
  }
}

void put_key_prefix(std::string& out, std::string_view prefix) {
  out.push_back(static_cast<char>(kString));
  put_escaped(out, prefix, SIZE_MAX);
}

bool next_after_prefix(std::string& prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return false;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return true;
}

}  // namespace kith::storage
