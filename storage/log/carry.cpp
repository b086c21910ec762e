// storage/log/carry.cpp: weighing segments, and writing the light ones as records.
#include "storage/log/carry.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "core/assert.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/log/record.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kTreeBytes = 64;  // about what an entry costs beside itself

// Who reads what was carried makes an entry for each element, whatever it was a part of here.
std::uint64_t weight_of(const NodeChange& change, std::uint64_t id) {
  return sizeof change + kTreeBytes + change.properties.bytes(change.row_of(id)) +
         change.labels.heap_bytes() + change.edges(Direction::Out, id).bytes() +
         change.edges(Direction::In, id).bytes();
}
std::uint64_t weight_of(const RelationshipChange& change, std::uint64_t id) {
  return sizeof change + kTreeBytes + change.properties.bytes(change.row_of(id));
}

// What marks (E4) weigh: they are carried as removals, of as many as the base's lists have, at
// most.
std::uint64_t weight_of_marks(const Root& root, std::uint64_t segment,
                              const NodeTree::Node& changes) {
  std::uint64_t bytes = 0;
  const auto base = root.base().node_segment(segment);
  if (!base) return bytes;
  for (const AdjacencyChunk& chunk : base->adjacencies()) {
    const AdjacencyReader reader(root.base().pool(), chunk);
    NodeTree::for_each_in(changes, [&](std::uint64_t slot, const auto& change) {
      if (change->is_marked(chunk.direction()))
        bytes += reader.degree(static_cast<std::uint32_t>(slot)) * sizeof(ListChange);
    });
  }
  return bytes;
}

// What merging a segment writes anew, about, if its changes are in all parts of it.
template <class Chunks>
std::uint64_t disk_bytes(const Chunks& chunks) {
  std::uint64_t bytes = 0;
  for (const auto& each : chunks) bytes += each.chunk.disk_bytes();
  return bytes;
}
std::uint64_t cost_of(const NodeSegment* segment) {
  if (!segment) return kPageBytes;  // all that was in it is dead
  return kPageBytes + disk_bytes(segment->columns()) + disk_bytes(segment->adjacencies());
}
std::uint64_t cost_of(const RelationshipSegment* segment) {
  if (!segment) return kPageBytes;
  return kPageBytes + disk_bytes(segment->columns()) + segment->starts().chunk.disk_bytes() +
         segment->ends().chunk.disk_bytes();
}

struct Weight {
  std::uint64_t bytes = 0, segment = 0;
  std::uint64_t cost = 1;
  bool nodes = false;
  double gain() const { return static_cast<double>(bytes) / static_cast<double>(cost); }
};

// Weighs the segments that may be carried (K2).
template <class Tree, class Known>
void weigh(const Tree& tree, bool nodes, Known&& known, std::vector<Weight>& weights) {
  tree.for_each_segment([&](std::uint64_t segment, const typename Tree::Node& changes) {
    if (!known(segment)) return;
    std::uint64_t bytes = 0;
    Tree::for_each_in(changes, [&](std::uint64_t slot, const auto& change) {
      bytes += weight_of(*change, slot);
    });
    weights.push_back({bytes, segment, 1, nodes});
  });
}

class Records {
 public:
  explicit Records(const Root& root) : root_(root) {}
  void node(std::uint64_t id, const NodeChange& change) {
    take(change.properties, change.row_of(id));
    take(change, id, Direction::Out, out_);
    take(change, id, Direction::In, in_);
    encode(bytes, record::CarryNode{NodeId{id}, change.existence, change.labels_changed ? 1u : 0u,
                                    change.labels.span(), properties_, out_, in_});
  }
  void relationship(std::uint64_t id, const RelationshipChange& change) {
    take(change.properties, change.row_of(id));
    Relationship of{RelationshipId{id}, change.type, {}, {}};
    if (change.existence != Existence::InBase) of = ends_of(root_, of.id);
    encode(bytes, record::CarryRelationship{of.id, change.existence, of.type, of.start, of.end,
                                            properties_});
  }

  std::string bytes;

 private:
  void take(const PropertyChanges& changes, std::uint32_t row) {
    properties_.clear();
    changes.for_each(row, [&](KeyId key, const Cell& value) {
      properties_.push_back({key, value});
    });
  }
  void take(const NodeChange& change, std::uint64_t id, Direction direction,
            std::vector<ListChange>& edges) {
    edges.clear();
    change.edges(direction, id).for_each([&](const ListChange& edge) { edges.push_back(edge); });
    if (change.is_marked(direction)) take_gone(NodeId{id}, direction, edges);
  }
  // E4. Each removal once.
  void take_gone(NodeId node, Direction direction, std::vector<ListChange>& edges) {
    std::vector<std::uint64_t> known;
    for (const ListChange& edge : edges)
      if (!edge.added) known.push_back(edge.relationship);
    std::sort(known.begin(), known.end());
    const auto is_new = [&](std::uint64_t id) {
      return !std::binary_search(known.begin(), known.end(), id);
    };
    existing_.follow(root_);
    const std::size_t changes = edges.size();
    for (std::size_t i = 0; i < changes; ++i) {
      const ListChange edge = edges[i];
      if (edge.added && !existing_.has(root_, edge.relationship) && is_new(edge.relationship))
        edges.push_back({edge.relationship, edge.neighbour, edge.type, false});
    }
    types_of_lists(root_, node, direction, types_);
    for (const TypeId type : types_) {
      gone_.clear();
      append_gone(root_, node, type, direction, existing_, gone_);
      for (const Neighbour& edge : gone_)
        if (is_new(edge.relationship)) edges.push_back({edge.relationship, edge.node, type, false});
    }
  }

  const Root& root_;
  ExistingRelationships existing_;
  std::vector<Neighbour> gone_;
  std::vector<TypeId> types_;
  std::vector<Property> properties_;
  std::vector<ListChange> out_, in_;
};

}  // namespace

Split split_delta(const Root& root, std::uint64_t cap, Rest rest) {
  const Base& base = root.base();
  std::vector<Weight> weights;
  std::uint64_t light = 0;
  weigh(
      root.nodes(), true,
      [&](std::uint64_t segment) {
        return segment < base.node_segments() && base.node_segment_brief(segment).slots > 0;
      },
      weights);
  for (Weight& weight : weights)
    weight.bytes += weight_of_marks(root, weight.segment, *root.nodes().segment(weight.segment));
  weigh(
      root.relationships(), false,
      [&](std::uint64_t segment) {
        return segment < base.relationship_segments() &&
               base.relationship_segment_brief(segment).slots > 0;
      },
      weights);
  if (cap > 0 && rest == Rest::Kept)
    for (Weight& weight : weights)
      weight.cost = weight.nodes ? cost_of(base.node_segment(weight.segment).get())
                                 : cost_of(base.relationship_segment(weight.segment).get());
  std::sort(weights.begin(), weights.end(),
            [](const Weight& a, const Weight& b) { return a.gain() < b.gain(); });
  std::unordered_set<std::uint64_t> nodes, relationships;  // not to merge
  for (const Weight& weight : weights) {
    if (light + weight.bytes > cap) {
      if (rest == Rest::Kept) continue;  // one of the others may be small
      break;
    }
    light += weight.bytes;
    (weight.nodes ? nodes : relationships).insert(weight.segment);
  }
  Split split;
  split.delta_bytes = root.delta_bytes() - std::min(root.delta_bytes(), light);
  if (light == 0) {
    split.nodes = root.nodes();
    split.relationships = root.relationships();
    return split;
  }
  split.nodes = root.nodes().segments_where(
      kNobody, [&](std::uint64_t segment) { return !nodes.contains(segment); });
  split.relationships = root.relationships().segments_where(
      kNobody, [&](std::uint64_t segment) { return !relationships.contains(segment); });
  if (rest == Rest::Kept) return split;
  Records records(root);
  root.nodes().for_each([&](std::uint64_t id, const Ref<NodeChange>& change) {
    if (nodes.contains(segment_of(NodeId{id}))) records.node(id, *change);
  });
  root.relationships().for_each([&](std::uint64_t id, const Ref<RelationshipChange>& change) {
    if (relationships.contains(segment_of(RelationshipId{id}))) records.relationship(id, *change);
  });
  KITH_ASSERT(!records.bytes.empty());
  split.carried = std::move(records.bytes);
  return split;
}

}  // namespace kith::storage
