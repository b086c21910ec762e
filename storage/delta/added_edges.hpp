// storage/delta/added_edges.hpp: relationships that came by the hundred to lists of nodes of one
// segment, in the form that lists have in a file: node by node, in a few arrays (E5 of change.hpp).
//
// Immutable, as ValueRows is. Nothing is kept for a relationship but its id and its other end, 4
// bytes each as long as ids are small.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "core/id.hpp"
#include "storage/delta/common_rows.hpp"
#include "storage/delta/ref.hpp"
#include "storage/graph/slot_set.hpp"

namespace kith::storage {

// Of one type and direction.
class SegmentEdges : public Shared {
 public:
  // A relationship, at the node whose list it comes to. Words have 4 bytes, or 8.
  template <class Word>
  struct Placed {
    Word neighbour, relationship;
    std::uint32_t slot;
  };
  class Maker;
  static void destroy(const SegmentEdges* edges) noexcept;

  TypeId type() const { return type_; }
  Direction direction() const { return direction_; }
  std::uint64_t size(std::uint32_t slot) const {
    const Row row = row_of(slot);
    return row.end - row.first;
  }
  // visit(change) for each of a list, in the order of their making.
  template <class Visit>
  void for_each(std::uint32_t slot, Visit&& visit) const {
    const Row row = row_of(slot);
    for (std::uint32_t i = row.first; i < row.end; ++i)
      visit(ListChange{word(size_ + std::size_t{i}), word(i), type_, true});
  }
  std::uint64_t bytes() const { return bytes_of(rows_, size_, wide_); }

 private:
  struct Row {
    std::uint32_t first, end;
  };
  // The number of the first row of the slots of a word of bits.
  using Before = std::array<std::uint16_t, kSetWords>;

  SegmentEdges(TypeId type, Direction direction, bool wide, std::size_t rows, std::size_t size)
      : Shared(kNobody),
        type_(type),
        direction_(direction),
        wide_(wide),
        rows_(static_cast<std::uint32_t>(rows)),
        size_(static_cast<std::uint32_t>(size)) {}
  ~SegmentEdges() = default;
  static std::size_t bytes_of(std::size_t rows, std::size_t size, bool wide) {
    return sizeof(SegmentEdges) +
           2 * size * (wide ? sizeof(std::uint64_t) : sizeof(std::uint32_t)) +
           (rows + 1) * sizeof(std::uint32_t);
  }
  Row row_of(std::uint32_t slot) const {
    KITH_ASSERT(slot < kSegmentSlots);
    const std::uint64_t bits = slots_[slot / 64];
    if ((bits >> (slot % 64) & 1) == 0) return {0, 0};
    const auto row =
        before_[slot / 64] + count_bits(bits & ((std::uint64_t{1} << (slot % 64)) - 1));
    KITH_ASSERT(row < rows_);
    return {begins()[row], begins()[row + 1]};
  }
  // Behind this, in the same piece of memory: neighbours, relationships, and where rows begin.
  template <class Word>
  const Word* words() const {
    static_assert(sizeof(SegmentEdges) % alignof(Word) == 0);
    return std::launder(reinterpret_cast<const Word*>(this + 1));
  }
  std::uint64_t word(std::size_t i) const {
    return wide_ ? words<std::uint64_t>()[i] : words<std::uint32_t>()[i];
  }
  const std::uint32_t* begins() const {
    return words<std::uint32_t>() + 2 * std::size_t{size_} * (wide_ ? 2 : 1);
  }

  const TypeId type_;
  const Direction direction_;
  const bool wide_;
  const std::uint32_t rows_, size_;
  SlotBits slots_{};  // that have a row
  Before before_{};
};

// For one segment after the other.
class SegmentEdges::Maker {
 public:
  // In the order of their making, with the slots that they come to.
  template <class Word>
  Ref<const SegmentEdges> make(TypeId type, Direction direction,
                               std::span<const Placed<Word>> placed, const SlotBits& slots);

 private:
  std::vector<std::uint32_t> at_;  // by slot: how many, then where the next one goes
};

// All of a node, the oldest first. Immutable.
class AddedEdges : public Shared {
 public:
  // More would be looked through for each list that is read.
  static constexpr std::size_t kMost = 16;

  // Those of `before`, which may be nullptr, and others.
  static Ref<const AddedEdges> with(const AddedEdges* before, Ref<const SegmentEdges> more);
  // Those of `now` that `then` has not; either may be nullptr, and so is the answer if none is
  // left.
  static Ref<const AddedEdges> since(const Ref<const AddedEdges>& now, const AddedEdges* then);
  static void destroy(const AddedEdges* edges) noexcept { delete edges; }

  std::size_t parts() const { return parts_.size(); }
  std::uint64_t size(Direction direction, std::uint32_t slot) const {
    std::uint64_t size = 0;
    for (const auto& part : parts_)
      if (part->direction() == direction) size += part->size(slot);
    return size;
  }
  template <class Visit>
  void for_each(Direction direction, std::uint32_t slot, Visit&& visit) const {
    for (const auto& part : parts_)
      if (part->direction() == direction) part->for_each(slot, visit);
  }
  // Without the parts' own.
  std::uint64_t bytes() const { return sizeof *this + parts_.capacity() * sizeof parts_.front(); }

 private:
  AddedEdges() : Shared(kNobody) {}
  ~AddedEdges() = default;
  bool has(const Ref<const SegmentEdges>& part) const;

  std::vector<Ref<const SegmentEdges>> parts_;
};

}  // namespace kith::storage
