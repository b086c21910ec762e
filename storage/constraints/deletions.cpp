// storage/constraints/deletions.cpp: from deleted nodes along their ties.
#include "storage/constraints/deletions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/constraints/why.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

bool has_one_of(const Root& root, NodeId node, const std::vector<LabelId>& labels) {
  return labels.empty() || std::any_of(labels.begin(), labels.end(),
                                       [&](LabelId label) { return has_label(root, node, label); });
}

}  // namespace

bool Deletions::deleting(const Root& root, const Rules& rules, NodeId node, bool detach) {
  KITH_ASSERT(exists(root, node));
  Deleted deleted{node, detach, {}};
  for (const ConstraintDef* rule : rules.on_delete)
    if (has_label(root, node, rule->token.label())) deleted.rules.push_back(rule);
  if (deleted.rules.empty()) return false;
  nodes_.push_back(std::move(deleted));
  return detach;
}

void Deletions::losing(const Root& root, const Relationship& relationship) {
  KITH_ASSERT(!nodes_.empty() && nodes_.back().detach);
  const auto& [id, type, start, end] = relationship;
  const NodeId node = nodes_.back().node;
  KITH_ASSERT(start == node || end == node);
  for (const ConstraintDef* rule : nodes_.back().rules) {
    const bool out = start == node && in_step(rule->step, type, Direction::Out);
    const bool in = end == node && in_step(rule->step, type, Direction::In);
    const NodeId other = start == node ? end : start;
    if ((out || in) && has_one_of(root, other, rule->step.others))
      ties_.push_back({rule, node, other, id, type, true});
  }
}

// What a node that was deleted without DETACH still has. The labels of another deleted node are
// those that it had before the statement.
void Deletions::find_ties(const Root& root, const Root& before, const Deleted& deleted) {
  KITH_ASSERT(!deleted.detach);
  std::vector<Neighbour> edges;
  for (const ConstraintDef* rule : deleted.rules)
    for (const TypeId type : rule->step.types.empty() ? all_types(root) : rule->step.types)
      for (const Direction direction : {Direction::Out, Direction::In}) {
        if (!in_step(rule->step, type, direction)) continue;
        edges.clear();
        append_list(root, deleted.node, type, direction, edges);
        for (const Neighbour& edge : edges) {
          const NodeId other{edge.node};
          if (has_one_of(exists(root, other) ? root : before, other, rule->step.others))
            ties_.push_back(
                {rule, deleted.node, other, RelationshipId{edge.relationship}, type, false});
        }
      }
}

void Deletions::follow_tie(Transaction& transaction, const Tie& tie) {
  if (cut_.contains(tie.relationship.value)) return;
  if (!tie.rule->cascades) {
    restricting_.push_back(tie);
    return;
  }
  transaction.delete_relationship(tie.relationship);
  if (tie.detach) {
    transaction.detach_delete_node(tie.other);
  } else {
    transaction.delete_node(tie.other);
  }
}

void Deletions::follow(Transaction& transaction, const Root& before) {
  if (nodes_.empty()) return clear();
  following_ = true;
  const View view = transaction.view();
  std::size_t nodes = 0, ties = 0;
  while (nodes < nodes_.size() || ties < ties_.size()) {
    if (ties < ties_.size()) {
      const Tie tie = ties_[ties++];  // a copy: following it may add others
      follow_tie(transaction, tie);
      continue;
    }
    const Deleted deleted = nodes_[nodes++];
    if (!deleted.detach) find_ties(view.root(), before, deleted);
  }
  for (const Tie& tie : restricting_)
    if (view.exists(tie.other))
      throw restricted_error(view, *tie.rule, tie.node, tie.relationship, tie.type, tie.other);
  clear();
}

void check_connections(const Root& root, std::span<const NodeId> deleted) {
  for (const NodeId node : deleted)
    if (has_relationships(root, node))
      throw ConstraintError("ConstraintVerificationFailed", "DeleteConnectedNode",
                            fmt::format("node {} cannot be deleted, because it still has "
                                        "relationships; delete them first, or use DETACH DELETE",
                                        node.value));
}

}  // namespace kith::storage
