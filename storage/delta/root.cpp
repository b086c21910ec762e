// storage/delta/root.cpp: the root of a base without changes.
#include "storage/delta/root.hpp"

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
}

}  // namespace kith::storage
