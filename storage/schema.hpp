// storage/schema.hpp: which indexes and constraints a graph has.
//
//   H1  A schema never changes: a change makes a new one, with another version.
//   H2  An id is never given twice; indexes and constraints count with one counter, from 1.
//   H3  A name is unique over indexes and constraints together.
//   H4  A Unique or Key constraint owns one index, of its own name, on the same keys; that index
//       comes and goes with the constraint alone.
//   H5  No two indexes are on the same label or type and the same keys in the same order.
//
// A version is a digest of all changes that led to the schema, so that two schemas of one version
// are equal, even if the transaction that made one of them was rolled back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/id.hpp"
#include "core/property_types.hpp"

namespace kith::storage {

enum class ElementKind : std::uint8_t { Node, Relationship };

// What elements an index or a constraint is about: a label id or a relationship type id.
struct SchemaToken {
  ElementKind on = ElementKind::Node;
  std::uint32_t id = 0;

  static SchemaToken of(LabelId label) { return {ElementKind::Node, label.value}; }
  static SchemaToken of(TypeId type) { return {ElementKind::Relationship, type.value}; }
  LabelId label() const { return {id}; }  // on == Node
  TypeId type() const { return {id}; }    // on == Relationship
  friend auto operator<=>(const SchemaToken&, const SchemaToken&) = default;
};

// An element is in an index if it has the label or type and a value under every key.
struct IndexDef {
  std::uint32_t id = 0;
  std::string name;
  SchemaToken token;
  std::vector<KeyId> keys;       // at least one, in the order of the index
  std::uint32_t constraint = 0;  // the constraint that owns it; 0: none
  friend bool operator==(const IndexDef&, const IndexDef&) = default;
};

// The numbers are part of the log and the file: new kinds go to the end.
enum class ConstraintKind : std::uint8_t {
  Unique = 1,    // no two elements agree in all keys
  Key = 2,       // the same, and all keys are there
  Exists = 3,    // all keys are there
  Type = 4,      // a value under the key is one of `types`
  Ends = 5,      // relationships of the type join labels as one of `ends` says
  Count = 6,     // nodes with the label have `least` … `most` relationships of `step`
  OnDelete = 7,  // deleting a node with the label does something to the other ends of `step`
};
inline constexpr std::uint8_t kConstraintKinds = 7;

// The relationships of a node that lead in `direction`, as the node sees them, have one of `types`
// (none: any), and have a node with one of the labels `others` (none: any) at their other end.
struct PatternStep {
  Direction direction = Direction::Out;
  std::vector<TypeId> types;
  std::vector<LabelId> others;
  friend bool operator==(const PatternStep&, const PatternStep&) = default;
};
// One of `starts` at the start, one of `ends` at the end (none: any).
struct EndLabels {
  std::vector<LabelId> starts, ends;
  friend bool operator==(const EndLabels&, const EndLabels&) = default;
};
inline constexpr std::uint64_t kNoMost = ~std::uint64_t{0};

struct ConstraintDef {
  std::uint32_t id = 0;
  std::string name;
  ConstraintKind kind = ConstraintKind::Unique;
  SchemaToken token;
  std::vector<KeyId> keys;                  // in the order of the index, if it owns one
  std::uint32_t index = 0;                  // the index it owns (H4); 0: none
  PropertyTypes types = {};                 // of Type
  std::vector<EndLabels> ends = {};         // of Ends; at least one
  PatternStep step = {};                    // of Count and OnDelete
  std::uint64_t least = 0, most = kNoMost;  // of Count
  bool cascades = false;                    // of OnDelete: the other end goes, too; else it stops
  friend bool operator==(const ConstraintDef&, const ConstraintDef&) = default;

  bool owns_index() const { return kind == ConstraintKind::Unique || kind == ConstraintKind::Key; }
  // About relationships: has no keys, and several may be on one label or type.
  bool is_reference() const {
    return kind == ConstraintKind::Ends || kind == ConstraintKind::Count ||
           kind == ConstraintKind::OnDelete;
  }
};

// What a kind of constraint has beyond token and keys, as bytes of the log and the file
// (schema_details.cpp).
std::string encode_details(const ConstraintDef& constraint);
// Sets those fields; StorageError("CorruptSchema").
void decode_details(std::string_view bytes, ConstraintDef& constraint);

// Thread-safe. Pointers into it are valid as long as it is.
class Schema {
 public:
  static std::shared_ptr<const Schema> empty();  // shared: as the catalog is, by roots and bases
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  std::uint64_t version() const { return version_; }
  bool is_empty() const { return indexes_.empty() && constraints_.empty(); }
  std::span<const IndexDef> indexes() const { return indexes_; }               // ascending ids
  std::span<const ConstraintDef> constraints() const { return constraints_; }  // ascending ids

  // nullptr where there is none.
  const IndexDef* find_index(std::string_view name) const;
  const IndexDef* find_index(std::uint32_t id) const;
  const IndexDef* find_index(SchemaToken token, std::span<const KeyId> keys) const;
  const ConstraintDef* find_constraint(std::string_view name) const;
  const ConstraintDef* find_constraint(std::uint32_t id) const;
  const ConstraintDef* find_constraint(ConstraintKind kind, SchemaToken token,
                                       std::span<const KeyId> keys) const;
  // Of one label or type.
  std::span<const IndexDef* const> indexes_on(SchemaToken token) const;
  std::span<const ConstraintDef* const> constraints_on(SchemaToken token) const;
  // Indexes with this key, whatever their label or type.
  std::span<const IndexDef* const> indexes_with(ElementKind on, KeyId key) const;

  // The schema after one change. Ids are the next ones; callers have checked H3 to H5.
  std::uint32_t next_id() const { return next_id_; }
  std::shared_ptr<const Schema> with(IndexDef index) const;
  // With its index, whose id is `constraint.index`, if it owns one.
  std::shared_ptr<const Schema> with(ConstraintDef constraint) const;
  std::shared_ptr<const Schema> without_index(std::uint32_t id) const;
  std::shared_ptr<const Schema> without_constraint(std::uint32_t id) const;

  std::string encode() const;
  // StorageError("CorruptSchema").
  static std::shared_ptr<const Schema> decode(std::span<const std::byte> bytes);

 private:
  Schema() = default;
  std::shared_ptr<Schema> copy() const;
  void link();

  std::uint64_t version_ = 0;
  std::uint32_t next_id_ = 1;
  std::vector<IndexDef> indexes_;
  std::vector<ConstraintDef> constraints_;

  // Made from the above by link().
  using OnKey = std::pair<ElementKind, KeyId>;
  std::map<SchemaToken, std::vector<const IndexDef*>> indexes_on_;
  std::map<OnKey, std::vector<const IndexDef*>> indexes_with_;
  std::map<SchemaToken, std::vector<const ConstraintDef*>> constraints_on_;
};

}  // namespace kith::storage
