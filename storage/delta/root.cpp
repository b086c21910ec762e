// storage/delta/root.cpp: the root of a base without changes.
#include "storage/delta/root.hpp"

#include <algorithm>

namespace kith::storage {

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
  for (const IndexDef& index : schema_->indexes()) indexes_.push_back({index.id, false, {}});
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

}  // namespace kith::storage
