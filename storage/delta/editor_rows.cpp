// storage/delta/editor_rows.cpp: RootEditor's part about many elements at once: what is the same
// for all of them is looked up, counted and noted once.
#include <algorithm>

#include "core/assert.hpp"
#include "storage/delta/editor.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/index/key.hpp"

namespace kith::storage {

namespace {

// Ids from this one to the end of its leaf. What is made at once lies together as much as a leaf
// of the tree holds: what outlives the rest keeps no more of it.
std::uint32_t leaf_rest(std::uint64_t id) {
  return kTreeFan - static_cast<std::uint32_t>(id & (kTreeFan - 1));
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

// The entries of an index, one after another.
class EntryRun {
 public:
  void begin(std::uint64_t count) {
    bytes_.clear();
    ends_.clear();
    ends_.reserve(count + 1);
    ends_.push_back(0);
  }
  std::string& bytes() { return bytes_; }
  void end_entry() { ends_.push_back(bytes_.size()); }

  // Ascending.
  std::vector<std::string_view> sorted() const {
    std::vector<std::string_view> entries;
    entries.reserve(ends_.size());
    const std::string_view all = bytes_;
    for (std::size_t i = 1; i < ends_.size(); ++i)
      entries.push_back(all.substr(ends_[i - 1], ends_[i] - ends_[i - 1]));
    if (!std::is_sorted(entries.begin(), entries.end())) std::sort(entries.begin(), entries.end());
    return entries;
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

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

bool is_indexed(const Schema& schema, ElementKind on, std::span<const KeyId> keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](KeyId key) { return !schema.indexes_with(on, key).empty(); });
}

// The places of `wanted` among `keys`, or nothing if one of them is missing.
std::vector<std::size_t> places_of(std::span<const KeyId> wanted, std::span<const KeyId> keys) {
  std::vector<std::size_t> places;
  for (const KeyId key : wanted) {
    const auto at = std::lower_bound(keys.begin(), keys.end(), key);
    if (at == keys.end() || *at != key) return {};
    places.push_back(static_cast<std::size_t>(at - keys.begin()));
  }
  return places;
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
    const std::uint32_t run = std::min(nodes.count - at, leaf_rest(first));
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
    const std::uint32_t run = std::min(size - at, leaf_rest(first));
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
  add_edges(made, Direction::Out);
  add_edges(made, Direction::In);
  count(root_.type_counts_, made.type.value, true);
  root_.type_counts_[made.type.value] += size - 1;
  root_.relationship_count_ += size;
  root_.relationship_ids_.take(RelationshipId{made.first.value + size - 1}, made.type);
  if (root_.has_indexes())
    add_entries(SchemaToken::of(made.type), made.first.value, made.keys, made.values, size);
  KITH_ASSERT(type_of(root_, made.first) == made.type);
}

// One direction after the other: each list gets its own in the order of their making.
void RootEditor::add_edges(const NewRelationships& made, Direction direction) {
  const bool out = direction == Direction::Out;
  const std::span<const NodeId> nodes = out ? made.starts : made.ends;
  const std::span<const NodeId> others = out ? made.ends : made.starts;
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  SlabMaker<NodeChange> slabs(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NodeChange& change = own_row<NodeChange>(root_.nodes_, nodes[i].value, owner_, slabs, bytes);
    OptionalList& list = out ? change.out : change.in;
    const std::uint64_t was = list.bytes();
    list.append({made.first.value + i, others[i].value, made.type, true}, owner_);
    bytes += std::max(list.bytes(), was) - was;
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
      if (copied != i / kTreeFan * kTreeFan) {
        copied = i / kTreeFan * kTreeFan;
        const std::size_t count = std::min<std::size_t>(kTreeFan, ids.size() - copied);
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

void RootEditor::set_properties(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                                std::span<const Cell> values) {
  if (!is_indexed(root_.schema(), ElementKind::Node, keys))
    return set_rows<NodeChange>(root_.nodes_, nodes, keys, values);
  const Cell* value = values.data();
  for (const NodeId node : nodes)
    for (const KeyId key : keys) set_property(node, key, *value++);
}

void RootEditor::set_properties(std::span<const RelationshipId> relationships,
                                std::span<const KeyId> keys, std::span<const Cell> values) {
  if (!is_indexed(root_.schema(), ElementKind::Relationship, keys))
    return set_rows<RelationshipChange>(root_.relationships_, relationships, keys, values);
  const Cell* value = values.data();
  for (const RelationshipId relationship : relationships)
    for (const KeyId key : keys) set_property(relationship, key, *value++);
}

void RootEditor::add_entries(SchemaToken token, std::uint64_t first, std::span<const KeyId> keys,
                             std::span<const Cell> values, std::size_t count) {
  EntryRun run;
  for (const IndexDef* index : root_.schema_->indexes_on(token)) {
    const std::vector<std::size_t> places = places_of(index->keys, keys);
    if (places.empty()) continue;  // I1
    run.begin(count);
    const Cell* row = values.data();
    for (std::size_t i = 0; i < count; ++i, row += keys.size()) {
      const bool whole = std::none_of(places.begin(), places.end(),
                                      [&](std::size_t place) { return row[place].is_null(); });
      if (!whole) continue;  // I1
      std::string& out = run.bytes();
      const std::size_t begin = out.size(), enough = begin + kCutKeyBytes;
      for (const std::size_t place : places)
        if (out.size() < enough) put_key(out, row[place], enough);
      if (out.size() > enough) out.resize(enough);  // K3
      put_entry_id(out, first + i);
      run.end_entry();
    }
    std::uint64_t bytes = 0;
    for (const std::string_view entry : run.sorted()) {
      delta_of(*index).set(entry, true, owner_);
      bytes += IndexDelta::memory_of(entry.size());
    }
    edited(bytes);
  }
}

}  // namespace kith::storage
