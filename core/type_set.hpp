// core/type_set.hpp: the kinds a value may have, one bit each (null is always possible).
#pragma once

#include <cstdint>

#include "core/cell.hpp"

namespace kith {

struct TypeSet {
  std::uint32_t bits = 0;
  static constexpr TypeSet of(Kind kind) { return {1u << static_cast<unsigned>(kind)}; }
  static constexpr TypeSet any() { return {~0u}; }
  constexpr bool may_be(Kind kind) const { return (bits & of(kind).bits) != 0; }
  constexpr bool is_only(TypeSet other) const { return (bits & ~other.bits) == 0; }
  constexpr bool overlaps(TypeSet other) const { return (bits & other.bits) != 0; }
  friend constexpr TypeSet operator|(TypeSet a, TypeSet b) { return {a.bits | b.bits}; }
  friend constexpr bool operator==(TypeSet, TypeSet) = default;
};

}  // namespace kith
