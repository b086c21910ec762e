// storage/graph/base.cpp: reading the root of a checkpoint, and segments when they are asked for.
#include "storage/graph/base.hpp"

#include <map>
#include <mutex>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/graph/data_file.hpp"
#include "storage/graph/directory.hpp"
#include "storage/graph/root.hpp"
#include "storage/graph/segment_table.hpp"

namespace kith::storage {

namespace {

std::shared_ptr<const NodeSegment> load_node(BlockFile& file, BlockPtr ptr) {
  std::vector<BlockPtr> blocks;
  const auto bytes = read_stream(file, ptr, BlockKind::Directory, &blocks);
  return SegmentDirectory::read_node(bytes, std::move(blocks));
}

std::shared_ptr<const RelationshipSegment> load_relationship(BlockFile& file, BlockPtr ptr) {
  std::vector<BlockPtr> blocks;
  const auto bytes = read_stream(file, ptr, BlockKind::Directory, &blocks);
  return SegmentDirectory::read_relationship(bytes, std::move(blocks));
}

template <class Segment>
void load_leaves(DataFile& data, const std::vector<BlockPtr>& pointers,
                 SegmentTable<Segment>& table) {
  using Leaf = typename SegmentTable<Segment>::Leaf;
  for (const BlockPtr ptr : pointers) {
    if (!ptr.is_set()) {
      table.add_leaf(nullptr);
      continue;
    }
    const auto bytes = read_stream(data.blocks, ptr, BlockKind::Leaf);
    ByteSource source(bytes, "a segment table");
    auto leaf = std::make_shared<Leaf>(data.segments);
    leaf->ptr = ptr;
    for (LeafEntry& entry : leaf->entries) {
      entry = source.take<LeafEntry>();
      source.expect(entry.slots <= kSegmentSlots && entry.alive <= entry.slots);
    }
    source.expect_end();
    table.add_leaf(std::move(leaf));
  }
}

bool has_loop(AdjacencyReader& lists, std::uint64_t segment) {
  for (std::uint32_t slot = lists.next_list(0); slot < kSegmentSlots;
       slot = lists.next_list(slot + 1)) {
    const AdjacencyReader::List list = lists.list(slot);
    const std::uint64_t self = segment << kSegmentBits | slot;
    const std::uint64_t at = lists.lower_bound(list, self);
    if (at < list.end && lists.neighbour(at) == self) return true;
  }
  return false;
}

}  // namespace

struct Base::Loops {
  std::mutex mutex;
  std::map<TypeId, bool> known;
};

bool Base::has_loops(TypeId type) const {
  const std::lock_guard lock(loops_->mutex);
  if (fields_.relationships_of(type) == 0) return false;
  const auto [at, is_new] = loops_->known.try_emplace(type, true);  // true, should reading fail
  if (!is_new) return at->second;
  for (std::uint64_t number = 0; number < node_segments(); ++number) {
    const auto segment = node_segment(number);
    const AdjacencyChunk* chunk = segment ? segment->adjacency(type, Direction::Out) : nullptr;
    if (chunk == nullptr) continue;
    AdjacencyReader lists(pool(), *chunk);
    if (has_loop(lists, number)) return true;
  }
  at->second = false;
  return false;
}

Base::Base(std::shared_ptr<DataFile> file, std::uint64_t checkpoint, std::uint64_t number)
    : file_(std::move(file)),
      checkpoint_(checkpoint),
      number_(number),
      catalog_(std::make_shared<Catalog>()),
      schema_(Schema::empty()),
      nodes_(std::make_unique<SegmentTable<NodeSegment>>()),
      relationships_(std::make_unique<SegmentTable<RelationshipSegment>>()),
      loops_(std::make_unique<Loops>()) {
  file_->space.retain(number_, checkpoint_);
}

Base::~Base() { file_->space.release(number_); }

std::shared_ptr<const Base> Base::load(const std::shared_ptr<DataFile>& file, const MetaPage& meta,
                                       std::vector<BlockPtr> free_map_blocks) {
  std::shared_ptr<Base> base(new Base(file, meta.checkpoint, file->space.base_number() - 1));
  base->free_map_blocks_ = std::move(free_map_blocks);
  base->meta_ = meta;
  const auto bytes = read_stream(file->blocks, meta.root, BlockKind::Root, &base->root_blocks_);
  RootPointers pointers;
  read_root(bytes, base->fields_, pointers);
  base->fields_.position = meta.position;
  base->fields_.first_log = meta.first_log;
  base->catalog_ptr_ = pointers.catalog;
  base->carry_ptr_ = pointers.carry;
  if (pointers.catalog.is_set()) {
    const auto names =
        read_stream(file->blocks, pointers.catalog, BlockKind::Catalog, &base->catalog_blocks_);
    base->catalog_ = std::make_shared<Catalog>(read_catalog(names));
  }
  base->schema_ptr_ = pointers.schema;
  if (pointers.schema.is_set())
    base->schema_ = Schema::decode(
        read_stream(file->blocks, pointers.schema, BlockKind::Schema, &base->schema_blocks_));
  for (const IndexEntry& entry : pointers.indexes)
    base->index_trees_.push_back(
        std::make_shared<IndexTree>(entry.id, IndexTop{entry.height, entry.top}, file->pool));
  if (pointers.carry.is_set())
    read_stream(file->blocks, pointers.carry, BlockKind::Carry, &base->carry_blocks_);
  load_leaves(*file, pointers.node_leaves, *base->nodes_);
  load_leaves(*file, pointers.relationship_leaves, *base->relationships_);
  base->nodes_->set_size(segments_below(base->fields_.node_id_limit));
  base->relationships_->set_size(base->fields_.relationship_segments);
  ByteSource(bytes, "the root of a checkpoint")
      .expect(base->nodes_->size() <= base->nodes_->leaves().size() * kLeafSegments &&
              base->relationships_->size() <=
                  base->relationships_->leaves().size() * kLeafSegments);
  return base;
}

std::uint64_t Base::database_id() const { return file_->database_id; }
BufferPool& Base::pool() const { return file_->pool; }

std::vector<FreeExtent> Base::free_extents() const {
  const auto bytes = read_stream(file_->blocks, meta_.free_map, BlockKind::FreeMap);
  ByteSource source(bytes, "the free map");
  return source.take_array<FreeExtent>(source.take<std::uint64_t>());
}

void Base::read_pages(std::uint64_t first, std::span<std::byte> out) const {
  KITH_ASSERT(first >= kFirstBlockPage && out.size() % kPageBytes == 0);
  file_->blocks.file().read(first * kPageBytes, out);
}

std::uint64_t Base::node_segments() const { return nodes_->size(); }
std::uint64_t Base::relationship_segments() const { return relationships_->size(); }

SegmentPin<NodeSegment> Base::node_segment(std::uint64_t number) const {
  return nodes_->get(file_->blocks, load_node, number);
}

SegmentPin<RelationshipSegment> Base::relationship_segment(std::uint64_t number) const {
  return relationships_->get(file_->blocks, load_relationship, number);
}

Base::Brief Base::node_segment_brief(std::uint64_t number) const {
  const LeafEntry* entry = nodes_->entry(number);
  return entry ? Brief{entry->slots, entry->alive, {}} : Brief{};
}

Base::Brief Base::relationship_segment_brief(std::uint64_t number) const {
  const LeafEntry* entry = relationships_->entry(number);
  return entry ? Brief{entry->slots, entry->alive, TypeId{entry->type}} : Brief{};
}

const IndexTree* Base::index_tree(std::uint32_t id) const {
  for (const auto& tree : index_trees_)
    if (tree->id() == id) return tree.get();
  return nullptr;
}

std::string Base::read_carry() const {
  if (!carry_ptr_.is_set()) return {};
  const auto bytes = read_stream(file_->blocks, carry_ptr_, BlockKind::Carry);
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

}  // namespace kith::storage
