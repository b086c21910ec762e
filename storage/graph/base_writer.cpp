// storage/graph/base_writer.cpp: one checkpoint, from changed segments to the meta page.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/graph/data_file.hpp"
#include "storage/graph/root.hpp"
#include "storage/graph/segment_table.hpp"

namespace kith::storage {

namespace {

template <class Segment>
struct Changed {
  LeafEntry entry{};
  std::shared_ptr<const Segment> segment;  // shared: with the next base; nullptr: to be read again
};

LeafEntry entry_of(BlockPtr directory, const NodeSegment& segment) {
  return {directory, segment.slots(), segment.alive().count(), 0, 0};
}
LeafEntry entry_of(BlockPtr directory, const RelationshipSegment& segment) {
  return {directory, segment.slots(), segment.alive().count(), segment.type().value, 0};
}

template <class Segment>
Changed<Segment> changed_to(SegmentCache& cache, BlockPtr directory,
                            std::shared_ptr<const Segment> segment) {
  Changed<Segment> changed{entry_of(directory, *segment), nullptr};
  if (cache.has_room(segment->memory_bytes())) changed.segment = cache.count(std::move(segment));
  return changed;
}

// The table of the next base: leaves with changed segments are written anew.
template <class Segment>
void next_table(BlockWriter& out, SegmentCache& cache, const SegmentTable<Segment>& from,
                const std::map<std::uint64_t, Changed<Segment>>& changes, std::uint64_t size,
                SegmentTable<Segment>& to) {
  using Leaf = typename SegmentTable<Segment>::Leaf;
  for (const auto& leaf : from.leaves()) to.add_leaf(leaf);
  const std::size_t leaves = (size + kLeafSegments - 1) / kLeafSegments;
  while (to.leaves().size() < leaves) to.add_leaf(nullptr);
  to.set_size(size);
  for (auto at = changes.begin(); at != changes.end();) {
    const std::size_t index = at->first / kLeafSegments;
    KITH_ASSERT(at->first < size);
    const Leaf* before = to.leaves()[index].get();
    auto leaf = before ? std::make_shared<Leaf>(*before) : std::make_shared<Leaf>(cache);
    if (before) out.free(before->ptr);
    for (; at != changes.end() && at->first / kLeafSegments == index; ++at) {
      const std::size_t i = at->first % kLeafSegments;
      leaf->entries[i] = at->second.entry;
      leaf->forget(i);
      if (at->second.segment) leaf->put(i, at->second.segment);
    }
    leaf->ptr = out.write_stream(BlockKind::Leaf, std::as_bytes(std::span(leaf->entries)));
    to.set_leaf(index, std::move(leaf));
  }
}

template <class Segment>
std::vector<BlockPtr> pointers_of(const SegmentTable<Segment>& table) {
  std::vector<BlockPtr> pointers;
  for (const auto& leaf : table.leaves()) pointers.push_back(leaf ? leaf->ptr : BlockPtr{});
  return pointers;
}

// The free map describes the file with the map itself in it: its blocks are allocated first, with
// room for as many extents as there can be.
BlockPtr write_free_map(BlockWriter& out, std::uint64_t checkpoint, std::vector<BlockPtr>& blocks) {
  const std::size_t size =
      sizeof(std::uint64_t) + out.space().map_entries_bound() * sizeof(FreeExtent);
  const auto pages = out.allocate_stream(size);
  const auto extents = out.space().map_after(checkpoint);
  ByteSink sink;
  sink.put(static_cast<std::uint64_t>(extents.size()));
  sink.put_array(std::span(extents));
  KITH_ASSERT(sink.bytes().size() <= size);
  std::vector<std::byte> bytes(sink.bytes().begin(), sink.bytes().end());
  bytes.resize(size);
  return out.write_stream_at(BlockKind::FreeMap, bytes, pages, &blocks);
}

static_assert(sizeof(LeafEntry) * kLeafSegments <= kMaxPayload);  // a leaf is one block

}  // namespace

struct BaseWriter::State {
  std::mutex mutex;
  std::map<std::uint64_t, Changed<NodeSegment>> nodes;
  std::map<std::uint64_t, Changed<RelationshipSegment>> relationships;
  std::shared_ptr<const Catalog> catalog;  // shared: with the next base
  std::shared_ptr<const Schema> schema;    // likewise
  std::optional<std::vector<IndexEntry>> indexes;
  std::string carry;
};

BaseWriter::BaseWriter(BaseFile& file)
    : file_(file), from_(file.base()), state_(std::make_unique<State>()) {
  if (file.file_->failed)
    throw StorageError("ReadOnly",
                       "an earlier checkpoint failed while it was made durable; nothing can be "
                       "written before the database is opened again");
  const bool another = file.file_->writing.exchange(true);
  KITH_ASSERT(!another);  // what it has allocated would be taken for ours
  static_cast<void>(another);
  out_ = std::make_unique<BlockWriter>(file.file_->blocks, file.file_->space);
}

BaseWriter::~BaseWriter() {
  out_.reset();
  file_.file_->writing = false;
}

BufferPool& BaseWriter::pool() { return file_.pool(); }

NodeSegmentBuilder BaseWriter::node_segment(std::uint64_t number) {
  return {*out_, pool(), from_->node_segment(number).get()};
}

RelationshipSegmentBuilder BaseWriter::relationship_segment(std::uint64_t number, TypeId type) {
  return {*out_, pool(), type, from_->relationship_segment(number).get()};
}

void BaseWriter::put(std::uint64_t number, NodeSegmentBuilder builder) {
  BlockPtr directory;
  auto segment = builder.finish(directory);
  auto changed = changed_to(file_.file_->segments, directory, std::move(segment));
  const std::lock_guard lock(state_->mutex);
  const bool added = state_->nodes.emplace(number, std::move(changed)).second;
  KITH_ASSERT(added);  // a checkpoint writes a segment once
  static_cast<void>(added);
}

void BaseWriter::put(std::uint64_t number, RelationshipSegmentBuilder builder) {
  BlockPtr directory;
  auto segment = builder.finish(directory);
  auto changed = changed_to(file_.file_->segments, directory, std::move(segment));
  const std::lock_guard lock(state_->mutex);
  const bool added = state_->relationships.emplace(number, std::move(changed)).second;
  KITH_ASSERT(added);
  static_cast<void>(added);
}

void BaseWriter::set_catalog(std::shared_ptr<const Catalog> catalog) {
  state_->catalog = std::move(catalog);
}

void BaseWriter::set_schema(std::shared_ptr<const Schema> schema) {
  state_->schema = std::move(schema);
}

void BaseWriter::set_indexes(std::vector<IndexEntry> indexes) {
  state_->indexes = std::move(indexes);
}

// Trees that did not change are shared, with what they remember of the pool.
std::vector<IndexEntry> BaseWriter::write_indexes(Base& next) const {
  std::vector<IndexEntry> entries;
  if (!state_->indexes) {
    next.index_trees_ = from_->index_trees_;
    for (const auto& tree : next.index_trees_)
      entries.push_back({tree->id(), tree->top().height, tree->top().page});
    return entries;
  }
  for (const IndexEntry& entry : *state_->indexes) {
    const IndexTop top{entry.height, entry.top};
    const auto old = std::find_if(from_->index_trees_.begin(), from_->index_trees_.end(),
                                  [&](const auto& tree) { return tree->id() == entry.id; });
    const bool same = old != from_->index_trees_.end() && (*old)->top() == top;
    next.index_trees_.push_back(same ? *old
                                     : std::make_shared<IndexTree>(entry.id, top, from_->pool()));
  }
  return *state_->indexes;
}

void BaseWriter::set_carry(std::string_view records) { state_->carry = records; }

std::shared_ptr<Base> BaseWriter::write_base(const BaseFields& fields, MetaPage& meta) {
  const Base& from = *from_;
  std::shared_ptr<Base> next(new Base(from.file_, from.checkpoint_ + 1));
  next->fields_ = fields;
  next->catalog_ = from.catalog_;
  next->catalog_ptr_ = from.catalog_ptr_;
  next->catalog_blocks_ = from.catalog_blocks_;
  if (state_->catalog) {
    next->catalog_ = state_->catalog;
    next->catalog_blocks_.clear();
    const std::string names = write_catalog(*next->catalog_);
    next->catalog_ptr_ =
        out_->write_stream(BlockKind::Catalog, std::as_bytes(std::span(names.data(), names.size())),
                           &next->catalog_blocks_);
    out_->free(from.catalog_blocks_);
  }
  next->schema_ = from.schema_;
  next->schema_ptr_ = from.schema_ptr_;
  next->schema_blocks_ = from.schema_blocks_;
  if (state_->schema) {
    next->schema_ = state_->schema;
    next->schema_blocks_.clear();
    const std::string schema = next->schema_->encode();
    next->schema_ptr_ = out_->write_stream(BlockKind::Schema,
                                           std::as_bytes(std::span(schema.data(), schema.size())),
                                           &next->schema_blocks_);
    out_->free(from.schema_blocks_);
  }
  out_->free(from.carry_blocks_);
  if (!state_->carry.empty()) {
    const auto bytes = std::as_bytes(std::span(state_->carry.data(), state_->carry.size()));
    next->carry_ptr_ = out_->write_stream(BlockKind::Carry, bytes, &next->carry_blocks_);
  }
  SegmentCache& cache = file_.file_->segments;
  next_table(*out_, cache, *from.nodes_, state_->nodes, segments_below(fields.node_id_limit),
             *next->nodes_);
  next_table(*out_, cache, *from.relationships_, state_->relationships,
             fields.relationship_segments, *next->relationships_);
  const std::vector<IndexEntry> indexes = write_indexes(*next);
  const ByteSink root =
      write_root(fields, {next->catalog_ptr_, next->carry_ptr_, next->schema_ptr_,
                          pointers_of(*next->nodes_), pointers_of(*next->relationships_), indexes});
  meta.root = out_->write_stream(BlockKind::Root, root.bytes(), &next->root_blocks_);
  out_->free(from.root_blocks_);
  out_->free(from.free_map_blocks_);
  meta.free_map = write_free_map(*out_, next->checkpoint_, next->free_map_blocks_);
  return next;
}

std::shared_ptr<const Base> BaseWriter::commit(BaseFields fields) {
  DataFile& data = *file_.file_;
  KITH_ASSERT(fields.node_id_limit >= from_->fields().node_id_limit);  // ids are never taken back
  KITH_ASSERT(fields.relationship_segments >= from_->fields().relationship_segments);
  MetaPage meta{};
  meta.database_id = data.database_id;
  meta.checkpoint = from_->checkpoint() + 1;
  meta.position = fields.position;
  meta.first_log = fields.first_log;
  std::shared_ptr<Base> next = write_base(fields, meta);  // shared: with readers
  meta.file_pages = data.space.file_pages();
  next->meta_ = meta;
  data.blocks.sync();  // C1: what the meta page leads to is there before the meta page
  out_->finished();    // from here on it may be on disk: its pages are not given back
  try {
    data.blocks.write_meta(meta);
    data.blocks.sync();
  } catch (...) {
    data.failed = true;
    throw;
  }
  data.space.committed(meta.checkpoint);
  const std::lock_guard lock(file_.mutex_);
  file_.base_ = next;
  return next;
}

}  // namespace kith::storage
