// storage/constraints/deletions.hpp: what a statement deleted, and what must go with it or stop it.
//
// The transaction tells each deletion before it makes it; at the end of the statement follow() does
// what docs/constraints.md says of cascade and restrict. Deletions that it makes are told as any
// others, so it ends when no rule fits any more.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include "storage/constraints/rules.hpp"
#include "storage/delta/root.hpp"
#include "storage/writer.hpp"

namespace kith::storage {

class Deletions {
 public:
  // Of a node that exists. True if, with `detach`, its relationships must be told one by one before
  // they go: by losing(), and nothing else in between.
  bool deleting(const Root& root, const Rules& rules, NodeId node, bool detach);
  void losing(const Root& root, const Relationship& relationship);
  // DELETE r: no rule follows it, also if it went before with one of its ends.
  void cut(RelationshipId relationship) {
    if (!following_) cut_.insert(relationship.value);
  }

  // `before`: the state before the statement. ConstraintError if a rule restricts.
  void follow(Transaction& transaction, const Root& before);
  void clear() { *this = {}; }

 private:
  struct Deleted {
    NodeId node;
    bool detach;
    std::vector<const ConstraintDef*> rules;  // that fit its label
  };
  // A relationship of a deleted node that a rule fits.
  struct Tie {
    const ConstraintDef* rule;
    NodeId node, other;
    RelationshipId relationship;
    TypeId type;
    bool detach;
  };
  void find_ties(const Root& root, const Root& before, const Deleted& deleted);
  void follow_tie(Transaction& transaction, const Tie& tie);

  std::vector<Deleted> nodes_;
  std::vector<Tie> ties_, restricting_;
  std::unordered_set<std::uint64_t> cut_;
  bool following_ = false;
};

// X3: ConstraintError if one of these nodes, which were deleted, still has relationships.
void check_connections(const Root& root, std::span<const NodeId> deleted);

}  // namespace kith::storage
