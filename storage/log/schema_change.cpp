// storage/log/schema_change.cpp: names, duplicates and owners.
#include "storage/log/schema_change.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void refuse(std::string detail, const std::string& message) {
  throw QueryError("SchemaError", std::move(detail), message);
}

void check_keys(const Catalog& catalog, const std::vector<KeyId>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (std::find(keys.begin() + static_cast<std::ptrdiff_t>(i) + 1, keys.end(), keys[i]) !=
        keys.end())
      refuse("RepeatedPropertyInSchema",
             fmt::format("the property '{}' is named twice", catalog.name(keys[i])));
}

void check_name(const Schema& schema, const std::string& name) {
  if (const IndexDef* index = schema.find_index(name); index && index->constraint == 0)
    refuse("IndexWithNameAlreadyExists", fmt::format("there is already an index named '{}'", name));
  if (schema.find_constraint(name))
    refuse("ConstraintWithNameAlreadyExists",
           fmt::format("there is already a constraint named '{}'", name));
}

// Stable: the same for the same definition in every database, as far as it is free.
std::string make_name(const Schema& schema, std::string_view prefix, const std::string& place) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    const std::uint64_t digest = combine_hashes(hash_text(place), attempt);
    std::string name = fmt::format("{}_{:08x}", prefix, digest >> 32);
    if (!schema.find_index(name) && !schema.find_constraint(name)) return name;
  }
}

// An index already there on the same place.
[[noreturn]] void refuse_beside(const Schema& schema, const IndexDef& old, const std::string& place,
                                bool equivalent) {
  if (old.constraint != 0) {
    const ConstraintDef* owner = schema.find_constraint(old.constraint);
    KITH_ASSERT(owner);  // H4
    refuse("ConstraintAlreadyExists",
           fmt::format("the constraint '{}' on {} has an index already", owner->name, place));
  }
  if (equivalent)
    refuse("EquivalentSchemaRuleAlreadyExists",
           fmt::format("there is already an index '{}' on {}", old.name, place));
  refuse("IndexAlreadyExists",
         fmt::format("there is already an index on {}, named '{}'", place, old.name));
}

// A constraint that says the same, or speaks of the same properties. Of those about relationships,
// several with different details may be on one label or type.
const ConstraintDef* find_like(const Schema& schema, const ConstraintDef& constraint,
                               const std::string& details) {
  if (!constraint.is_reference())
    return schema.find_constraint(constraint.kind, constraint.token, constraint.keys);
  for (const ConstraintDef* old : schema.constraints_on(constraint.token))
    if (old->kind == constraint.kind && encode_details(*old) == details) return old;
  return nullptr;
}

}  // namespace

std::string place_text(const Catalog& catalog, SchemaToken token, std::span<const KeyId> keys) {
  std::string list;
  for (const KeyId key : keys) list += (list.empty() ? "" : ", ") + catalog.name(key);
  const std::string braces = list.empty() ? list : fmt::format(" {{{}}}", list);
  return token.on == ElementKind::Node
             ? fmt::format("(:{}{})", catalog.name(token.label()), braces)
             : fmt::format("()-[:{}{}]-()", catalog.name(token.type()), braces);
}

void prepare(const Schema& schema, const Catalog& catalog, IndexDef& index) {
  KITH_ASSERT(!index.keys.empty() && index.constraint == 0);
  check_keys(catalog, index.keys);
  const std::string place = place_text(catalog, index.token, index.keys);
  if (const IndexDef* old = schema.find_index(index.token, index.keys))
    refuse_beside(schema, *old, place, index.name.empty() || old->name == index.name);
  if (index.name.empty()) index.name = make_name(schema, "index", place);
  check_name(schema, index.name);
  index.id = schema.next_id();
}

void prepare(const Schema& schema, const Catalog& catalog, ConstraintDef& constraint) {
  check_keys(catalog, constraint.keys);
  const std::string place = place_text(catalog, constraint.token, constraint.keys);
  const std::string details = encode_details(constraint);
  if (const ConstraintDef* old = find_like(schema, constraint, details)) {
    const bool equivalent = (constraint.name.empty() || old->name == constraint.name) &&
                            encode_details(*old) == details;
    refuse(equivalent ? "EquivalentSchemaRuleAlreadyExists" : "ConstraintAlreadyExists",
           fmt::format("there is already such a constraint on {}, named '{}'", place, old->name));
  }
  if (constraint.owns_index()) {
    KITH_ASSERT(!constraint.keys.empty());
    if (const IndexDef* old = schema.find_index(constraint.token, constraint.keys)) {
      if (old->constraint != 0) refuse_beside(schema, *old, place, false);
      refuse("IndexAlreadyExists",
             fmt::format("the constraint would make an index on {}, but there is one already, "
                         "named '{}'; drop it first",
                         place, old->name));
    }
  }
  if (constraint.name.empty()) {
    const auto kind = static_cast<unsigned>(constraint.kind);
    constraint.name =
        make_name(schema, "constraint",
                  fmt::format("{} {} {}", kind, place, constraint.is_reference() ? details : ""));
  }
  check_name(schema, constraint.name);
  constraint.id = schema.next_id();
  constraint.index = constraint.owns_index() ? constraint.id + 1 : 0;
}

std::uint32_t index_to_drop(const Schema& schema, std::string_view name) {
  const IndexDef* index = schema.find_index(name);
  if (!index) refuse("IndexNotFound", fmt::format("there is no index named '{}'", name));
  if (index->constraint != 0)
    refuse("IndexBelongsToConstraint",
           fmt::format("the index '{}' belongs to the constraint of that name; drop the constraint "
                       "instead",
                       name));
  return index->id;
}

std::uint32_t constraint_to_drop(const Schema& schema, std::string_view name) {
  const ConstraintDef* constraint = schema.find_constraint(name);
  if (!constraint)
    refuse("ConstraintNotFound", fmt::format("there is no constraint named '{}'", name));
  return constraint->id;
}

}  // namespace kith::storage
