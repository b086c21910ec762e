// storage/constraints/rules.hpp: the constraints of a schema, by what touches them.
#pragma once

#include <memory>
#include <vector>

#include "storage/schema.hpp"

namespace kith::storage {

// A set of small numbers: ids of labels, types, keys.
class IdSet {
 public:
  void add(std::uint32_t id) {
    if (id >= bits_.size()) bits_.resize(id + 1);
    bits_[id] = true;
  }
  bool has(std::uint32_t id) const { return id < bits_.size() && bits_[id]; }

 private:
  std::vector<bool> bits_;
};

// True if a relationship of this type, which the node has in direction `seen`, is of the step.
bool in_step(const PatternStep& step, TypeId type, Direction seen);

class Rules {
 public:
  explicit Rules(std::shared_ptr<const Schema> schema);

  const Schema& schema() const { return *schema_; }

  // Of unique, key, existence and type constraints.
  IdSet labels, node_keys, types, relationship_keys;
  // Of those on the labels of ends: labels that stand at an end.
  IdSet end_labels;
  std::vector<const ConstraintDef*> ends;
  // Of counts: labels of the nodes that count, labels of those that are counted.
  IdSet counting_labels, counted_labels, counted_types;
  bool all_types_count = false;
  std::vector<const ConstraintDef*> counts;
  // Of what a deletion does: labels of the deleted.
  std::vector<const ConstraintDef*> on_delete;

 private:
  void add(const ConstraintDef& constraint);
  std::shared_ptr<const Schema> schema_;  // shared: by roots; the pointers above are into it
};

}  // namespace kith::storage
