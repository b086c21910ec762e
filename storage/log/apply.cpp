// storage/log/apply.cpp: one arm a kind of record.
#include "storage/log/apply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/writer.hpp"

namespace kith::storage {

namespace {

// Ids that a slot of the file can have; more is damage, not a reason to ask for memory.
constexpr std::uint64_t kMaxId = std::uint64_t{1} << 48;

void demand(bool claim, std::string_view record, std::string_view what, std::uint64_t id) {
  if (claim) return;
  throw StorageError("CorruptLog",
                     fmt::format("the log does not fit the graph: {} of {} {}", record, what, id));
}

template <class I>
bool ascends(std::span<const I> ids) {
  return std::adjacent_find(ids.begin(), ids.end(), [](I a, I b) { return a >= b; }) == ids.end();
}

class Apply {
 public:
  Apply(RootEditor& editor, bool checks) : editor_(editor), root_(editor.root()), checks_(checks) {}

  // The frequent kinds; those below are always checked.
  void operator()(const auto& r) const {
    if (checks_) check(r);
    edit(r);
  }
  void operator()(const record::AddName& r) const {
    const Catalog& catalog = root_.catalog();
    const Names& names = r.kind == NameKind::Label  ? catalog.labels
                         : r.kind == NameKind::Type ? catalog.types
                                                    : catalog.keys;
    demand(names.size() == r.id && !names.find(r.name), r.kName, "name", r.id);
    switch (r.kind) {
      case NameKind::Label:
        editor_.add_label(r.name);
        return;
      case NameKind::Type:
        editor_.add_type(r.name);
        return;
      case NameKind::Key:
        editor_.add_key(r.name);
        return;
    }
  }
  void operator()(const record::CreateIndex& r) const {
    IndexDef index{r.id, std::string(r.name), {r.on, r.token}, {r.keys.begin(), r.keys.end()}};
    fresh(index.id, index.name, r.kName);
    place(index.token, index.keys, r.kName);
    demand(!index.keys.empty() && !root_.schema().find_index(index.token, index.keys), r.kName,
           "index", r.id);
    editor_.create_index(std::move(index));
  }
  void operator()(const record::DropIndex& r) const {
    const IndexDef* index = root_.schema().find_index(r.id);
    demand(index && index->constraint == 0, r.kName, "index", r.id);
    editor_.drop_index(r.id);
  }
  void operator()(const record::CreateConstraint& r) const {
    ConstraintDef constraint{
        r.id, std::string(r.name), r.kind, {r.on, r.token}, {r.keys.begin(), r.keys.end()}};
    if (constraint.owns_index()) constraint.index = r.id + 1;
    decode_details(r.details, constraint);
    fresh(constraint.id, constraint.name, r.kName);
    place(constraint.token, constraint.keys, r.kName);
    const bool sound =
        !constraint.owns_index() ||
        (!constraint.keys.empty() && !root_.schema().find_index(constraint.token, constraint.keys));
    demand(sound && names_are_known(constraint), r.kName, "constraint", r.id);
    editor_.create_constraint(std::move(constraint));
  }
  void operator()(const record::DropConstraint& r) const {
    demand(root_.schema().find_constraint(r.id), r.kName, "constraint", r.id);
    editor_.drop_constraint(r.id);
  }
  void operator()(const record::CarryNode& r) const {
    const bool in_base = r.node.value < kMaxId && exists(root_, r.node);
    demand(r.node.value < root_.node_ids().id_limit() && !change_of(root_, r.node), r.kName, "node",
           r.node.value);
    demand(in_base ? r.existence != Existence::Created : r.existence != Existence::InBase, r.kName,
           "another state of node", r.node.value);
    for (const LabelId label : r.labels) known(label, r.kName);
    for (const Property& property : r.properties) fits(property, r.kName);
    for (const auto& edges : {r.out, r.in})
      for (const ListChange& edge : edges) carried_edge(edge, r.kName);
    editor_.carry(r.node, r.existence, r.labels_changed != 0, r.labels, r.properties, r.out, r.in);
  }
  void operator()(const record::CarryRelationship& r) const {
    const RelationshipId id = r.relationship;
    demand(id.value < root_.relationship_ids().id_limit() && !change_of(root_, id), r.kName,
           "relationship", id.value);
    const bool in_base = exists(root_, id);
    demand(in_base ? r.existence != Existence::Created : r.existence != Existence::InBase, r.kName,
           "another state of relationship", id.value);
    demand(r.existence == Existence::InBase || r.type == type_of(root_, id), r.kName,
           "another type of relationship", id.value);
    for (const Property& property : r.properties) fits(property, r.kName);
    editor_.carry({id, r.type, r.start, r.end}, r.existence, r.properties);
  }
  void operator()(const record::Commit& r) const {
    demand(r.position == root_.position() + 1, r.kName, "position", r.position);
    editor_.set_position(r.position);
  }

 private:
  void edit(const record::CreateNode& r) const {
    editor_.create_node(r.node, r.labels, r.properties);
  }
  void edit(const record::DeleteNode& r) const { editor_.delete_node(r.node); }
  void edit(const record::AddLabel& r) const { editor_.set_label(r.node, r.label, true); }
  void edit(const record::RemoveLabel& r) const { editor_.set_label(r.node, r.label, false); }
  void edit(const record::SetNodeProperty& r) const {
    editor_.set_property(r.node, r.property.key, r.property.value);
  }
  void edit(const record::CreateRelationship& r) const {
    editor_.create_relationship({r.relationship, r.type, r.start, r.end}, r.properties);
  }
  void edit(const record::DeleteRelationship& r) const {
    editor_.delete_relationship(r.relationship);
  }
  void edit(const record::SetRelationshipProperty& r) const {
    editor_.set_property(r.relationship, r.property.key, r.property.value);
  }
  void edit(const record::CreateNodes& r) const {
    editor_.create_nodes({r.first, r.count, r.labels, r.keys, r.values});
  }
  void edit(const record::CreateRelationships& r) const {
    editor_.create_relationships({r.first, r.type, r.starts, r.ends, r.keys, r.values});
  }
  void edit(const record::SetNodeProperties& r) const {
    editor_.set_properties(r.nodes, r.keys, r.values);
  }
  void edit(const record::SetRelationshipProperties& r) const {
    editor_.set_properties(r.relationships, r.keys, r.values);
  }

  void edit(const record::SetNodeColumns& r) const {
    editor_.set_properties(r.nodes.ids, r.keys, r.values.values);
  }
  void edit(const record::SetRelationshipColumns& r) const {
    editor_.set_properties(r.relationships.ids, r.keys, r.values.values);
  }
  void edit(const record::DeleteNodes& r) const { editor_.delete_nodes(r.nodes); }
  void edit(const record::DeleteRelationships& r) const {
    std::vector<Relationship> gone;
    find_existing(root_, r.relationships, gone);
    editor_.delete_relationships(r.type, r.relationships, gone);
  }
  void edit(const record::AddLabels& r) const { editor_.set_label(r.nodes, r.label, true); }
  void edit(const record::RemoveLabels& r) const { editor_.set_label(r.nodes, r.label, false); }
  void edit(const record::AddLabelRuns& r) const { editor_.set_label(r.nodes.ids, r.label, true); }
  void edit(const record::RemoveLabelRuns& r) const {
    editor_.set_label(r.nodes.ids, r.label, false);
  }

  void check(const record::CreateNode& r) const {
    demand(r.node.value < kMaxId && !change_of(root_, r.node) && !exists(root_, r.node), r.kName,
           "node", r.node.value);
    demand(ascends(r.labels), r.kName, "unsorted labels on node", r.node.value);
    for (const LabelId label : r.labels) known(label, r.kName);
    for (const Property& property : r.properties) fits(property, r.kName);
  }
  void check(const record::DeleteNode& r) const { there(r.node, r.kName); }
  void check(const record::AddLabel& r) const {
    there(r.node, r.kName);
    known(r.label, r.kName);
  }
  void check(const record::RemoveLabel& r) const {
    there(r.node, r.kName);
    known(r.label, r.kName);
  }
  void check(const record::SetNodeProperty& r) const {
    there(r.node, r.kName);
    fits(r.property, r.kName);
  }
  void check(const record::CreateRelationship& r) const {
    demand(r.relationship.value < kMaxId && !change_of(root_, r.relationship) &&
               !exists(root_, r.relationship),
           r.kName, "relationship", r.relationship.value);
    fits_segment(r.relationship, r.type, r.kName);
    there(r.start, r.kName);
    there(r.end, r.kName);
    for (const Property& property : r.properties) fits(property, r.kName);
  }
  void check(const record::DeleteRelationship& r) const { there(r.relationship, r.kName); }
  void check(const record::SetRelationshipProperty& r) const {
    there(r.relationship, r.kName);
    fits(r.property, r.kName);
  }
  void check(const record::CreateNodes& r) const {
    const std::uint64_t first = r.first.value;
    demand(r.count > 0 && r.count <= kSegmentSlots && first < kMaxId &&
               slot_of(r.first) + r.count <= kSegmentSlots,
           r.kName, "a range from node", first);
    demand(are_free(root_, r.first, r.count), r.kName, "nodes from", first);
    demand(ascends(r.labels), r.kName, "unsorted labels on node", first);
    for (const LabelId label : r.labels) known(label, r.kName);
    rows_fit(r.keys, r.values, r.count, r.kName, first);
  }
  void check(const record::CreateRelationships& r) const {
    const std::uint64_t first = r.first.value, count = r.starts.size();
    demand(count > 0 && count <= kSegmentSlots && r.ends.size() == count && first < kMaxId &&
               slot_of(r.first) + count <= kSegmentSlots,
           r.kName, "a range from relationship", first);
    demand(are_free(root_, r.first, static_cast<std::uint32_t>(count)), r.kName,
           "relationships from", first);
    fits_segment(r.first, r.type, r.kName);
    for (const auto& nodes : {r.starts, r.ends}) all_there(nodes, r.kName);
    rows_fit(r.keys, r.values, count, r.kName, first);
  }
  void check(const record::SetNodeProperties& r) const {
    all_there(r.nodes, r.kName);
    rows_fit(r.keys, r.values, r.nodes.size(), r.kName, 0);
  }
  void check(const record::SetRelationshipProperties& r) const {
    all_there(r.relationships, r.kName);
    rows_fit(r.keys, r.values, r.relationships.size(), r.kName, 0);
  }
  void check(const record::SetNodeColumns& r) const {
    all_there(r.nodes.ids, r.kName);
    columns_fit(r.keys, r.values, r.nodes.ids.size(), r.kName);
  }
  void check(const record::SetRelationshipColumns& r) const {
    all_there(r.relationships.ids, r.kName);
    columns_fit(r.keys, r.values, r.relationships.ids.size(), r.kName);
  }
  void check(const record::DeleteNodes& r) const {
    demand(ascends(r.nodes), r.kName, "unsorted nodes, so many:", r.nodes.size());
    all_there(r.nodes, r.kName);
  }
  void check(const record::DeleteRelationships& r) const {
    demand(ascends(r.relationships), r.kName, "unsorted ids, so many:", r.relationships.size());
    all_there(r.relationships, r.kName);
    for (const RelationshipId id : r.relationships)
      demand(type_of(root_, id) == r.type, r.kName, "another type of relationship", id.value);
  }
  void check(const record::AddLabels& r) const { labels_fit(r.label, r.nodes, false, r.kName); }
  void check(const record::RemoveLabels& r) const { labels_fit(r.label, r.nodes, true, r.kName); }
  void check(const record::AddLabelRuns& r) const {
    labels_fit(r.label, r.nodes.ids, false, r.kName);
  }
  void check(const record::RemoveLabelRuns& r) const {
    labels_fit(r.label, r.nodes.ids, true, r.kName);
  }
  void labels_fit(LabelId label, std::span<const NodeId> nodes, bool labelled,
                  std::string_view record) const {
    known(label, record);
    demand(ascends(nodes), record, "unsorted nodes, so many:", nodes.size());
    all_there(nodes, record);
    for (const NodeId node : nodes)
      demand(has_label(root_, node, label) == labelled, record, "the labels", node.value);
  }
  void fits_segment(RelationshipId relationship, TypeId type, std::string_view record) const {
    demand(type.value < root_.catalog().types.size(), record, "type", type.value);
    const std::uint64_t segment = segment_of(relationship);
    const bool fits =
        segment == root_.relationship_ids().segments() ||
        (segment < root_.relationship_ids().segments() && type_of(root_, relationship) == type);
    demand(fits, record, "a segment of another type for relationship", relationship.value);
  }
  void rows_fit(std::span<const KeyId> keys, std::span<const Cell> values, std::size_t rows,
                std::string_view record, std::uint64_t id) const {
    demand(ascends(keys) && values.size() == rows * keys.size(), record, "keys and values of", id);
    for (const KeyId key : keys) known(key, record);
    for (const Cell& value : values) holds(value, record);
  }
  void columns_fit(std::span<const KeyId> keys, const ValueColumns& values, std::size_t rows,
                   std::string_view record) const {
    demand(values.keys == keys.size(), record, "values for another number of keys:", values.keys);
    rows_fit(keys, values.values, rows, record, 0);
  }
  template <class I>
  void all_there(std::span<const I> ids, std::string_view record) const {
    const std::size_t missing = first_missing(root_, ids);
    if (missing < ids.size()) demand(false, record, "element", ids[missing].value);
  }
  void carried_edge(const ListChange& edge, std::string_view record) const {
    demand(edge.type.value < root_.catalog().types.size(), record, "type", edge.type.value);
    demand(edge.neighbour < root_.node_ids().id_limit(), record, "neighbour", edge.neighbour);
    demand(edge.relationship < root_.relationship_ids().id_limit(), record, "relationship",
           edge.relationship);
  }
  void there(NodeId node, std::string_view record) const {
    demand(exists(root_, node), record, "node", node.value);
  }
  void there(RelationshipId relationship, std::string_view record) const {
    demand(exists(root_, relationship), record, "relationship", relationship.value);
  }
  void known(LabelId label, std::string_view record) const {
    demand(label.value < root_.catalog().labels.size(), record, "label", label.value);
  }
  void fresh(std::uint32_t id, const std::string& name, std::string_view record) const {
    const Schema& schema = root_.schema();
    demand(id == schema.next_id() && !name.empty() && !schema.find_index(name) &&
               !schema.find_constraint(name),
           record, "id", id);
  }
  void place(SchemaToken token, const std::vector<KeyId>& keys, std::string_view record) const {
    const Catalog& catalog = root_.catalog();
    const std::uint32_t tokens =
        token.on == ElementKind::Node ? catalog.labels.size() : catalog.types.size();
    demand(token.id < tokens, record, "label or type", token.id);
    for (std::size_t i = 0; i < keys.size(); ++i)
      demand(keys[i].value < catalog.keys.size() &&
                 std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) ==
                     keys.begin() + static_cast<std::ptrdiff_t>(i),
             record, "key", keys[i].value);
  }
  // Those that a constraint about relationships mentions.
  bool names_are_known(const ConstraintDef& constraint) const {
    const Catalog& catalog = root_.catalog();
    const auto all_below = [](const auto& ids, std::uint32_t limit) {
      return std::all_of(ids.begin(), ids.end(), [&](auto id) { return id.value < limit; });
    };
    return all_below(constraint.step.types, catalog.types.size()) &&
           all_below(constraint.step.others, catalog.labels.size()) &&
           std::all_of(constraint.ends.begin(), constraint.ends.end(), [&](const auto& pair) {
             return all_below(pair.starts, catalog.labels.size()) &&
                    all_below(pair.ends, catalog.labels.size());
           });
  }
  void fits(const Property& property, std::string_view record) const {
    known(property.key, record);
    holds(property.value, record);
  }
  void holds(const Cell& value, std::string_view record) const {
    demand(value.is_null() || is_storable(value), record, "a value that no property has, of kind",
           static_cast<std::uint64_t>(value.kind));
  }
  void known(KeyId key, std::string_view record) const {
    demand(key.value < root_.catalog().keys.size(), record, "key", key.value);
  }

  RootEditor& editor_;
  const Root& root_;
  const bool checks_;
};

}  // namespace

void apply(const Record& record, RootEditor& editor) { std::visit(Apply(editor, true), record); }

void apply_own(const Record& record, RootEditor& editor) {
#if defined(KITH_ASSERTIONS)
  constexpr bool kChecks = true;
#else
  constexpr bool kChecks = false;
#endif
  std::visit(Apply(editor, kChecks), record);
}

}  // namespace kith::storage
