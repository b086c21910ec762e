// storage/delta/root.cpp: the root of a base without changes, and the same root on a newer base.
#include "storage/delta/root.hpp"

#include <algorithm>

namespace kith::storage {

namespace {

// What an entry says beyond what it said when it was merged. Properties and labels are absolute and
// stay; of lists, an entry's own only grow, and parts (E5) are told apart one by one.
Ref<NodeChange> rest_of(const Ref<NodeChange>& now, const Ref<NodeChange>& merged,
                        std::uint64_t id) {
  const bool alike = now->is_alike_for_all();
  if (alike && !now->added) return now;  // it was marked again since
  Ref<NodeChange> rest(alike ? new NodeChange(kNobody) : new NodeChange(*now, id, kNobody));
  rest->added = AddedEdges::since(now->added, merged->added.get());
  if (alike) {
    rest->make_alike_for_all();
    rest->marks = now->marks;
    return rest;
  }
  // A node that was made and merged is the base's.
  if (merged->existence == Existence::Created && now->existence == Existence::Created)
    rest->existence = Existence::InBase;
  for (const Direction direction : {Direction::Out, Direction::In}) {
    const std::uint64_t known = merged->own_edges(direction, id).size();
    KITH_ASSERT(now->own_edges(direction, id).size() >= known);
    OptionalList& list = direction == Direction::Out ? rest->out : rest->in;
    list = now->own_edges(direction, id).since(known, kNobody);
  }
  return rest;
}

Ref<RelationshipChange> rest_of(const Ref<RelationshipChange>& now,
                                const Ref<RelationshipChange>& merged, std::uint64_t id) {
  if (now->is_alike_for_all()) return now;
  Ref<RelationshipChange> rest(new RelationshipChange(*now, id, kNobody));
  if (merged->existence == Existence::Created && now->existence == Existence::Created)
    rest->existence = Existence::InBase;
  return rest;
}

// Of one after another: those that share an entry share what is left of it.
class RestOfNodes {
 public:
  Ref<NodeChange> operator()(const Ref<NodeChange>& now, const Ref<NodeChange>& merged,
                             std::uint64_t id) {
    if (rest_ && now == now_ && merged == merged_) return rest_;
    Ref<NodeChange> rest = rest_of(now, merged, id);
    if (!now->is_alike_for_all()) return rest;
    now_ = now;
    merged_ = merged;
    return rest_ = std::move(rest);
  }

 private:
  Ref<NodeChange> now_, merged_, rest_;  // the last that was alike for all
};

}  // namespace

Root::Root(std::shared_ptr<const Base> base)
    : base_(std::move(base)),
      catalog_(base_->shared_catalog()),
      schema_(base_->shared_schema()),
      position_(base_->fields().position),
      node_ids_(*base_),
      relationship_ids_(*base_),
      node_count_(base_->fields().nodes),
      relationship_count_(base_->fields().relationships),
      label_counts_(base_->fields().nodes_by_label),
      type_counts_(base_->fields().relationships_by_type) {
  KITH_ASSERT(!has_delta());
  KITH_ASSERT(label_counts_.size() <= catalog_->labels.size());
  KITH_ASSERT(type_counts_.size() <= catalog_->types.size());
  for (const IndexDef& index : schema_->indexes())
    indexes_.push_back({index.id, false, {}, nullptr});
}

bool Root::has_index_to_build() const {
  return std::any_of(indexes_.begin(), indexes_.end(),
                     [this](const IndexState& index) { return !is_online(index); });
}

const IndexState* Root::index_state(std::uint32_t id) const {
  for (const IndexState& index : indexes_)
    if (index.id == id) return &index;
  return nullptr;
}

Root Root::rebased(const Merged& merged) const {
  KITH_ASSERT(merged.base && merged.base != base_);
  KITH_ASSERT(merged.base->fields().position <= position_);
  Root next = *this;
  next.base_ = merged.base;
  next.nodes_ = nodes_.minus(merged.nodes, kNobody, RestOfNodes());
  next.relationships_ = relationships_.minus(
      merged.relationships, kNobody,
      [](const auto& now, const auto& then, unsigned place) { return rest_of(now, then, place); });
  next.relationship_ids_.advance(merged.base->fields().relationship_segments);
  for (IndexState& index : next.indexes_) {
    for (const IndexState& then : merged.indexes)
      if (then.id == index.id) index.delta = index.delta.without(then.delta, kNobody);
    if (merged.base->index_tree(index.id)) index.seed.reset();
  }
  next.delta_bytes_ = delta_bytes_ - std::min(delta_bytes_, merged.delta_bytes);
  ++next.edition_;
  return next;
}

}  // namespace kith::storage
