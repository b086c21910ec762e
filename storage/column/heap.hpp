// storage/column/heap.hpp: values of any length: offsets in the main block, bytes in a heap that
// lies behind them or, where it is long, in blocks of its own.
//
// The heap is one sequence of bytes; value i is bytes [offset i, offset i + 1). Blocks cut it
// between values; only a value longer than a block spans several.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "storage/column/encoding.hpp"

namespace kith::storage {

// Bytes of one offset of a heap of so many bytes.
std::uint8_t heap_offset_width(std::uint64_t heap_bytes);
// Bytes of the body without the heap.
std::size_t heap_offsets_bytes(std::size_t rows, std::uint8_t width);

// Appends values to the heap of a column; blocks are written as they fill.
class HeapWriter {
 public:
  // `behind`: the heap is not cut but collected, to lie behind the offsets in the main block.
  HeapWriter(BlockWriter& out, Chunk& blocks, std::vector<Part>& parts, bool behind);
  ~HeapWriter();

  void append(std::span<const std::byte> value);
  // A block of an older heap as it is: its first `bytes` bytes.
  void keep(const BlockRef& block, std::uint32_t bytes);
  std::uint64_t bytes() const { return bytes_; }
  // Ends the heap; what was collected to lie behind the offsets.
  std::string finish();

 private:
  void cut();

  BlockWriter& out_;
  Chunk& blocks_;
  std::vector<Part>& parts_;
  bool behind_;
  std::uint64_t bytes_ = 0;
  std::uint32_t filled_ = 0;
  BlockBuffer buffer_;
  std::string collected_;
};

// Writes the offsets (row count + 1, the last is the end) and the collected heap into `output`.
void write_heap_offsets(std::span<const std::uint64_t> offsets, const std::string& collected,
                        ColumnHeader& header, ColumnOutput& output);

void open_heap(ColumnView& view);
// The bytes of a row's value: in a pinned block, or copied into `arena` if they span blocks.
std::span<const std::byte> heap_value(ColumnView& view, std::uint32_t row, Arena& arena);
std::uint64_t heap_offset(const ColumnView& view, std::uint32_t row);

}  // namespace kith::storage
