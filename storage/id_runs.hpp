// storage/id_runs.hpp: ids that follow one another, as scans give them. Pure kernels.
//
// There are portable loops, and faster ones where the processor has the instructions; which is
// decided once (core/instructions.hpp). Both give the same.
#pragma once

#include <cstdint>
#include <span>

#include "core/instructions.hpp"

namespace kith::storage {

struct RunKernels {
  // out[i] = first + i.
  void (*count_up)(std::uint64_t first, std::span<std::uint64_t> out);
  // Whether ids[i] = ids[0] + i for all of them.
  bool (*are_consecutive)(std::span<const std::uint64_t> ids);
};

// Null if this processor does not have them.
const RunKernels* run_kernels(Instructions instructions);

void count_up(std::uint64_t first, std::span<std::uint64_t> out);
// There is at least one.
bool are_consecutive(std::span<const std::uint64_t> ids);

}  // namespace kith::storage
