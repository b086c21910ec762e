// storage/graph/degree_products.hpp: degrees of slots that follow one another, multiplied into
// products as they are read. Pure kernels.
//
// There are portable loops, and faster ones where the processor has the instructions
// (core/instructions.hpp). Both give the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/instructions.hpp"
#include "storage/degree_factor.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

// The index of an adjacency chunk. For products: dense or ranked, with offsets of 4 bytes at most.
struct DegreeIndex {
  ListForm form;
  std::uint8_t offset_width;     // 0: each list has one item
  const std::byte* slots;        // Ranked: bitmap and ranks
  const std::byte* offsets;      // one more than there are lists
  std::uint32_t slot_limit = 0;  // slots from here on have no list
  std::uint32_t lists = 0;
  std::uint64_t edges = 0;
};

// Multiplies each of `count` products, all of them below 2^32, by what `factor` makes of the degree
// of its slot, `slot` being that of the first. `all` becomes the bits that any of them has then.
// False: the index contradicts itself.
using MultiplyDegrees = bool (*)(const DegreeIndex& index, std::uint32_t slot, std::size_t count,
                                 DegreeFactor factor, std::uint64_t* products, std::uint64_t& all);

// Null if this processor does not have the instructions.
MultiplyDegrees find_multiply_degrees(Instructions instructions);
// The fastest one.
bool multiply_degrees(const DegreeIndex& index, std::uint32_t slot, std::size_t count,
                      DegreeFactor factor, std::uint64_t* products, std::uint64_t& all);

}  // namespace kith::storage
