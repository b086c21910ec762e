// storage/column/patch.cpp: a column with some slots changed.
//
// Most columns are decoded, changed and encoded again. Where the heap has many blocks, those in
// which no value changes stay where they are, and only their place in the heap is new.
#include "storage/column/patch.hpp"

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "storage/column/column.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/column/heap.hpp"
#include "storage/pack/bits.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kLongHeapParts = 4;

bool keeps_heap(const ColumnChunk& old, std::span<const CellChange> changes) {
  const Encoding encoding = old.header.encoding;
  if (encoding != Encoding::Strings && encoding != Encoding::Mixed) return false;
  if (old.heap.size() < kLongHeapParts) return false;
  return encoding == Encoding::Mixed ||
         std::all_of(changes.begin(), changes.end(), [](const CellChange& change) {
           return change.value.is_null() || change.value.kind == Kind::String;
         });
}

class HeapPatch {
 public:
  HeapPatch(BlockWriter& out, BufferPool& pool, const ColumnChunk& old,
            std::span<const CellChange> changes)
      : out_(out), old_(old), changes_(changes), main_(pool, old.chunk, BlockKind::Column) {
    view_.pool = &pool;
    view_.header = &old.header;
    view_.column = &old;
    view_.main = main_.data();
    view_.main_bytes = main_.size();
    read_slots();
    open_heap(view_);
  }

  ColumnChunk run() {
    ColumnOutput output{out_, {}, {}, {}, {}};
    {
      HeapWriter heap(out_, output.heap_blocks, output.parts, false);
      std::size_t row = 0, change = 0;
      while (row < old_slots_.size() || change < changes_.size()) {
        if (change < changes_.size() &&
            (row == old_slots_.size() || changes_[change].slot <= old_slots_[row])) {
          if (row < old_slots_.size() && changes_[change].slot == old_slots_[row]) ++row;
          put(heap, changes_[change++]);
          continue;
        }
        const std::size_t kept = keep_parts(heap, row, change);
        row = kept > row ? kept : copy_one(heap, row);
      }
      const std::string behind = heap.finish();
      KITH_ASSERT(behind.empty());
      offsets_.push_back(heap.bytes());
    }
    return assemble(std::move(output));
  }

 private:
  // Slots with a value, ascending, and where the body begins.
  void read_slots() {
    const ColumnHeader& header = old_.header;
    if (header.flags & kSparseRows) {
      view_.rows = header.values;
      view_.body = static_cast<std::uint32_t>(padded(std::size_t{header.values} * 2));
      const std::byte* list = view_.bytes(0, view_.body);
      for (std::uint32_t i = 0; i < header.values; ++i) {
        std::uint16_t slot;
        std::memcpy(&slot, list + std::size_t{i} * 2, sizeof slot);
        old_slots_.push_back(slot);
        old_rows_.push_back(i);
      }
      return;
    }
    view_.rows = header.rows;
    const bool validity = (header.flags & kHasValidity) != 0;
    view_.body = validity ? (header.rows + 63) / 64 * 8 : 0;
    const std::byte* bits = view_.bytes(0, view_.body);
    for (std::uint32_t slot = 0; slot < header.rows; ++slot) {
      if (validity && !bit_at(bits, slot)) continue;
      old_slots_.push_back(static_cast<std::uint16_t>(slot));
      old_rows_.push_back(slot);
    }
  }

  void put(HeapWriter& heap, const CellChange& change) {
    if (change.value.is_null()) return;
    begin_value(heap, static_cast<std::uint16_t>(change.slot));
    if (old_.header.encoding == Encoding::Strings) {
      const std::string_view text = change.value.string();
      heap.append(std::as_bytes(std::span(text.data(), text.size())));
      return;
    }
    std::string encoded;
    encode(encoded, change.value);
    heap.append(std::as_bytes(std::span(encoded.data(), encoded.size())));
  }

  void begin_value(HeapWriter& heap, std::uint16_t slot) {
    KITH_ASSERT(slots_.empty() || slots_.back() < slot);
    slots_.push_back(slot);
    offsets_.push_back(heap.bytes());
  }

  std::size_t copy_one(HeapWriter& heap, std::size_t row) {
    begin_value(heap, old_slots_[row]);
    Arena arena;
    heap.append(heap_value(view_, old_rows_[row], arena));
    view_.pins.clear();
    return row + 1;
  }

  // If a part of the old heap begins at `row` and none of the values in it (or in the parts that
  // its last value runs into) changes, keeps its blocks; the first row behind them, else `row`.
  std::size_t keep_parts(HeapWriter& heap, std::size_t row, std::size_t change) {
    const std::uint64_t from = heap_offset(view_, old_rows_[row]);
    const auto& parts = old_.heap;
    const auto part = std::lower_bound(parts.begin(), parts.end(), from,
                                       [](const Part& p, std::uint64_t b) { return p.first < b; });
    if (part == parts.end() || part->first != from) return row;
    const std::uint32_t limit =
        change < changes_.size() ? changes_[change].slot : kSegmentSlots;  // the next change
    auto end_part = part + 1;
    std::size_t end = row;
    for (;; ++end_part) {
      const std::uint64_t to = end_part == parts.end() ? old_.header.base : end_part->first;
      while (end < old_slots_.size() && heap_offset(view_, old_rows_[end] + 1) <= to) {
        if (old_slots_[end] >= limit) return row;
        ++end;
      }
      const bool ends_here = end == old_slots_.size() || heap_offset(view_, old_rows_[end]) >= to;
      if (ends_here || end_part == parts.end()) break;
    }
    if (end == row) return row;
    for (std::size_t i = row; i < end; ++i) {
      slots_.push_back(old_slots_[i]);
      offsets_.push_back(heap.bytes() + (heap_offset(view_, old_rows_[i]) - from));
    }
    for (auto p = part; p != end_part; ++p) {
      const std::uint64_t to = p + 1 == parts.end() ? old_.header.base : (p + 1)->first;
      heap.keep(old_.chunk.blocks.at(p->block), static_cast<std::uint32_t>(to - p->first));
    }
    return end;
  }

  ColumnChunk assemble(ColumnOutput output) {
    ColumnHeader header = old_.header;
    header.values = static_cast<std::uint32_t>(slots_.size());
    header.rows = slots_.empty() ? 0 : slots_.back() + 1u;
    header.flags = choose_presence(header.rows, header.values);
    if (header.values == 0) return {header, {}, {}};
    put_presence(output, header.flags, slots_, header.rows);
    if ((header.flags & kHasValidity) == 0) {
      write_heap_offsets(offsets_, {}, header, output);
    } else {  // a row for every slot: those without a value are empty
      std::vector<std::uint64_t> by_slot(header.rows + 1, offsets_.back());
      std::size_t next = 0;
      for (std::uint32_t slot = 0; slot < header.rows; ++slot) {
        by_slot[slot] = offsets_[next];
        if (slots_[next] == slot) ++next;
      }
      write_heap_offsets(by_slot, {}, header, output);
    }
    return finish_column(header, std::move(output));
  }

  BlockWriter& out_;
  const ColumnChunk& old_;
  std::span<const CellChange> changes_;
  ChunkPin main_;
  ColumnView view_;
  std::vector<std::uint16_t> old_slots_, slots_;
  std::vector<std::uint32_t> old_rows_;
  std::vector<std::uint64_t> offsets_;  // by value
};

ColumnChunk encode_again(BlockWriter& out, BufferPool& pool, const ColumnChunk& old,
                         std::span<const CellChange> changes) {
  const std::uint32_t rows =
      std::max(old.header.rows, changes.empty() ? 0 : changes.back().slot + 1);
  Vector values;
  values.reset(VectorType::Any, rows);
  if (old.header.values == 0) {
    for (const CellChange& change : changes) values.set(change.slot, change.value);
    return encode_column(out, old.key(), {values.data<Cell>(), rows});
  }
  ColumnReader reader(pool, old);
  reader.read_run(0, old.header.rows, 0, values);
  for (const CellChange& change : changes) values.set(change.slot, change.value);
  return encode_column(out, old.key(), {values.data<Cell>(), rows});
}

}  // namespace

ColumnChunk patch_column(BlockWriter& out, BufferPool& pool, const ColumnChunk& old,
                         std::span<const CellChange> changes) {
  KITH_ASSERT(std::is_sorted(changes.begin(), changes.end(),
                             [](const auto& a, const auto& b) { return a.slot < b.slot; }));
  ColumnChunk next = keeps_heap(old, changes) ? HeapPatch(out, pool, old, changes).run()
                                              : encode_again(out, pool, old, changes);
  out.replace(old.chunk, &next.chunk);
  return next;
}

}  // namespace kith::storage
