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
  // Shared: with the next base; nullptr: to be read again, or nothing exists.
  std::shared_ptr<const Segment> segment;
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

void free_columns(BlockWriter& out, std::span<const ColumnChunk> columns) {
  for (const ColumnChunk& column : columns) out.replace(column.chunk, nullptr);
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
  std::shared_ptr<Base> prepared;  // shared: it becomes the newest base
  MetaPage meta{};
};

BaseWriter::BaseWriter(BaseFile& file)
    : file_(file),
      checkpoint_(file.base()->checkpoint() + 1),
      from_(file.base()),
      state_(std::make_unique<State>()) {
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

void BaseWriter::put_dead(std::uint64_t number, std::uint32_t slots) {
  if (const auto old = from_->node_segment(number)) {
    free_columns(*out_, old->columns());
    for (const AdjacencyChunk& lists : old->adjacencies()) out_->replace(lists.chunk, nullptr);
    out_->free(old->directory_blocks());
  }
  const std::lock_guard lock(state_->mutex);
  const bool added =
      state_->nodes.emplace(number, Changed<NodeSegment>{{{}, slots, 0, 0, 0}, {}}).second;
  KITH_ASSERT(added && slots <= kSegmentSlots);
  static_cast<void>(added);
}

void BaseWriter::put_dead(std::uint64_t number, std::uint32_t slots, TypeId type) {
  if (const auto old = from_->relationship_segment(number)) {
    free_columns(*out_, old->columns());
    out_->replace(old->starts().chunk, nullptr);
    out_->replace(old->ends().chunk, nullptr);
    out_->free(old->directory_blocks());
  }
  const std::lock_guard lock(state_->mutex);
  const bool added =
      state_->relationships
          .emplace(number, Changed<RelationshipSegment>{{{}, slots, 0, type.value, 0}, {}})
          .second;
  KITH_ASSERT(added && slots <= kSegmentSlots);
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
void BaseWriter::share_indexes(Base& next) const {
  if (!state_->indexes) {
    next.index_trees_ = from_->index_trees_;
    return;
  }
  for (const IndexEntry& entry : *state_->indexes) {
    const IndexTop top{entry.height, entry.top};
    const auto old = std::find_if(from_->index_trees_.begin(), from_->index_trees_.end(),
                                  [&](const auto& tree) { return tree->id() == entry.id; });
    const bool same = old != from_->index_trees_.end() && (*old)->top() == top;
    next.index_trees_.push_back(same ? *old
                                     : std::make_shared<IndexTree>(entry.id, top, from_->pool()));
  }
}

void BaseWriter::set_carry(std::string_view records) { state_->carry = records; }

// Names, schema and segments.
std::shared_ptr<Base> BaseWriter::write_tables(const BaseFields& fields) {
  const Base& from = *from_;
  KITH_ASSERT(fields.node_id_limit >= from.fields().node_id_limit);  // ids are never taken back
  KITH_ASSERT(fields.relationship_segments >= from.fields().relationship_segments);
  std::shared_ptr<Base> next(new Base(from.file_, checkpoint_, out_->space().base_number()));
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
  SegmentCache& cache = file_.file_->segments;
  next_table(*out_, cache, *from.nodes_, state_->nodes, segments_below(fields.node_id_limit),
             *next->nodes_);
  next_table(*out_, cache, *from.relationships_, state_->relationships,
             fields.relationship_segments, *next->relationships_);
  share_indexes(*next);
  return next;
}

std::shared_ptr<const Base> BaseWriter::stage(const BaseFields& fields) {
  std::shared_ptr<Base> next = write_tables(fields);
  // What the durable checkpoint has beside its tables is replaced at the end.
  next->carry_blocks_ = from_->carry_blocks_;
  next->root_blocks_ = from_->root_blocks_;
  next->free_map_blocks_ = from_->free_map_blocks_;
  clear();
  out_->space().staged();
  from_ = next;
  return next;
}

void BaseWriter::clear() {
  state_->nodes.clear();
  state_->relationships.clear();
  state_->catalog.reset();
  state_->schema.reset();
  state_->indexes.reset();
}

BaseWriter::Mark BaseWriter::mark() const { return {from_, out_->space().mark()}; }

void BaseWriter::rewind(const Mark& mark) {
  KITH_ASSERT(mark.from && !state_->prepared);
  clear();
  from_ = mark.from;
  out_->space().rewind(mark.space);
}

void BaseWriter::prepare(BaseFields fields) {
  const Base& from = *from_;
  std::shared_ptr<Base> next = write_tables(fields);
  out_->free(from.carry_blocks_);
  if (!state_->carry.empty()) {
    const auto bytes = std::as_bytes(std::span(state_->carry.data(), state_->carry.size()));
    next->carry_ptr_ = out_->write_stream(BlockKind::Carry, bytes, &next->carry_blocks_);
  }
  std::vector<IndexEntry> indexes;
  for (const auto& tree : next->index_trees_)
    indexes.push_back({tree->id(), tree->top().height, tree->top().page});
  const ByteSink root =
      write_root(fields, {next->catalog_ptr_, next->carry_ptr_, next->schema_ptr_,
                          pointers_of(*next->nodes_), pointers_of(*next->relationships_), indexes});
  state_->meta.root = out_->write_stream(BlockKind::Root, root.bytes(), &next->root_blocks_);
  out_->free(from.root_blocks_);
  out_->free(from.free_map_blocks_);
  state_->meta.free_map = write_free_map(*out_, next->checkpoint_, next->free_map_blocks_);
  state_->meta.database_id = file_.file_->database_id;
  state_->meta.checkpoint = checkpoint_;
  state_->meta.position = fields.position;
  state_->meta.file_pages = file_.file_->space.file_pages();
  file_.file_->blocks.sync();  // C1: what the meta page leads to is there before the meta page
  state_->prepared = std::move(next);
}

std::shared_ptr<const Base> BaseWriter::commit(BaseFields fields) {
  const std::uint64_t first_log = fields.first_log;
  prepare(std::move(fields));
  return flip(first_log);
}

std::shared_ptr<const Base> BaseWriter::flip(std::uint64_t first_log) {
  DataFile& data = *file_.file_;
  const std::shared_ptr<Base> next = state_->prepared;  // shared: see State
  KITH_ASSERT(next);
  MetaPage& meta = state_->meta;
  next->fields_.first_log = meta.first_log = first_log;
  next->meta_ = meta;
  out_->finished();  // from here on it may be on disk: its pages are not given back
  try {
    data.blocks.write_meta(meta);
    data.blocks.sync();
  } catch (...) {
    data.failed = true;
    throw;
  }
  data.space.committed(meta.checkpoint);
  data.cut_end(meta.file_pages);
  const std::lock_guard lock(file_.mutex_);
  file_.base_ = next;
  return next;
}

}  // namespace kith::storage
