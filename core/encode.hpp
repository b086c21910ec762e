// core/encode.hpp: cells as bytes, the one encoding used by log records and by mixed columns.
//
// A value is one byte of kind (the number of the Kind) and its payload:
//
//   null                     nothing
//   boolean                  1 byte, 0 or 1
//   integer, date            zigzag varint
//   float                    8 bytes, little-endian
//   string                   varint length, bytes
//   list                     varint count, values
//   map                      varint count, (length, key bytes, value) with ascending keys
//   node, relationship       varint id
//   path                     varint length n, n + 1 node ids, n relationship ids
//   local time               varint nanoseconds of the day
//   zoned time               the same, zigzag offset in seconds
//   local datetime           zigzag seconds, varint nanoseconds
//   zoned datetime           zigzag seconds, varint nanoseconds, zigzag offset, zone as text
//   duration                 zigzag months, days, seconds, varint nanoseconds
//   point                    varint srid, 1 byte of dimensions, a float for each
// docs/file_format.md gives the table.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "core/cell.hpp"

namespace kith {

void put_varint(std::string& out, std::uint64_t value);
void put_signed(std::string& out, std::int64_t value);   // zigzag
void put_text(std::string& out, std::string_view text);  // length, bytes

// Reads forward through bytes that may be damaged; running past the end or a bad value throws
// StorageError("CorruptValue").
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes)
      : at_(bytes.data()), end_(at_ + bytes.size()) {}
  bool at_end() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::uint8_t byte();
  std::uint64_t varint();
  std::int64_t signed_varint();
  std::string_view text();  // points into the bytes
  std::span<const std::byte> bytes(std::size_t count);

 private:
  const std::byte* at_;
  const std::byte* end_;
};

// The bytes of a plain struct as this machine has them: for what is read again by this process.
template <class T>
void put_raw(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(static_cast<const char*>(static_cast<const void*>(&value)), sizeof value);
}
template <class T>
T take_raw(ByteReader& in) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value{};
  std::memcpy(static_cast<void*>(&value), in.bytes(sizeof value).data(), sizeof value);
  return value;
}

void encode(std::string& out, const Cell& cell);
void encode(std::string& out, std::span<const Cell> cells);  // one after another
// Strings of the result point into the reader's bytes; the rest is in `arena`.
Cell decode(ByteReader& in, Arena& arena);

}  // namespace kith
