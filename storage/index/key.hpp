// storage/index/key.hpp: property values as bytes whose order is the order of the values.
//
//   K1  For values a, b that a property can hold: order(a, b) of core/compare.hpp is the sign of
//       memcmp of their encodings, and they are equivalent exactly if the encodings are equal.
//   K2  No encoding is the beginning of another, so that encodings one after another order as
//       tuples do.
//   K3  A key has less than kCutKeyBytes bytes and is whole, or exactly that many and is cut: the
//       beginning of a longer one. Keys that are cut say which comes first only if they differ.
//   K4  An entry is a key and 6 bytes of element id; memcmp of entries orders by key, then id.
//
// A value begins with a byte for its type: types ascend as in core/compare.cpp. Numbers, integers
// and floats alike, are sign and size in that byte, then the whole part, then a fraction.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/assert.hpp"
#include "core/cell.hpp"

namespace kith::storage {

inline constexpr std::size_t kCutKeyBytes = 400;
inline constexpr std::size_t kEntryIdBytes = 6;
inline constexpr std::size_t kMaxEntryBytes = kCutKeyBytes + kEntryIdBytes;
inline constexpr std::uint64_t kEntryIdLimit = std::uint64_t{1} << (8 * kEntryIdBytes);

// Appends; stops some time after `out` has reached `enough` bytes.
void put_key(std::string& out, const Cell& value, std::size_t enough = SIZE_MAX);
// The bytes with which all strings begin that begin with `prefix`.
void put_key_prefix(std::string& out, std::string_view prefix);

// K3: cuts if need be.
inline void cut_key(std::string& key) {
  if (key.size() > kCutKeyBytes) key.resize(kCutKeyBytes);
}
inline bool is_cut(std::string_view key) { return key.size() >= kCutKeyBytes; }

// Whose bytes in memory are those of `value` from the highest to the lowest.
inline std::uint64_t big_endian(std::uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(value);
}

// K4
inline void put_entry_id(std::string& key, std::uint64_t id) {
  KITH_ASSERT(id < kEntryIdLimit);
  const std::uint64_t ordered = big_endian(id << (8 * (sizeof id - kEntryIdBytes)));
  char bytes[sizeof ordered];
  std::memcpy(bytes, &ordered, sizeof ordered);
  key.append(bytes, kEntryIdBytes);
}
inline std::string_view key_of_entry(std::string_view entry) {
  KITH_ASSERT(entry.size() > kEntryIdBytes);
  return entry.substr(0, entry.size() - kEntryIdBytes);
}
inline std::uint64_t id_of_entry(std::string_view entry) {
  KITH_ASSERT(entry.size() >= kEntryIdBytes);
  std::uint64_t ordered = 0;
  std::memcpy(&ordered, entry.data() + entry.size() - kEntryIdBytes, kEntryIdBytes);
  return big_endian(ordered) >> (8 * (sizeof ordered - kEntryIdBytes));
}

// The least string of bytes that is greater than all that begin with `prefix`; false: there is
// none.
bool next_after_prefix(std::string& prefix);

}  // namespace kith::storage
