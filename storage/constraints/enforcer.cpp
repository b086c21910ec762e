// storage/constraints/enforcer.cpp: from changes to the elements to look at, and the looking.
#include "storage/constraints/enforcer.hpp"

#include <algorithm>
#include <map>

#include "core/assert.hpp"
#include "storage/constraints/check.hpp"
#include "storage/constraints/why.hpp"
#include "storage/cursor.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

void TouchedIds::settle() {
  if (!std::is_sorted(ids_.begin(), ids_.end())) std::sort(ids_.begin(), ids_.end());
  ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  settled_ = ids_.size();
}

void Enforcer::follow(const std::shared_ptr<const Schema>& schema) {
  if (rules_ ? schema.get() == &rules_->schema() : schema->constraints().empty()) return;
  rules_ = schema->constraints().empty() ? nullptr : std::make_unique<const Rules>(schema);
}

void Enforcer::node_created(NodeId node, std::span<const LabelId> labels) {
  nodes_created({&node.value, 1}, labels);
}

void Enforcer::nodes_created(std::span<const std::uint64_t> nodes,
                             std::span<const LabelId> labels) {
  KITH_ASSERT(rules_);
  for (const LabelId label : labels) {
    if (rules_->labels.has(label.value)) nodes_.add(nodes);
    if (rules_->counting_labels.has(label.value)) counting_.add(nodes);
  }
}

void Enforcer::label_added(NodeId node, LabelId label) {
  node_created(node, {&label, 1});
  if (rules_->counted_labels.has(label.value)) relabelled_.add(node.value);
}

void Enforcer::label_removed(NodeId node, LabelId label) {
  KITH_ASSERT(rules_);
  if (rules_->end_labels.has(label.value)) unlabelled_.add(node.value);
  if (rules_->counted_labels.has(label.value)) relabelled_.add(node.value);
}

void Enforcer::property_set(NodeId node, KeyId key) {
  KITH_ASSERT(rules_);
  if (rules_->node_keys.has(key.value)) nodes_.add(node.value);
}

void Enforcer::property_set(RelationshipId relationship, KeyId key) {
  KITH_ASSERT(rules_);
  if (rules_->relationship_keys.has(key.value)) relationships_.add(relationship.value);
}

void Enforcer::relationship_created(const Relationship& relationship) {
  KITH_ASSERT(rules_);
  if (rules_->types.has(relationship.type.value)) relationships_.add(relationship.id.value);
  if (counts(relationship.type)) relationship_deleted(relationship);
}

void Enforcer::relationship_deleted(const Relationship& relationship) {
  KITH_ASSERT(rules_ && counts(relationship.type));
  counting_.add(relationship.start.value);
  counting_.add(relationship.end.value);
}

void Enforcer::forget_statement() {
  nodes_.clear();
  relationships_.clear();
  unlabelled_.clear();
}

namespace {

void check_ids(const View& view, const ConstraintDef& constraint,
               std::span<const std::uint64_t> ids) {
  if (ids.empty()) return;
  std::vector<std::uint64_t> broken;
  ElementCheck(view, constraint).check(ids, broken);
  if (!broken.empty()) throw broken_error(view, constraint, broken.front());
  if (!constraint.owns_index()) return;
  if (const auto other = find_double(view, constraint, ids))
    throw broken_error(view, constraint, *other);
}

// Each group against the constraints on its label or type, in the order of their making.
void check_groups(const View& view, ElementKind on,
                  const std::map<std::uint32_t, std::vector<std::uint64_t>>& groups) {
  for (const ConstraintDef& constraint : view.schema().constraints()) {
    if (constraint.token.on != on || constraint.kind == ConstraintKind::Count) continue;
    const auto group = groups.find(constraint.token.id);
    if (group != groups.end()) check_ids(view, constraint, group->second);
  }
}

}  // namespace

void Enforcer::check_nodes(const View& view) {
  std::map<std::uint32_t, std::vector<std::uint64_t>> groups;
  const std::vector<std::uint64_t>& nodes = nodes_.sorted();
  std::vector<std::uint64_t>* group = nullptr;  // of the label met last: nodes of one come together
  std::uint32_t label_met = 0;
  const auto sort_in = [&](std::uint64_t node, std::span<const LabelId> labels) {
    for (const LabelId label : labels) {
      if (!rules_->labels.has(label.value)) continue;
      if (group == nullptr || label_met != label.value) group = &groups[label_met = label.value];
      if (group->empty() && groups.size() == 1) group->reserve(nodes.size());
      group->push_back(node);
    }
  };
  const NodeTree& changes = view.root().nodes();
  const NodeTree::Node* in_segment = nullptr;
  std::uint64_t segment = kNoSegment;
  for (const std::uint64_t node : nodes) {
    if (segment != segment_of(NodeId{node})) {
      segment = segment_of(NodeId{node});
      in_segment = changes.segment(segment);
    }
    const auto* change =
        in_segment ? NodeTree::find_in(*in_segment, slot_of(NodeId{node})) : nullptr;
    if (change != nullptr && (*change)->labels_changed) {
      sort_in(node, (*change)->labels.span());
    } else {
      sort_in(node, view.labels_of(NodeId{node}));
    }
  }
  check_groups(view, ElementKind::Node, groups);
}

void Enforcer::check_relationships(const View& view) {
  std::map<std::uint32_t, std::vector<std::uint64_t>> groups;
  for (const std::uint64_t id : relationships_.sorted()) {
    if (!view.exists(RelationshipId{id})) continue;
    const TypeId type = type_of(view, RelationshipId{id});
    if (rules_->types.has(type.value)) groups[type.value].push_back(id);
  }
  check_groups(view, ElementKind::Relationship, groups);
}

// The relationships of nodes that lost a label which an end may have to have.
void Enforcer::check_relabelled(const View& view) {
  const std::vector<std::uint64_t>& nodes = unlabelled_.sorted();
  if (nodes.empty()) return;
  std::vector<std::uint32_t> rows(kBatchRows);
  std::vector<std::uint64_t> ids(kBatchRows);
  for (const ConstraintDef* constraint : rules_->ends) {
    NeighbourCursor cursor(view, Direction::Both, {constraint->token.type()});
    cursor.begin(nodes);
    while (const std::size_t n = cursor.next(kBatchRows, rows.data(), nullptr, ids.data()))
      check_ids(view, *constraint, std::span(ids).first(n));
  }
}

void Enforcer::check_statement(const View& view) {
  if (idle()) return;
  KITH_ASSERT(&view.schema() == &rules_->schema());
  check_nodes(view);
  check_relationships(view);
  check_relabelled(view);
  forget_statement();
}

// Touched nodes that have the constraint's label, and those that a relabelled one counts for.
std::vector<std::uint64_t> Enforcer::counting_nodes(const View& view,
                                                    const ConstraintDef& constraint) {
  std::vector<std::uint64_t> nodes = counting_.sorted();
  const PatternStep& step = constraint.step;
  if (!relabelled_.empty() && !step.others.empty()) {
    const Direction back = step.direction == Direction::Out  ? Direction::In
                           : step.direction == Direction::In ? Direction::Out
                                                             : Direction::Both;
    std::vector<std::uint32_t> rows(kBatchRows);
    std::vector<std::uint64_t> found(kBatchRows);
    NeighbourCursor cursor(view, back, step.types);
    cursor.begin(relabelled_.sorted());
    while (const std::size_t n = cursor.next(kBatchRows, rows.data(), found.data(), nullptr))
      nodes.insert(nodes.end(), found.begin(), found.begin() + static_cast<std::ptrdiff_t>(n));
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  }
  std::vector<std::uint8_t> counts(nodes.size());
  has_label(view, constraint.token.label(), nodes, counts);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (counts[i] != 0) nodes[kept++] = nodes[i];
  nodes.resize(kept);
  return nodes;
}

void Enforcer::check_commit(const View& view) {
  if (idle() || (counting_.empty() && relabelled_.empty())) return;
  KITH_ASSERT(&view.schema() == &rules_->schema());
  for (const ConstraintDef* constraint : rules_->counts)
    check_ids(view, *constraint, counting_nodes(view, *constraint));
  counting_.clear();
  relabelled_.clear();
}

}  // namespace kith::storage
