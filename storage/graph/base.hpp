// storage/graph/base.hpp: the graph as one checkpoint left it: immutable, shared by all its
// readers.
//
// While a Base is held, its blocks are not reused, however many checkpoints follow. Directories are
// read when asked for and kept as long as memory allows; bases share those they have in common.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/id.hpp"
#include "storage/catalog.hpp"
#include "storage/graph/segment.hpp"
#include "storage/graph/segment_pin.hpp"
#include "storage/index/tree.hpp"
#include "storage/schema.hpp"

namespace kith::storage {

// A segment that takes new nodes with exactly these labels.
struct OpenNodeSegment {
  std::vector<LabelId> labels;  // ascending
  std::uint64_t segment = 0;
};

// What a checkpoint says about the graph as a whole.
struct BaseFields {
  std::uint64_t position = 0;   // commit position of this state
  std::uint64_t first_log = 0;  // number of the first log needed; 0: none
  std::uint64_t node_id_limit = 0;
  std::uint64_t relationship_segments = 0;  // the next one to hand out
  std::uint64_t nodes = 0, relationships = 0;
  std::vector<std::uint64_t> nodes_by_label;             // by label id; missing: 0
  std::vector<std::uint64_t> relationships_by_type;      // by type id; missing: 0
  std::vector<std::uint64_t> open_relationship_segment;  // by type id; kNoSegment or missing: none
  std::vector<OpenNodeSegment> open_node_segments;

  std::uint64_t nodes_with(LabelId label) const {
    return label.value < nodes_by_label.size() ? nodes_by_label[label.value] : 0;
  }
  std::uint64_t relationships_of(TypeId type) const {
    return type.value < relationships_by_type.size() ? relationships_by_type[type.value] : 0;
  }
  std::uint64_t open_segment(TypeId type) const {
    return type.value < open_relationship_segment.size() ? open_relationship_segment[type.value]
                                                         : kNoSegment;
  }
};

// The parts of an open data file that outlive the store, as long as a base is held.
struct DataFile;
template <class Segment>
class SegmentTable;

class Base {
 public:
  ~Base();
  Base(const Base&) = delete;
  Base& operator=(const Base&) = delete;

  std::uint64_t checkpoint() const { return checkpoint_; }
  const BaseFields& fields() const { return fields_; }
  const Catalog& catalog() const { return *catalog_; }
  // Shared by roots whose delta added no name.
  std::shared_ptr<const Catalog> shared_catalog() const { return catalog_; }
  const Schema& schema() const { return *schema_; }
  std::shared_ptr<const Schema> shared_schema() const { return schema_; }
  std::uint64_t database_id() const;
  BufferPool& pool() const;

  // For copying the file: the meta page that leads here, the pages that it does not use
  // (ascending), and the others as they are.
  const MetaPage& meta() const { return meta_; }
  std::vector<FreeExtent> free_extents() const;
  void read_pages(std::uint64_t first, std::span<std::byte> out) const;

  // Segments are numbered 0 … count - 1; one that never held anything is an empty pin. What is
  // read through a pin is valid as long as the pin, and that as long as the base.
  std::uint64_t node_segments() const;
  SegmentPin<NodeSegment> node_segment(std::uint64_t number) const;
  std::uint64_t relationship_segments() const;
  SegmentPin<RelationshipSegment> relationship_segment(std::uint64_t number) const;

  // Whether a relationship of the type begins where it ends. The first who asks about a type waits
  // until all of its lists were looked at.
  bool has_loops(TypeId type) const;

  // Without reading the directory.
  struct Brief {
    std::uint32_t slots = 0, alive = 0;
    TypeId type;  // relationship segments
  };
  Brief node_segment_brief(std::uint64_t number) const;
  Brief relationship_segment_brief(std::uint64_t number) const;

  // nullptr: the index has no tree yet, or is unknown here. Valid as long as the base.
  const IndexTree* index_tree(std::uint32_t id) const;
  std::span<const std::shared_ptr<const IndexTree>> index_trees() const { return index_trees_; }

  // Records that this checkpoint carries along instead of having merged them; empty: none.
  std::string read_carry() const;

 private:
  friend class BaseFile;
  friend class BaseWriter;
  // `number`: see FreeSpace.
  Base(std::shared_ptr<DataFile> file, std::uint64_t checkpoint, std::uint64_t number);
  static std::shared_ptr<const Base> load(const std::shared_ptr<DataFile>& file,
                                          const MetaPage& meta,
                                          std::vector<BlockPtr> free_map_blocks);

  std::shared_ptr<DataFile> file_;  // shared: by the store and every base
  std::uint64_t checkpoint_, number_;
  MetaPage meta_{};
  BaseFields fields_;
  std::shared_ptr<const Catalog> catalog_;  // shared: with the next base if it adds no name
  std::shared_ptr<const Schema> schema_;    // shared: likewise
  std::vector<std::shared_ptr<const IndexTree>> index_trees_;  // shared: with the next base
  std::unique_ptr<SegmentTable<NodeSegment>> nodes_;
  std::unique_ptr<SegmentTable<RelationshipSegment>> relationships_;
  struct Loops;
  std::unique_ptr<Loops> loops_;  // what has_loops() has found out
  std::vector<BlockPtr> catalog_blocks_, schema_blocks_, carry_blocks_, root_blocks_,
      free_map_blocks_;
  BlockPtr catalog_ptr_, schema_ptr_, carry_ptr_;
};

}  // namespace kith::storage
