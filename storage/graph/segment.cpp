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

// What the allocator adds to a piece of memory.
constexpr std::uint64_t kOverhead = 16;

template <class T>
std::uint64_t bytes_of(const std::vector<T>& vector) {
  return vector.capacity() == 0 ? 0 : vector.capacity() * sizeof(T) + kOverhead;
}
std::uint64_t bytes_of(const Chunk& chunk) {
  return bytes_of(chunk.blocks) + bytes_of(chunk.small);
}
std::uint64_t bytes_of(const std::vector<ColumnChunk>& columns) {
  std::uint64_t bytes = columns.capacity() * sizeof(ColumnChunk) + kOverhead;
  for (const ColumnChunk& column : columns) bytes += bytes_of(column.heap) + bytes_of(column.chunk);
  return bytes;
}

}  // namespace

std::uint64_t NodeSegment::memory_bytes() const {
  std::uint64_t bytes = sizeof *this + alive_.heap_bytes() + bytes_of(labels_) +
                        bytes_of(columns_) + bytes_of(adjacencies_) + bytes_of(blocks_);
  for (const LabelSet& set : labels_) bytes += set.slots.heap_bytes();
  for (const AdjacencyChunk& lists : adjacencies_)
    bytes += bytes_of(lists.neighbours) + bytes_of(lists.relationships) + bytes_of(lists.chunk);
  return bytes;
}

std::uint64_t RelationshipSegment::memory_bytes() const {
  return sizeof *this + alive_.heap_bytes() + bytes_of(starts_.chunk) + bytes_of(ends_.chunk) +
         bytes_of(columns_) + bytes_of(blocks_);
}

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
