// core/divider.hpp: dividing many integers by one, by multiplication.
//
// After Granlund and Montgomery, "Division by invariant integers using multiplication" (1994).
#pragma once

#include <bit>
#include <cstdint>

#include "core/assert.hpp"

namespace kith {

class Divider {
 public:
  // 0 has no quotients; 1 and -1 need no multiplication (and -1 may overflow).
  static bool takes(std::int64_t divisor) { return divisor < -1 || divisor > 1; }

  explicit Divider(std::int64_t divisor)
      : divisor_(static_cast<std::uint64_t>(divisor)), sign_(divisor >> 63) {
    KITH_ASSERT(takes(divisor));
    const std::uint64_t size = magnitude(divisor);
    const auto bits = static_cast<std::uint32_t>(std::bit_width(size - 1));  // of 2^bits >= size
    const Wide excess = (Wide{1} << bits) - size;
    factor_ = static_cast<std::uint64_t>((excess << 64) / size) + 1;
    shift_ = bits - 1;
  }

  // Towards zero, as `/` does.
  std::int64_t quotient(std::int64_t value) const {
    const std::uint64_t size = magnitude(value);
    const auto high = static_cast<std::uint64_t>(Wide{factor_} * size >> 64);
    const std::uint64_t found = (((size - high) >> 1) + high) >> shift_;
    const auto sign = static_cast<std::uint64_t>((value >> 63) ^ sign_);  // 0 or -1
    return static_cast<std::int64_t>((found ^ sign) - sign);
  }
  // As `%` does.
  std::int64_t remainder(std::int64_t value) const {
    const auto whole = static_cast<std::uint64_t>(quotient(value)) * divisor_;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - whole);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static std::uint64_t magnitude(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return value < 0 ? 0 - bits : bits;
  }

  std::uint64_t divisor_, factor_ = 0;
  std::int64_t sign_;  // 0 or -1
  std::uint32_t shift_ = 0;
};

}  // namespace kith
