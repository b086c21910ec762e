// storage/cursor_facts.hpp: what holds for many elements at once, known without reading them.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/cell.hpp"
#include "core/id.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// True: whatever relationships of these types (empty: any) lead to, in this direction, has the
// label. Asks segments, not nodes: false does not mean that some node has not.
bool ends_have_label(const View& view, std::span<const TypeId> types, Direction direction,
                     LabelId label);

// The segments of nodes outside of which nobody has relationships of these types (empty: any) in
// this direction, ascending.
std::vector<std::uint64_t> segments_with_lists(const View& view, std::span<const TypeId> types,
                                               Direction direction);

// What is known of one property of all nodes of a segment (id >> kSegmentBits).
struct Zone {
  bool may_be_null = true;  // some of them may not have it
  bool is_empty = false;    // none of them has it
  // All values lie within, and are of its kind: integers, floats (no NaN), dates, local times.
  std::optional<std::pair<Cell, Cell>> range;
  std::optional<Kind> kind;  // of all values
};
// nullopt: nothing is known, since some of them changed after the last checkpoint.
std::optional<Zone> node_zone(const View& view, KeyId key, std::uint64_t segment);

}  // namespace kith::storage
