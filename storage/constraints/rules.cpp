// storage/constraints/rules.cpp: sorting the constraints of a schema.
#include "storage/constraints/rules.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage {

bool in_step(const PatternStep& step, TypeId type, Direction seen) {
  KITH_ASSERT(seen != Direction::Both);
  if (step.direction != Direction::Both && step.direction != seen) return false;
  return step.types.empty() ||
         std::find(step.types.begin(), step.types.end(), type) != step.types.end();
}

Rules::Rules(std::shared_ptr<const Schema> schema) : schema_(std::move(schema)) {
  KITH_ASSERT(schema_ != nullptr);
  for (const ConstraintDef& constraint : schema_->constraints()) add(constraint);
}

void Rules::add(const ConstraintDef& constraint) {
  const bool of_node = constraint.token.on == ElementKind::Node;
  switch (constraint.kind) {
    case ConstraintKind::Unique:
    case ConstraintKind::Key:
    case ConstraintKind::Exists:
    case ConstraintKind::Type:
      KITH_ASSERT(!constraint.keys.empty());
      (of_node ? labels : types).add(constraint.token.id);
      for (const KeyId key : constraint.keys)
        (of_node ? node_keys : relationship_keys).add(key.value);
      return;
    case ConstraintKind::Ends:
      KITH_ASSERT(!of_node && !constraint.ends.empty());
      ends.push_back(&constraint);
      types.add(constraint.token.id);
      for (const EndLabels& pair : constraint.ends) {
        for (const LabelId label : pair.starts) end_labels.add(label.value);
        for (const LabelId label : pair.ends) end_labels.add(label.value);
      }
      return;
    case ConstraintKind::Count:
      KITH_ASSERT(of_node && constraint.least <= constraint.most);
      counts.push_back(&constraint);
      counting_labels.add(constraint.token.id);
      for (const LabelId label : constraint.step.others) counted_labels.add(label.value);
      for (const TypeId type : constraint.step.types) counted_types.add(type.value);
      all_types_count |= constraint.step.types.empty();
      return;
    case ConstraintKind::OnDelete:
      KITH_ASSERT(of_node);
      on_delete.push_back(&constraint);
      return;
  }
}

}  // namespace kith::storage
