// storage/delta/allocation.hpp: which id comes next.
//
// Nodes with the same labels are born into the same segment, so that segments stay homogeneous and
// label checks cost nothing; relationships of one type fill segments of that type. Ids are never
// given twice: what was once taken stays taken, also when the element is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/id.hpp"
#include "storage/graph/base.hpp"

namespace kith::storage {

class NodeAllocation {
 public:
  explicit NodeAllocation(const Base& base);

  // The id of the next node with these labels (ascending); take() makes it used.
  NodeId next(std::span<const LabelId> labels) const;
  void take(NodeId node, std::span<const LabelId> labels);

  std::uint64_t id_limit() const { return id_limit_; }  // all ids in use are below
  std::uint64_t segments() const { return segments_; }  // number of the next segment
  std::vector<OpenNodeSegment> open_segments() const;

 private:
  // More label sets than this share one segment, the first.
  static constexpr std::size_t kMaxOpen = 256;
  using LabelSets = std::vector<std::vector<LabelId>>;
  std::size_t index_of(std::span<const LabelId> labels) const;  // kMaxOpen: unknown, and has place

  std::uint64_t id_limit_ = 0, segments_ = 0;
  std::shared_ptr<const LabelSets> sets_;  // shared: by all roots, since sets are rarely added
  std::vector<std::uint64_t> next_;  // by set: the next id; at a segment's begin: none is open
  mutable std::size_t last_ = 0;     // the set asked for last
};

class RelationshipAllocation {
 public:
  explicit RelationshipAllocation(const Base& base);

  RelationshipId next(TypeId type) const;
  void take(RelationshipId relationship, TypeId type);

  std::uint64_t segments() const { return first_new_ + new_types_.size(); }
  std::uint64_t id_limit() const { return segments() << kSegmentBits; }
  // The type of a segment that the base has not.
  bool is_new(std::uint64_t segment) const {
    return segment >= first_new_ && segment - first_new_ < new_types_.size();
  }
  TypeId type_of_new(std::uint64_t segment) const {
    KITH_ASSERT(is_new(segment));
    return new_types_[segment - first_new_];
  }
  std::vector<std::uint64_t> open_segments() const;  // by type; kNoSegment: none
  // A newer base has the segments below `first_new`.
  void advance(std::uint64_t first_new) {
    KITH_ASSERT(first_new >= first_new_ && first_new <= segments());
    new_types_.erase(new_types_.begin(),
                     new_types_.begin() + static_cast<std::ptrdiff_t>(first_new - first_new_));
    first_new_ = first_new;
  }

 private:
  std::uint64_t first_new_ = 0;      // segments below are the base's
  std::vector<TypeId> new_types_;    // of the segments from there on
  std::vector<std::uint64_t> next_;  // by type: the next id; at a segment's begin: none is open
};

}  // namespace kith::storage
