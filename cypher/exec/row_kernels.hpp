// cypher/exec/row_kernels.hpp: inner loops over whole columns: comparing, and picking rows.
//
// Of each there is one in plain C++ and, where the processor has the instructions, a faster one;
// which is decided once (core/instructions.hpp). All of one name give the same answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/instructions.hpp"

namespace kith::exec {

enum class Order : std::uint8_t { Equal, Less, Greater };

struct RowKernels {
  // out[i] = values[i] is, or with `other` is not, so to `fixed`: 1 or 0.
  void (*compare)(Order order, bool other, std::span<const std::int64_t> values, std::int64_t fixed,
                  std::uint8_t* out);
  // The numbers of the rows that passed (1, else 0), ascending, into `out`, which has room for all
  // of them; how many.
  std::size_t (*select)(std::span<const std::uint8_t> passed, std::uint32_t* out);
  // rows[i] stays if passed[i] is 1 and not 0; how many do.
  std::size_t (*keep)(std::span<const std::uint8_t> passed, std::uint32_t* rows);
};

// Null if this processor does not have them.
const RowKernels* row_kernels(Instructions instructions);
// The fastest ones.
const RowKernels& row_kernels();

}  // namespace kith::exec
