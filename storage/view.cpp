// storage/view.cpp: single reads of one state of the graph.
#include "storage/view.hpp"

#include "core/assert.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

const Catalog& View::catalog() const { return root_->catalog(); }
const Schema& View::schema() const { return root_->schema(); }
std::uint64_t View::position() const { return root_->position(); }

std::uint64_t View::node_count() const { return root_->node_count(); }
std::uint64_t View::node_count(LabelId label) const { return root_->node_count(label); }
std::uint64_t View::relationship_count() const { return root_->relationship_count(); }
std::uint64_t View::relationship_count(TypeId type) const {
  return root_->relationship_count(type);
}

std::uint64_t View::node_id_limit() const { return root_->node_ids().id_limit(); }
std::uint64_t View::relationship_id_limit() const { return root_->relationship_ids().id_limit(); }

bool View::exists(NodeId node) const { return storage::exists(*root_, node); }
bool View::exists(RelationshipId relationship) const {
  return storage::exists(*root_, relationship);
}

std::vector<LabelId> View::labels_of(NodeId node) const { return storage::labels_of(*root_, node); }

Relationship View::relationship(RelationshipId id) const {
  KITH_ASSERT(id.value < relationship_id_limit());
  return ends_of(*root_, id);
}

Cell View::property(NodeId node, KeyId key, Arena& arena) const {
  return storage::property(*root_, node, key, arena);
}
Cell View::property(RelationshipId relationship, KeyId key, Arena& arena) const {
  return storage::property(*root_, relationship, key, arena);
}
std::vector<Property> View::properties_of(NodeId node, Arena& arena) const {
  return properties(*root_, node, arena);
}
std::vector<Property> View::properties_of(RelationshipId relationship, Arena& arena) const {
  return properties(*root_, relationship, arena);
}

std::uint64_t View::degree(NodeId node, Direction direction,
                           const std::vector<TypeId>& types) const {
  if (!exists(node)) return 0;
  std::uint64_t total = 0;
  for (const TypeId type : types.empty() ? all_types(*root_) : types)
    total += storage::degree(*root_, node, type, direction);
  return total;
}

}  // namespace kith::storage
