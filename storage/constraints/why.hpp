// storage/constraints/why.hpp: the errors of constraints that do not hold.
//
// All are ConstraintError("ConstraintError", …); docs/constraints.md lists them. Each sentence
// names the element and what is wrong, and ends with the constraint's name.
#pragma once

#include <cstdint>
#include <span>

#include "kith/error.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// The element breaks the constraint. Of Unique, and of Key if all its keys are there: the element
// that has the values already.
ConstraintError broken_error(const View& view, const ConstraintDef& constraint, std::uint64_t id);
// A constraint cannot be made: `count` elements break it, of which `first` are named.
ConstraintError existing_error(const View& view, const ConstraintDef& constraint,
                               std::span<const std::uint64_t> first, std::uint64_t count);
// The node is joined by a relationship that restricts its deletion.
ConstraintError restricted_error(const View& view, const ConstraintDef& constraint, NodeId node,
                                 RelationshipId relationship, TypeId type, NodeId other);

// "Node(7:Person)"
std::string node_text(const View& view, NodeId node);

}  // namespace kith::storage
