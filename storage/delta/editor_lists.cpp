// storage/delta/editor_lists.cpp: RootEditor's part about lists of many nodes: relationships that
// come to them or go, and what they are told together.
#include <algorithm>
#include <bit>
#include <limits>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "core/radix_sort.hpp"
#include "storage/delta/common_changes.hpp"
#include "storage/delta/editor.hpp"

namespace kith::storage {

namespace {

// Of lists in one common entry.
constexpr std::size_t kMostCommonEdges = 512;
// So many are put in order by segments; so many of one segment are a part (E5).
constexpr std::size_t kLeastInOrder = 256, kLeastInPart = 128;

// Relationships by the segments of the nodes that they come to, of each in the order of their
// making.
template <class Word>
class EdgesBySegment {
 public:
  using Placed = SegmentEdges::Placed<Word>;
  EdgesBySegment(std::size_t edges, std::uint64_t segments) : placed_(edges), ends_(segments) {}

  void take(std::span<const std::uint64_t> ids, std::span<const NodeId> nodes,
            std::span<const NodeId> others) {
    std::fill(ends_.begin(), ends_.end(), 0);
    for (const NodeId node : nodes) ++ends_[segment_of(node)];
    std::uint32_t begin = 0;
    for (std::uint32_t& end : ends_) begin += std::exchange(end, begin);
    for (std::size_t i = 0; i < ids.size(); ++i)
      placed_[ends_[segment_of(nodes[i])]++] = {static_cast<Word>(others[i].value),
                                                static_cast<Word>(ids[i]), slot_of(nodes[i])};
  }
  // visit(segment, edges) for those of each segment that has some.
  template <class Visit>
  void for_each(Visit&& visit) {
    std::uint32_t begin = 0;
    for (std::uint64_t segment = 0; segment < ends_.size(); ++segment) {
      const std::uint32_t end = ends_[segment];
      if (begin < end) visit(segment, std::span<Placed>(placed_.data() + begin, end - begin));
      begin = end;
    }
  }

 private:
  LargeArray<Placed> placed_;
  std::vector<std::uint32_t> ends_;
};

template <class Word>
SlotBits slots_of(std::span<const SegmentEdges::Placed<Word>> placed) {
  SlotBits slots{};
  for (const auto& one : placed) slots[one.slot / 64] |= std::uint64_t{1} << (one.slot % 64);
  return slots;
}

// visit(slot, places) for each leaf with some of the slots.
template <class Visit>
void for_each_leaf_of(const SlotBits& slots, Visit&& visit) {
  static_assert(kTreeFan == 32);
  for (std::uint32_t slot = 0; slot < kSegmentSlots; slot += kTreeFan)
    if (const auto places = static_cast<std::uint32_t>(slots[slot / 64] >> (slot % 64)))
      visit(slot, places);
}

// None of them has as many parts as a list may have.
bool have_room(const NodeTree::Node* changes, const SlotBits& slots) {
  bool room = true;
  if (!changes) return room;
  for_each_leaf_of(slots, [&](std::uint32_t slot, std::uint32_t places) {
    const auto* leaf = NodeTree::leaf_of(*changes, slot);
    if (!leaf) return;
    for_each_place(places, [&](unsigned place) {
      const auto& added = added_of(entry_at(leaf, place));
      room &= !added || added->parts() < AddedEdges::kMost;
    });
  });
  return room;
}

}  // namespace

void RootEditor::link_relationships(TypeId type, std::span<const std::uint64_t> ids,
                                    std::span<const NodeId> starts, std::span<const NodeId> ends) {
  KITH_ASSERT(ids.size() == starts.size() && ids.size() == ends.size());
  if (ids.size() >= kLeastInOrder) {
    constexpr std::uint64_t kNarrow = std::numeric_limits<std::uint32_t>::max();
    const std::uint64_t limit =
        std::max(root_.node_ids().id_limit(), *std::max_element(ids.begin(), ids.end()));
    return limit <= kNarrow ? link_by_segment<std::uint32_t>(type, ids, starts, ends)
                            : link_by_segment<std::uint64_t>(type, ids, starts, ends);
  }
  const auto edge_at = [&](std::size_t i) {
    return Relationship{{ids[i]}, type, starts[i], ends[i]};
  };
  append_all(ids.size(), true, edge_at, [&](std::size_t i) {
    __builtin_prefetch(&ids[i]);
    __builtin_prefetch(&starts[i]);
    __builtin_prefetch(&ends[i]);
  });
}

template <class Word>
void RootEditor::link_by_segment(TypeId type, std::span<const std::uint64_t> ids,
                                 std::span<const NodeId> starts, std::span<const NodeId> ends) {
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  EdgesBySegment<Word> edges(ids.size(), root_.node_ids().segments());
  SegmentEdges::Maker maker;
  AlikeEntries news(owner_);
  for (const Direction direction : {Direction::Out, Direction::In}) {
    const bool out = direction == Direction::Out;
    edges.take(ids, out ? starts : ends, out ? ends : starts);
    SlabMaker<NodeChange> slabs(ids.size());
    edges.for_each([&](std::uint64_t segment, std::span<SegmentEdges::Placed<Word>> placed) {
      const std::span<const SegmentEdges::Placed<Word>> all = placed;
      const SlotBits slots = slots_of(all);
      if (all.size() < kLeastInPart || !have_room(root_.nodes_.segment(segment), slots))
        return append_placed(type, direction, segment, placed, slabs, bytes);
      Ref<const SegmentEdges> part = maker.make(type, direction, all, slots);
      bytes += part->bytes() + kHeapBytes;
      news.begin(kNoMarks, std::move(part));
      for_each_leaf_of(slots, [&](std::uint32_t slot, std::uint32_t places) {
        tell_lists(segment << kSegmentBits | slot, places, news, slabs, bytes);
      });
    });
  }
  edited(bytes + news.bytes() + root_.nodes_.bytes() - before);
}

template <class Word>
void RootEditor::append_placed(TypeId type, Direction direction, std::uint64_t segment,
                               std::span<SegmentEdges::Placed<Word>> placed,
                               SlabMaker<NodeChange>& slabs, std::uint64_t& bytes) {
  std::vector<SegmentEdges::Placed<Word>> scratch;
  radix_sort(placed, scratch, [](const auto& one) { return one.slot; });
  for (std::size_t i = 0; i < placed.size();) {
    edges_.clear();
    const std::uint32_t leaf = placed[i].slot / kTreeFan;
    for (; i < placed.size() && placed[i].slot / kTreeFan == leaf; ++i)
      edges_.push_back({segment << kSegmentBits | placed[i].slot,
                        {placed[i].relationship, placed[i].neighbour, type, true}});
    append_to_leaf(direction, edges_, slabs, bytes);
  }
}

// To nodes of a leaf. An entry that says nothing else, or nodes that have one in common, stay
// together.
void RootEditor::tell_lists(std::uint64_t first, std::uint32_t places, AlikeEntries& news,
                            SlabMaker<NodeChange>& slabs, std::uint64_t& bytes) {
  NodeTree& tree = root_.nodes_;
  const auto* leaf = tree.leaf(first);
  news.begin_leaf();
  std::uint32_t others = 0;
  if (!leaf) {
    news.add(places, nullptr);
  } else {
    if (news.brings_part() && leaf->is_alike() && leaf->value(0)->is_alike_for_all())
      places |= leaf->places().bits();
    for_each_place(places, [&](unsigned place) {
      const NodeChange* entry = entry_at(leaf, place);
      if (news.is_told(entry)) return;
      const std::uint32_t bit = std::uint32_t{1} << place;
      !entry || entry->is_alike_for_all() ? news.add(bit, entry) : void(others |= bit);
    });
  }
  for (const AlikeEntries::Group& group : news.groups())
    tree.put(first, group.places, owner_, news.entry(group));
  while (others != 0) {
    const auto place = static_cast<unsigned>(std::countr_zero(others));
    const auto* now = tree.leaf(first);
    const NodeChange* entry = entry_at(now, place);
    bool shared = entry->is_common();
    if (shared)
      for_each_place(entry->places(), [&](unsigned p) { shared &= entry_at(now, p) == entry; });
    if (shared) {
      const std::uint32_t all = entry->places();
      Ref<NodeChange> next = new_common(all, owner_, slabs, bytes);
      next->take(*entry);
      news.tell(*next);
      put_common(tree, first, next, owner_);
      others &= ~all;
    } else {
      news.tell(own_row<NodeChange>(tree, first + place, owner_, slabs, bytes));
      others &= ~(std::uint32_t{1} << place);
    }
  }
}

void RootEditor::unlink_relationships(std::span<const Relationship> gone) {
  append_all(
      gone.size(), false, [&](std::size_t i) { return gone[i]; },
      [&](std::size_t i) { __builtin_prefetch(&gone[i]); });
}

// One direction after the other, and leaf by leaf: each list gets its own in their order.
template <class EdgeAt, class Fetch>
void RootEditor::append_all(std::size_t count, bool added, EdgeAt&& edge_at, Fetch&& fetch) {
  struct Place {
    std::uint64_t node;
    std::uint32_t edge;
  };
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  std::vector<Place> order, scratch;
  reserve_large(order, count);
  for (const Direction direction : {Direction::Out, Direction::In}) {
    const bool out = direction == Direction::Out;
    order.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      const Relationship edge = edge_at(i);
      order.push_back({out ? edge.start.value : edge.end.value, i});
    }
    radix_sort(std::span(order), scratch, [](const Place& place) { return place.node; });
    SlabMaker<NodeChange> slabs(count);
    constexpr std::size_t kAhead = 24;  // the edges lie in another order
    for (std::size_t i = 0; i < count;) {
      edges_.clear();
      const std::uint64_t leaf = order[i].node / kTreeFan;
      for (; i < count && order[i].node / kTreeFan == leaf; ++i) {
        if (i + kAhead < count) fetch(order[i + kAhead].edge);
        const Relationship edge = edge_at(order[i].edge);
        const NodeId other = out ? edge.end : edge.start;
        edges_.push_back({order[i].node, {edge.id.value, other.value, edge.type, added}});
      }
      append_to_leaf(direction, edges_, slabs, bytes);
    }
  }
  edited(bytes + root_.nodes_.bytes() - before);
}

void RootEditor::append_to_leaf(Direction direction, std::span<const NodeEdge> edges,
                                SlabMaker<NodeChange>& slabs, std::uint64_t& bytes) {
  std::uint32_t places = 0;
  for (const NodeEdge& edge : edges) places |= std::uint32_t{1} << (edge.node % kTreeFan);
  if (append_common(direction, places, edges, slabs, bytes)) return;
  for (const NodeEdge& edge : edges) {
    NodeChange& change = own_row<NodeChange>(root_.nodes_, edge.node, owner_, slabs, bytes);
    OptionalList& list = direction == Direction::Out ? change.out : change.in;
    const std::uint64_t was = list.bytes();
    list.append(edge.change, owner_);
    bytes += std::max(list.bytes(), was) - was;
  }
}

// Edges of one leaf. False: these nodes have entries of their own, or shall have.
bool RootEditor::append_common(Direction direction, std::uint32_t places,
                               std::span<const NodeEdge> edges, SlabMaker<NodeChange>& slabs,
                               std::uint64_t& bytes) {
  const std::uint64_t first = edges.front().node - edges.front().node % kTreeFan;
  if (count_bits(places) < kLeastCommon || edges.size() > kMostCommonEdges) return false;
  const auto* leaf = root_.nodes_.leaf(first);
  const NodeChange* old = nullptr;
  Alone alone;
  for_each_place(places, [&](unsigned place) {
    if (const NodeChange* entry = entry_at(leaf, place, alone)) old = entry;
  });
  std::uint32_t all = places;
  if (old) {
    if (!old->is_common()) return false;
    all |= old->places();
    bool alike = all == old->places() || old->is_plain();
    for_each_place(all, [&](unsigned place) {
      const bool known = (old->places() >> place & 1) != 0;
      alike &= entry_at(leaf, place, alone) == (known ? old : nullptr);
    });
    alone.see(old->added);
    // All that there is is copied: no more than some times what comes.
    if (!alike || (old->lists && old->lists->size() > 4 * edges.size())) return false;
  }
  if (!alone.same) return false;
  Ref<NodeChange> entry = new_common(all, owner_, slabs, bytes);
  entry->marks = alone.marks | (old ? old->marks : kNoMarks);
  entry->added = *alone.added;
  if (old && all == old->places()) entry->take(*old);
  lists_.clear();
  std::size_t next = 0;  // of the edges
  for_each_place(all, [&](unsigned place) {
    const bool known = old && (old->places() >> place & 1) != 0;
    for (const Direction way : {Direction::Out, Direction::In}) {
      if (known)
        old->own_edges(way, place).for_each([&](const ListChange& change) { lists_.add(change); });
      if (way == direction)
        for (; next < edges.size() && edges[next].node == first + place; ++next)
          lists_.add(edges[next].change);
      lists_.end_row();
    }
  });
  KITH_ASSERT(next == edges.size());
  entry->lists = lists_.made();
  bytes += entry->lists->bytes() + kHeapBytes;
  put_common(root_.nodes_, first, entry, owner_);
  return true;
}

}  // namespace kith::storage
