// api/import/plain_integers.hpp: the fields of a column as integers, where they are written as
// digits and nothing else, many at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/instructions.hpp"

namespace kith::import {

// Of a block, from its quote if there is one. Blocks are smaller than 2 GiB.
struct FieldSpan {
  std::uint32_t at = 0, size : 31 = 0, quoted : 1 = 0;
  void set_size(std::size_t bytes) { size = bytes & 0x7fffffff; }
};
static_assert(sizeof(FieldSpan) == 8);

struct IntegerBounds {
  std::int64_t min = 0, max = 0;
};

// Every `width`-th of the spans.
struct FieldColumn {
  const char* block = nullptr;
  const FieldSpan* spans = nullptr;
  std::size_t width = 1, quote_bytes = 1;
};

// How many of the first `rows` fields are 1 to 16 digits within the bounds, up to one that is not;
// their values. A field that ends less than 16 bytes behind the beginning of the block is not read.
using ReadPlainIntegers = std::size_t (*)(const FieldColumn& fields, const IntegerBounds& bounds,
                                          std::size_t rows, std::int64_t* values);

// nullptr where the instructions are not written for.
ReadPlainIntegers plain_integers_reader(Instructions instructions);
// By the widest there are.
std::size_t read_plain_integers(const FieldColumn& fields, const IntegerBounds& bounds,
                                std::size_t rows, std::int64_t* values);

}  // namespace kith::import
