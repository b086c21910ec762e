// storage/constraints/why.cpp: sentences about elements that break constraints.
#include "storage/constraints/why.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/print.hpp"
#include "storage/constraints/check.hpp"
#include "storage/schema_text.hpp"

namespace kith::storage {

namespace {

bool of_node(const ConstraintDef& constraint) { return constraint.token.on == ElementKind::Node; }

// One element that breaks one constraint.
class Why {
 public:
  Why(const View& view, const ConstraintDef& constraint, std::uint64_t id)
      : view_(view), constraint_(constraint), id_(id) {}

  std::string sentence() {
    switch (constraint_.kind) {
      case ConstraintKind::Unique:
        return double_values();
      case ConstraintKind::Key:
        return lacks_key() ? absent() : double_values();
      case ConstraintKind::Exists:
        return absent();
      case ConstraintKind::Type:
        return wrong_type();
      case ConstraintKind::Ends:
        return wrong_ends();
      case ConstraintKind::Count:
        return wrong_count();
      case ConstraintKind::OnDelete:
        break;  // restricted_error
    }
    KITH_ASSERT(false);
    return {};
  }

  std::string_view detail() {
    switch (constraint_.kind) {
      case ConstraintKind::Unique:
        return "NotUnique";
      case ConstraintKind::Key:
        return lacks_key() ? "PropertyMissing" : "NotUnique";
      case ConstraintKind::Exists:
        return "PropertyMissing";
      case ConstraintKind::Type:
        return "WrongPropertyType";
      case ConstraintKind::Ends:
        return "WrongEnds";
      case ConstraintKind::Count:
        return "WrongCount";
      case ConstraintKind::OnDelete:
        break;
    }
    return "DeleteRestricted";
  }

 private:
  Cell value(KeyId key) {
    return of_node(constraint_) ? view_.property(NodeId{id_}, key, arena_)
                                : view_.property(RelationshipId{id_}, key, arena_);
  }
  bool lacks_key() {
    for (const KeyId key : constraint_.keys)
      if (value(key).is_null()) return true;
    return false;
  }

  std::string who() const {
    return fmt::format("{}({})", of_node(constraint_) ? "Node" : "Relationship", id_);
  }
  // "label `Person`"
  std::string what() const {
    const Catalog& catalog = view_.catalog();
    return of_node(constraint_) ? fmt::format("label `{}`", catalog.name(constraint_.token.label()))
                                : fmt::format("type `{}`", catalog.name(constraint_.token.type()));
  }
  std::string key_name(KeyId key) const { return fmt::format("`{}`", view_.catalog().name(key)); }

  std::string double_values() {
    std::string values;
    for (const KeyId key : constraint_.keys)
      values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", key_name(key),
                            to_short_cypher(value(key)));
    return fmt::format("{} already exists with {} and {} {}", who(), what(),
                       constraint_.keys.size() == 1 ? "property" : "properties", values);
  }
  std::string absent() {
    std::string keys;
    for (const KeyId key : constraint_.keys)
      if (value(key).is_null()) keys += (keys.empty() ? "" : ", ") + key_name(key);
    const bool one = keys.find(',') == std::string::npos;
    return fmt::format("{} with {} must have the {} {}", who(), what(),
                       one ? "property" : "properties", keys);
  }
  std::string wrong_type() {
    const KeyId key = constraint_.keys.front();
    return fmt::format("{} with {} must have a value of type {} as property {}, not {}", who(),
                       what(), to_text(constraint_.types), key_name(key),
                       to_short_cypher(value(key)));
  }
  std::string wrong_ends() const {
    const Relationship r = view_.relationship(RelationshipId{id_});
    return fmt::format("{} of {} must be {}, but goes from {} to {}", who(), what(),
                       ends_text(view_.catalog(), constraint_.ends), node_text(view_, r.start),
                       node_text(view_, r.end));
  }
  std::string wrong_count() const {
    std::uint64_t count = 0;
    count_step(view_, constraint_.step, {&id_, 1}, {&count, 1});
    const auto [least, most] = std::pair(constraint_.least, constraint_.most);
    const std::string wanted = least == most     ? fmt::format("exactly {}", least)
                               : most == kNoMost ? fmt::format("at least {}", least)
                                                 : fmt::format("at most {}", most);
    return fmt::format("{} with {} must have {} of {}, but has {}", who(), what(), wanted,
                       step_text(view_.catalog(), constraint_.token.label(), constraint_.step),
                       count);
  }

  const View& view_;
  const ConstraintDef& constraint_;
  const std::uint64_t id_;
  Arena arena_;
};

ConstraintError error(std::string_view detail, const std::string& sentence,
                      const ConstraintDef& constraint) {
  return {"ConstraintError", std::string(detail),
          fmt::format("{} (constraint `{}`)", sentence, constraint.name)};
}

}  // namespace

std::string node_text(const View& view, NodeId node) {
  std::string labels;
  for (const LabelId label : view.labels_of(node)) {
    labels += ':';
    append_name(labels, view.catalog().name(label));
  }
  return fmt::format("Node({}{})", node.value, labels);
}

ConstraintError broken_error(const View& view, const ConstraintDef& constraint, std::uint64_t id) {
  Why why(view, constraint, id);
  return error(why.detail(), why.sentence(), constraint);
}

ConstraintError existing_error(const View& view, const ConstraintDef& constraint,
                               std::span<const std::uint64_t> first, std::uint64_t count) {
  KITH_ASSERT(!first.empty() && first.size() <= count);
  std::string text;
  for (const std::uint64_t id : first) text += "; " + Why(view, constraint, id).sentence();
  if (count > first.size()) text += fmt::format("; and {} more", count - first.size());
  return {"ConstraintError", std::string(Why(view, constraint, first.front()).detail()),
          fmt::format("the constraint `{}` cannot be made, because the data breaks it: {}",
                      constraint.name, text.substr(2))};
}

ConstraintError restricted_error(const View& view, const ConstraintDef& constraint, NodeId node,
                                 RelationshipId relationship, TypeId type, NodeId other) {
  return error("DeleteRestricted",
               fmt::format("Node({}) with label `{}` cannot be deleted while Relationship({}) of "
                           "type `{}` joins it to {}",
                           node.value, view.catalog().name(constraint.token.label()),
                           relationship.value, view.catalog().name(type), node_text(view, other)),
               constraint);
}

}  // namespace kith::storage
