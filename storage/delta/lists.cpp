// storage/delta/lists.cpp: adjacency lists of one node, base and delta merged by relationship id.
#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

// Lists of one type and direction, with the segment that they are in.
struct BaseLists {
  SegmentPin<NodeSegment> segment;
  const AdjacencyChunk* chunk;  // nullptr: none
};
BaseLists base_lists(const Root& root, NodeId node, TypeId type, Direction direction) {
  KITH_ASSERT(direction != Direction::Both);
  SegmentPin<NodeSegment> segment = base_segment(root, node);
  const AdjacencyChunk* chunk = segment ? segment->adjacency(type, direction) : nullptr;
  return {std::move(segment), chunk};
}

// What one list's changes come to: each relationship once.
struct Changes {
  std::vector<Neighbour> added;        // sorted, in nothing of `removed`
  std::vector<std::uint64_t> removed;  // relationship ids, sorted

  bool empty() const { return added.empty() && removed.empty(); }
};

template <class Wanted>
Changes collect(const Root& root, NodeId node, TypeId type, Direction direction, Wanted&& wanted) {
  Changes changes;
  const NodeChange* change = change_of(root, node);
  if (!change) return changes;
  change->edges(direction, node.value).for_each([&](const ListChange& edge) {
    if (edge.type != type || !wanted(edge.neighbour)) return;
    if (edge.added) {
      changes.added.push_back({edge.neighbour, edge.relationship});
    } else {
      changes.removed.push_back(edge.relationship);
    }
  });
  std::sort(changes.removed.begin(), changes.removed.end());
  std::erase_if(changes.added, [&](const Neighbour& edge) {
    return std::binary_search(changes.removed.begin(), changes.removed.end(), edge.relationship);
  });
  std::sort(changes.added.begin(), changes.added.end());
  changes.added.erase(std::unique(changes.added.begin(), changes.added.end()), changes.added.end());
  return changes;
}

// Positions [first, end) of the base without what was removed (ids, sorted).
void append_base(AdjacencyReader& reader, std::uint64_t first, std::uint64_t end,
                 const std::vector<std::uint64_t>& removed, std::vector<Neighbour>& out) {
  while (first < end) {
    const NeighbourSpan span = reader.span(first, end);
    for (std::uint64_t i = 0; i < span.count; ++i) {
      const Neighbour edge{span.neighbour(i), span.relationship(i)};
      if (removed.empty() || !std::binary_search(removed.begin(), removed.end(), edge.relationship))
        out.push_back(edge);
    }
    first += span.count;
  }
}

// `out` from `begin` on is the base's part; brings in what was added.
void merge_added(const Changes& changes, std::size_t begin, std::vector<Neighbour>& out) {
  if (changes.added.empty()) return;
  const std::size_t middle = out.size();
  out.insert(out.end(), changes.added.begin(), changes.added.end());
  const auto at = [&](std::size_t i) { return out.begin() + static_cast<std::ptrdiff_t>(i); };
  std::inplace_merge(at(begin), at(middle), out.end());
  out.erase(std::unique(at(begin), out.end()), out.end());  // D1: the base may have it already
  KITH_ASSERT(std::is_sorted(at(begin), out.end()));
}

}  // namespace

void types_of_lists(const Root& root, NodeId node, Direction direction,
                    std::vector<TypeId>& types) {
  KITH_ASSERT(direction != Direction::Both);
  types.clear();
  const NodeChange* change = change_of(root, node);
  if (!change || change->existence != Existence::Created)
    if (const SegmentPin<NodeSegment> segment = base_segment(root, node))
      for (const AdjacencyChunk& chunk : segment->adjacencies())
        if (chunk.direction() == direction) types.push_back(chunk.type());
  if (!change) return;
  change->edges(direction, node.value).for_each([&](const ListChange& edge) {
    if (types.empty() || types.back() != edge.type) types.push_back(edge.type);
  });
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
}

void append_list(const Root& root, NodeId node, TypeId type, Direction direction,
                 std::vector<Neighbour>& out) {
  const Changes changes = collect(root, node, type, direction, [](std::uint64_t) { return true; });
  const std::size_t begin = out.size();
  if (const BaseLists lists = base_lists(root, node, type, direction); lists.chunk) {
    AdjacencyReader reader(root.base().pool(), *lists.chunk);
    const AdjacencyReader::List list = reader.list(slot_of(node));
    append_base(reader, list.first, list.end, changes.removed, out);
  }
  merge_added(changes, begin, out);
}

ListParts::ListParts(const Root& root, NodeId node, TypeId type, Direction direction)
    : node_(node), type_(type), direction_(direction) {
  Changes changes = collect(root, node, type, direction, [](std::uint64_t) { return true; });
  added_ = std::move(changes.added);
  passed_ = std::move(changes.removed);
  // A fold may bring them into the base before this comes to it.
  for (const Neighbour& edge : added_) passed_.push_back(edge.relationship);
  std::sort(passed_.begin(), passed_.end());
}

void ListParts::next(const Root& root, std::size_t most, std::vector<Neighbour>& out) {
  KITH_ASSERT(most > 0);
  out.clear();
  if (given_ < added_.size()) {
    const std::size_t count = std::min(most, added_.size() - given_);
    const auto first = added_.begin() + static_cast<std::ptrdiff_t>(given_);
    out.assign(first, first + static_cast<std::ptrdiff_t>(count));
    given_ += count;
    return;
  }
  const BaseLists lists = base_lists(root, node_, type_, direction_);
  if (!lists.chunk) return;
  AdjacencyReader reader(root.base().pool(), *lists.chunk);
  AdjacencyReader::List list = reader.list(slot_of(node_));
  if (begun_) list.first = reader.lower_bound(list, last_.node, last_.relationship + 1);
  while (list.first < list.end && out.size() < most) {
    const std::uint64_t stop = std::min<std::uint64_t>(list.end, list.first + most - out.size());
    append_base(reader, list.first, stop, passed_, out);
    last_ = {reader.neighbour(stop - 1), reader.relationship(stop - 1)};
    begun_ = true;
    list.first = stop;
  }
}

void append_between(const Root& root, NodeId node, TypeId type, Direction direction, NodeId other,
                    std::vector<Neighbour>& out) {
  const Changes changes = collect(root, node, type, direction, [&](std::uint64_t neighbour) {
    return neighbour == other.value;
  });
  const std::size_t begin = out.size();
  if (const BaseLists lists = base_lists(root, node, type, direction); lists.chunk) {
    AdjacencyReader reader(root.base().pool(), *lists.chunk);
    AdjacencyReader::List list = reader.list(slot_of(node));
    list.first = reader.lower_bound(list, other.value);
    const std::uint64_t end = reader.lower_bound(list, other.value + 1);
    append_base(reader, list.first, end, changes.removed, out);
  }
  merge_added(changes, begin, out);
}

std::uint64_t degree(const Root& root, NodeId node, TypeId type, Direction direction) {
  if (direction == Direction::Both) {
    std::vector<Neighbour> loops;
    append_between(root, node, type, Direction::Out, node, loops);
    return degree(root, node, type, Direction::Out) + degree(root, node, type, Direction::In) -
           loops.size();
  }
  std::uint64_t count = 0;
  if (const BaseLists lists = base_lists(root, node, type, direction); lists.chunk)
    count = AdjacencyReader(root.base().pool(), *lists.chunk).degree(slot_of(node));
  const NodeChange* change = change_of(root, node);
  if (!change || change->edges(direction, node.value).size() == 0) return count;
  // Every relationship is added at most once, and removed at most once, after it was there.
  std::uint64_t added = 0, removed = 0;
  change->edges(direction, node.value).for_each([&](const ListChange& edge) {
    if (edge.type == type) ++(edge.added ? added : removed);
  });
  KITH_ASSERT(count + added >= removed);
  return count + added - removed;
}

bool has_relationships(const Root& root, NodeId node) {
  std::vector<TypeId> types;
  for (const Direction direction : {Direction::Out, Direction::In}) {
    types_of_lists(root, node, direction, types);
    for (const TypeId type : types)
      if (degree(root, node, type, direction) > 0) return true;
  }
  return false;
}

}  // namespace kith::storage
