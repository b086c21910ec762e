// storage/load/segment_rows.hpp: rows that are kept by the segment of a node, in order of arrival.
//
// A row is the slot of that node in its segment, and a few ids. Rows lie in blocks, each of one
// segment: the first of a segment is small, and what is known of segments is in pages that are made
// when they are needed, since a type may have a few rows in very many, and there may be many types.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/id.hpp"
#include "storage/load/row_pool.hpp"

namespace kith::storage {

// Different segments may be read, changed and forgotten at the same time; rows are added by one
// thread.
template <class Id, std::size_t kIds>
class SegmentRows {
 public:
  using Ids = std::array<Id, kIds>;

  // The rows of a block.
  struct Rows {
    std::uint64_t first_place;  // of the first one; the others follow
    std::uint32_t count;
    std::uint16_t* slots;
    std::array<Id*, kIds> ids;
  };

  SegmentRows(RowPool& pool, std::uint64_t segments)
      : pool_(pool), size_(segments), pages_((segments + kPageSegments - 1) / kPageSegments) {}
  ~SegmentRows() {
    for (const Block& block : blocks_)
      if (block.memory.memory != nullptr && block.pooled) pool_.give(block.memory);
  }
  SegmentRows(const SegmentRows&) = delete;
  SegmentRows& operator=(const SegmentRows&) = delete;

  // The place of the row, a number that no other one has: there are a few more than rows.
  std::uint64_t add(std::uint64_t node, const Ids& ids) {
    const std::uint64_t number = node >> kSegmentBits;
    KITH_ASSERT(number < size_);
    auto& page = pages_[number / kPageSegments];
    if (!page) {
      page = std::make_unique<Page>();
      ++pages_made_;
    }
    Segment& segment = (*page)[number % kPageSegments];
    if (segment.used == segment.capacity) grow(number, segment);
    const std::uint32_t row = segment.used++;
    const Rows rows = rows_at(segment.memory, segment.capacity);
    rows.slots[row] = static_cast<std::uint16_t>(node & (kSegmentSlots - 1));
    for (std::size_t i = 0; i < kIds; ++i) rows.ids[i][row] = ids[i];
    ++segment.rows;
    ++rows_;
    return segment.first_place + row;
  }

  std::uint64_t segments() const { return size_; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t rows_of(std::uint64_t segment) const {
    const Segment* const found = find(segment);
    return found != nullptr ? found->rows : 0;
  }
  std::uint64_t places() const { return places_; }  // all are below
  std::uint64_t bytes() const {
    return pages_.capacity() * sizeof(pages_[0]) + pages_made_ * sizeof(Page) +
           blocks_.capacity() * sizeof(Block) + pooled_ * RowPool::kBlockBytes +
           first_blocks_.bytes();
  }
  static constexpr std::uint64_t row_bytes() { return kRowBytes; }

  // Calls f(rows) for the blocks of a segment.
  template <class F>
  void for_each_block(std::uint64_t segment, F&& f) const {
    for (std::uint32_t i = first_of(segment); i != kNone; i = blocks_[i].next) f(rows_in(i));
  }
  // The memory of a segment's blocks goes back to the pool; it may still be asked how many rows
  // there were.
  void forget(std::uint64_t segment) {
    std::uint32_t i = first_of(segment);
    if (i == kNone) return;
    at(segment).first = kNone;
    for (; i != kNone; i = blocks_[i].next) give_back(blocks_[i]);
  }
  // Calls f(segment, rows) for all blocks, in the order in which they were begun, and forgets each.
  template <class F>
  void drain(F&& f) {
    for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
      f(blocks_[i].segment, rows_in(i));
      give_back(blocks_[i]);
    }
    for (const Block& block : blocks_) at(block.segment).first = kNone;
  }

  // Reads the rows of a segment, some at a time.
  class Cursor {
   public:
    Cursor(const SegmentRows& of, std::uint64_t segment) : of_(&of) { enter(of.first_of(segment)); }
    bool valid() const { return rows_.count > 0; }
    const Rows& rows() const { return rows_; }  // what is left of a block
    void skip(std::uint32_t rows) {
      KITH_ASSERT(rows <= rows_.count);
      if (rows == rows_.count) return enter(of_->blocks_[block_].next);
      rows_.first_place += rows;
      rows_.count -= rows;
      rows_.slots += rows;
      for (Id*& ids : rows_.ids) ids += rows;
    }

   private:
    void enter(std::uint32_t block) {
      block_ = block;
      rows_ = block == kNone ? Rows{} : of_->rows_in(block);
    }
    const SegmentRows* of_;
    std::uint32_t block_ = kNone;
    Rows rows_{};
  };

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t kRowBytes = kIds * sizeof(Id) + sizeof(std::uint16_t);
  static constexpr std::size_t kFirstBytes = RowPool::kBlockBytes / 16;
  static constexpr auto kFirstRows = static_cast<std::uint32_t>(kFirstBytes / kRowBytes);
  static constexpr auto kBlockRows = static_cast<std::uint32_t>(RowPool::kBlockBytes / kRowBytes);

  struct Block {
    RowPool::Block memory;
    bool pooled;
    std::uint32_t next;  // of the segment
    std::uint64_t segment, first_place;
  };
  struct Segment {
    std::byte* memory = nullptr;  // of the last block
    std::uint64_t first_place = 0;
    std::uint32_t used = 0, capacity = 0;  // rows of it
    std::uint32_t first = kNone, last = kNone;
    std::uint64_t rows = 0;
  };

  static constexpr std::uint64_t kPageSegments = 64;
  using Page = std::array<Segment, kPageSegments>;

  const Segment* find(std::uint64_t number) const {
    const auto& page = pages_[number / kPageSegments];
    return page ? &(*page)[number % kPageSegments] : nullptr;
  }
  // One that has rows, or had.
  Segment& at(std::uint64_t number) {
    return (*pages_[number / kPageSegments])[number % kPageSegments];
  }
  std::uint32_t first_of(std::uint64_t number) const {
    const Segment* const segment = find(number);
    return segment != nullptr ? segment->first : kNone;
  }

  static Rows rows_at(std::byte* memory, std::uint32_t capacity) {
    Rows rows{};
    auto* ids = static_cast<Id*>(static_cast<void*>(memory));
    for (std::size_t i = 0; i < kIds; ++i) rows.ids[i] = ids + i * capacity;
    rows.slots = static_cast<std::uint16_t*>(static_cast<void*>(ids + kIds * capacity));
    return rows;
  }
  Rows rows_in(std::uint32_t number) const {
    const Block& block = blocks_[number];
    KITH_ASSERT(block.memory.memory != nullptr);
    const std::uint32_t capacity = block.pooled ? kBlockRows : kFirstRows;
    const Segment& segment = *find(block.segment);
    Rows rows = rows_at(block.memory.memory, capacity);
    rows.first_place = block.first_place;
    rows.count = number == segment.last ? segment.used : capacity;
    return rows;
  }

  void grow(std::uint64_t number, Segment& segment) {
    const auto block = static_cast<std::uint32_t>(blocks_.size());
    KITH_ASSERT(block != kNone);
    const bool pooled = segment.first != kNone;
    const std::uint32_t capacity = pooled ? kBlockRows : kFirstRows;
    blocks_.push_back({{}, pooled, kNone, number, places_});
    if (pooled) {
      blocks_.back().memory = pool_.take();
      ++pooled_;
      blocks_[segment.last].next = block;
    } else {
      blocks_.back().memory.memory =
          static_cast<std::byte*>(first_blocks_.allocate(kFirstBytes, alignof(Id)));
      segment.first = block;
    }
    segment.last = block;
    segment.memory = blocks_.back().memory.memory;
    segment.first_place = places_;
    segment.used = 0;
    segment.capacity = capacity;
    places_ += capacity;
  }

  void give_back(Block& block) {
    if (block.pooled && block.memory.memory != nullptr) pool_.give(block.memory);
    block.memory = {};
  }

  RowPool& pool_;
  std::uint64_t size_;  // segments
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<Block> blocks_;
  Arena first_blocks_;
  std::uint64_t rows_ = 0, places_ = 0, pooled_ = 0, pages_made_ = 0;
};

}  // namespace kith::storage
