// storage/column/column.hpp: one property of one segment, encoded.
//
// The header (with the zone map: rows, values, minimum, maximum) lies in the segment's directory,
// so a scan skips a chunk without touching its blocks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cell.hpp"
#include "core/id.hpp"
#include "core/vector.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/page/chunk.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

struct ColumnChunk {
  ColumnHeader header{};
  std::vector<Part> heap;  // Strings, Mixed: the heap's runs, by byte
  Chunk chunk;

  KeyId key() const { return {header.id}; }
  std::uint32_t nulls() const { return header.rows - header.values; }
  // The narrowest vector type that holds all values; Any for mixed and for what only cells hold.
  VectorType vector_type() const;
  // Integers, floats (no NaN among them), dates, local times: all values lie within.
  bool has_range() const { return (header.flags & kHasRange) != 0; }
  Cell minimum() const;  // with has_range()
  Cell maximum() const;
};

// Encodes one cell per slot (null: no value) in the form that takes the least room, and writes it.
// Cells are storable property values. Thread-safe.
ColumnChunk encode_column(BlockWriter& out, KeyId key, std::span<const Cell> cells);
// The same for integers without nulls.
ColumnChunk encode_integers(BlockWriter& out, KeyId key, std::span<const std::int64_t> values);

// A changed slot; a null value removes.
struct CellChange {
  std::uint32_t slot;
  Cell value;
};
// `old` with `changes` (ascending slots, each once) over it. Blocks of a long heap that no change
// touches are kept by reference; the others of `old` are freed. The result has header.values == 0
// (and no blocks) if nothing is left. For a column that is new, `old` has just its id.
ColumnChunk patch_column(BlockWriter& out, BufferPool& pool, const ColumnChunk& old,
                         std::span<const CellChange> changes);

}  // namespace kith::storage
