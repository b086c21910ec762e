// storage/column/heap.hpp: values of any length: offsets in the main block, bytes in a heap that
// lies behind them or, where it is long, in blocks of its own.
//
// The heap is one sequence of bytes; value i is bytes [offset i, offset i + 1). Blocks cut it
// between values; only a value longer than a block spans several.
#pragma once

#include <cstdint>
#include <cstring>
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

// The same for many rows: remembers the part it was in last.
class HeapCursor {
 public:
  explicit HeapCursor(ColumnView& view);

  // f(bytes, to) for each row of the gather.
  template <class F>
  void for_each(const Gather& gather, Arena& arena, F&& f) {
    switch (view_.header->width) {
      case 2:
        return run<std::uint16_t>(gather, arena, f);
      case 4:
        return run<std::uint32_t>(gather, arena, f);
      default:
        return run<std::uint64_t>(gather, arena, f);
    }
  }

 private:
  template <class Offset, class F>
  void run(const Gather& gather, Arena& arena, F&& f) {
    gather.for_each([&](std::uint32_t row, std::uint32_t to) {
      Offset ends[2];
      std::memcpy(ends, view_.first + std::size_t{row} * sizeof(Offset), sizeof ends);
      if (ends[0] < begin_ || ends[1] > end_ || ends[0] > ends[1]) {
        f(heap_value(view_, row, arena), to);
        if (ends[0] < ends[1]) move_to(ends[0]);
        return;
      }
      f(std::span(bytes_ + (ends[0] - begin_), std::size_t{ends[1]} - ends[0]), to);
    });
  }
  void move_to(std::uint64_t offset);

  ColumnView& view_;
  std::uint64_t begin_ = 0, end_ = 0;  // of the heap, what bytes_ covers
  const std::byte* bytes_ = nullptr;
};

}  // namespace kith::storage
