// storage/graph/segment_builder.hpp: the next version of a segment.
//
// A builder begins with everything its predecessor has; what is not set or patched is kept by
// reference. Chunks are encoded and written at once, and the blocks they replace are freed.
// Builders of different segments may run on different threads.
//
// When a slot dies, the caller also removes its labels, values and lists; the builders do not.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "storage/graph/adjacency_builder.hpp"
#include "storage/graph/segment.hpp"

namespace kith::storage {

class NodeSegmentBuilder {
 public:
  // `old`: nullptr for a new segment; copied.
  NodeSegmentBuilder(BlockWriter& out, BufferPool& pool, const NodeSegment* old);

  // Slots in use, dead ones included; never fewer than before. Set before the rest.
  void set_slots(std::uint32_t slots);
  void set_alive(SlotSet alive);
  void set_label(LabelId label, SlotSet slots);

  void set_column(KeyId key, std::span<const Cell> cells);  // one per slot
  void set_column(ColumnChunk column);                      // from encode_column
  void patch_column(KeyId key, std::span<const CellChange> changes);

  void set_adjacency(AdjacencyChunk adjacency);  // from AdjacencyBuilder
  void patch_adjacency(TypeId type, Direction direction, AdjacencyLimits limits,
                       std::span<const EdgeChange> changes);

  std::uint64_t memory_bytes() const { return next_ ? next_->memory_bytes() : 0; }

  // Writes the directory. The builder is of no use afterwards. `directory` gets the pointer to it.
  std::shared_ptr<const NodeSegment> finish(BlockPtr& directory);

 private:
  void place_adjacency(AdjacencyChunk adjacency);

  BlockWriter* out_;
  BufferPool* pool_;
  std::shared_ptr<NodeSegment> next_;  // shared: bases that have the segment in common
};

// A changed or new relationship.
struct EndsChange {
  std::uint32_t slot;
  std::uint64_t start, end;
};

class RelationshipSegmentBuilder {
 public:
  RelationshipSegmentBuilder(BlockWriter& out, BufferPool& pool, TypeId type,
                             const RelationshipSegment* old);

  void set_slots(std::uint32_t slots);
  void set_alive(SlotSet alive);
  void set_ends(std::span<const std::int64_t> starts, std::span<const std::int64_t> ends);
  void patch_ends(std::span<const EndsChange> changes);  // ascending slots

  void set_column(KeyId key, std::span<const Cell> cells);
  void set_column(ColumnChunk column);
  void patch_column(KeyId key, std::span<const CellChange> changes);

  std::shared_ptr<const RelationshipSegment> finish(BlockPtr& directory);

 private:
  BlockWriter* out_;
  BufferPool* pool_;
  std::shared_ptr<RelationshipSegment> next_;  // shared: as above
};

}  // namespace kith::storage
