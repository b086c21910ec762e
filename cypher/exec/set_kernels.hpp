// cypher/exec/set_kernels.hpp: what sets of nodes have in common: sorted lists and bitmaps.
//
// The inner loops of counting and closing circles. Of each there is one in plain C++ and, where the
// processor has the instructions, faster ones; which is decided once (core/instructions.hpp). All
// of one name give the same answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/instructions.hpp"

namespace kith::exec {

struct SetKernels {
  // The number of bits set in both.
  std::uint64_t (*count_both)(const std::uint64_t* a, const std::uint64_t* b, std::size_t words);
  // What both have, ascending, into `out`, which has room for the shorter and four more; how many.
  // Both lists ascend strictly and are about equally long: see intersect().
  std::size_t (*merge)(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                       std::uint32_t* out);
};

// Null if this processor does not have them.
const SetKernels* set_kernels(Instructions instructions);
// The fastest ones.
const SetKernels& set_kernels();

// How many of `ids` have their bit set.
std::uint64_t count_set(std::span<const std::uint32_t> ids, const std::uint64_t* bits);
std::uint64_t count_set(std::span<const std::uint64_t> ids, const std::uint64_t* bits);

// The first item from `from` on that is not less than `id`, found in steps that double.
template <class It>
It gallop(It from, It end, std::uint64_t id) {
  std::ptrdiff_t step = 1;
  while (end - from > step && *(from + step) < id) {
    from += step;
    step *= 2;
  }
  return std::lower_bound(from, end - from > step ? from + step + 1 : end, id);
}

// A list so many times longer than the other is galloped through.
inline constexpr std::size_t kMuchLonger = 16;

// What two strictly ascending lists have in common, as SetKernels::merge gives it.
std::size_t intersect(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                      std::uint32_t* out);

}  // namespace kith::exec
