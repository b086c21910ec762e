// storage/graph/directory.cpp: writes and reads the directory of a segment, piece by piece.
#include "storage/graph/directory.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

void put_set(ByteSink& sink, std::uint32_t id, const SlotSet& set) {
  sink.put(SetHeader{id, set.form(), set.count(), 0});
  if (set.form() == SetForm::Sparse) sink.put_array(set.sparse());
  if (set.form() == SetForm::Bitmap) sink.put_array(set.bitmap());
}

SlotSet take_set(ByteSource& source, std::uint32_t& id) {
  const auto header = source.take<SetHeader>();
  id = header.id;
  source.expect(header.count <= kSegmentSlots);
  switch (header.form) {
    case SetForm::None:
      source.expect(header.count == 0);
      return {};
    case SetForm::All:
      return SlotSet::first(header.count);
    case SetForm::Sparse: {
      const auto slots = source.take_array<std::uint16_t>(header.count);
      for (std::size_t i = 0; i < slots.size(); ++i)
        source.expect(slots[i] < kSegmentSlots && (i == 0 || slots[i - 1] < slots[i]));
      return SlotSet::of(slots);
    }
    case SetForm::Bitmap: {
      const auto words = source.take_array<std::uint64_t>(kSetWords);
      SlotBits bits{};
      std::copy(words.begin(), words.end(), bits.begin());
      const SlotSet set = SlotSet::of(bits);
      source.expect(set.count() == header.count);
      return set;
    }
  }
  source.expect(false);
  return {};
}

void put_chunk(ByteSink& sink, const Chunk& chunk) {
  sink.put(ChunkHeader{static_cast<std::uint32_t>(chunk.blocks.size()), chunk.small_bytes});
  if (chunk.blocks.empty()) {
    sink.put_array(std::span(chunk.small));
    return;
  }
  for (const BlockRef& block : chunk.blocks) sink.put(block.ptr);
}

Chunk take_chunk(ByteSource& source) {
  const auto header = source.take<ChunkHeader>();
  Chunk chunk;
  if (header.blocks == 0) {
    source.expect(header.inline_bytes <= kMaxInlineBytes);
    chunk.small = source.take_array<std::uint64_t>((std::size_t{header.inline_bytes} + 7) / 8);
    chunk.small_bytes = header.inline_bytes;
    return chunk;
  }
  for (const BlockPtr& ptr : source.take_array<BlockPtr>(header.blocks))
    chunk.blocks.emplace_back(ptr);
  return chunk;
}

// Parts begin at 0, ascend, and lie in blocks that are there.
void check_parts(ByteSource& source, const std::vector<Part>& parts, std::uint64_t elements,
                 const Chunk& chunk) {
  const std::size_t blocks = std::max<std::size_t>(1, chunk.blocks.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    source.expect(parts[i].block < blocks && parts[i].first < elements);
    source.expect(i == 0 ? parts[i].first == 0 : parts[i - 1].first < parts[i].first);
  }
  source.expect(elements == 0 || !parts.empty());
}

void put_column(ByteSink& sink, const ColumnChunk& column) {
  KITH_ASSERT(column.header.heap_parts == column.heap.size());
  sink.put(column.header);
  sink.put_array(std::span(column.heap));
  put_chunk(sink, column.chunk);
}

ColumnChunk take_column(ByteSource& source) {
  ColumnChunk column;
  column.header = source.take<ColumnHeader>();
  const ColumnHeader& header = column.header;
  source.expect(header.values > 0 && header.values <= header.rows && header.rows <= kSegmentSlots);
  source.expect(static_cast<std::uint8_t>(header.encoding) < kEncodingCount);
  const bool presence = (header.flags & (kHasValidity | kSparseRows)) != 0;
  source.expect(presence || header.values == header.rows);
  source.expect(header.kind < kKindCount || header.kind == kMixedKind);
  column.heap = source.take_array<Part>(header.heap_parts);
  column.chunk = take_chunk(source);
  const bool heap = header.encoding == Encoding::Strings || header.encoding == Encoding::Mixed;
  check_parts(source, column.heap, heap ? header.base : 0, column.chunk);
  return column;
}

void put_adjacency(ByteSink& sink, const AdjacencyChunk& adjacency) {
  KITH_ASSERT(adjacency.header.neighbour_parts == adjacency.neighbours.size());
  sink.put(adjacency.header);
  sink.put_array(std::span(adjacency.neighbours));
  sink.put_array(std::span(adjacency.relationships));
  put_chunk(sink, adjacency.chunk);
}

AdjacencyChunk take_adjacency(ByteSource& source) {
  AdjacencyChunk adjacency;
  adjacency.header = source.take<AdjacencyHeader>();
  const AdjacencyHeader& header = adjacency.header;
  source.expect(header.incoming <= 1 && header.edges > 0);
  source.expect(static_cast<std::uint8_t>(header.form) <= 2 && header.slots <= kSegmentSlots);
  source.expect(header.lists <= header.slots);
  source.expect(header.form != ListForm::Dense || header.lists == header.slots);
  const std::uint8_t offsets = header.offset_width;
  source.expect(offsets == 0 || offsets == 2 || offsets == 4 || offsets == 8);
  source.expect(header.neighbour_width == 4 || header.neighbour_width == 8);
  const std::uint8_t ids = header.relationship_width;
  source.expect(ids == 0 || ids == 4 || ids == 8);
  adjacency.neighbours = source.take_array<Part>(header.neighbour_parts);
  adjacency.relationships = source.take_array<Part>(header.relationship_parts);
  adjacency.chunk = take_chunk(source);
  check_parts(source, adjacency.neighbours, header.edges, adjacency.chunk);
  check_parts(source, adjacency.relationships, ids == 0 ? 0 : header.edges, adjacency.chunk);
  return adjacency;
}

// Starts and ends: integers in every slot.
void check_ends(ByteSource& source, const ColumnChunk& column, std::uint32_t slots) {
  const ColumnHeader& header = column.header;
  source.expect(header.rows == slots && header.values == slots && column.has_range());
  source.expect(header.kind == static_cast<std::uint8_t>(Kind::Integer));
  source.expect(header.encoding <= Encoding::Packed);
}

}  // namespace

ByteSink SegmentDirectory::write(const NodeSegment& segment) {
  ByteSink sink;
  sink.put(NodeDirectory{segment.slots_, static_cast<std::uint32_t>(segment.labels_.size()),
                         static_cast<std::uint32_t>(segment.columns_.size()),
                         static_cast<std::uint32_t>(segment.adjacencies_.size())});
  put_set(sink, 0, segment.alive_);
  for (const LabelSet& set : segment.labels_) put_set(sink, set.label.value, set.slots);
  for (const ColumnChunk& column : segment.columns_) put_column(sink, column);
  for (const AdjacencyChunk& adjacency : segment.adjacencies_) put_adjacency(sink, adjacency);
  return sink;
}

std::shared_ptr<NodeSegment> SegmentDirectory::read_node(std::span<const std::byte> bytes,
                                                         std::vector<BlockPtr> blocks) {
  ByteSource source(bytes, "the directory of a node segment");
  const auto header = source.take<NodeDirectory>();
  source.expect(header.slots <= kSegmentSlots);
  auto segment = std::make_shared<NodeSegment>();
  segment->slots_ = header.slots;
  segment->blocks_ = std::move(blocks);
  std::uint32_t id = 0;
  segment->alive_ = take_set(source, id);
  source.expect(segment->alive_.count() <= header.slots);
  for (std::uint32_t i = 0; i < header.labels; ++i) {
    SlotSet slots = take_set(source, id);
    source.expect(segment->labels_.empty() || segment->labels_.back().label.value < id);
    segment->labels_.push_back({LabelId{id}, std::move(slots)});
  }
  for (std::uint32_t i = 0; i < header.columns; ++i) {
    ColumnChunk column = take_column(source);
    source.expect(segment->columns_.empty() ||
                  segment->columns_.back().header.id < column.header.id);
    segment->columns_.push_back(std::move(column));
  }
  for (std::uint32_t i = 0; i < header.adjacencies; ++i) {
    AdjacencyChunk adjacency = take_adjacency(source);
    source.expect(segment->adjacencies_.empty() ||
                  segment->adjacencies_.back().order() < adjacency.order());
    segment->adjacencies_.push_back(std::move(adjacency));
  }
  source.expect_end();
  return segment;
}

ByteSink SegmentDirectory::write(const RelationshipSegment& segment) {
  ByteSink sink;
  sink.put(RelationshipDirectory{segment.slots_, segment.type_.value,
                                 static_cast<std::uint32_t>(segment.columns_.size()), 0});
  put_set(sink, 0, segment.alive_);
  put_column(sink, segment.starts_);
  put_column(sink, segment.ends_);
  for (const ColumnChunk& column : segment.columns_) put_column(sink, column);
  return sink;
}

std::shared_ptr<RelationshipSegment> SegmentDirectory::read_relationship(
    std::span<const std::byte> bytes, std::vector<BlockPtr> blocks) {
  ByteSource source(bytes, "the directory of a relationship segment");
  const auto header = source.take<RelationshipDirectory>();
  source.expect(header.slots <= kSegmentSlots);
  auto segment = std::make_shared<RelationshipSegment>();
  segment->type_ = TypeId{header.type};
  segment->slots_ = header.slots;
  segment->blocks_ = std::move(blocks);
  std::uint32_t id = 0;
  segment->alive_ = take_set(source, id);
  source.expect(segment->alive_.count() <= header.slots);
  segment->starts_ = take_column(source);
  segment->ends_ = take_column(source);
  check_ends(source, segment->starts_, header.slots);
  check_ends(source, segment->ends_, header.slots);
  for (std::uint32_t i = 0; i < header.columns; ++i) {
    ColumnChunk column = take_column(source);
    source.expect(segment->columns_.empty() ||
                  segment->columns_.back().header.id < column.header.id);
    segment->columns_.push_back(std::move(column));
  }
  source.expect_end();
  return segment;
}

}  // namespace kith::storage
