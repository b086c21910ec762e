// storage/delta/editor_removals.cpp: RootEditor's part about many relationships that go: entries
// alike for all of them (E3 of change.hpp), and marks on the lists of their ends (E4).
#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "core/radix_sort.hpp"
#include "storage/delta/common_changes.hpp"
#include "storage/delta/editor.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

// Lists are marked for so many, or for such a part of a type. For fewer each list gets its own
// removals: they are read faster than a long list is looked through.
constexpr std::size_t kLeastMarked = 256, kMarkedPart = 8;
// More nodes are put in order by bits of their segments.
constexpr std::size_t kMostSorted = 32 * 1024;

// visit(first, places) for each leaf that has some of the nodes, ascending.
template <class NodeAt, class Visit>
void for_each_leaf_by_bits(std::size_t count, NodeAt&& node_at, std::uint64_t segments,
                           Visit&& visit) {
  std::vector<std::uint32_t> place(segments);  // 0: not touched
  std::vector<SlotBits> bits;
  for (std::size_t i = 0; i < count; ++i) {
    const NodeId node = node_at(i);
    std::uint32_t& at = place[segment_of(node)];
    if (at == 0) {
      bits.emplace_back();
      at = static_cast<std::uint32_t>(bits.size());
    }
    const std::uint32_t slot = slot_of(node);
    bits[at - 1][slot / 64] |= std::uint64_t{1} << (slot % 64);
  }
  static_assert(kTreeFan == 32);
  for (std::uint64_t segment = 0; segment < segments; ++segment) {
    if (place[segment] == 0) continue;
    const SlotBits& found = bits[place[segment] - 1];
    for (std::uint32_t slot = 0; slot < kSegmentSlots; slot += kTreeFan)
      if (const auto places = static_cast<std::uint32_t>(found[slot / 64] >> (slot % 64)))
        visit(segment << kSegmentBits | slot, places);
  }
}

template <class NodeAt, class Visit>
void for_each_leaf(std::size_t count, NodeAt&& node_at, std::uint64_t segments, Visit&& visit) {
  if (count > kMostSorted) return for_each_leaf_by_bits(count, node_at, segments, visit);
  std::vector<std::uint64_t> nodes(count), scratch;
  for (std::size_t i = 0; i < count; ++i) nodes[i] = node_at(i).value;
  radix_sort(std::span(nodes), scratch, [](std::uint64_t node) { return node; });
  for (std::size_t i = 0; i < count;) {
    const std::uint64_t leaf = nodes[i] / kTreeFan;
    std::uint32_t places = 0;
    for (; i < count && nodes[i] / kTreeFan == leaf; ++i)
      places |= std::uint32_t{1} << (nodes[i] % kTreeFan);
    visit(leaf * kTreeFan, places);
  }
}

// None of these relationships is anything but the base's.
bool are_of_base(const RelationshipTree& tree, std::uint64_t id, std::uint32_t places) {
  const auto* leaf = tree.leaf(id);
  bool all = true;
  if (!leaf) return all;
  for_each_place(places, [&](unsigned place) {
    const RelationshipChange* entry = entry_at(leaf, place);
    all &= !entry || entry->existence == Existence::InBase;
  });
  return all;
}

// From `at` on there are all keys of a subtree of this level, of which the tree has none.
bool is_full(const RelationshipTree& tree, std::span<const RelationshipId> ids, std::size_t at,
             unsigned level) {
  const std::uint64_t size = std::uint64_t{1} << tree_shift(level + 1);
  const std::uint64_t first = ids[at].value;
  return first % size == 0 && ids.size() - at >= size &&
         ids[at + size - 1].value == first + size - 1 && !tree.has_subtree(first, level);
}

}  // namespace

void RootEditor::delete_relationships(TypeId type, std::span<const RelationshipId> ids,
                                      std::span<const Relationship> gone) {
  KITH_ASSERT(ids.size() == gone.size());
  if (root_.has_indexes()) set_entries(SchemaToken::of(type), ids, false);
  remove_entries(type, ids, gone);
  const bool marks =
      gone.size() >= kLeastMarked ||
      (gone.size() >= kLeastCommon && gone.size() * kMarkedPart >= root_.relationship_count(type));
  marks ? mark_lists(gone) : unlink_relationships(gone);
  KITH_ASSERT(root_.relationship_count(type) >= gone.size());
  if (!gone.empty()) root_.type_counts_[type.value] -= gone.size();
  root_.relationship_count_ -= gone.size();
}

void RootEditor::remove_entries(TypeId type, std::span<const RelationshipId> ids,
                                std::span<const Relationship> gone) {
  RelationshipTree& tree = root_.relationships_;
  const std::uint64_t before = tree.bytes();
  std::uint64_t bytes = sizeof(RelationshipChange) + kHeapBytes;
  Ref<RelationshipChange> of_base(new RelationshipChange(owner_));
  of_base->make_alike_for_all();
  of_base->existence = Existence::Deleted;
  of_base->type = type;
  of_base->ends_in_base = true;
  RelationshipTree::Same same(std::move(of_base));
  SlabMaker<RelationshipChange> slabs(8);
  RowBlocks<EndRows> ends;
  for (std::size_t i = 0; i < ids.size();) {
    KITH_ASSERT(exists(root_, ids[i]) && type_of(root_, ids[i]) == type);
    constexpr unsigned kFull = RelationshipTree::kFullLevels;
    if (is_full(tree, ids, i, kFull)) {
      tree.put_full(ids[i].value, kFull, owner_, same);
      i += std::size_t{1} << tree_shift(kFull + 1);
      continue;
    }
    const auto [end, places] = leaf_run(ids, i);
    if (are_of_base(tree, ids[i].value, places)) {
      tree.put(ids[i].value, places, owner_, same);
      i = end;
      continue;
    }
    if (end - i >= kLeastCommon &&
        before_common<RelationshipChange>(tree, ids[i].value, places).alike) {
      Ref<RelationshipChange> entry = new_common(places, owner_, slabs, bytes);
      entry->existence = Existence::Deleted;
      entry->type = type;
      const auto rows = ends.at(i, end - i, ids.size(), bytes, [&](std::size_t at, std::size_t n) {
        return EndRows::copy(gone.subspan(at, n));
      });
      entry->rows = rows.rows;
      entry->first_row = rows.row;
      put_common(tree, ids[i].value, entry, owner_);
      i = end;
      continue;
    }
    for (; i < end; ++i) {
      auto& change = own_row<RelationshipChange>(tree, ids[i].value, owner_, slabs, bytes);
      change.existence = Existence::Deleted;
      change.type = type;
      change.own_ends = {gone[i].start.value, gone[i].end.value};
      change.properties.clear();
    }
  }
  edited(bytes + tree.bytes() - before);
}

void RootEditor::mark_lists(std::span<const Relationship> gone) {
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  AlikeEntries marked(owner_);
  SlabMaker<NodeChange> slabs(8);
  for (const Direction direction : {Direction::Out, Direction::In}) {
    marked.begin(mark_of(direction), {});
    const auto node_at = [&](std::size_t i) {
      return direction == Direction::Out ? gone[i].start : gone[i].end;
    };
    for_each_leaf(gone.size(), node_at, root_.node_ids().segments(),
                  [&](std::uint64_t first, std::uint32_t places) {
                    tell_lists(first, places, marked, slabs, bytes);
                  });
  }
  edited(bytes + marked.bytes() + root_.nodes_.bytes() - before);
}

}  // namespace kith::storage
