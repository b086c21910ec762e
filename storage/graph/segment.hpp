// storage/graph/segment.hpp: directories of segments in memory: immutable, shared by all readers.
//
// A directory says which slots exist and where the columns and lists are. Slots at and above
// slots() have never been used.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/id.hpp"
#include "storage/column/column.hpp"
#include "storage/graph/adjacency.hpp"
#include "storage/graph/slot_set.hpp"

namespace kith::storage {

struct LabelSet {
  LabelId label;
  SlotSet slots;
};

class NodeSegment {
 public:
  std::uint32_t slots() const { return slots_; }
  const SlotSet& alive() const { return alive_; }
  bool exists(std::uint32_t slot) const { return slot < slots_ && alive_.contains(slot); }

  // nullptr: no node here has it.
  const SlotSet* label(LabelId label) const;
  const ColumnChunk* column(KeyId key) const;
  const AdjacencyChunk* adjacency(TypeId type, Direction direction) const;  // Out or In

  std::span<const LabelSet> labels() const { return labels_; }                  // ascending labels
  std::span<const ColumnChunk> columns() const { return columns_; }             // ascending keys
  std::span<const AdjacencyChunk> adjacencies() const { return adjacencies_; }  // (type, direction)
  std::uint64_t memory_bytes() const;                                           // about
  std::span<const BlockPtr> directory_blocks() const { return blocks_; }

 private:
  friend class NodeSegmentBuilder;
  friend struct SegmentDirectory;
  std::uint32_t slots_ = 0;
  SlotSet alive_;
  std::vector<LabelSet> labels_;
  std::vector<ColumnChunk> columns_;
  std::vector<AdjacencyChunk> adjacencies_;
  std::vector<BlockPtr> blocks_;  // of the directory itself
};

class RelationshipSegment {
 public:
  TypeId type() const { return type_; }
  std::uint32_t slots() const { return slots_; }
  const SlotSet& alive() const { return alive_; }
  bool exists(std::uint32_t slot) const { return slot < slots_ && alive_.contains(slot); }

  // Integers, one per slot; of a dead slot they mean nothing. Read with ColumnReader.
  const ColumnChunk& starts() const { return starts_; }
  const ColumnChunk& ends() const { return ends_; }

  const ColumnChunk* column(KeyId key) const;
  std::span<const ColumnChunk> columns() const { return columns_; }  // ascending keys
  std::uint64_t memory_bytes() const;                                // about
  std::span<const BlockPtr> directory_blocks() const { return blocks_; }

 private:
  friend class RelationshipSegmentBuilder;
  friend struct SegmentDirectory;
  TypeId type_;
  std::uint32_t slots_ = 0;
  SlotSet alive_;
  ColumnChunk starts_, ends_;
  std::vector<ColumnChunk> columns_;
  std::vector<BlockPtr> blocks_;
};

}  // namespace kith::storage
