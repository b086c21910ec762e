// storage/column/unpack.hpp: a run of packed numbers as 64-bit integers. Pure kernels.
//
// There is a portable loop, and a faster one where the processor has the instructions; which is
// decided once (core/instructions.hpp). Both give the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/instructions.hpp"

namespace kith::storage {

struct PackedRun {
  std::span<const std::byte> packed;  // the whole stream (pack/bits.hpp), its slack included
  std::uint32_t width = 0;            // bits of a number
  std::uint64_t base = 0;             // is added to each
  std::uint64_t first = 0;            // number of the first one
};

// `out` becomes the numbers from the first on, as many as it has room for.
using Unpack = void (*)(const PackedRun& run, std::span<std::uint64_t> out);

// Null if this processor does not have the instructions.
Unpack find_unpack(Instructions instructions);
// The fastest one.
void unpack_run(const PackedRun& run, std::span<std::uint64_t> out);

}  // namespace kith::storage
