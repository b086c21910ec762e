// core/digits.hpp: decimal digits read eight at a time, without a branch for how many there are.
//
// A word holds characters in the order of memory, the first in the lowest byte.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/assert.hpp"

namespace kith {

inline std::uint64_t load_eight(const char* text) {
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return word;
}

// Eight characters as the number they are. False: they are not all digits.
// (An optional would be put together in memory, part by part, and wait for that to be read back.)
inline bool eight_digits(std::uint64_t word, std::uint64_t& number) {
  constexpr std::uint64_t kHigh = 0xf0f0f0f0f0f0f0f0u, kThrees = 0x3333333333333333u;
  const std::uint64_t above_nine = ((word + 0x0606060606060606u) & kHigh) >> 4;
  const bool all = ((word & kHigh) | above_nine) == kThrees;
  word = (word & 0x0f0f0f0f0f0f0f0fu) * (10 << 8 | 1) >> 8;  // pairs, then fours, then all
  word = (word & 0x00ff00ff00ff00ffu) * (std::uint64_t{100} << 16 | 1) >> 16;
  number = (word & 0x0000ffff0000ffffu) * (std::uint64_t{10000} << 32 | 1) >> 32;
  return all;
}

constexpr std::size_t kMostDigitsBefore = 16;

// The number that the `count` characters before `end` write, if they are digits: 1 to 16. What lies
// before them, 16 bytes before `end` or less, is read and has no effect.
inline bool digits_before(const char* end, std::size_t count, std::uint64_t& number) {
  KITH_ASSERT(count > 0 && count <= kMostDigitsBefore);
  constexpr std::uint64_t kZeros = 0x3030303030303030u;
  const auto others = [](std::size_t missing) {  // ones in the first so many bytes, of 0 to 8
    return missing == 8 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} << missing * 8);
  };
  const std::uint64_t in_high = others(count > 8 ? 16 - count : 8);
  const std::uint64_t in_low = others(count > 8 ? 0 : 8 - count);
  std::uint64_t high = 0, low = 0;
  const bool good_high = eight_digits((load_eight(end - 16) & ~in_high) | (kZeros & in_high), high);
  const bool good_low = eight_digits((load_eight(end - 8) & ~in_low) | (kZeros & in_low), low);
  number = high * 100'000'000 + low;
  return good_high & good_low;
}

}  // namespace kith
