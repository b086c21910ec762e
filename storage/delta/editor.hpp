// storage/delta/editor.hpp: changing a root: the one place where deltas and counts are made.
//
// Callers have checked that what they ask makes sense (a transaction against its own root, replay
// against the log); an editor asserts it. Changes are made in place for `owner` (see ref.hpp).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "storage/delta/alike_entries.hpp"
#include "storage/delta/index_upkeep.hpp"
#include "storage/delta/root.hpp"

namespace kith::storage {

// Nodes of one segment, ids one after another; no change and no base has one of them.
struct NewNodes {
  NodeId first;
  std::uint32_t count = 0;
  std::span<const LabelId> labels;  // ascending
  std::span<const KeyId> keys;      // ascending
  std::span<const Cell> values;     // node by node, one for each key; null: it has none
};

// Relationships of one type and segment, ids one after another; likewise.
struct NewRelationships {
  RelationshipId first;
  TypeId type;
  std::span<const NodeId> starts, ends;
  std::span<const KeyId> keys;
  std::span<const Cell> values;
};

class RootEditor {
 public:
  RootEditor(Root& root, Owner owner) : root_(root), owner_(owner) {}

  const Root& root() const { return root_; }

  // The name gets the next id, which is returned.
  std::uint32_t add_label(std::string_view name);
  std::uint32_t add_type(std::string_view name);
  std::uint32_t add_key(std::string_view name);

  // `labels` ascending; `properties` without nulls.
  void create_node(NodeId node, std::span<const LabelId> labels,
                   std::span<const Property> properties);
  void create_nodes(const NewNodes& nodes);
  void delete_node(NodeId node);
  void delete_nodes(std::span<const NodeId> nodes);  // each once
  void set_label(NodeId node, LabelId label, bool present);
  // Of nodes that have it not, or that have it; each once.
  void set_label(std::span<const NodeId> nodes, LabelId label, bool present);
  void set_property(NodeId node, KeyId key, const Cell& value);

  void create_relationship(const Relationship& relationship, std::span<const Property> properties);
  void create_relationships(const NewRelationships& relationships);
  // In two steps, so that those of several segments come to lists together: first all but the lists
  // of their ends, then these.
  void make_relationships(const NewRelationships& relationships);
  void link_relationships(TypeId type, std::span<const std::uint64_t> ids,
                          std::span<const NodeId> starts, std::span<const NodeId> ends);
  void delete_relationship(RelationshipId relationship);
  // All of one type, each once: the same one after another. `gone`: as they are.
  void delete_relationships(TypeId type, std::span<const RelationshipId> ids,
                            std::span<const Relationship> gone);
  void set_property(RelationshipId relationship, KeyId key, const Cell& value);

  // One element after another: to each its row of values, one for each key (ascending).
  void set_properties(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                      std::span<const Cell> values);
  void set_properties(std::span<const RelationshipId> relationships, std::span<const KeyId> keys,
                      std::span<const Cell> values);

  // The ids are the schema's next ones.
  void create_index(IndexDef index);
  void drop_index(std::uint32_t id);
  void create_constraint(ConstraintDef constraint);  // and the index it owns
  void drop_constraint(std::uint32_t id);            // likewise
  // What an index that was just made, and is not online, has in this state.
  void seed_index(const IndexDef& index, std::shared_ptr<const IndexSeed> seed);

  // What a checkpoint carried along: an entry as it is, which counts and names know already.
  void carry(NodeId node, Existence existence, bool labels_changed, std::span<const LabelId> labels,
             std::span<const Property> properties, std::span<const ListChange> out,
             std::span<const ListChange> in);
  void carry(const Relationship& relationship, Existence existence,
             std::span<const Property> properties);

  void set_position(std::uint64_t position);
  // Everything as it was in `before`, a copy of this root made earlier.
  void restore(const Root& before);

 private:
  NodeChange& change(NodeId node);
  RelationshipChange& change(RelationshipId relationship);
  void set(PropertyChanges& properties, KeyId key, const Cell& value);
  void set_all(PropertyChanges& to, std::span<const Property> properties);  // `to` is empty
  void append(OptionalList& list, const ListChange& change);
  // In editor_lists.cpp.
  struct NodeEdge {
    std::uint64_t node;
    ListChange change;
  };
  template <class Word>
  void link_by_segment(TypeId type, std::span<const std::uint64_t> ids,
                       std::span<const NodeId> starts, std::span<const NodeId> ends);
  template <class Word>
  void append_placed(TypeId type, Direction direction, std::uint64_t segment,
                     std::span<SegmentEdges::Placed<Word>> placed, SlabMaker<NodeChange>& slabs,
                     std::uint64_t& bytes);
  template <class EdgeAt, class Fetch>
  void append_all(std::size_t count, bool added, EdgeAt&& edge_at, Fetch&& fetch);
  void append_to_leaf(Direction direction, std::span<const NodeEdge> edges,
                      SlabMaker<NodeChange>& slabs, std::uint64_t& bytes);
  bool append_common(Direction direction, std::uint32_t places, std::span<const NodeEdge> edges,
                     SlabMaker<NodeChange>& slabs, std::uint64_t& bytes);
  void unlink_relationships(std::span<const Relationship> gone);
  void tell_lists(std::uint64_t first, std::uint32_t places, AlikeEntries& news,
                  SlabMaker<NodeChange>& slabs, std::uint64_t& bytes);
  // In editor_removals.cpp.
  void mark_lists(std::span<const Relationship> gone);
  void remove_entries(TypeId type, std::span<const RelationshipId> ids,
                      std::span<const Relationship> gone);
  // In editor_rows.cpp.
  template <class Change, class Tree, class I>
  void set_rows(Tree& tree, std::span<const I> ids, std::span<const KeyId> keys,
                std::span<const Cell> values);
  template <class Change, class Tree, class I>
  void set_all_rows(ElementKind on, Tree& tree, std::span<const I> ids, std::span<const KeyId> keys,
                    std::span<const Cell> values);
  void count(std::vector<std::uint64_t>& counts, std::uint32_t id, bool up);
  void edited(std::size_t bytes);
  std::shared_ptr<Catalog> copy_catalog() const;

  // In index_upkeep.cpp.
  IndexDelta& delta_of(const IndexDef& index);
  void set_entry(const IndexDef& index, std::string_view entry, bool present);
  void set_entries(SchemaToken token, std::uint64_t id, bool present);
  void set_entries(const IndexDef& index, std::span<const std::string_view> entries, bool present);
  template <class I>
  void set_entries(SchemaToken token, std::span<const I> ids, bool present);
  // Those of an element that was just made.
  template <class Change>
  void add_entries(SchemaToken token, std::uint64_t id, const Change& made);
  // Those of elements from `first` on.
  void add_entries(SchemaToken token, std::uint64_t first, std::span<const KeyId> keys,
                   std::span<const Cell> values, std::size_t count);
  void set_entries(ElementKind on, std::uint64_t id,
                   const std::vector<IndexUpkeep::Change>& changes);
  void take_schema(std::shared_ptr<const Schema> schema);

  Root& root_;
  Owner owner_;
  ListRows::Maker lists_;        // scratch, as are
  std::vector<NodeEdge> edges_;  // those of a leaf
};

}  // namespace kith::storage
