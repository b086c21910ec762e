// storage/delta/editor.cpp: changing a root.
#include "storage/delta/editor.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "storage/delta/lookup.hpp"

namespace kith::storage {

namespace {

// About what a name, or an index, costs beside itself.
constexpr std::size_t kEntryBytes = 64;

template <class Change, class Tree>
Change& own_change(Tree& tree, std::uint64_t id, Owner owner) {
  Ref<Change>& link = tree.edit(id, owner);
  if (!link) {
    link = Ref<Change>(new Change(owner));
  } else if (link->owner() != owner || link->is_common()) {
    link = Ref<Change>(new Change(*link, id, owner));
  }
  KITH_ASSERT(link->sole());
  return *link;
}

}  // namespace

void RootEditor::edited(std::size_t bytes) {
  root_.delta_bytes_ += bytes;
  ++root_.edition_;
}

NodeChange& RootEditor::change(NodeId node) {
  const std::uint64_t size = root_.nodes_.size(), bytes = root_.nodes_.bytes();
  NodeChange& change = own_change<NodeChange>(root_.nodes_, node.value, owner_);
  const bool made = root_.nodes_.size() != size;
  edited(root_.nodes_.bytes() - bytes + (made ? sizeof(NodeChange) + kHeapBytes : 0));
  return change;
}

RelationshipChange& RootEditor::change(RelationshipId relationship) {
  RelationshipTree& tree = root_.relationships_;
  const std::uint64_t size = tree.size(), bytes = tree.bytes();
  auto& change = own_change<RelationshipChange>(tree, relationship.value, owner_);
  const bool made = tree.size() != size;
  edited(tree.bytes() - bytes + (made ? sizeof(RelationshipChange) + kHeapBytes : 0));
  return change;
}

void RootEditor::set(PropertyChanges& properties, KeyId key, const Cell& value) {
  KITH_ASSERT(key.value < root_.catalog_->keys.size());
  const std::uint64_t before = properties.array_bytes();
  const OwnedCell& kept = properties.set(key, value);
  KITH_ASSERT(kept.cell().kind == value.kind);
  edited(properties.array_bytes() - before + PropertyChanges::bytes_of(kept));
}

void RootEditor::set_all(PropertyChanges& to, std::span<const Property> properties) {
  if (properties.empty()) return;
  to.reserve(properties.size());
  edited(to.array_bytes() + kHeapBytes);
  for (const Property& property : properties) set(to, property.key, property.value);
}

void RootEditor::append(OptionalList& list, const ListChange& change) {
  const std::uint64_t before = list.bytes();
  list.append(change, owner_);
  edited(std::max(list.bytes(), before) - before);
}

void RootEditor::count(std::vector<std::uint64_t>& counts, std::uint32_t id, bool up) {
  if (counts.size() <= id) counts.resize(id + 1, 0);
  KITH_ASSERT(up || counts[id] > 0);
  up ? ++counts[id] : --counts[id];
}

std::shared_ptr<Catalog> RootEditor::copy_catalog() const {
  return std::make_shared<Catalog>(*root_.catalog_);
}

std::uint32_t RootEditor::add_label(std::string_view name) {
  const auto catalog = copy_catalog();
  const std::uint32_t id = catalog->labels.add(std::string(name));
  root_.catalog_ = catalog;
  edited(kEntryBytes + name.size());
  return id;
}
std::uint32_t RootEditor::add_type(std::string_view name) {
  const auto catalog = copy_catalog();
  const std::uint32_t id = catalog->types.add(std::string(name));
  root_.catalog_ = catalog;
  edited(kEntryBytes + name.size());
  return id;
}
std::uint32_t RootEditor::add_key(std::string_view name) {
  const auto catalog = copy_catalog();
  const std::uint32_t id = catalog->keys.add(std::string(name));
  root_.catalog_ = catalog;
  edited(kEntryBytes + name.size());
  return id;
}

void RootEditor::create_node(NodeId node, std::span<const LabelId> labels,
                             std::span<const Property> properties) {
  KITH_ASSERT(!change_of(root_, node) && !exists(root_, node));
  NodeChange& made = change(node);
  made.existence = Existence::Created;
  made.labels_changed = true;
  made.labels.assign(labels);
  set_all(made.properties, properties);
  for (const LabelId label : labels) count(root_.label_counts_, label.value, true);
  ++root_.node_count_;
  root_.node_ids_.take(node, labels);
  if (root_.has_indexes())
    for (const LabelId label : labels) add_entries(SchemaToken::of(label), node.value, made);
  KITH_ASSERT(node.value < root_.node_ids_.id_limit());
}

void RootEditor::delete_node(NodeId node) {
  KITH_ASSERT(exists(root_, node));
  for (const LabelId label : labels_of(root_, node)) {
    if (root_.has_indexes()) set_entries(SchemaToken::of(label), node.value, false);
    count(root_.label_counts_, label.value, false);
  }
  NodeChange& gone = change(node);
  gone.existence = Existence::Deleted;
  gone.labels_changed = true;
  gone.labels.clear();
  gone.properties.clear();  // its lists stay: they say which relationships are left
  --root_.node_count_;
}

void RootEditor::set_label(NodeId node, LabelId label, bool present) {
  KITH_ASSERT(exists(root_, node));
  std::vector<LabelId> labels = labels_of(root_, node);
  const auto at = std::lower_bound(labels.begin(), labels.end(), label);
  const bool was = at != labels.end() && *at == label;
  if (was == present) return;
  present ? static_cast<void>(labels.insert(at, label)) : static_cast<void>(labels.erase(at));
  NodeChange& changed = change(node);
  changed.labels_changed = true;
  changed.labels.assign(labels);
  count(root_.label_counts_, label.value, present);
  if (root_.has_indexes()) set_entries(SchemaToken::of(label), node.value, present);
}

void RootEditor::set_property(NodeId node, KeyId key, const Cell& value) {
  KITH_ASSERT(exists(root_, node));
  std::vector<IndexUpkeep::Change> entries;
  if (root_.has_indexes()) entries = IndexUpkeep::before(root_, node, key);
  set(change(node).properties, key, value);
  if (!entries.empty()) set_entries(ElementKind::Node, node.value, entries);
}

void RootEditor::create_relationship(const Relationship& relationship,
                                     std::span<const Property> properties) {
  KITH_ASSERT(!change_of(root_, relationship.id) && !exists(root_, relationship.id));
  RelationshipChange& made = change(relationship.id);
  made.existence = Existence::Created;
  made.type = relationship.type;
  made.own_ends = {relationship.start.value, relationship.end.value};
  set_all(made.properties, properties);
  const auto [id, type, start, end] = relationship;
  append(change(start).out, {id.value, end.value, type, true});
  append(change(end).in, {id.value, start.value, type, true});
  count(root_.type_counts_, type.value, true);
  ++root_.relationship_count_;
  root_.relationship_ids_.take(id, type);
  if (root_.has_indexes()) add_entries(SchemaToken::of(type), id.value, made);
  KITH_ASSERT(type_of(root_, id) == type);
}

void RootEditor::delete_relationship(RelationshipId relationship) {
  KITH_ASSERT(exists(root_, relationship));
  const auto [id, type, start, end] = ends_of(root_, relationship);
  if (root_.has_indexes()) set_entries(SchemaToken::of(type), id.value, false);
  RelationshipChange& gone = change(relationship);
  gone.existence = Existence::Deleted;
  gone.type = type;
  gone.own_ends = {start.value, end.value};
  gone.properties.clear();
  append(change(start).out, {id.value, end.value, type, false});
  append(change(end).in, {id.value, start.value, type, false});
  count(root_.type_counts_, type.value, false);
  --root_.relationship_count_;
}

void RootEditor::set_property(RelationshipId relationship, KeyId key, const Cell& value) {
  KITH_ASSERT(exists(root_, relationship));
  std::vector<IndexUpkeep::Change> entries;
  if (root_.has_indexes()) entries = IndexUpkeep::before(root_, relationship, key);
  set(change(relationship).properties, key, value);
  if (!entries.empty()) set_entries(ElementKind::Relationship, relationship.value, entries);
}

void RootEditor::create_index(IndexDef index) {
  take_schema(root_.schema_->with(std::move(index)));
}

void RootEditor::drop_index(std::uint32_t id) { take_schema(root_.schema_->without_index(id)); }

void RootEditor::create_constraint(ConstraintDef constraint) {
  take_schema(root_.schema_->with(std::move(constraint)));
}

void RootEditor::drop_constraint(std::uint32_t id) {
  take_schema(root_.schema_->without_constraint(id));
}

void RootEditor::carry(NodeId node, Existence existence, bool labels_changed,
                       std::span<const LabelId> labels, std::span<const Property> properties,
                       std::span<const ListChange> out, std::span<const ListChange> in) {
  KITH_ASSERT(!change_of(root_, node));
  NodeChange& entry = change(node);
  entry.existence = existence;
  entry.labels_changed = labels_changed;
  entry.labels.assign(labels);
  set_all(entry.properties, properties);
  for (const ListChange& edge : out) append(entry.out, edge);
  for (const ListChange& edge : in) append(entry.in, edge);
  if (existence != Existence::InBase) root_.node_ids_.take(node, labels);
}

void RootEditor::carry(const Relationship& relationship, Existence existence,
                       std::span<const Property> properties) {
  const auto [id, type, start, end] = relationship;
  KITH_ASSERT(!change_of(root_, id));
  RelationshipChange& entry = change(id);
  entry.existence = existence;
  entry.type = type;
  entry.own_ends = {start.value, end.value};
  set_all(entry.properties, properties);
  if (existence != Existence::InBase) root_.relationship_ids_.take(id, type);
}

void RootEditor::set_position(std::uint64_t position) {
  KITH_ASSERT(position > root_.position_);
  root_.position_ = position;
  ++root_.edition_;
}

void RootEditor::restore(const Root& before) {
  KITH_ASSERT(before.edition_ <= root_.edition_);
  const std::uint64_t edition = root_.edition_ + 1;  // D3
  root_ = before;
  root_.edition_ = edition;
}

}  // namespace kith::storage
