// storage/delta/existing.cpp: what the base has, and what changed.
#include "storage/delta/existing.hpp"

#include <utility>

#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

template <class Tree, class I>
void find_bits(const Root& root, const Tree& tree, I of, SlotBits& bits) {
  bits.fill(0);
  if (const auto base = base_segment(root, of)) base->alive().copy_to(bits);
  const auto* changes = tree.segment(segment_of(of));
  if (!changes) return;
  Tree::for_each_in(*changes, [&](std::uint64_t slot, const auto& change) {
    if (change->existence == Existence::InBase) return;
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    const bool exists = change->existence == Existence::Created;
    bits[slot / 64] = exists ? bits[slot / 64] | bit : bits[slot / 64] & ~bit;
  });
}

}  // namespace

void existing_slots(const Root& root, NodeId of, SlotBits& bits) {
  find_bits(root, root.nodes(), of, bits);
}
void existing_slots(const Root& root, RelationshipId of, SlotBits& bits) {
  find_bits(root, root.relationships(), of, bits);
}

void ExistingRelationships::begin(std::uint64_t segment) {
  while (parts_.empty() || (part_of(segment).segment != kNone && parts_.size() < kMost)) {
    std::vector<Part> more(parts_.empty() ? kLeast : 2 * parts_.size());
    for (Part& part : parts_)
      if (part.segment != kNone) more[part.segment & (more.size() - 1)] = std::move(part);
    parts_ = std::move(more);
  }
  part_of(segment).segment = segment;
  part_of(segment).asked = 0;
}

bool ExistingRelationships::ask(const Root& root, Part& part, std::uint64_t relationship) {
  if (++part.asked == kFew) load(root, part);
  return exists(root, RelationshipId{relationship});
}

void ExistingRelationships::load(const Root& root, Part& part) {
  const RelationshipId first{part.segment << kSegmentBits};
  part.segment = kNone;  // should reading fail
  if (!part.bits) part.bits = std::make_unique<SlotBits>();
  existing_slots(root, first, *part.bits);
  part.segment = segment_of(first);
  KITH_ASSERT(part.segment != kNone);
}

}  // namespace kith::storage
