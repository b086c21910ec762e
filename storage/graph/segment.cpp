// storage/graph/segment.cpp: looking things up in a segment's directory.
#include "storage/graph/segment.hpp"

#include <algorithm>

namespace kith::storage {

namespace {

const ColumnChunk* find_column(const std::vector<ColumnChunk>& columns, KeyId key) {
  const auto found =
      std::lower_bound(columns.begin(), columns.end(), key.value,
                       [](const ColumnChunk& c, std::uint32_t id) { return c.header.id < id; });
  return found != columns.end() && found->header.id == key.value ? &*found : nullptr;
}

}  // namespace

const SlotSet* NodeSegment::label(LabelId label) const {
  const auto found =
      std::lower_bound(labels_.begin(), labels_.end(), label,
                       [](const LabelSet& set, LabelId id) { return set.label < id; });
  return found != labels_.end() && found->label == label ? &found->slots : nullptr;
}

const ColumnChunk* NodeSegment::column(KeyId key) const { return find_column(columns_, key); }

const AdjacencyChunk* NodeSegment::adjacency(TypeId type, Direction direction) const {
  KITH_ASSERT(direction != Direction::Both);
  const std::uint64_t wanted = std::uint64_t{type.value} * 2 + (direction == Direction::In ? 1 : 0);
  const auto found = std::lower_bound(
      adjacencies_.begin(), adjacencies_.end(), wanted,
      [](const AdjacencyChunk& chunk, std::uint64_t at) { return chunk.order() < at; });
  return found != adjacencies_.end() && found->order() == wanted ? &*found : nullptr;
}

const ColumnChunk* RelationshipSegment::column(KeyId key) const {
  return find_column(columns_, key);
}

}  // namespace kith::storage
