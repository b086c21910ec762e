// storage/writer.hpp: changing the graph.
//
// A Transaction holds the writer lock until commit or rollback; destroyed without either, it rolls
// back. Not thread-safe. Every statement runs between begin_statement() and end_statement() or
// rollback_statement(), so that a failed statement leaves nothing behind.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/cell_copy.hpp"
#include "kith/counters.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// Nodes with the same labels. Node i has values[i * keys.size() + k] under keys[k]; null: nothing.
struct NodeRows {
  std::span<const LabelId> labels;
  std::span<const KeyId> keys;  // ascending, each once
  std::span<const Cell> values;
  std::size_t count = 0;
};

// Relationships of one type; values as above.
struct RelationshipRows {
  TypeId type;
  std::span<const NodeId> starts, ends;
  std::span<const KeyId> keys;
  std::span<const Cell> values;
};

class Transaction {
 public:
  virtual ~Transaction() = default;

  // The state with this transaction's changes so far; one view object serves for its whole life.
  virtual View view() = 0;

  // How many rows are best written by one call: as many as leave room for others in memory. What
  // lies near each other in the graph is then written together.
  virtual std::size_t rows_at_once() const = 0;

  virtual LabelId intern_label(std::string_view name) = 0;
  virtual TypeId intern_type(std::string_view name) = 0;
  virtual KeyId intern_key(std::string_view name) = 0;

  // Null property values are ignored. Property values must be storable: see check_storable.
  virtual NodeId create_node(std::span<const LabelId> labels,
                             std::span<const Property> properties) = 0;
  // The same, many at once; `ids` gets theirs.
  virtual void create_nodes(const NodeRows& rows, std::span<std::uint64_t> ids) = 0;
  // Both ends must exist: QueryError EntityNotFound/DeletedEntityAccess.
  virtual RelationshipId create_relationship(TypeId type, NodeId start, NodeId end,
                                             std::span<const Property> properties) = 0;
  virtual void create_relationships(const RelationshipRows& rows, std::span<std::uint64_t> ids) = 0;
  // Deleting what is already deleted does nothing. A node may still have relationships when it is
  // deleted; end_statement() fails if one is left.
  virtual void delete_node(NodeId node) = 0;
  virtual void detach_delete_node(NodeId node) = 0;  // its relationships first
  // The same, many at once; one may be there twice.
  virtual void delete_nodes(std::span<const NodeId> nodes, bool detach) = 0;
  virtual void delete_relationship(RelationshipId relationship) = 0;
  // The same, many at once; one may be there twice. Those that went, ascending, until the next
  // call. Memory is looked at when all of a type are gone.
  virtual std::span<const Relationship> delete_relationships(
      std::span<const RelationshipId> relationships) = 0;
  virtual void add_label(NodeId node, LabelId label) = 0;
  virtual void remove_label(NodeId node, LabelId label) = 0;
  // The same of many: they get the label, or lose it; one may be there twice.
  virtual void set_label(std::span<const NodeId> nodes, LabelId label, bool present) = 0;
  // A null value removes the property.
  virtual void set_property(NodeId node, KeyId key, const Cell& value) = 0;
  virtual void set_property(RelationshipId relationship, KeyId key, const Cell& value) = 0;
  // Many, one after another. Values as of NodeRows; a null removes the property. None lies in a
  // property that this sets. One element may be there twice, if no value is null. Memory is looked
  // at when all are set.
  virtual void set_properties(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                              std::span<const Cell> values) = 0;
  virtual void set_properties(std::span<const RelationshipId> relationships,
                              std::span<const KeyId> keys, std::span<const Cell> values) = 0;

  // `index` without id and constraint; an empty name: one is made. The id. Names of the schema are
  // ids of the catalog, so label, type and keys are interned first. QueryError("SchemaError", …):
  // EquivalentSchemaRuleAlreadyExists, IndexAlreadyExists, IndexWithNameAlreadyExists,
  // ConstraintAlreadyExists, ConstraintWithNameAlreadyExists, RepeatedPropertyInSchema,
  // IndexNotFound, IndexBelongsToConstraint, ConstraintNotFound. For IF [NOT] EXISTS look first.
  virtual std::uint32_t create_index(IndexDef index) = 0;
  virtual void drop_index(std::string_view name) = 0;
  // A Unique or Key constraint owns an index of its name (H4).
  virtual std::uint32_t create_constraint(ConstraintDef constraint) = 0;
  virtual void drop_constraint(std::string_view name) = 0;

  virtual void begin_statement() = 0;
  // ConstraintError("ConstraintVerificationFailed", "DeleteConnectedNode") if a deleted node still
  // has relationships; the statement is then rolled back.
  virtual void end_statement() = 0;
  virtual void rollback_statement() = 0;
  virtual const Counters& counters() const = 0;  // since begin_statement()

  // Durable when it returns; the commit position. After an error the outcome is as its text says.
  virtual std::uint64_t commit() = 0;
  virtual void rollback() = 0;
};

// TypeError("InvalidPropertyType") for what a property cannot hold: maps, nodes, relationships,
// paths, lists with null or with lists or maps in them (lists may mix integers and floats, else one
// kind).
void check_any_storable(const Cell& value);
bool is_any_storable(const Cell& value);

inline void check_storable(const Cell& value) {
  if (!is_number_or_text(value.kind)) check_any_storable(value);
}
inline bool is_storable(const Cell& value) {
  return is_number_or_text(value.kind) || is_any_storable(value);
}

}  // namespace kith::storage
