// storage/delta/lists_of_many.cpp: a segment, then a type, then the nodes.
#include "storage/delta/lists_of_many.hpp"

#include <algorithm>
#include <tuple>

#include "core/assert.hpp"
#include "core/radix_sort.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kLong = 64;  // a list that is read in parts of its own

template <class See>
void see_changes(const Root& root, std::span<const NodeId> nodes, See&& see) {
  const auto* changes = root.nodes().segment(segment_of(nodes.front()));
  if (!changes) return;
  for (const NodeId node : nodes)
    if (const auto* found = NodeTree::find_in(*changes, slot_of(node))) see(**found, node);
}

}  // namespace

Relationship ListsOfMany::relationship(NodeId node, std::uint64_t neighbour,
                                       std::uint64_t id) const {
  const NodeId other{neighbour};
  const bool out = direction_ == Direction::Out;
  return {{id}, types_[type_], out ? node : other, out ? other : node};
}

void ListsOfMany::begin_segment(const Root& root) {
  KITH_ASSERT(end_ < nodes_.size() && direction_ != Direction::Both);
  begin_ = at_ = end_;
  const std::uint64_t number = segment_of(nodes_[begin_]);
  while (end_ < nodes_.size() && segment_of(nodes_[end_]) == number) ++end_;
  types_.clear();
  type_ = 0;
  if (const auto segment = base_segment(root, nodes_[begin_]))
    for (const AdjacencyChunk& chunk : segment->adjacencies())
      if (chunk.direction() == direction_) types_.push_back(chunk.type());
  see_changes(root, nodes_.subspan(begin_, end_ - begin_),
              [&](const NodeChange& change, NodeId node) {
                change.edges(direction_, node.value).for_each([&](const ListChange& edge) {
                  if (types_.empty() || types_.back() != edge.type) types_.push_back(edge.type);
                });
              });
  std::sort(types_.begin(), types_.end());
  types_.erase(std::unique(types_.begin(), types_.end()), types_.end());
}

// From node `at_` on, of one type, up to a list that is read apart.
void ListsOfMany::gather(const Root& root, std::size_t most, std::vector<Relationship>& found) {
  const auto* changes = root.nodes().segment(segment_of(nodes_[at_]));
  const auto segment = base_segment(root, nodes_[at_]);
  const AdjacencyChunk* chunk = segment ? segment->adjacency(types_[type_], direction_) : nullptr;
  std::optional<AdjacencyReader> reader;
  if (chunk) reader.emplace(root.base().pool(), *chunk);
  existing_.follow(root);
  for (; at_ < end_ && found.size() < most; ++at_) {
    const NodeId node = nodes_[at_];
    const auto* change = changes ? NodeTree::find_in(*changes, slot_of(node)) : nullptr;
    const bool changed = change && (*change)->edges(direction_, node.value).size() > 0;
    const bool marked = change && (*change)->is_marked(direction_);
    const AdjacencyReader::List list =
        reader ? reader->list(slot_of(node)) : AdjacencyReader::List{};
    if (changed || list.size() > kLong) {
      parts_.emplace(root, node, types_[type_], direction_);
      return;
    }
    for (std::uint64_t at = list.first; at < list.end;) {
      const NeighbourSpan span = reader->span(at, list.end);
      for (std::uint64_t i = 0; i < span.count; ++i)
        if (!marked || existing_.has(root, span.relationship(i)))
          found.push_back(relationship(node, span.neighbour(i), span.relationship(i)));
      at += span.count;
    }
  }
}

bool ListsOfMany::next(const Root& root, std::size_t most, std::vector<Relationship>& found) {
  KITH_ASSERT(most > 0);
  found.clear();
  while (found.size() < most) {
    if (parts_) {
      parts_->next(root, most - found.size(), edges_);
      for (const Neighbour& edge : edges_)
        found.push_back(relationship(nodes_[at_], edge.node, edge.relationship));
      if (!edges_.empty()) continue;
      parts_.reset();
      ++at_;
    } else if (at_ < end_ && type_ < types_.size()) {
      gather(root, most, found);
    } else if (type_ + 1 < types_.size()) {
      ++type_;
      at_ = begin_;
    } else if (end_ < nodes_.size()) {
      begin_segment(root);
    } else {
      break;
    }
  }
  const auto order = [](const Relationship& a, const Relationship& b) {
    return std::tuple(a.type, a.id) < std::tuple(b.type, b.id);
  };
  if (std::is_sorted(found.begin(), found.end(), order)) return !found.empty();
  radix_sort(std::span(found), scratch_, [](const Relationship& one) { return one.id.value; });
  radix_sort(std::span(found), scratch_, [](const Relationship& one) { return one.type.value; });
  KITH_ASSERT(std::is_sorted(found.begin(), found.end(), order));
  return true;
}

}  // namespace kith::storage
