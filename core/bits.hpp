// core/bits.hpp: counting bits on any processor.
#pragma once

#include <bit>
#include <cstdint>

namespace kith {

// Where the processor's instruction cannot be taken for granted std::popcount calls a function,
// which costs more than these few steps in a loop that does little else.
inline unsigned count_bits(std::uint64_t bits) {
#if defined(__x86_64__) && !defined(__POPCNT__)
  bits -= bits >> 1 & 0x5555555555555555;
  bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<unsigned>(bits * 0x0101010101010101 >> 56);
#else
  return static_cast<unsigned>(std::popcount(bits));
#endif
}

}  // namespace kith
