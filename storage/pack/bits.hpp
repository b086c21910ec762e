// storage/pack/bits.hpp: numbers of a fixed number of bits, one after another. Pure kernels.
//
// Number i occupies bits [i * width, (i + 1) * width) of a little-endian bit stream. A stream is
// followed by kPackedSlack bytes, so that a whole word can be loaded anywhere in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/assert.hpp"

namespace kith::storage {

inline constexpr std::uint32_t kMostPackedBits = 56;  // fits one unaligned 8-byte load
inline constexpr std::size_t kPackedSlack = 8;

// A multiple of 8.
constexpr std::size_t packed_bytes(std::size_t count, std::uint32_t width) {
  return (count * width + 63) / 64 * 8 + kPackedSlack;
}

inline std::uint64_t unpack(const std::byte* packed, std::uint32_t width, std::uint64_t mask,
                            std::uint64_t index) {
  const std::uint64_t bit = index * width;
  std::uint64_t word;
  std::memcpy(&word, packed + bit / 8, sizeof word);
  return word >> (bit % 8) & mask;
}

constexpr std::uint64_t low_bits(std::uint32_t width) { return (std::uint64_t{1} << width) - 1; }

// `out` has packed_bytes(count, width) zero bytes; value(i) < 2^width.
template <class Value>
void pack(std::size_t count, std::uint32_t width, Value&& value, std::byte* out) {
  KITH_ASSERT(width >= 1 && width <= kMostPackedBits);
  std::uint64_t word = 0;
  std::uint32_t filled = 0;  // bits of it
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t v = value(i);
    KITH_ASSERT(v <= low_bits(width));
    word |= v << filled;
    filled += width;
    if (filled < 64) continue;
    std::memcpy(out, &word, sizeof word);
    out += sizeof word;
    filled -= 64;
    word = filled == 0 ? 0 : v >> (width - filled);
  }
  if (filled > 0) std::memcpy(out, &word, sizeof word);
}

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

inline bool bit_at(const std::byte* bits, std::uint64_t index) {
  return (std::to_integer<unsigned>(bits[index / 8]) >> (index % 8) & 1u) != 0;
}

}  // namespace kith::storage
