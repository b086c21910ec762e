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
  const auto before = [](const Run& a, const Run& b) { return a.first < b.first; };
  if (!std::is_sorted(runs_.begin(), runs_.end(), before))
    std::sort(runs_.begin(), runs_.end(), before);
  std::size_t kept = 0;
  ids_ = 0;
  for (const Run& run : runs_) {
    Run* const last = kept == 0 ? nullptr : &runs_[kept - 1];
    if (last && run.first <= last->first + last->count) {
      const std::uint64_t end = std::max(last->first + last->count, run.first + run.count);
      ids_ += end - last->first - last->count;
      last->count = end - last->first;
    } else {
      ids_ += run.count;
      runs_[kept++] = run;
    }
  }
  runs_.resize(kept);
  settled_ = kept;
}

std::vector<std::uint64_t> TouchedIds::sorted() {
  std::vector<std::uint64_t> ids;
  ids.reserve(size_limit());
  for_each([&](std::uint64_t id) { ids.push_back(id); });
  return ids;
}

std::uint64_t TouchedIds::bytes() const {
  return runs_.capacity() * sizeof(Run) + 2 * size_limit() * sizeof(std::uint64_t);
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

// What is said of nodes, asked for in ascending order: a leaf of the tree is looked up once.
class ChangesInOrder {
 public:
  explicit ChangesInOrder(const NodeTree& tree) : tree_(tree) {}

  const Ref<NodeChange>* find(NodeId node) {
    if (segment_ != segment_of(node)) {
      segment_ = segment_of(node);
      in_segment_ = tree_.segment(segment_);
      slots_ = kNoSlots;
    }
    if (!in_segment_) return nullptr;
    const std::uint32_t slot = slot_of(node);
    if (slots_ != slot / kTreeFan) {
      slots_ = slot / kTreeFan;
      leaf_ = NodeTree::leaf_of(*in_segment_, slot);
    }
    return leaf_ ? NodeTree::find_in_leaf(*leaf_, slot) : nullptr;
  }

 private:
  static constexpr std::uint32_t kNoSlots = UINT32_MAX;
  const NodeTree& tree_;
  std::uint64_t segment_ = kNoSegment;
  std::uint32_t slots_ = kNoSlots;  // of the leaf: their numbers over kTreeFan
  const NodeTree::Node* in_segment_ = nullptr;
  const NodeTree::Node* leaf_ = nullptr;
};

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
  std::vector<std::uint64_t>* group = nullptr;  // of the label met last: nodes of one come together
  std::uint32_t label_met = 0;
  const auto sort_in = [&](std::uint64_t node, std::span<const LabelId> labels) {
    for (const LabelId label : labels) {
      if (group == nullptr || label_met != label.value) {
        if (!rules_->labels.has(label.value)) continue;
        group = &groups[label_met = label.value];
        if (group->empty() && groups.size() == 1) group->reserve(nodes_.size_limit());
      }
      group->push_back(node);
    }
  };
  ChangesInOrder changes(view.root().nodes());
  nodes_.for_each([&](std::uint64_t node) {
    const Ref<NodeChange>* change = changes.find(NodeId{node});
    if (change != nullptr && (*change)->labels_changed) {
      sort_in(node, (*change)->labels.span());
    } else {
      sort_in(node, view.labels_of(NodeId{node}));
    }
  });
  check_groups(view, ElementKind::Node, groups);
}

void Enforcer::check_relationships(const View& view) {
  std::map<std::uint32_t, std::vector<std::uint64_t>> groups;
  relationships_.for_each([&](std::uint64_t id) {
    if (!view.exists(RelationshipId{id})) return;
    const TypeId type = type_of(view, RelationshipId{id});
    if (rules_->types.has(type.value)) groups[type.value].push_back(id);
  });
  check_groups(view, ElementKind::Relationship, groups);
}

// The relationships of nodes that lost a label which an end may have to have.
void Enforcer::check_relabelled(const View& view) {
  const std::vector<std::uint64_t> nodes = unlabelled_.sorted();
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
    const std::vector<std::uint64_t> relabelled = relabelled_.sorted();
    cursor.begin(relabelled);
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
