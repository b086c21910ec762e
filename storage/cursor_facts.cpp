// storage/cursor_facts.cpp: what holds for many elements at once.
#include "storage/cursor_facts.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "storage/cursor.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

void set_bit(std::span<std::uint64_t> bits, std::uint64_t slot, bool value) {
  const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
  bits[slot / 64] = value ? bits[slot / 64] | bit : bits[slot / 64] & ~bit;
}

bool adds_loop(const NodeChange& change, std::uint64_t node, std::span<const TypeId> types) {
  bool found = false;
  change.edges(Direction::Out, node).for_each([&](const ListChange& edge) {
    const bool wanted =
        types.empty() || std::find(types.begin(), types.end(), edge.type) != types.end();
    found |= wanted && edge.added && edge.neighbour == node;
  });
  return found;
}

}  // namespace

LabelShare nodes_with(const View& view, LabelId label, std::uint64_t segment,
                      std::span<std::uint64_t, kSegmentSlots / 64> bits) {
  const Root& root = view.root();
  const auto base = base_segment(root, NodeId{segment << kSegmentBits});
  const SlotSet* set = base ? base->label(label) : nullptr;
  const NodeTree::Node* changes = root.nodes().segment(segment);
  if (changes == nullptr && (set == nullptr || set->empty())) return LabelShare::None;
  if (changes == nullptr && set->count() == base->alive().count()) return LabelShare::All;
  for (std::uint32_t word = 0; word < kSegmentSlots / 64; ++word) {
    bits[word] = set == nullptr ? 0 : set->word(word);
  }
  if (changes == nullptr) return LabelShare::Some;
  NodeTree::for_each_in(*changes, [&](std::uint64_t slot, const auto& change) {
    KITH_ASSERT(slot < kSegmentSlots);
    if (change->existence == Existence::Deleted) {
      set_bit(bits, slot, false);
    } else if (change->labels_changed) {
      set_bit(bits, slot, change->has_label(label));
    }
  });
  return LabelShare::Some;
}

bool may_have_loops(const View& view, std::span<const TypeId> types) {
  const Root& root = view.root();
  const std::vector<TypeId> all = types.empty() ? all_types(root) : std::vector<TypeId>();
  for (const TypeId type : types.empty() ? std::span<const TypeId>(all) : types) {
    if (root.base().has_loops(type)) return true;
  }
  for (std::uint64_t number = 0; number < root.node_ids().segments(); ++number) {
    const NodeTree::Node* changes = root.nodes().segment(number);
    if (changes == nullptr) continue;
    bool found = false;
    NodeTree::for_each_in(*changes, [&](std::uint64_t slot, const auto& change) {
      found |= adds_loop(*change, number << kSegmentBits | slot, types);
    });
    if (found) return true;
  }
  return false;
}

std::vector<std::uint64_t> segments_with_lists(const View& view, std::span<const TypeId> types,
                                               Direction direction) {
  const Root& root = view.root();
  const auto is_wanted = [&](const AdjacencyChunk& chunk) {
    const bool is_type =
        types.empty() || std::find(types.begin(), types.end(), chunk.type()) != types.end();
    return is_type && (direction == Direction::Both || chunk.direction() == direction);
  };
  std::vector<std::uint64_t> segments;
  for (std::uint64_t number = 0; number < root.node_ids().segments(); ++number) {
    bool has = root.nodes().segment(number) != nullptr;
    if (!has) {
      const auto base = base_segment(root, NodeId{number << kSegmentBits});
      if (!base) continue;
      const auto chunks = base->adjacencies();
      has = std::any_of(chunks.begin(), chunks.end(), is_wanted);
    }
    if (has) segments.push_back(number);
  }
  return segments;
}

// Where relationships lead to there are lists of them the other way round, or changes.
bool ends_have_label(const View& view, std::span<const TypeId> types, Direction direction,
                     LabelId label) {
  const Root& root = view.root();
  std::array<std::uint64_t, kSegmentSlots / 64> bits;
  for (std::uint64_t number = 0; number < root.node_ids().segments(); ++number) {
    const auto base = base_segment(root, NodeId{number << kSegmentBits});
    const auto leads_here = [&](const AdjacencyChunk& chunk) {
      const bool wanted =
          types.empty() || std::find(types.begin(), types.end(), chunk.type()) != types.end();
      return wanted && chunk.direction() != direction;  // Both is neither
    };
    bool is_end = root.nodes().segment(number) != nullptr;
    if (base && !is_end) {
      const auto chunks = base->adjacencies();
      is_end = std::any_of(chunks.begin(), chunks.end(), leads_here);
    }
    if (is_end && nodes_with(view, label, number, bits) != LabelShare::All) return false;
  }
  return true;
}

std::optional<Zone> node_zone(const View& view, KeyId key, std::uint64_t segment) {
  const Root& root = view.root();
  if (root.nodes().segment(segment) != nullptr) return std::nullopt;
  const auto base = base_segment(root, NodeId{segment << kSegmentBits});
  const ColumnChunk* column = base ? base->column(key) : nullptr;
  Zone zone;
  zone.is_empty = column == nullptr;
  if (zone.is_empty) return zone;
  KITH_ASSERT(column->header.values > 0);
  zone.may_be_null = column->header.values != base->alive().count();
  if (column->header.kind != kMixedKind) zone.kind = static_cast<Kind>(column->header.kind);
  if (column->has_range()) zone.range.emplace(column->minimum(), column->maximum());
  return zone;
}

}  // namespace kith::storage
