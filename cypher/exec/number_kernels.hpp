// cypher/exec/number_kernels.hpp: inner loops over whole columns of integers: sums, differences,
// products, quotients, and what they add up to; and what floats add up to.
//
// Of each there is one in plain C++ and, where the processor has the instructions, a faster one;
// which is decided once (core/instructions.hpp). All of one name give the same answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/instructions.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/functions/exact_sum.hpp"

namespace kith::exec {

enum class Combination : std::uint8_t { Sum, Difference, Product };
enum class Division : std::uint8_t { Quotient, Remainder };

__extension__ using WideSum = __int128;

struct NumberKernels {
  // out[i] = a[i] + b[i] (or -, *), its lowest 64 bits. False if they are not all of it, somewhere.
  bool (*combine)(Combination how, Operand<std::int64_t> a, Operand<std::int64_t> b,
                  std::size_t rows, std::int64_t* out);
  // out[i] = values[i] / by, or %, towards zero. Divider::takes(by).
  void (*divide)(Division how, std::span<const std::int64_t> values, std::int64_t by,
                 std::int64_t* out);
  WideSum (*sum)(std::span<const std::int64_t> values);  // fewer than 2^31
  // As DoubleDouble adds them, but for the last bits of its lower part.
  DoubleDouble (*sum_reals)(std::span<const double> values);
  // Of one value or more.
  std::int64_t (*least)(std::span<const std::int64_t> values);
  std::int64_t (*greatest)(std::span<const std::int64_t> values);
};

// Null if this processor does not have them.
const NumberKernels* number_kernels(Instructions instructions);
// The fastest ones.
const NumberKernels& number_kernels();

}  // namespace kith::exec
