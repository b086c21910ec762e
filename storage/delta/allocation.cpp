// storage/delta/allocation.cpp: choosing and taking ids.
#include "storage/delta/allocation.hpp"

#include <algorithm>

namespace kith::storage {

namespace {

constexpr std::uint64_t kNoneOpen = 0;  // no next id is ever at the begin of a segment
bool is_open(std::uint64_t next) { return (next & (kSegmentSlots - 1)) != 0; }

}  // namespace

NodeAllocation::NodeAllocation(const Base& base)
    : id_limit_(base.fields().node_id_limit),
      segments_(std::max(base.node_segments(), (id_limit_ + kSegmentSlots - 1) >> kSegmentBits)) {
  LabelSets sets;
  for (const OpenNodeSegment& open : base.fields().open_node_segments) {
    const std::uint32_t slots = base.node_segment_brief(open.segment).slots;
    if (slots == 0 || slots >= kSegmentSlots || sets.size() == kMaxOpen) continue;
    sets.push_back(open.labels);
    next_.push_back(open.segment << kSegmentBits | slots);
  }
  sets_ = std::make_shared<const LabelSets>(std::move(sets));
}

std::size_t NodeAllocation::index_of(std::span<const LabelId> labels) const {
  const LabelSets& sets = *sets_;
  KITH_ASSERT(sets.size() == next_.size());
  const auto same = [&](std::size_t i) { return std::ranges::equal(sets[i], labels); };
  if (last_ < sets.size() && same(last_)) return last_;
  for (std::size_t i = 0; i < sets.size(); ++i)
    if (same(i)) return last_ = i;
  return sets.size() < kMaxOpen ? kMaxOpen : 0;
}

NodeId NodeAllocation::next(std::span<const LabelId> labels) const {
  KITH_ASSERT(std::is_sorted(labels.begin(), labels.end()));
  const std::size_t index = index_of(labels);
  if (index < next_.size() && is_open(next_[index])) return NodeId{next_[index]};
  return NodeId{segments_ << kSegmentBits};
}

void NodeAllocation::take(NodeId node, std::span<const LabelId> labels) {
  id_limit_ = std::max(id_limit_, node.value + 1);
  const std::uint64_t segment = segment_of(node);
  if (segment < segments_) {  // of a segment that is open, for whatever labels
    for (std::uint64_t& next : next_)
      if (is_open(next) && next >> kSegmentBits == segment) next = std::max(next, node.value + 1);
    return;
  }
  segments_ = segment + 1;
  std::size_t index = index_of(labels);
  if (index == kMaxOpen) {
    LabelSets sets = *sets_;
    sets.emplace_back(labels.begin(), labels.end());
    index = sets.size() - 1;
    next_.push_back(kNoneOpen);
    sets_ = std::make_shared<const LabelSets>(std::move(sets));
  }
  next_[index] = node.value + 1;
  KITH_ASSERT(sets_->size() == next_.size() && next_.size() <= kMaxOpen);
}

std::vector<OpenNodeSegment> NodeAllocation::open_segments() const {
  std::vector<OpenNodeSegment> open;
  for (std::size_t i = 0; i < next_.size(); ++i)
    if (is_open(next_[i])) open.push_back({(*sets_)[i], next_[i] >> kSegmentBits});
  return open;
}

RelationshipAllocation::RelationshipAllocation(const Base& base)
    : first_new_(base.fields().relationship_segments) {
  const std::vector<std::uint64_t>& open = base.fields().open_relationship_segment;
  next_.assign(open.size(), kNoneOpen);
  for (std::size_t type = 0; type < open.size(); ++type) {
    if (open[type] == kNoSegment) continue;
    const std::uint32_t slots = base.relationship_segment_brief(open[type]).slots;
    if (slots < kSegmentSlots) next_[type] = open[type] << kSegmentBits | slots;
  }
}

RelationshipId RelationshipAllocation::next(TypeId type) const {
  if (type.value < next_.size() && is_open(next_[type.value])) return {next_[type.value]};
  return {segments() << kSegmentBits};
}

void RelationshipAllocation::take(RelationshipId relationship, TypeId type) {
  const std::uint64_t segment = segment_of(relationship);
  if (next_.size() <= type.value) next_.resize(type.value + 1, kNoneOpen);
  std::uint64_t& next = next_[type.value];
  if (segment < segments()) {
    if (is_open(next) && next >> kSegmentBits == segment)
      next = std::max(next, relationship.value + 1);
    return;
  }
  new_types_.resize(segment - first_new_ + 1, type);
  next = relationship.value + 1;
  KITH_ASSERT(type_of_new(segment) == type);
}

std::vector<std::uint64_t> RelationshipAllocation::open_segments() const {
  std::vector<std::uint64_t> open(next_.size(), kNoSegment);
  for (std::size_t type = 0; type < next_.size(); ++type)
    if (is_open(next_[type])) open[type] = next_[type] >> kSegmentBits;
  return open;
}

}  // namespace kith::storage
