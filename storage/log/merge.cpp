// storage/log/merge.cpp: changed slots of a segment become patches of its columns, sets and lists.
#include "storage/log/merge.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "core/assert.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

using ColumnPatches = std::map<KeyId, std::vector<CellChange>>;

void set_bit(SlotBits& bits, std::uint32_t slot, bool on) {
  const std::uint64_t mask = std::uint64_t{1} << (slot % 64);
  bits[slot / 64] = on ? bits[slot / 64] | mask : bits[slot / 64] & ~mask;
}

bool empty(const SlotBits& bits) {
  return std::all_of(bits.begin(), bits.end(), [](std::uint64_t word) { return word == 0; });
}

SlotBits bits_of(const SlotSet* set) {
  SlotBits bits{};
  if (set) set->copy_to(bits);
  return bits;
}

// The overrides of one element, or the end of all its values.
template <class Segment, class Change>
void add_cells(const Segment* old, std::uint32_t slot, const Change& change,
               ColumnPatches& patches) {
  if (change.existence == Existence::Deleted) {
    if (old && old->exists(slot))
      for (const ColumnChunk& column : old->columns())
        patches[column.key()].push_back({slot, Cell::null()});
    return;
  }
  change.properties.for_each(change.row_of(slot), [&](KeyId key, const Cell& value) {
    patches[key].push_back({slot, value});
  });
}

template <class Segment, class Builder>
void patch_columns(const Segment* old, const ColumnPatches& patches, Builder& builder) {
  for (const auto& [key, changes] : patches) {
    KITH_ASSERT(std::is_sorted(changes.begin(), changes.end(),
                               [](const auto& a, const auto& b) { return a.slot < b.slot; }));
    const bool any = std::any_of(changes.begin(), changes.end(),
                                 [](const CellChange& change) { return !change.value.is_null(); });
    if (any || (old && old->column(key))) builder.patch_column(key, changes);
  }
}

class NodeMerge {
 public:
  NodeMerge(BaseWriter& writer, const Root& root, bool settled)
      : writer_(writer),
        root_(root),
        settled_(settled),
        memory_(writer.pool().budget(), "the changes of a segment that are merged") {
    limits_ = {root.node_ids().id_limit(), root.relationship_ids().id_limit()};
  }

  void segment(std::uint64_t number, const NodeTree::Node& changes) {
    begin(number);
    NodeTree::for_each_in(changes, [&](std::uint64_t slot, const Ref<NodeChange>& change) {
      node(static_cast<std::uint32_t>(slot), *change);
    });
    memory_.resize_anyway(bytes_);  // a hub's may be many
    if (settled_ && empty(alive_)) return writer_.put_dead(number, slots_);
    NodeSegmentBuilder builder = writer_.node_segment(number);
    builder.set_slots(slots_);
    builder.set_alive(SlotSet::of(alive_));
    for (const auto& [label, bits] : labels_) builder.set_label(label, SlotSet::of(bits));
    patch_columns(old_.get(), cells_, builder);
    for (auto& [list, edges] : edges_) patch_list(list, edges, builder);
    writer_.put(number, std::move(builder));
  }

 private:
  using List = std::pair<TypeId, Direction>;

  void begin(std::uint64_t number) {
    const Base& base = writer_.from();
    number_ = number;
    old_ = base.node_segment(number);
    slots_ = number < base.node_segments() ? base.node_segment_brief(number).slots : 0;
    alive_ = bits_of(old_ ? &old_->alive() : nullptr);
    labels_.clear();
    cells_.clear();
    edges_.clear();
    bytes_ = 0;
  }

  void node(std::uint32_t slot, const NodeChange& change) {
    slots_ = std::max(slots_, slot + 1);
    if (change.existence != Existence::InBase)
      set_bit(alive_, slot, change.existence == Existence::Created);
    if (change.labels_changed) set_labels(slot, change);
    add_cells(old_.get(), slot, change, cells_);
    bytes_ +=
        change.properties.size_limit() * sizeof(CellChange) +
        (change.edges(Direction::Out, slot).size() + change.edges(Direction::In, slot).size()) *
            sizeof(EdgeChange);
    for (const Direction direction : {Direction::Out, Direction::In}) {
      const bool marked = change.is_marked(direction);
      if (marked) existing_.follow(root_);
      change.edges(direction, slot).for_each([&](const ListChange& edge) {
        const bool is_there = !marked || existing_.has(root_, edge.relationship);
        edges_[{edge.type, direction}].push_back(
            {slot, edge.neighbour, edge.relationship, !edge.added || !is_there});
      });
      if (marked) leave_out_gone(slot, direction);
    }
  }

  // E4: of what the base's lists have.
  void leave_out_gone(std::uint32_t slot, Direction direction) {
    if (!old_) return;
    const NodeId node{number_ << kSegmentBits | slot};
    for (const AdjacencyChunk& chunk : old_->adjacencies()) {
      if (chunk.direction() != direction) continue;
      gone_.clear();
      append_gone(root_, node, chunk.type(), direction, existing_, gone_);
      if (gone_.empty()) continue;
      auto& edges = edges_[{chunk.type(), direction}];
      for (const Neighbour& edge : gone_)
        edges.push_back({slot, edge.node, edge.relationship, true});
      bytes_ += gone_.size() * sizeof(EdgeChange);
    }
  }

  SlotBits& label_bits(LabelId label) {
    const auto [at, fresh] = labels_.try_emplace(label);
    if (fresh) at->second = bits_of(old_ ? old_->label(label) : nullptr);
    return at->second;
  }
  void set_labels(std::uint32_t slot, const NodeChange& change) {
    if (old_)
      for (const LabelSet& set : old_->labels())
        if (set.slots.contains(slot) && !change.has_label(set.label))
          set_bit(label_bits(set.label), slot, false);
    for (const LabelId label : change.labels.span()) set_bit(label_bits(label), slot, true);
  }

  // Each relationship once, as it is in the end: what was removed was added before.
  void patch_list(const List& list, std::vector<EdgeChange>& edges, NodeSegmentBuilder& builder) {
    const auto key = [](const EdgeChange& edge) {
      return std::tuple(edge.slot, edge.neighbour, edge.relationship);
    };
    std::sort(edges.begin(), edges.end(), [&](const EdgeChange& a, const EdgeChange& b) {
      return std::tuple(key(a), !a.removed) < std::tuple(key(b), !b.removed);
    });
    const auto end = std::unique(edges.begin(), edges.end(),
                                 [&](const auto& a, const auto& b) { return key(a) == key(b); });
    edges.erase(end, edges.end());
    builder.patch_adjacency(list.first, list.second, limits_, edges);
  }

  BaseWriter& writer_;
  const Root& root_;
  const bool settled_;
  AdjacencyLimits limits_;
  ExistingRelationships existing_;
  std::vector<Neighbour> gone_;
  std::uint64_t number_ = 0;  // of the segment
  SegmentPin<NodeSegment> old_;
  std::uint32_t slots_ = 0;
  SlotBits alive_{};
  std::map<LabelId, SlotBits> labels_;
  ColumnPatches cells_;
  std::map<List, std::vector<EdgeChange>> edges_;
  std::uint64_t bytes_ = 0;  // of these, about
  Reservation memory_;
};

void merge_relationships(BaseWriter& writer, const Root& root, std::uint64_t number,
                         const RelationshipTree::Node& changes) {
  const Base& base = writer.from();
  const SegmentPin<RelationshipSegment> pinned = base.relationship_segment(number);
  const RelationshipSegment* old = pinned.get();
  const TypeId type = root.relationship_ids().is_new(number)
                          ? root.relationship_ids().type_of_new(number)
                          : base.relationship_segment_brief(number).type;
  std::uint32_t slots =
      number < base.relationship_segments() ? base.relationship_segment_brief(number).slots : 0;
  SlotBits alive = bits_of(old ? &old->alive() : nullptr);
  std::vector<EndsChange> ends;
  ColumnPatches cells;
  RelationshipTree::for_each_in(changes,
                                [&](std::uint64_t key, const Ref<RelationshipChange>& change) {
                                  const auto slot = static_cast<std::uint32_t>(key);
                                  slots = std::max(slots, slot + 1);
                                  add_cells(old, slot, *change, cells);
                                  if (change->existence == Existence::InBase) return;
                                  set_bit(alive, slot, change->existence == Existence::Created);
                                  if (old && old->exists(slot)) return;
                                  const EndPair of = change->ends(slot);
                                  ends.push_back({slot, of.start, of.end});
                                });
  if (empty(alive)) return writer.put_dead(number, slots, type);
  RelationshipSegmentBuilder builder = writer.relationship_segment(number, type);
  builder.set_slots(slots);
  builder.set_alive(SlotSet::of(alive));
  builder.patch_ends(ends);
  patch_columns(old, cells, builder);
  writer.put(number, std::move(builder));
}

}  // namespace

void merge_delta(BaseWriter& writer, const Root& root, const Split& split) {
  KITH_ASSERT(writer.from().checkpoint() == root.base().checkpoint());
  if (root.shared_catalog() != root.base().shared_catalog())
    writer.set_catalog(root.shared_catalog());
  if (root.shared_schema() != root.base().shared_schema()) writer.set_schema(root.shared_schema());
  NodeMerge nodes(writer, root, split.settled);
  split.nodes.for_each_segment(
      [&](std::uint64_t number, const NodeTree::Node& changes) { nodes.segment(number, changes); });
  split.relationships.for_each_segment(
      [&](std::uint64_t number, const RelationshipTree::Node& changes) {
        merge_relationships(writer, root, number, changes);
      });
  writer.set_carry(split.carried);
}

BaseFields fields_of(const Root& root, std::uint64_t first_log) {
  BaseFields fields;
  fields.position = root.position();
  fields.first_log = first_log;
  fields.node_id_limit = root.node_ids().id_limit();
  fields.relationship_segments = root.relationship_ids().segments();
  fields.nodes = root.node_count();
  fields.relationships = root.relationship_count();
  fields.nodes_by_label = root.label_counts();
  fields.relationships_by_type = root.type_counts();
  fields.open_relationship_segment = root.relationship_ids().open_segments();
  fields.open_node_segments = root.node_ids().open_segments();
  KITH_ASSERT(fields.nodes <= fields.node_id_limit);
  return fields;
}

}  // namespace kith::storage
