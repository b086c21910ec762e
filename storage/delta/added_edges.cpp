// storage/delta/added_edges.cpp: lists of a segment by counting: how many each gets, then where.
#include "storage/delta/added_edges.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/bulk_memory.hpp"
#include "core/page_memory.hpp"

namespace kith::storage {

namespace {

// All in one segment may be far more than a piece of a region.
std::byte* take(std::size_t bytes) {
  return bytes > kMostBulkBytes ? take_large_pages(bytes) : take_bulk(bytes);
}
void give(std::byte* memory, std::size_t bytes) noexcept {
  bytes > kMostBulkBytes ? give_memory(memory, bytes) : give_bulk(memory, bytes);
}

}  // namespace

void SegmentEdges::destroy(const SegmentEdges* edges) noexcept {
  const std::size_t bytes = edges->bytes();
  edges->~SegmentEdges();
  give(static_cast<std::byte*>(static_cast<void*>(const_cast<SegmentEdges*>(edges))), bytes);
}

template <class Word>
Ref<const SegmentEdges> SegmentEdges::Maker::make(TypeId type, Direction direction,
                                                  std::span<const Placed<Word>> placed,
                                                  const SlotBits& slots) {
  KITH_ASSERT(!placed.empty() && direction != Direction::Both);
  at_.assign(kSegmentSlots, 0);
  for (const auto& one : placed) ++at_[one.slot];
  std::size_t rows = 0;
  for (const std::uint64_t bits : slots) rows += count_bits(bits);
  constexpr bool kWide = sizeof(Word) == sizeof(std::uint64_t);
  auto* const made = new (take(bytes_of(rows, placed.size(), kWide)))
      SegmentEdges(type, direction, kWide, rows, placed.size());
  Ref<const SegmentEdges> result(made);
  made->slots_ = slots;
  auto* const begins = const_cast<std::uint32_t*>(made->begins());
  std::uint32_t row = 0, next = 0;
  for (std::size_t word = 0; word < kSetWords; ++word) {
    made->before_[word] = static_cast<std::uint16_t>(row);
    for (std::uint64_t bits = slots[word]; bits != 0; bits &= bits - 1) {
      new (begins + row++) std::uint32_t(next);
      std::uint32_t& at = at_[word * 64 + static_cast<unsigned>(std::countr_zero(bits))];
      next += std::exchange(at, next);
    }
  }
  new (begins + row) std::uint32_t(next);
  KITH_ASSERT(row == rows && next == placed.size());
  auto* const neighbours = reinterpret_cast<Word*>(made + 1);
  for (const auto& one : placed) {
    Word* const to = neighbours + at_[one.slot]++;
    new (to) Word(one.neighbour);
    new (to + placed.size()) Word(one.relationship);
  }
  return result;
}

template Ref<const SegmentEdges> SegmentEdges::Maker::make(TypeId, Direction,
                                                           std::span<const Placed<std::uint32_t>>,
                                                           const SlotBits&);
template Ref<const SegmentEdges> SegmentEdges::Maker::make(TypeId, Direction,
                                                           std::span<const Placed<std::uint64_t>>,
                                                           const SlotBits&);

bool AddedEdges::has(const Ref<const SegmentEdges>& part) const {
  return std::find(parts_.begin(), parts_.end(), part) != parts_.end();
}

Ref<const AddedEdges> AddedEdges::with(const AddedEdges* before, Ref<const SegmentEdges> more) {
  auto* const made = new AddedEdges;
  Ref<const AddedEdges> result(made);
  made->parts_.reserve(1 + (before ? before->parts() : 0));
  if (before) made->parts_ = before->parts_;
  made->parts_.push_back(std::move(more));
  KITH_ASSERT(made->parts() <= kMost);
  return result;
}

Ref<const AddedEdges> AddedEdges::since(const Ref<const AddedEdges>& now, const AddedEdges* then) {
  if (!now || !then) return now;
  auto* const made = new AddedEdges;
  Ref<const AddedEdges> rest(made);
  for (const auto& part : now->parts_)
    if (!then->has(part)) made->parts_.push_back(part);
  if (made->parts_.empty()) return {};
  return made->parts() == now->parts() ? now : rest;
}

}  // namespace kith::storage
