// storage/column/patch.hpp: what encode_column and patch_column share.
#pragma once

#include <cstdint>
#include <span>

#include "storage/column/encoding.hpp"

namespace kith::storage {

// kSparseRows, kHasValidity or neither.
std::uint8_t choose_presence(std::uint32_t rows, std::uint32_t values);
// Writes which slots hold a value to the (empty) beginning of the main payload.
void put_presence(ColumnOutput& output, std::uint8_t flags, std::span<const std::uint16_t> slots,
                  std::uint32_t rows);
// Writes the main block and puts the blocks of the heap behind it.
ColumnChunk finish_column(ColumnHeader header, ColumnOutput output);

}  // namespace kith::storage
