// storage/graph/segment_builder.cpp: replaces what changed in a segment, keeps the rest.
#include "storage/graph/segment_builder.hpp"

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "storage/column/column_reader.hpp"
#include "storage/graph/directory.hpp"

namespace kith::storage {

namespace {

std::vector<ColumnChunk>::iterator place_of(std::vector<ColumnChunk>& columns, std::uint32_t id) {
  return std::lower_bound(
      columns.begin(), columns.end(), id,
      [](const ColumnChunk& column, std::uint32_t at) { return column.header.id < at; });
}

// Puts `column` where it belongs; one without values is taken out.
void place(std::vector<ColumnChunk>& columns, ColumnChunk column) {
  const auto at = place_of(columns, column.header.id);
  const bool there = at != columns.end() && at->header.id == column.header.id;
  if (column.header.values == 0) {
    if (there) columns.erase(at);
  } else if (there) {
    *at = std::move(column);
  } else {
    columns.insert(at, std::move(column));
  }
}

// Replaces a column by one that has no block in common with it.
void replace_column(BlockWriter& out, std::vector<ColumnChunk>& columns, ColumnChunk column) {
  const auto at = place_of(columns, column.header.id);
  if (at != columns.end() && at->header.id == column.header.id) out.replace(at->chunk, nullptr);
  place(columns, std::move(column));
}

void patch_columns(BlockWriter& out, BufferPool& pool, std::vector<ColumnChunk>& columns, KeyId key,
                   std::span<const CellChange> changes) {
  const auto at = place_of(columns, key.value);
  ColumnChunk none;
  none.header.id = key.value;
  const bool there = at != columns.end() && at->header.id == key.value;
  place(columns, patch_column(out, pool, there ? *at : none, changes));
}

}  // namespace

NodeSegmentBuilder::NodeSegmentBuilder(BlockWriter& out, BufferPool& pool, const NodeSegment* old)
    : out_(&out),
      pool_(&pool),
      next_(old ? std::make_shared<NodeSegment>(*old) : std::make_shared<NodeSegment>()) {}

void NodeSegmentBuilder::set_slots(std::uint32_t slots) {
  KITH_ASSERT(slots >= next_->slots_ && slots <= kSegmentSlots);
  next_->slots_ = slots;
}

void NodeSegmentBuilder::set_alive(SlotSet alive) {
  KITH_ASSERT(alive.count() <= next_->slots_);
  next_->alive_ = std::move(alive);
}

void NodeSegmentBuilder::set_label(LabelId label, SlotSet slots) {
  auto& labels = next_->labels_;
  const auto at = std::lower_bound(labels.begin(), labels.end(), label,
                                   [](const LabelSet& set, LabelId id) { return set.label < id; });
  const bool there = at != labels.end() && at->label == label;
  if (slots.empty()) {
    if (there) labels.erase(at);
  } else if (there) {
    at->slots = std::move(slots);
  } else {
    labels.insert(at, {label, std::move(slots)});
  }
}

void NodeSegmentBuilder::set_column(KeyId key, std::span<const Cell> cells) {
  KITH_ASSERT(cells.size() <= next_->slots_);
  set_column(encode_column(*out_, key, cells));
}

void NodeSegmentBuilder::set_column(ColumnChunk column) {
  KITH_ASSERT(column.header.rows <= next_->slots_);
  replace_column(*out_, next_->columns_, std::move(column));
}

void NodeSegmentBuilder::patch_column(KeyId key, std::span<const CellChange> changes) {
  KITH_ASSERT(changes.empty() || changes.back().slot < next_->slots_);
  patch_columns(*out_, *pool_, next_->columns_, key, changes);
}

void NodeSegmentBuilder::place_adjacency(AdjacencyChunk adjacency) {
  auto& all = next_->adjacencies_;
  const auto at = std::lower_bound(
      all.begin(), all.end(), adjacency.order(),
      [](const AdjacencyChunk& chunk, std::uint64_t order) { return chunk.order() < order; });
  const bool there = at != all.end() && at->order() == adjacency.order();
  if (adjacency.edges() == 0) {
    if (there) all.erase(at);
  } else if (there) {
    *at = std::move(adjacency);
  } else {
    all.insert(at, std::move(adjacency));
  }
}

void NodeSegmentBuilder::set_adjacency(AdjacencyChunk adjacency) {
  KITH_ASSERT(adjacency.header.slots <= next_->slots_);
  const AdjacencyChunk* before = next_->adjacency(adjacency.type(), adjacency.direction());
  if (before) out_->replace(before->chunk, &adjacency.chunk);
  place_adjacency(std::move(adjacency));
}

void NodeSegmentBuilder::patch_adjacency(TypeId type, Direction direction, AdjacencyLimits limits,
                                         std::span<const EdgeChange> changes) {
  KITH_ASSERT(changes.empty() || changes.back().slot < next_->slots_);
  if (changes.empty()) return;
  const AdjacencyChunk* before = next_->adjacency(type, direction);
  place_adjacency(merge_adjacency(*out_, *pool_, before, type, direction, limits, changes));
}

std::shared_ptr<const NodeSegment> NodeSegmentBuilder::finish(BlockPtr& directory) {
  KITH_ASSERT(next_ != nullptr);
  const std::vector<BlockPtr> before = std::exchange(next_->blocks_, {});
  const ByteSink bytes = SegmentDirectory::write(*next_);
  directory = out_->write_stream(BlockKind::Directory, bytes.bytes(), &next_->blocks_);
  out_->free(before);
  return std::move(next_);
}

RelationshipSegmentBuilder::RelationshipSegmentBuilder(BlockWriter& out, BufferPool& pool,
                                                       TypeId type, const RelationshipSegment* old)
    : out_(&out),
      pool_(&pool),
      next_(old ? std::make_shared<RelationshipSegment>(*old)
                : std::make_shared<RelationshipSegment>()) {
  KITH_ASSERT(!old || old->type() == type);  // a segment never changes its type
  next_->type_ = type;
}

void RelationshipSegmentBuilder::set_slots(std::uint32_t slots) {
  KITH_ASSERT(slots >= next_->slots_ && slots <= kSegmentSlots);
  next_->slots_ = slots;
}

void RelationshipSegmentBuilder::set_alive(SlotSet alive) {
  KITH_ASSERT(alive.count() <= next_->slots_);
  next_->alive_ = std::move(alive);
}

void RelationshipSegmentBuilder::set_ends(std::span<const std::int64_t> starts,
                                          std::span<const std::int64_t> ends) {
  KITH_ASSERT(starts.size() == next_->slots_ && ends.size() == next_->slots_);
  if (next_->starts_.header.values > 0) {
    out_->replace(next_->starts_.chunk, nullptr);
    out_->replace(next_->ends_.chunk, nullptr);
  }
  next_->starts_ = encode_integers(*out_, KeyId{0}, starts);
  next_->ends_ = encode_integers(*out_, KeyId{0}, ends);
}

void RelationshipSegmentBuilder::patch_ends(std::span<const EndsChange> changes) {
  std::vector<std::int64_t> starts(next_->slots_), ends(next_->slots_);
  const std::uint32_t before = next_->starts_.header.rows;
  KITH_ASSERT(before <= next_->slots_);
  if (changes.empty() && before == next_->slots_) return;
  if (before > 0) {
    ColumnReader(*pool_, next_->starts_).read_integers(0, before, starts.data());
    ColumnReader(*pool_, next_->ends_).read_integers(0, before, ends.data());
  }
  for (const EndsChange& change : changes) {
    KITH_ASSERT(change.slot < next_->slots_);
    starts[change.slot] = static_cast<std::int64_t>(change.start);
    ends[change.slot] = static_cast<std::int64_t>(change.end);
  }
  set_ends(starts, ends);
}

void RelationshipSegmentBuilder::set_column(KeyId key, std::span<const Cell> cells) {
  KITH_ASSERT(cells.size() <= next_->slots_);
  set_column(encode_column(*out_, key, cells));
}

void RelationshipSegmentBuilder::set_column(ColumnChunk column) {
  KITH_ASSERT(column.header.rows <= next_->slots_);
  replace_column(*out_, next_->columns_, std::move(column));
}

void RelationshipSegmentBuilder::patch_column(KeyId key, std::span<const CellChange> changes) {
  KITH_ASSERT(changes.empty() || changes.back().slot < next_->slots_);
  patch_columns(*out_, *pool_, next_->columns_, key, changes);
}

std::shared_ptr<const RelationshipSegment> RelationshipSegmentBuilder::finish(BlockPtr& directory) {
  KITH_ASSERT(next_ != nullptr && next_->slots_ > 0);
  // Slots that were skipped (relationships made and deleted between two checkpoints) have no ends.
  if (next_->starts_.header.rows < next_->slots_) patch_ends({});
  const std::vector<BlockPtr> before = std::exchange(next_->blocks_, {});
  const ByteSink bytes = SegmentDirectory::write(*next_);
  directory = out_->write_stream(BlockKind::Directory, bytes.bytes(), &next_->blocks_);
  out_->free(before);
  return std::move(next_);
}

}  // namespace kith::storage
