// storage/delta/root.hpp: one state of the graph: an immutable base and what changed since.
//
//   D1  Everything the delta says is absolute: an entry overrides what the base says.
//   D2  Counts are exact, for base and delta together, and cost nothing to read.
//   D3  A published root never changes. A running transaction's root is changed by RootEditor
//       alone, and each change gives it a new edition, by which cursors know.
//   D4  A delta is exact over its base: no addition that the base has already, no removal of what
//   it
//       never had. When a checkpoint has merged a part of a delta, what was there then is taken out
//       of it, entry by entry, and lists keep the changes made since.
//
// Copying a root is cheap: the trees share everything.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/catalog.hpp"
#include "storage/delta/allocation.hpp"
#include "storage/delta/change.hpp"
#include "storage/delta/index_state.hpp"
#include "storage/graph/base.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// What a checkpoint has brought into a base: of the root that it froze, these parts of the delta.
struct Merged {
  std::shared_ptr<const Base> base;  // shared: with the roots that go on on it
  std::uint64_t delta_bytes = 0;     // of the parts, about
  NodeTree nodes;
  RelationshipTree relationships;
  std::vector<IndexState> indexes;  // whose deltas are in the trees of the base
};

class Root {
 public:
  // The graph as a checkpoint left it.
  explicit Root(std::shared_ptr<const Base> base);

  // D4. The same graph on the base of a checkpoint that froze this root or an earlier one.
  Root rebased(const Merged& merged) const;

  const Base& base() const { return *base_; }
  const std::shared_ptr<const Base>& shared_base() const { return base_; }
  const Catalog& catalog() const { return *catalog_; }
  const std::shared_ptr<const Catalog>& shared_catalog() const { return catalog_; }
  const Schema& schema() const { return *schema_; }
  const std::shared_ptr<const Schema>& shared_schema() const { return schema_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t edition() const { return edition_; }
  bool has_delta() const {
    return !nodes_.empty() || !relationships_.empty() || catalog_ != base_->shared_catalog() ||
           schema_ != base_->shared_schema() || position_ != base_->fields().position;
  }
  bool is_newer_than_base() const { return position_ != base_->fields().position; }
  std::uint64_t delta_bytes() const { return delta_bytes_; }  // about

  // In the order of the schema's indexes.
  bool has_indexes() const { return !indexes_.empty(); }
  std::span<const IndexState> indexes() const { return indexes_; }
  const IndexState* index_state(std::uint32_t id) const;  // nullptr: there is no such index
  // Its tree and its delta are all of it: it can be read (I2).
  bool is_online(const IndexState& index) const {
    return index.complete || base_->index_tree(index.id);
  }

  // An index waits for the checkpoint that builds its tree.
  bool has_index_to_build() const;

  const NodeTree& nodes() const { return nodes_; }
  const RelationshipTree& relationships() const { return relationships_; }
  const NodeAllocation& node_ids() const { return node_ids_; }
  const RelationshipAllocation& relationship_ids() const { return relationship_ids_; }

  std::uint64_t node_count() const { return node_count_; }
  std::uint64_t node_count(LabelId label) const { return at(label_counts_, label.value); }
  std::uint64_t relationship_count() const { return relationship_count_; }
  std::uint64_t relationship_count(TypeId type) const { return at(type_counts_, type.value); }
  const std::vector<std::uint64_t>& label_counts() const { return label_counts_; }
  const std::vector<std::uint64_t>& type_counts() const { return type_counts_; }

 private:
  friend class RootEditor;
  static std::uint64_t at(const std::vector<std::uint64_t>& counts, std::uint32_t id) {
    return id < counts.size() ? counts[id] : 0;
  }

  std::shared_ptr<const Base> base_;        // shared: by all roots built on it
  std::shared_ptr<const Catalog> catalog_;  // shared: by all roots with the same names
  std::shared_ptr<const Schema> schema_;    // shared: likewise
  std::uint64_t position_ = 0;
  std::uint64_t edition_ = 0;
  std::uint64_t delta_bytes_ = 0;
  NodeTree nodes_;
  RelationshipTree relationships_;
  std::vector<IndexState> indexes_;
  NodeAllocation node_ids_;
  RelationshipAllocation relationship_ids_;
  std::uint64_t node_count_ = 0, relationship_count_ = 0;
  std::vector<std::uint64_t> label_counts_, type_counts_;
};

}  // namespace kith::storage
