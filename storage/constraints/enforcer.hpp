// storage/constraints/enforcer.hpp: what a transaction touched, and whether its constraints hold.
//
// docs/constraints.md says which change touches which element for which constraint (K2). The
// transaction tells every change; checks look at its own state when all changes are made (K3).
//
//   K2  A sentence that was true of an element, and of which nothing was touched, still is.
//
// What was noted of a statement that is rolled back does no harm: an element that is looked at for
// nothing keeps every constraint, or breaks one that another note is there for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/constraints/rules.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// Ids in any order and any number of times, as runs of those that follow one another; memory for
// each run once or twice.
class TouchedIds {
 public:
  void add(std::uint64_t id) {
    if (!runs_.empty()) {
      Run& last = runs_.back();
      if (id - last.first < last.count) return;
      if (id - last.first == last.count) {
        ++last.count;
        ++ids_;
        return;
      }
    }
    runs_.push_back({id, 1});
    ++ids_;
    if (runs_.size() >= 2 * settled_ + kSmall) settle();
  }
  void add(std::span<const std::uint64_t> ids) {
    for (const std::uint64_t id : ids) add(id);
  }
  void clear() { *this = {}; }
  bool empty() const { return runs_.empty(); }
  // With the lists of ids that a check makes of it.
  std::uint64_t bytes() const;
  // Ascending, each once.
  template <class Visit>
  void for_each(Visit&& visit) {
    settle();
    for (const Run& run : runs_)
      for (std::uint64_t i = 0; i < run.count; ++i) visit(run.first + i);
  }
  std::vector<std::uint64_t> sorted();             // the same
  std::size_t size_limit() const { return ids_; }  // at least as many as there are

 private:
  struct Run {
    std::uint64_t first, count;
  };
  static constexpr std::size_t kSmall = 1024;
  void settle();
  std::vector<Run> runs_;
  std::size_t ids_ = 0;      // in all runs
  std::size_t settled_ = 0;  // runs after the last settling
};

// Not thread-safe. Idle, and as good as free, while the schema has no constraints.
class Enforcer {
 public:
  // The schema of the transaction's root, whenever it may have changed.
  void follow(const std::shared_ptr<const Schema>& schema);
  bool idle() const { return rules_ == nullptr; }
  const Rules* rules() const { return rules_.get(); }

  // After the change. Not called while idle.
  void node_created(NodeId node, std::span<const LabelId> labels);
  void nodes_created(std::span<const std::uint64_t> nodes, std::span<const LabelId> labels);
  void label_added(NodeId node, LabelId label);
  void label_removed(NodeId node, LabelId label);
  void property_set(NodeId node, KeyId key);
  void property_set(RelationshipId relationship, KeyId key);
  void relationship_created(const Relationship& relationship);
  // Only if counts(type): before or after the change.
  void relationship_deleted(const Relationship& relationship);
  bool counts(TypeId type) const {
    return rules_->all_types_count || rules_->counted_types.has(type.value);
  }

  // Of what was touched, and what checks take.
  std::uint64_t bytes() const {
    if (idle()) return 0;
    return nodes_.bytes() + relationships_.bytes() + unlabelled_.bytes() + counting_.bytes() +
           relabelled_.bytes();
  }

  // ConstraintError. The first is about the statement, and forgets what it touched.
  void check_statement(const View& view);
  void check_commit(const View& view);
  void forget_statement();

 private:
  void check_nodes(const View& view);
  void check_relationships(const View& view);
  void check_relabelled(const View& view);
  std::vector<std::uint64_t> counting_nodes(const View& view, const ConstraintDef& constraint);

  std::unique_ptr<const Rules> rules_;  // null: no constraints
  // Of the statement.
  TouchedIds nodes_, relationships_;
  TouchedIds unlabelled_;  // nodes that lost a label of an end
  // Of the transaction.
  TouchedIds counting_;    // nodes whose relationships may be counted
  TouchedIds relabelled_;  // nodes that came to count, or ceased to, for their neighbours
};

}  // namespace kith::storage
