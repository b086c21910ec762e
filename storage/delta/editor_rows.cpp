// storage/delta/editor_rows.cpp: RootEditor's part about many elements at once: what is the same
// for all of them is looked up, counted and noted once.
#include <algorithm>

#include "core/assert.hpp"
#include "storage/delta/editor.hpp"
#include "storage/delta/element_reader.hpp"
#include "storage/delta/index_entries.hpp"

namespace kith::storage {

namespace {

// Elements whose values lie together: what outlives the rest keeps no more of it.
constexpr std::uint32_t kTogether = 128;

// Ids from this one to the last that lies together with it.
std::uint32_t run_rest(std::uint64_t id) {
  return kTogether - static_cast<std::uint32_t>(id % kTogether);
}

// The rows from `begin` on, copied; none if there are no keys.
Ref<const ValueRows> copy_rows(std::span<const KeyId> keys, std::span<const Cell> values,
                               std::size_t begin, std::size_t count, std::uint64_t& bytes) {
  if (keys.empty()) return {};
  Ref<const ValueRows> rows =
      ValueRows::copy(keys, values.subspan(begin * keys.size(), count * keys.size()));
  bytes += rows->bytes() + kHeapBytes;
  return rows;
}

// The entry of an element, for the owner to change; a new one is of a slab.
template <class Change, class Tree>
Change& own_row(Tree& tree, std::uint64_t id, Owner owner, SlabMaker<Change>& slabs,
                std::uint64_t& bytes) {
  Ref<Change>& link = tree.edit(id, owner);
  if (!link) {
    link = slabs.make(owner);
    bytes += sizeof(Change);
  } else if (link->owner() != owner) {
    link = Ref<Change>(new Change(*link, owner));
  }
  KITH_ASSERT(link->sole());
  return *link;
}

// Indexes that have one of the keys, each once.
std::vector<const IndexDef*> indexes_with(const Schema& schema, ElementKind on,
                                          std::span<const KeyId> keys) {
  std::vector<const IndexDef*> found;
  for (const KeyId key : keys)
    for (const IndexDef* index : schema.indexes_with(on, key))
      if (std::find(found.begin(), found.end(), index) == found.end()) found.push_back(index);
  return found;
}

}  // namespace

void RootEditor::create_nodes(const NewNodes& nodes) {
  KITH_ASSERT(are_free(root_, nodes.first, nodes.count));
  KITH_ASSERT(nodes.values.size() == nodes.count * nodes.keys.size());
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = nodes.count * sizeof(NodeChange);
  SlabMaker<NodeChange> slabs(nodes.count);
  for (std::uint32_t at = 0; at < nodes.count;) {
    const std::uint64_t first = nodes.first.value + at;
    const std::uint32_t run = std::min(nodes.count - at, run_rest(first));
    const auto rows = copy_rows(nodes.keys, nodes.values, at, run, bytes);
    root_.nodes_.add_run(first, run, owner_, [&](std::uint32_t row) {
      Ref<NodeChange> made = slabs.make(owner_);
      made->existence = Existence::Created;
      made->labels_changed = true;
      made->labels.assign(nodes.labels);
      if (rows) made->properties.set_row(rows, row);
      return made;
    });
    at += run;
  }
  edited(bytes + root_.nodes_.bytes() - before);
  for (const LabelId label : nodes.labels) {
    count(root_.label_counts_, label.value, true);
    root_.label_counts_[label.value] += nodes.count - 1;
  }
  root_.node_count_ += nodes.count;
  root_.node_ids_.take(NodeId{nodes.first.value + nodes.count - 1}, nodes.labels);
  if (!root_.has_indexes()) return;
  for (const LabelId label : nodes.labels)
    add_entries(SchemaToken::of(label), nodes.first.value, nodes.keys, nodes.values, nodes.count);
}

void RootEditor::create_relationships(const NewRelationships& made) {
  const auto size = static_cast<std::uint32_t>(made.starts.size());
  KITH_ASSERT(are_free(root_, made.first, size) && made.ends.size() == size);
  KITH_ASSERT(made.values.size() == size * made.keys.size());
  const std::uint64_t before = root_.relationships_.bytes();
  std::uint64_t bytes = size * sizeof(RelationshipChange);
  SlabMaker<RelationshipChange> slabs(size);
  for (std::uint32_t at = 0; at < size;) {
    const std::uint64_t first = made.first.value + at;
    const std::uint32_t run = std::min(size - at, run_rest(first));
    const auto rows = copy_rows(made.keys, made.values, at, run, bytes);
    root_.relationships_.add_run(first, run, owner_, [&](std::uint32_t row) {
      Ref<RelationshipChange> change = slabs.make(owner_);
      change->existence = Existence::Created;
      change->type = made.type;
      change->start = made.starts[at + row].value;
      change->end = made.ends[at + row].value;
      if (rows) change->properties.set_row(rows, row);
      return change;
    });
    at += run;
  }
  edited(bytes + root_.relationships_.bytes() - before);
  const auto edge_at = [&](std::size_t i) {
    return Relationship{{made.first.value + i}, made.type, made.starts[i], made.ends[i]};
  };
  append_all(size, true, edge_at);
  count(root_.type_counts_, made.type.value, true);
  root_.type_counts_[made.type.value] += size - 1;
  root_.relationship_count_ += size;
  root_.relationship_ids_.take(RelationshipId{made.first.value + size - 1}, made.type);
  if (root_.has_indexes())
    add_entries(SchemaToken::of(made.type), made.first.value, made.keys, made.values, size);
  KITH_ASSERT(type_of(root_, made.first) == made.type);
}

void RootEditor::delete_relationships(TypeId type, std::span<const Relationship> gone) {
  if (root_.has_indexes() && !root_.schema().indexes_on(SchemaToken::of(type)).empty()) {
    std::vector<RelationshipId> ids;
    for (const Relationship& one : gone) ids.push_back(one.id);
    set_entries(SchemaToken::of(type), std::span<const RelationshipId>(ids), false);
  }
  const std::uint64_t before = root_.relationships_.bytes();
  std::uint64_t bytes = 0;
  {
    SlabMaker<RelationshipChange> slabs(gone.size());
    for (const Relationship& one : gone) {
      KITH_ASSERT(exists(root_, one.id) && type_of(root_, one.id) == type);
      KITH_ASSERT(ends_of(root_, one.id).start == one.start);
      KITH_ASSERT(ends_of(root_, one.id).end == one.end);
      auto& change =
          own_row<RelationshipChange>(root_.relationships_, one.id.value, owner_, slabs, bytes);
      change.existence = Existence::Deleted;
      change.type = type;
      change.start = one.start.value;
      change.end = one.end.value;
      change.properties.clear();
    }
  }
  edited(bytes + root_.relationships_.bytes() - before);
  append_all(gone.size(), false, [&](std::size_t i) { return gone[i]; });
  KITH_ASSERT(root_.relationship_count(type) >= gone.size());
  if (!gone.empty()) root_.type_counts_[type.value] -= gone.size();
  root_.relationship_count_ -= gone.size();
}

// One direction after the other: each list gets its own in their order.
template <class EdgeAt>
void RootEditor::append_all(std::size_t count, bool added, EdgeAt&& edge_at) {
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  for (const Direction direction : {Direction::Out, Direction::In}) {
    SlabMaker<NodeChange> slabs(count);
    const bool out = direction == Direction::Out;
    for (std::size_t i = 0; i < count; ++i) {
      const Relationship edge = edge_at(i);
      const NodeId node = out ? edge.start : edge.end, other = out ? edge.end : edge.start;
      NodeChange& change = own_row<NodeChange>(root_.nodes_, node.value, owner_, slabs, bytes);
      OptionalList& list = out ? change.out : change.in;
      const std::uint64_t was = list.bytes();
      list.append({edge.id.value, other.value, edge.type, added}, owner_);
      bytes += std::max(list.bytes(), was) - was;
    }
  }
  edited(bytes + root_.nodes_.bytes() - before);
}

template <class Change, class Tree, class I>
void RootEditor::set_rows(Tree& tree, std::span<const I> ids, std::span<const KeyId> keys,
                          std::span<const Cell> values) {
  KITH_ASSERT(first_missing(root_, ids) == ids.size());
  KITH_ASSERT(values.size() == ids.size() * keys.size());
  if (keys.empty()) return;
  const std::uint64_t before = tree.bytes();
  std::uint64_t bytes = 0;
  SlabMaker<Change> slabs(ids.size());
  Ref<const ValueRows> rows;  // those from `copied` on
  std::size_t copied = ids.size();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PropertyChanges& properties =
        own_row<Change>(tree, ids[i].value, owner_, slabs, bytes).properties;
    if (properties.has_no_other(keys)) {
      if (copied != i / kTogether * kTogether) {
        copied = i / kTogether * kTogether;
        const std::size_t count = std::min<std::size_t>(kTogether, ids.size() - copied);
        rows = copy_rows(keys, values, copied, count, bytes);
      }
      properties.set_row(rows, static_cast<std::uint32_t>(i - copied));
      continue;
    }
    const std::uint64_t was = properties.array_bytes();
    for (std::size_t k = 0; k < keys.size(); ++k)
      bytes += PropertyChanges::bytes_of(properties.set(keys[k], values[i * keys.size() + k]));
    bytes += properties.array_bytes() - was;
  }
  edited(bytes + tree.bytes() - before);
}

// Index entries in their order: those near each other are changed while they are in the caches. An
// entry has its element's id, so no two elements change the same one; of an element that is there
// twice, both times the entry of the state before goes and that of the state after comes.
template <class Change, class Tree, class I>
void RootEditor::set_all_rows(ElementKind on, Tree& tree, std::span<const I> ids,
                              std::span<const KeyId> keys, std::span<const Cell> values) {
  std::vector<const IndexDef*> indexes;
  if (root_.has_indexes()) indexes = indexes_with(root_.schema(), on, keys);
  std::vector<EntryRun> before(indexes.size());
  for (std::size_t k = 0; k < indexes.size(); ++k) entries_of(root_, *indexes[k], ids, before[k]);
  set_rows<Change>(tree, ids, keys, values);
  EntryRun after;
  std::vector<std::pair<std::string_view, bool>> changes;
  for (std::size_t k = 0; k < indexes.size(); ++k) {
    entries_of(root_, *indexes[k], ids, after);
    KITH_ASSERT(after.size() == ids.size() && before[k].size() == ids.size());
    changes.clear();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (before[k][i] == after[i]) continue;
      if (!before[k][i].empty()) changes.emplace_back(before[k][i], false);
      if (!after[i].empty()) changes.emplace_back(after[i], true);
    }
    std::sort(changes.begin(), changes.end());
    for (const auto& [entry, present] : changes) set_entry(*indexes[k], entry, present);
  }
}

void RootEditor::set_properties(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                                std::span<const Cell> values) {
  set_all_rows<NodeChange>(ElementKind::Node, root_.nodes_, nodes, keys, values);
}

void RootEditor::set_properties(std::span<const RelationshipId> relationships,
                                std::span<const KeyId> keys, std::span<const Cell> values) {
  set_all_rows<RelationshipChange>(ElementKind::Relationship, root_.relationships_, relationships,
                                   keys, values);
}

void RootEditor::add_entries(SchemaToken token, std::uint64_t first, std::span<const KeyId> keys,
                             std::span<const Cell> values, std::size_t count) {
  EntryRun run;
  for (const IndexDef* index : root_.schema_->indexes_on(token)) {
    entries_of(*index, first, keys, values, count, run);
    set_entries(*index, run.sorted(), true);
  }
}

void RootEditor::set_entries(const IndexDef& index, std::span<const std::string_view> entries,
                             bool present) {
  if (entries.empty()) return;
  delta_of(index).set_all(entries, present, owner_);
  std::uint64_t bytes = 0;
  for (const std::string_view entry : entries) bytes += IndexDelta::memory_of(entry.size());
  edited(bytes);
}

template <class I>
void RootEditor::set_entries(SchemaToken token, std::span<const I> ids, bool present) {
  EntryRun run;
  for (const IndexDef* index : root_.schema_->indexes_on(token)) {
    entries_of(root_, *index, ids, run);
    set_entries(*index, run.sorted(), present);
  }
}

void RootEditor::delete_nodes(std::span<const NodeId> nodes) {
  KITH_ASSERT(first_missing(root_, nodes) == nodes.size());
  EntryRun run;
  for (const IndexDef& index : root_.schema_->indexes()) {
    if (index.token.on != ElementKind::Node) continue;
    entries_of(root_, index, nodes, run);
    set_entries(index, run.sorted(), false);
  }
  {
    ElementReader<NodeId> reader(root_);
    std::vector<LabelId> labels;
    for (const NodeId node : nodes) {
      reader.look_at(node);
      reader.labels(labels);
      for (const LabelId label : labels) count(root_.label_counts_, label.value, false);
    }
  }
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  SlabMaker<NodeChange> slabs(nodes.size());
  for (const NodeId node : nodes) {
    NodeChange& gone = own_row<NodeChange>(root_.nodes_, node.value, owner_, slabs, bytes);
    gone.existence = Existence::Deleted;
    gone.labels_changed = true;
    gone.labels.clear();
    gone.properties.clear();  // its lists stay: they say which relationships are left
  }
  edited(bytes + root_.nodes_.bytes() - before);
  KITH_ASSERT(root_.node_count_ >= nodes.size());
  root_.node_count_ -= nodes.size();
}

void RootEditor::set_label(std::span<const NodeId> nodes, LabelId label, bool present) {
  const SchemaToken token = SchemaToken::of(label);
  if (!present) set_entries(token, nodes, false);
  ElementReader<NodeId> reader(root_);
  std::vector<std::vector<LabelId>> labels(nodes.size());  // as they will be
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    reader.look_at(nodes[i]);
    KITH_ASSERT(reader.exists() && reader.has_label(label) != present);
    reader.labels(labels[i]);
    const auto at = std::lower_bound(labels[i].begin(), labels[i].end(), label);
    present ? static_cast<void>(labels[i].insert(at, label))
            : static_cast<void>(labels[i].erase(at));
  }
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  SlabMaker<NodeChange> slabs(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NodeChange& change = own_row<NodeChange>(root_.nodes_, nodes[i].value, owner_, slabs, bytes);
    change.labels_changed = true;
    change.labels.assign(labels[i]);
    count(root_.label_counts_, label.value, present);
  }
  edited(bytes + root_.nodes_.bytes() - before);
  if (present) set_entries(token, nodes, true);
}

}  // namespace kith::storage
