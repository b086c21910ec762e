// storage/log/record.hpp: what the log says happened: one closed choice of kinds of record.
//
// Records are logical (elements, labels, keys, values), carry the ids they assigned, and do not
// know how blocks are laid out. A record in bytes is its length, its kind and its fields; the table
// in docs/file_format.md gives them. Spans and views of a decoded record point into the bytes it
// came from or into the arena it was decoded with.
//
//   R1  decode(encode(record)) is the record.
//   R2  The numbers of the kinds, and their fields, never change; a new meaning is a new kind.
//
// A transaction is any number of records and a Commit as the last. `apply.hpp` gives them meaning.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/arena.hpp"
#include "core/encode.hpp"
#include "core/id.hpp"
#include "storage/delta/change.hpp"
#include "storage/view.hpp"

namespace kith::storage {

enum class NameKind : std::uint8_t { Label = 1, Type = 2, Key = 3 };

// Ids of which many follow one another: the log has them as runs.
template <class I>
struct IdRuns {
  std::span<const I> ids;
};
// Values row by row, one for each key: the log has them key by key, equal ones once, and numbers
// as so many bytes as the largest needs.
struct ValueColumns {
  std::size_t keys = 0;
  std::span<const Cell> values;
};
// A record has at most so many values, and ids, as runs and columns: few bytes may stand for many.
inline constexpr std::size_t kMostInColumns = std::size_t{1} << 22;

// Each kind lists its fields once, in their order in the log: writing, reading and printing follow.
namespace record {

struct AddName {
  NameKind kind = NameKind::Label;
  std::uint32_t id = 0;
  std::string_view name;
  static constexpr std::string_view kName = "AddName";
  static void fields(auto& self, auto&& see) {
    see("kind", self.kind), see("id", self.id), see("name", self.name);
  }
};
struct CreateNode {
  NodeId node;
  std::span<const LabelId> labels;       // ascending, unique
  std::span<const Property> properties;  // no null values
  static constexpr std::string_view kName = "CreateNode";
  static void fields(auto& self, auto&& see) {
    see("node", self.node), see("labels", self.labels), see("properties", self.properties);
  }
};
struct DeleteNode {
  NodeId node;
  static constexpr std::string_view kName = "DeleteNode";
  static void fields(auto& self, auto&& see) { see("node", self.node); }
};
struct AddLabel {
  NodeId node;
  LabelId label;
  static constexpr std::string_view kName = "AddLabel";
  static void fields(auto& self, auto&& see) { see("node", self.node), see("label", self.label); }
};
struct RemoveLabel {
  NodeId node;
  LabelId label;
  static constexpr std::string_view kName = "RemoveLabel";
  static void fields(auto& self, auto&& see) { see("node", self.node), see("label", self.label); }
};
struct SetNodeProperty {
  NodeId node;
  Property property;  // null: removed
  static constexpr std::string_view kName = "SetNodeProperty";
  static void fields(auto& self, auto&& see) {
    see("node", self.node), see("property", self.property);
  }
};
struct CreateRelationship {
  RelationshipId relationship;
  TypeId type;
  NodeId start, end;
  std::span<const Property> properties;
  static constexpr std::string_view kName = "CreateRelationship";
  static void fields(auto& self, auto&& see) {
    see("relationship", self.relationship), see("type", self.type), see("start", self.start);
    see("end", self.end), see("properties", self.properties);
  }
};
struct DeleteRelationship {
  RelationshipId relationship;
  static constexpr std::string_view kName = "DeleteRelationship";
  static void fields(auto& self, auto&& see) { see("relationship", self.relationship); }
};
struct SetRelationshipProperty {
  RelationshipId relationship;
  Property property;
  static constexpr std::string_view kName = "SetRelationshipProperty";
  static void fields(auto& self, auto&& see) {
    see("relationship", self.relationship), see("property", self.property);
  }
};
struct Commit {
  std::uint64_t position = 0;         // one more than the commit before
  std::int64_t unix_nanoseconds = 0;  // when; informative only
  static constexpr std::string_view kName = "Commit";
  static void fields(auto& self, auto&& see) {
    see("position", self.position), see("unix_nanoseconds", self.unix_nanoseconds);
  }
};

// Of an index without a constraint.
struct CreateIndex {
  std::uint32_t id = 0;  // the schema's next
  std::string_view name;
  ElementKind on = ElementKind::Node;
  std::uint32_t token = 0;  // label or type
  std::span<const KeyId> keys;
  static constexpr std::string_view kName = "CreateIndex";
  static void fields(auto& self, auto&& see) {
    see("id", self.id), see("name", self.name), see("on", self.on), see("token", self.token);
    see("keys", self.keys);
  }
};
struct DropIndex {
  std::uint32_t id = 0;
  static constexpr std::string_view kName = "DropIndex";
  static void fields(auto& self, auto&& see) { see("id", self.id); }
};
// With its index, if the kind owns one: that has the id after its own.
struct CreateConstraint {
  std::uint32_t id = 0;  // the schema's next
  std::string_view name;
  ConstraintKind kind = ConstraintKind::Unique;
  ElementKind on = ElementKind::Node;
  std::uint32_t token = 0;
  std::span<const KeyId> keys;
  std::string_view details;  // by kind: see encode_details
  static constexpr std::string_view kName = "CreateConstraint";
  static void fields(auto& self, auto&& see) {
    see("id", self.id), see("name", self.name), see("kind", self.kind), see("on", self.on);
    see("token", self.token), see("keys", self.keys), see("details", self.details);
  }
};
struct DropConstraint {
  std::uint32_t id = 0;
  static constexpr std::string_view kName = "DropConstraint";
  static void fields(auto& self, auto&& see) { see("id", self.id); }
};

// How a node or a relationship differs from the base that carries the record: all that a delta
// knows of it. In checkpoints only; counts have it already (carry.hpp).
struct CarryNode {
  NodeId node;
  Existence existence = Existence::InBase;
  std::uint32_t labels_changed = 0;      // 1: `labels` are all it has
  std::span<const LabelId> labels;       // ascending, unique
  std::span<const Property> properties;  // ascending; null: it has none
  std::span<const ListChange> out, in;   // in the order of their making
  static constexpr std::string_view kName = "CarryNode";
  static void fields(auto& self, auto&& see) {
    see("node", self.node), see("existence", self.existence);
    see("labels_changed", self.labels_changed), see("labels", self.labels);
    see("properties", self.properties), see("out", self.out), see("in", self.in);
  }
};
struct CarryRelationship {
  RelationshipId relationship;
  Existence existence = Existence::InBase;
  TypeId type;  // this and the ends: unless it is as the base says
  NodeId start, end;
  std::span<const Property> properties;
  static constexpr std::string_view kName = "CarryRelationship";
  static void fields(auto& self, auto&& see) {
    see("relationship", self.relationship), see("existence", self.existence);
    see("type", self.type), see("start", self.start), see("end", self.end);
    see("properties", self.properties);
  }
};

// Nodes with the same labels and ids one after another, all in one segment.
struct CreateNodes {
  NodeId first;
  std::uint32_t count = 0;
  std::span<const LabelId> labels;  // ascending, unique
  std::span<const KeyId> keys;      // ascending, unique
  std::span<const Cell> values;     // node by node, one for each key; null: it has none
  static constexpr std::string_view kName = "CreateNodes";
  static void fields(auto& self, auto&& see) {
    see("first", self.first), see("count", self.count), see("labels", self.labels);
    see("keys", self.keys), see("values", self.values);
  }
};

// Of one type, ids one after another, all in one segment.
struct CreateRelationships {
  RelationshipId first;
  TypeId type;
  std::span<const NodeId> starts, ends;  // one each for every relationship
  std::span<const KeyId> keys;           // ascending, unique
  std::span<const Cell> values;          // one by one, one for each key; null: it has none
  static constexpr std::string_view kName = "CreateRelationships";
  static void fields(auto& self, auto&& see) {
    see("first", self.first), see("type", self.type), see("starts", self.starts);
    see("ends", self.ends), see("keys", self.keys), see("values", self.values);
  }
};
// Of one after another; one may be there twice.
struct SetNodeProperties {
  std::span<const NodeId> nodes;
  std::span<const KeyId> keys;   // ascending, unique
  std::span<const Cell> values;  // node by node, one for each key; null: removed
  static constexpr std::string_view kName = "SetNodeProperties";
  static void fields(auto& self, auto&& see) {
    see("nodes", self.nodes), see("keys", self.keys), see("values", self.values);
  }
};
struct SetRelationshipProperties {
  std::span<const RelationshipId> relationships;
  std::span<const KeyId> keys;
  std::span<const Cell> values;
  static constexpr std::string_view kName = "SetRelationshipProperties";
  static void fields(auto& self, auto&& see) {
    see("relationships", self.relationships), see("keys", self.keys), see("values", self.values);
  }
};

struct DeleteNodes {
  std::span<const NodeId> nodes;  // ascending
  static constexpr std::string_view kName = "DeleteNodes";
  static void fields(auto& self, auto&& see) { see("nodes", self.nodes); }
};
struct DeleteRelationships {
  TypeId type;                                    // of all of them
  std::span<const RelationshipId> relationships;  // ascending
  static constexpr std::string_view kName = "DeleteRelationships";
  static void fields(auto& self, auto&& see) {
    see("type", self.type), see("relationships", self.relationships);
  }
};
// To or from nodes (ascending) that have it not, or have it.
struct AddLabels {
  LabelId label;
  std::span<const NodeId> nodes;
  static constexpr std::string_view kName = "AddLabels";
  static void fields(auto& self, auto&& see) { see("label", self.label), see("nodes", self.nodes); }
};
struct RemoveLabels {
  LabelId label;
  std::span<const NodeId> nodes;
  static constexpr std::string_view kName = "RemoveLabels";
  static void fields(auto& self, auto&& see) { see("label", self.label), see("nodes", self.nodes); }
};

// As SetNodeProperties and the like, where there are many.
struct SetNodeColumns {
  IdRuns<NodeId> nodes;
  std::span<const KeyId> keys;
  ValueColumns values;
  static constexpr std::string_view kName = "SetNodeColumns";
  static void fields(auto& self, auto&& see) {
    see("nodes", self.nodes), see("keys", self.keys), see("values", self.values);
  }
};
struct SetRelationshipColumns {
  IdRuns<RelationshipId> relationships;
  std::span<const KeyId> keys;
  ValueColumns values;
  static constexpr std::string_view kName = "SetRelationshipColumns";
  static void fields(auto& self, auto&& see) {
    see("relationships", self.relationships), see("keys", self.keys), see("values", self.values);
  }
};
struct AddLabelRuns {
  LabelId label;
  IdRuns<NodeId> nodes;
  static constexpr std::string_view kName = "AddLabelRuns";
  static void fields(auto& self, auto&& see) { see("label", self.label), see("nodes", self.nodes); }
};
struct RemoveLabelRuns {
  LabelId label;
  IdRuns<NodeId> nodes;
  static constexpr std::string_view kName = "RemoveLabelRuns";
  static void fields(auto& self, auto&& see) { see("label", self.label), see("nodes", self.nodes); }
};

}  // namespace record

// The number of a kind in bytes is its place here, from 1 (R2): append, never reorder.
using Record = std::variant<
    record::AddName, record::CreateNode, record::DeleteNode, record::AddLabel, record::RemoveLabel,
    record::SetNodeProperty, record::CreateRelationship, record::DeleteRelationship,
    record::SetRelationshipProperty, record::Commit, record::CreateIndex, record::DropIndex,
    record::CreateConstraint, record::DropConstraint, record::CarryNode, record::CarryRelationship,
    record::CreateNodes, record::CreateRelationships, record::SetNodeProperties,
    record::SetRelationshipProperties, record::DeleteNodes, record::DeleteRelationships,
    record::AddLabels, record::RemoveLabels, record::SetNodeColumns, record::SetRelationshipColumns,
    record::AddLabelRuns, record::RemoveLabelRuns>;

void encode(std::string& out, const Record& record);

// The next record. Damaged bytes are StorageError("CorruptLog"), a kind of a later version is
// StorageError("NewerVersion").
Record decode_record(ByteReader& in, Arena& arena);

}  // namespace kith::storage
