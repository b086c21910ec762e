// storage/delta/lookup.cpp: single elements: the delta is asked first, then the base.
#include "storage/delta/lookup.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "storage/column/column_reader.hpp"

namespace kith::storage {

namespace {

template <class Change, class Tree, class I>
const Change* find_change(const Tree& tree, I id) {
  const auto* found = tree.find(id.value);
  return found ? found->get() : nullptr;
}

template <class Segment>
Cell base_property(const Root& root, const Segment* segment, std::uint32_t slot, KeyId key,
                   Arena& arena) {
  const ColumnChunk* column = segment ? segment->column(key) : nullptr;
  if (!column) return Cell::null();
  ColumnReader reader(root.base().pool(), *column);
  return copy_into(arena, reader.read(slot, arena));  // the reader's pins end here
}

template <class I, class Change>
Cell read_property(const Root& root, I id, const Change* change, KeyId key, Arena& arena) {
  if (change) {
    if (change->existence == Existence::Deleted) return Cell::null();
    if (const auto cell = change->properties.find(key, change->row_of(id.value)))
      return copy_into(arena, *cell);
    if (change->existence == Existence::Created) return Cell::null();
  }
  return base_property(root, base_segment(root, id).get(), slot_of(id), key, arena);
}

template <class I, class Change>
std::vector<Property> read_properties(const Root& root, I id, const Change* change, Arena& arena) {
  std::vector<Property> found;
  if (change && change->existence == Existence::Deleted) return found;
  const bool in_base = !change || change->existence == Existence::InBase;
  if (const auto segment = base_segment(root, id); segment && in_base) {
    for (const ColumnChunk& column : segment->columns()) {
      if (change && change->properties.find(column.key(), change->row_of(id.value))) continue;
      const Cell cell = base_property(root, segment.get(), slot_of(id), column.key(), arena);
      if (!cell.is_null()) found.push_back({column.key(), cell});
    }
  }
  if (!change) return found;
  change->properties.for_each(change->row_of(id.value), [&](KeyId key, const Cell& value) {
    if (!value.is_null()) found.push_back({key, copy_into(arena, value)});
  });
  std::sort(found.begin(), found.end(),
            [](const Property& a, const Property& b) { return a.key < b.key; });
  return found;
}

template <class Tree, class I>
bool all_free(const Root& root, const Tree& tree, I first, std::uint32_t count) {
  const std::uint32_t begin = slot_of(first), end = begin + count;
  KITH_ASSERT(count > 0 && end <= kSegmentSlots);
  if (const auto* changes = tree.segment(segment_of(first))) {
    bool changed = false;
    Tree::for_each_in(*changes, begin, end, [&](std::uint64_t slot, const auto&) {
      changed |= slot >= begin && slot < end;
    });
    if (changed) return false;
  }
  const auto segment = base_segment(root, first);
  for (std::uint32_t slot = begin; segment && slot < end; ++slot)
    if (segment->exists(slot)) return false;
  return true;
}

// Segments by the low bits of their numbers: for ids in any order. Those that are asked about often
// get bits: a look at the delta for each of a million ids would wait for memory each time.
template <class Tree, class I>
class SegmentsAtHand {
 public:
  SegmentsAtHand(const Root& root, const Tree& tree, std::size_t ids)
      : root_(root),
        tree_(tree),
        segments_(std::bit_ceil(std::clamp(ids / kOften, kLeast, kMost))) {}
  bool exists(I id) {
    Segment& segment = segments_[segment_of(id) & (segments_.size() - 1)];
    if (segment.number != segment_of(id)) open(segment, id);
    const std::uint32_t slot = slot_of(id);
    if (segment.asked < kOften && ++segment.asked == kOften) find_bits(segment, id);
    if (segment.asked == kOften) return ((*segment.bits)[slot / 64] >> (slot % 64) & 1) != 0;
    const auto* found = segment.changes ? Tree::find_in(*segment.changes, slot) : nullptr;
    const Existence existence = found ? (*found)->existence : Existence::InBase;
    if (existence == Existence::InBase) return segment.base && segment.base->exists(slot);
    return existence == Existence::Created;
  }

 private:
  static constexpr std::size_t kOften = 256, kLeast = 16, kMost = 1024;
  struct Segment {
    std::uint64_t number = ~std::uint64_t{0};
    std::size_t asked = 0;  // kOften: there are bits
    const typename Tree::Node* changes = nullptr;
    decltype(base_segment(std::declval<const Root&>(), I{})) base;
    std::unique_ptr<SlotBits> bits;
  };
  void open(Segment& segment, I id) {
    segment.asked = 0;
    segment.base = base_segment(root_, id);
    segment.changes = tree_.segment(segment_of(id));
    segment.number = segment_of(id);
  }
  void find_bits(Segment& segment, I id) {
    segment.number = ~std::uint64_t{0};  // should reading fail
    if (!segment.bits) segment.bits = std::make_unique<SlotBits>();
    existing_slots(root_, id, *segment.bits);
    segment.base = {};
    segment.number = segment_of(id);
  }

  const Root& root_;
  const Tree& tree_;
  std::vector<Segment> segments_;
};

template <class Tree, class I>
std::size_t find_missing(const Root& root, const Tree& tree, std::span<const I> ids) {
  SegmentsAtHand<Tree, I> segments(root, tree, ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (!segments.exists(ids[i])) return i;
  return ids.size();
}

}  // namespace

const NodeChange* change_of(const Root& root, NodeId node) {
  return find_change<NodeChange>(root.nodes(), node);
}
const RelationshipChange* change_of(const Root& root, RelationshipId relationship) {
  return find_change<RelationshipChange>(root.relationships(), relationship);
}

SegmentPin<NodeSegment> base_segment(const Root& root, NodeId node) {
  return root.base().node_segment(segment_of(node));
}
SegmentPin<RelationshipSegment> base_segment(const Root& root, RelationshipId relationship) {
  return root.base().relationship_segment(segment_of(relationship));
}

bool exists(const Root& root, NodeId node) {
  const NodeChange* change = change_of(root, node);
  if (change && change->existence != Existence::InBase)
    return change->existence == Existence::Created;
  const auto segment = base_segment(root, node);
  return segment && segment->exists(slot_of(node));
}
bool are_free(const Root& root, NodeId first, std::uint32_t count) {
  return all_free(root, root.nodes(), first, count);
}
bool are_free(const Root& root, RelationshipId first, std::uint32_t count) {
  return all_free(root, root.relationships(), first, count);
}
std::size_t first_missing(const Root& root, std::span<const NodeId> nodes) {
  return find_missing(root, root.nodes(), nodes);
}
std::size_t first_missing(const Root& root, std::span<const RelationshipId> relationships) {
  return find_missing(root, root.relationships(), relationships);
}
bool exists(const Root& root, RelationshipId relationship) {
  const RelationshipChange* change = change_of(root, relationship);
  if (change && change->existence != Existence::InBase)
    return change->existence == Existence::Created;
  const auto segment = base_segment(root, relationship);
  return segment && segment->exists(slot_of(relationship));
}

bool has_label(const Root& root, NodeId node, LabelId label) {
  const NodeChange* change = change_of(root, node);
  if (change) {
    if (change->existence == Existence::Deleted) return false;
    if (change->labels_changed) return change->has_label(label);
  }
  const auto segment = base_segment(root, node);
  const SlotSet* slots = segment ? segment->label(label) : nullptr;
  return slots && slots->contains(slot_of(node));
}

std::vector<LabelId> labels_of(const Root& root, NodeId node) {
  const NodeChange* change = change_of(root, node);
  if (change) {
    if (change->existence == Existence::Deleted) return {};
    if (change->labels_changed) {
      const std::span<const LabelId> all = change->labels.span();
      return {all.begin(), all.end()};
    }
  }
  std::vector<LabelId> labels;
  if (const auto segment = base_segment(root, node))
    for (const LabelSet& set : segment->labels())
      if (set.slots.contains(slot_of(node))) labels.push_back(set.label);
  KITH_ASSERT(std::is_sorted(labels.begin(), labels.end()));
  return labels;
}

TypeId type_of(const Root& root, RelationshipId relationship) {
  const std::uint64_t segment = segment_of(relationship);
  if (root.relationship_ids().is_new(segment)) return root.relationship_ids().type_of_new(segment);
  KITH_ASSERT(segment < root.base().relationship_segments());
  return root.base().relationship_segment_brief(segment).type;
}

Relationship ends_of(const Root& root, RelationshipId relationship) {
  const RelationshipChange* change = change_of(root, relationship);
  if (change && change->knows_ends()) {
    const EndPair of = change->ends(relationship.value);
    return {relationship, change->type, NodeId{of.start}, NodeId{of.end}};
  }
  const auto segment = base_segment(root, relationship);
  KITH_ASSERT(segment && segment->exists(slot_of(relationship)));
  const std::uint32_t slot = slot_of(relationship);
  const ColumnReader starts(root.base().pool(), segment->starts());
  const ColumnReader ends(root.base().pool(), segment->ends());
  return {relationship, segment->type(), NodeId{static_cast<std::uint64_t>(starts.integer(slot))},
          NodeId{static_cast<std::uint64_t>(ends.integer(slot))}};
}

void find_existing(const Root& root, std::span<const RelationshipId> wanted,
                   std::vector<Relationship>& found) {
  KITH_ASSERT(std::is_sorted(wanted.begin(), wanted.end()));
  found.clear();
  reserve_large(found, wanted.size());
  for (std::size_t i = 0; i < wanted.size();) {
    const std::uint64_t number = segment_of(wanted[i]);
    const auto* changes = root.relationships().segment(number);
    const auto segment = base_segment(root, wanted[i]);
    std::optional<ColumnReader> starts, ends;
    if (segment) {
      starts.emplace(root.base().pool(), segment->starts());
      ends.emplace(root.base().pool(), segment->ends());
    }
    for (; i < wanted.size() && segment_of(wanted[i]) == number; ++i) {
      const std::uint32_t slot = slot_of(wanted[i]);
      const auto* link = changes ? RelationshipTree::find_in(*changes, slot) : nullptr;
      const RelationshipChange* change = link ? link->get() : nullptr;
      if (change && change->existence != Existence::InBase) {
        if (change->existence != Existence::Created) continue;
        const EndPair of = change->ends(slot);
        found.push_back({wanted[i], change->type, {of.start}, {of.end}});
      } else if (segment && segment->exists(slot)) {
        found.push_back({wanted[i],
                         segment->type(),
                         {static_cast<std::uint64_t>(starts->integer(slot))},
                         {static_cast<std::uint64_t>(ends->integer(slot))}});
      }
    }
  }
}

Cell property(const Root& root, NodeId node, KeyId key, Arena& arena) {
  return read_property(root, node, change_of(root, node), key, arena);
}
Cell property(const Root& root, RelationshipId relationship, KeyId key, Arena& arena) {
  return read_property(root, relationship, change_of(root, relationship), key, arena);
}
std::vector<Property> properties(const Root& root, NodeId node, Arena& arena) {
  return read_properties(root, node, change_of(root, node), arena);
}
std::vector<Property> properties(const Root& root, RelationshipId relationship, Arena& arena) {
  return read_properties(root, relationship, change_of(root, relationship), arena);
}

std::vector<TypeId> all_types(const Root& root) {
  std::vector<TypeId> types;
  for (std::uint32_t type = 0; type < root.catalog().types.size(); ++type)
    types.push_back(TypeId{type});
  return types;
}

}  // namespace kith::storage
