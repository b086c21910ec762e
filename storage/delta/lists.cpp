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

// Which relationships of a list exist: those that its changes do not remove, and if it is marked
// (E4), those that the graph has.
class Existing {
 public:
  Existing(const Root& root, const NodeChange* change, Direction direction,
           ExistingRelationships* known)
      : root_(root) {
    if (!change || !change->is_marked(direction)) return;
    known_ = known ? known : &own_;
    known_->follow(root);
  }
  bool is_marked() const { return known_ != nullptr; }
  bool has(std::uint64_t relationship) { return !known_ || known_->has(root_, relationship); }

 private:
  const Root& root_;
  ExistingRelationships own_;
  ExistingRelationships* known_ = nullptr;
};

template <class Wanted>
Changes collect(const NodeChange* change, NodeId node, TypeId type, Direction direction,
                Existing& existing, Wanted&& wanted) {
  Changes changes;
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
    return !existing.has(edge.relationship) ||
           std::binary_search(changes.removed.begin(), changes.removed.end(), edge.relationship);
  });
  std::sort(changes.added.begin(), changes.added.end());
  changes.added.erase(std::unique(changes.added.begin(), changes.added.end()), changes.added.end());
  return changes;
}

// visit(neighbour) for positions [first, end) of the base.
template <class Visit>
void for_each_in_base(AdjacencyReader& reader, std::uint64_t first, std::uint64_t end,
                      Visit&& visit) {
  while (first < end) {
    const NeighbourSpan span = reader.span(first, end);
    for (std::uint64_t i = 0; i < span.count; ++i)
      visit(Neighbour{span.neighbour(i), span.relationship(i)});
    first += span.count;
  }
}

// Positions [first, end) of the base without what was removed (ids, sorted).
void append_base(AdjacencyReader& reader, std::uint64_t first, std::uint64_t end,
                 const std::vector<std::uint64_t>& removed, Existing& existing,
                 std::vector<Neighbour>& out) {
  for_each_in_base(reader, first, end, [&](const Neighbour& edge) {
    const bool is_there =
        removed.empty() || !std::binary_search(removed.begin(), removed.end(), edge.relationship);
    if (is_there && existing.has(edge.relationship)) out.push_back(edge);
  });
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
                 std::vector<Neighbour>& out, ExistingRelationships* known) {
  const NodeChange* change = change_of(root, node);
  Existing existing(root, change, direction, known);
  const Changes changes =
      collect(change, node, type, direction, existing, [](std::uint64_t) { return true; });
  const std::size_t begin = out.size();
  if (const BaseLists lists = base_lists(root, node, type, direction); lists.chunk) {
    AdjacencyReader reader(root.base().pool(), *lists.chunk);
    const AdjacencyReader::List list = reader.list(slot_of(node));
    append_base(reader, list.first, list.end, changes.removed, existing, out);
  }
  merge_added(changes, begin, out);
}

void append_gone(const Root& root, NodeId node, TypeId type, Direction direction,
                 ExistingRelationships& known, std::vector<Neighbour>& out) {
  const BaseLists lists = base_lists(root, node, type, direction);
  if (!lists.chunk) return;
  known.follow(root);
  AdjacencyReader reader(root.base().pool(), *lists.chunk);
  const AdjacencyReader::List list = reader.list(slot_of(node));
  for_each_in_base(reader, list.first, list.end, [&](const Neighbour& edge) {
    if (!known.has(root, edge.relationship)) out.push_back(edge);
  });
}

ListParts::ListParts(const Root& root, NodeId node, TypeId type, Direction direction)
    : node_(node), type_(type), direction_(direction) {
  const NodeChange* change = change_of(root, node);
  Existing existing(root, change, direction, &existing_);
  Changes changes =
      collect(change, node, type, direction, existing, [](std::uint64_t) { return true; });
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
  Existing existing(root, change_of(root, node_), direction_, &existing_);
  AdjacencyReader reader(root.base().pool(), *lists.chunk);
  AdjacencyReader::List list = reader.list(slot_of(node_));
  if (begun_) list.first = reader.lower_bound(list, last_.node, last_.relationship + 1);
  while (list.first < list.end && out.size() < most) {
    const std::uint64_t stop = std::min<std::uint64_t>(list.end, list.first + most - out.size());
    append_base(reader, list.first, stop, passed_, existing, out);
    last_ = {reader.neighbour(stop - 1), reader.relationship(stop - 1)};
    begun_ = true;
    list.first = stop;
  }
}

void append_between(const Root& root, NodeId node, TypeId type, Direction direction, NodeId other,
                    std::vector<Neighbour>& out, ExistingRelationships* known) {
  const NodeChange* change = change_of(root, node);
  Existing existing(root, change, direction, known);
  const Changes changes =
      collect(change, node, type, direction, existing,
              [&](std::uint64_t neighbour) { return neighbour == other.value; });
  const std::size_t begin = out.size();
  if (const BaseLists lists = base_lists(root, node, type, direction); lists.chunk) {
    AdjacencyReader reader(root.base().pool(), *lists.chunk);
    AdjacencyReader::List list = reader.list(slot_of(node));
    list.first = reader.lower_bound(list, other.value);
    const std::uint64_t end = reader.lower_bound(list, other.value + 1);
    append_base(reader, list.first, end, changes.removed, existing, out);
  }
  merge_added(changes, begin, out);
}

namespace {

// Of a marked list, by looking at it.
std::uint64_t marked_degree(const Root& root, NodeId node, const NodeChange& change, TypeId type,
                            Direction direction, ExistingRelationships* known) {
  if (change.edges(direction, node.value).size() > 0) {
    std::vector<Neighbour> list;
    append_list(root, node, type, direction, list, known);
    return list.size();
  }
  const BaseLists lists = base_lists(root, node, type, direction);
  if (!lists.chunk) return 0;
  Existing existing(root, &change, direction, known);
  AdjacencyReader reader(root.base().pool(), *lists.chunk);
  const AdjacencyReader::List list = reader.list(slot_of(node));
  std::uint64_t count = 0;
  for_each_in_base(reader, list.first, list.end,
                   [&](const Neighbour& edge) { count += existing.has(edge.relationship); });
  KITH_ASSERT(count <= list.size());
  return count;
}

}  // namespace

std::uint64_t degree(const Root& root, NodeId node, TypeId type, Direction direction,
                     ExistingRelationships* known) {
  if (direction == Direction::Both) {
    std::vector<Neighbour> loops;
    append_between(root, node, type, Direction::Out, node, loops, known);
    return degree(root, node, type, Direction::Out, known) +
           degree(root, node, type, Direction::In, known) - loops.size();
  }
  const NodeChange* change = change_of(root, node);
  if (change && change->is_marked(direction))
    return marked_degree(root, node, *change, type, direction, known);
  std::uint64_t count = 0;
  if (const BaseLists lists = base_lists(root, node, type, direction); lists.chunk)
    count = AdjacencyReader(root.base().pool(), *lists.chunk).degree(slot_of(node));
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
  ExistingRelationships known;
  for (const Direction direction : {Direction::Out, Direction::In}) {
    types_of_lists(root, node, direction, types);
    for (const TypeId type : types)
      if (degree(root, node, type, direction, &known) > 0) return true;
  }
  return false;
}

}  // namespace kith::storage
