// include/kith/folding.hpp: whether matches that nobody looks at are counted without being made.
#pragma once

#include <cstdint>

namespace kith {

enum class Folding : std::uint8_t {
  automatic,  // where it is expected to be cheaper
  never,
  always,  // wherever it is possible
};

}  // namespace kith
