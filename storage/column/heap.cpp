// storage/column/heap.cpp: writing and reading heaps of long values.
#include "storage/column/heap.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "storage/column/column.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

std::uint8_t heap_offset_width(std::uint64_t heap_bytes) {
  if (heap_bytes <= UINT16_MAX) return 2;
  return heap_bytes <= UINT32_MAX ? 4 : 8;
}

std::size_t heap_offsets_bytes(std::size_t rows, std::uint8_t width) {
  return padded((rows + 1) * width);
}

HeapWriter::HeapWriter(BlockWriter& out, Chunk& blocks, std::vector<Part>& parts, bool behind)
    : out_(out), blocks_(blocks), parts_(parts), behind_(behind), buffer_(out.take_buffer()) {}

HeapWriter::~HeapWriter() { out_.give_back(std::move(buffer_)); }

void HeapWriter::cut() {
  if (filled_ == 0) return;
  parts_.push_back({static_cast<std::uint32_t>(blocks_.blocks.size() + 1), 0, bytes_ - filled_});
  Sections sections;
  sections.end_at(filled_, SectionForm::Text);
  blocks_.blocks.emplace_back(out_.write(BlockKind::Heap, buffer_, filled_, sections));
  filled_ = 0;
}

void HeapWriter::append(std::span<const std::byte> value) {
  if (behind_) {
    collected_.append(static_cast<const char*>(static_cast<const void*>(value.data())),
                      value.size());
    bytes_ += value.size();
    return;
  }
  if (value.size() > kMaxPayload - filled_) cut();
  while (!value.empty()) {
    const auto part = value.first(std::min(value.size(), kMaxPayload - filled_));
    buffer_.put(filled_, part.data(), part.size());
    filled_ += static_cast<std::uint32_t>(part.size());
    bytes_ += part.size();
    value = value.subspan(part.size());
    if (filled_ == kMaxPayload) cut();
  }
}

void HeapWriter::keep(const BlockRef& block, std::uint32_t bytes) {
  KITH_ASSERT(!behind_ && bytes > 0 && bytes <= kMaxPayload);
  cut();
  parts_.push_back({static_cast<std::uint32_t>(blocks_.blocks.size() + 1), 0, bytes_});
  blocks_.blocks.push_back(block);
  bytes_ += bytes;
}

std::string HeapWriter::finish() {
  cut();
  return std::move(collected_);
}

void write_heap_offsets(std::span<const std::uint64_t> offsets, const std::string& collected,
                        ColumnHeader& header, ColumnOutput& output) {
  KITH_ASSERT(!offsets.empty() && offsets.front() == 0);
  header.base = offsets.back();
  header.width = heap_offset_width(header.base);
  std::size_t at = output.main.size();
  output.main.resize(at + heap_offsets_bytes(offsets.size() - 1, header.width));
  for (const std::uint64_t offset : offsets) {
    std::memcpy(output.main.data() + at, &offset, header.width);  // little-endian
    at += header.width;
  }
  output.end_section(SectionForm::Words, header.width);
  if (!collected.empty()) {
    KITH_ASSERT(output.parts.empty() && collected.size() == header.base);
    output.parts.push_back({0, static_cast<std::uint32_t>(output.main.size()), 0});
    output.main += collected;
    output.end_section(SectionForm::Text);
  }
  header.heap_parts = static_cast<std::uint32_t>(output.parts.size());
  KITH_ASSERT(output.main.size() <= kMaxPayload);
}

void open_heap(ColumnView& view) {
  const ColumnHeader& header = *view.header;
  if (header.width != 2 && header.width != 4 && header.width != 8)
    corrupt_column("a wrong width of offsets");
  view.first = view.bytes(view.body, heap_offsets_bytes(view.rows, header.width));
  const auto& parts = view.column->heap;
  if (parts.size() == 1 && parts[0].block == 0)  // behind the offsets
    view.second = view.bytes(parts[0].byte, header.base);
}

std::uint64_t heap_offset(const ColumnView& view, std::uint32_t row) {
  const std::uint8_t width = view.header->width;
  std::uint64_t offset = 0;
  switch (width) {
    case 2:
      std::memcpy(&offset, view.first + std::size_t{row} * 2, 2);
      break;
    case 4:
      std::memcpy(&offset, view.first + std::size_t{row} * 4, 4);
      break;
    default:
      std::memcpy(&offset, view.first + std::size_t{row} * 8, 8);
  }
  return offset;
}

namespace {

std::size_t part_of(const ColumnView& view, std::uint64_t offset) {
  const auto& parts = view.column->heap;
  const auto after = std::upper_bound(parts.begin(), parts.end(), offset,
                                      [](std::uint64_t b, const Part& p) { return b < p.first; });
  if (after == parts.begin()) corrupt_column("a heap without a beginning");
  return static_cast<std::size_t>(after - parts.begin()) - 1;
}

const Pin& part_pin(ColumnView& view, std::size_t part) {
  const auto& parts = view.column->heap;
  if (view.pins.size() < parts.size()) view.pins.resize(parts.size());
  Pin& pin = view.pins[part];
  if (!pin) {
    const auto& blocks = view.column->chunk.blocks;
    if (parts[part].block >= blocks.size()) corrupt_column("a heap block that is not there");
    pin = view.pool->pin(blocks[parts[part].block], BlockKind::Heap);
  }
  return pin;
}

std::uint64_t part_end(const ColumnView& view, std::size_t part) {
  const auto& parts = view.column->heap;
  return part + 1 < parts.size() ? parts[part + 1].first : view.header->base;
}

// Bytes [from, to) of the heap, which lie in one part.
std::span<const std::byte> part_bytes(ColumnView& view, std::size_t part, std::uint64_t from,
                                      std::uint64_t to) {
  const Part& where = view.column->heap[part];
  const Pin& pin = part_pin(view, part);
  const std::uint64_t at = where.byte + (from - where.first), count = to - from;
  if (at > pin.size() || count > pin.size() - at) corrupt_column("a heap block is too short");
  return pin.payload().subspan(at, count);
}

}  // namespace

HeapCursor::HeapCursor(ColumnView& view) : view_(view) {
  if (!view.second) return;
  bytes_ = view.second;
  end_ = view.header->base;
}

// Follows a read of the value at `offset`. A part whose pin was not kept is not worth remembering.
void HeapCursor::move_to(std::uint64_t offset) {
  const std::size_t part = part_of(view_, offset);
  if (!view_.pins[part]) return;
  begin_ = view_.column->heap[part].first;
  end_ = part_end(view_, part);
  bytes_ = part_bytes(view_, part, begin_, end_).data();
}

std::span<const std::byte> heap_value(ColumnView& view, std::uint32_t row, Arena& arena) {
  const std::uint64_t from = heap_offset(view, row), to = heap_offset(view, row + 1);
  if (from > to || to > view.header->base) corrupt_column("offsets out of order");
  if (view.second) return {view.second + from, to - from};
  if (from == to) return {};
  std::size_t part = part_of(view, from);
  if (to <= part_end(view, part)) return part_bytes(view, part, from, to);
  const auto copy = arena.make_array<std::byte>(to - from);
  for (std::uint64_t at = from; at < to; ++part) {
    KITH_ASSERT(part < view.column->heap.size());
    const std::uint64_t end = std::min(to, part_end(view, part));
    const bool in_use = part < view.pins.size() && view.pins[part];
    const auto bytes = part_bytes(view, part, at, end);
    std::memcpy(copy.data() + (at - from), bytes.data(), bytes.size());
    // A long value is not worth keeping blocks for; but others may lie behind its end, and what was
    // read of them points into the block.
    if (!in_use) view.pins[part].reset();
    at = end;
  }
  return copy;
}

}  // namespace kith::storage
