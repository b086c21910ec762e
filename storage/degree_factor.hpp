// storage/degree_factor.hpp: what a node's degree is to a product.
#pragma once

#include <cstdint>

namespace kith::storage {

enum class DegreeFactor : std::uint8_t {
  Count,       // itself
  AtLeastOne,  // 1 if it is 0
  Any,         // 1 if it is not 0
  None,        // 1 if it is 0, else 0
};

constexpr std::uint64_t factor_of(DegreeFactor factor, std::uint64_t degree) {
  switch (factor) {
    case DegreeFactor::Count:
      return degree;
    case DegreeFactor::AtLeastOne:
      return degree == 0 ? 1 : degree;
    case DegreeFactor::Any:
      return degree == 0 ? 0 : 1;
    case DegreeFactor::None:
      return degree == 0 ? 1 : 0;
  }
  return degree;
}

}  // namespace kith::storage
