// storage/view.hpp: one consistent state of the graph.
//
// A View taken from Store::snapshot() never changes: readers neither wait nor are waited for. A
// View of a running Transaction sees that transaction's changes as they happen; what a cursor
// handed out from it is invalid after the next change. Copying a View is cheap (one shared root).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/cell.hpp"
#include "core/id.hpp"
#include "storage/catalog.hpp"
#include "storage/schema.hpp"

namespace kith::storage {

class Root;  // base + delta; private to storage

struct Property {
  KeyId key;
  Cell value;  // never null in what is read
};

struct Relationship {
  RelationshipId id;
  TypeId type;
  NodeId start, end;
};

class View {
 public:
  explicit View(std::shared_ptr<const Root> root)
      : root_(std::move(root)) {}  // shared by all its readers

  const Catalog& catalog() const;
  const Schema& schema() const;
  std::uint64_t position() const;  // the commit position this state has

  // Exact counts, O(1).
  std::uint64_t node_count() const;
  std::uint64_t node_count(LabelId label) const;
  std::uint64_t relationship_count() const;
  std::uint64_t relationship_count(TypeId type) const;

  // Ids of all nodes are below this; likewise for relationships.
  std::uint64_t node_id_limit() const;
  std::uint64_t relationship_id_limit() const;

  // Single elements, for results and updates; batches go through the cursors of cursor.hpp.
  bool exists(NodeId node) const;
  bool exists(RelationshipId relationship) const;
  std::vector<LabelId> labels_of(NodeId node) const;          // ascending ids
  Relationship relationship(RelationshipId id) const;         // it exists
  Cell property(NodeId node, KeyId key, Arena& arena) const;  // null cell where absent; deep copy
  Cell property(RelationshipId relationship, KeyId key, Arena& arena) const;
  std::vector<Property> properties_of(NodeId node,
                                      Arena& arena) const;  // ascending key ids, deep copies
  std::vector<Property> properties_of(RelationshipId relationship, Arena& arena) const;
  std::uint64_t degree(NodeId node, Direction direction,
                       const std::vector<TypeId>& types /* empty: all */) const;

  const Root& root() const { return *root_; }

 private:
  std::shared_ptr<const Root> root_;
};

}  // namespace kith::storage
