// storage/delta/existing.hpp: which elements exist, for one who asks about many: lists that are
// marked (E4 of change.hpp) are read without relationships that do not.
//
// Bits of a segment each, of the segments that were asked about last, and often: making them takes
// as long as some hundred answers. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/assert.hpp"
#include "storage/delta/root.hpp"
#include "storage/graph/slot_set.hpp"

namespace kith::storage {

// Those of the segment of this id.
void existing_slots(const Root& root, NodeId of, SlotBits& bits);
void existing_slots(const Root& root, RelationshipId of, SlotBits& bits);

class ExistingRelationships {
 public:
  // Before others are asked about: in which state.
  void follow(const Root& root) {
    if (base_ == &root.base() && edition_ == root.edition()) return;
    for (Part& part : parts_) part.segment = kNone;
    base_ = &root.base();
    edition_ = root.edition();
  }
  // In the state that was followed last.
  bool has(const Root& root, std::uint64_t relationship) {
    KITH_ASSERT(base_ == &root.base() && edition_ == root.edition());
    const std::uint64_t segment = relationship >> kSegmentBits;
    if (parts_.empty() || part_of(segment).segment != segment) begin(segment);
    Part& part = part_of(segment);
    if (part.asked < kFew) return ask(root, part, relationship);
    const std::uint64_t slot = relationship & (kSegmentSlots - 1);
    return ((*part.bits)[slot / 64] >> (slot % 64) & 1) != 0;
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  static constexpr std::size_t kLeast = 4, kMost = 256;  // 2 KiB each
  static constexpr std::uint32_t kFew = 128;             // that are asked about one by one
  struct Part {
    std::uint64_t segment = kNone;
    std::uint32_t asked = 0;  // kFew: there are bits
    std::unique_ptr<SlotBits> bits;
  };
  Part& part_of(std::uint64_t segment) { return parts_[segment & (parts_.size() - 1)]; }
  void begin(std::uint64_t segment);
  static bool ask(const Root& root, Part& part, std::uint64_t relationship);
  static void load(const Root& root, Part& part);

  const Base* base_ = nullptr;  // for comparing alone
  std::uint64_t edition_ = 0;
  std::vector<Part> parts_;  // by the low bits of the number
};

}  // namespace kith::storage
