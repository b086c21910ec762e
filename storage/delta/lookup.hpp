// storage/delta/lookup.hpp: single elements of a root: base and delta as one.
//
// Batches go through cursors, which ask once per segment; this is for writers, single reads, and
// rows that have changes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/arena.hpp"
#include "storage/delta/existing.hpp"
#include "storage/delta/root.hpp"
#include "storage/graph/adjacency.hpp"

namespace kith::storage {

// nullptr: the base alone knows.
const NodeChange* change_of(const Root& root, NodeId node);
const RelationshipChange* change_of(const Root& root, RelationshipId relationship);

// Empty: the base has no such segment.
SegmentPin<NodeSegment> base_segment(const Root& root, NodeId node);
SegmentPin<RelationshipSegment> base_segment(const Root& root, RelationshipId relationship);

bool exists(const Root& root, NodeId node);
bool exists(const Root& root, RelationshipId relationship);
// Nothing is, or was since the base, at these ids of one segment.
bool are_free(const Root& root, NodeId first, std::uint32_t count);
bool are_free(const Root& root, RelationshipId first, std::uint32_t count);

bool has_label(const Root& root, NodeId node, LabelId label);
std::vector<LabelId> labels_of(const Root& root, NodeId node);  // ascending; empty if none exists

TypeId type_of(const Root& root, RelationshipId relationship);  // of its segment
// Also of one that was deleted by a change that the delta still has.
Relationship ends_of(const Root& root, RelationshipId relationship);
// Those of `wanted` (ascending) that exist.
void find_existing(const Root& root, std::span<const RelationshipId> wanted,
                   std::vector<Relationship>& found);

// Deep copies in `arena`; a null cell where there is no such element or property.
Cell property(const Root& root, NodeId node, KeyId key, Arena& arena);
Cell property(const Root& root, RelationshipId relationship, KeyId key, Arena& arena);
std::vector<Property> properties(const Root& root, NodeId node, Arena& arena);
std::vector<Property> properties(const Root& root, RelationshipId relationship, Arena& arena);

// One end of a relationship as the adjacency list of the other has it.
struct Neighbour {
  std::uint64_t node, relationship;
  friend auto operator<=>(const Neighbour&, const Neighbour&) = default;
};

// The place of the first that does not exist; how many there are, if all do.
std::size_t first_missing(const Root& root, std::span<const NodeId> nodes);
std::size_t first_missing(const Root& root, std::span<const RelationshipId> relationships);

// The types to look at where none was named: all the root knows.
std::vector<TypeId> all_types(const Root& root);

// Those of lists of the node (Out or In) that may have something, now or when the delta is in the
// base, ascending: of many types a node has a few.
void types_of_lists(const Root& root, NodeId node, Direction direction, std::vector<TypeId>& types);

// The list of one type and direction (Out or In), sorted, base and delta merged; appended to `out`.
// Whether the node itself exists does not matter. `known`: of one who asks about many nodes.
void append_list(const Root& root, NodeId node, TypeId type, Direction direction,
                 std::vector<Neighbour>& out, ExistingRelationships* known = nullptr);
// Of the base's list of a type, the relationships that do not exist.
void append_gone(const Root& root, NodeId node, TypeId type, Direction direction,
                 ExistingRelationships& known, std::vector<Neighbour>& out);
// The same, but only the relationships to `other`, without reading the rest of the list.
void append_between(const Root& root, NodeId node, TypeId type, Direction direction, NodeId other,
                    std::vector<Neighbour>& out, ExistingRelationships* known = nullptr);
// A list in parts, for one who removes what he is given: a hub's may be larger than memory.
class ListParts {
 public:
  ListParts(const Root& root, NodeId node, TypeId type, Direction direction);
  // The next of them, at most so many, each once; in no order. Empty: that was all. `root` is the
  // one before, without what was given, wherever its base is by now.
  void next(const Root& root, std::size_t most, std::vector<Neighbour>& out);

 private:
  const NodeId node_;
  const TypeId type_;
  const Direction direction_;
  std::vector<Neighbour> added_;       // in the delta when this was made
  std::size_t given_ = 0;              // of them
  std::vector<std::uint64_t> passed_;  // relationships that the base may show, and are none: sorted
  Neighbour last_{};                   // of the base's, if there is one
  bool begun_ = false;
  ExistingRelationships existing_;  // if the list is marked
};
// How long the list is. In direction Both a self-loop counts once.
std::uint64_t degree(const Root& root, NodeId node, TypeId type, Direction direction,
                     ExistingRelationships* known = nullptr);
bool has_relationships(const Root& root, NodeId node);

}  // namespace kith::storage
