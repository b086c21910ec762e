// storage/delta/editor_rows.cpp: RootEditor's part about many elements at once: what is the same
// for all of them is looked up, counted and noted once.
#include <algorithm>
#include <numeric>
#include <set>

#include "core/assert.hpp"
#include "storage/delta/common_changes.hpp"
#include "storage/delta/editor.hpp"
#include "storage/delta/element_reader.hpp"
#include "storage/delta/index_entries.hpp"

namespace kith::storage {

namespace {

// Rows of values in blocks; there are keys.
class ValueBlocks {
 public:
  ValueBlocks(std::span<const KeyId> keys, std::span<const Cell> values)
      : keys_(keys), values_(values), rows_(keys.empty() ? 0 : values.size() / keys.size()) {}

  void put(PropertyChanges& to, std::size_t begin, std::size_t count, std::uint64_t& bytes) {
    const std::size_t width = keys_.size();
    if (width == 0) return;
    const auto at = blocks_.at(begin, count, rows_, bytes, [&](std::size_t first, std::size_t n) {
      return ValueRows::copy(keys_, values_.subspan(first * width, n * width));
    });
    to.set_row(at.rows, at.row);
  }

 private:
  std::span<const KeyId> keys_;
  std::span<const Cell> values_;
  std::size_t rows_;
  RowBlocks<ValueRows> blocks_;
};

// The rows of a common entry get these values, too; what other keys have stays.
void add_values(PropertyChanges& to, std::span<const KeyId> keys, std::span<const Cell> values,
                std::uint64_t& bytes) {
  std::vector<KeyId> all;
  std::set_union(to.row_keys().begin(), to.row_keys().end(), keys.begin(), keys.end(),
                 std::back_inserter(all));
  std::vector<Cell> cells;
  const std::size_t count = values.size() / keys.size();
  for (std::size_t row = 0; row < count; ++row) {
    std::size_t next = 0;  // of the keys
    for (const KeyId key : all) {
      const bool set = next < keys.size() && keys[next] == key;
      cells.push_back(set ? values[row * keys.size() + next++]
                          : *to.find(key, static_cast<std::uint32_t>(row)));
    }
  }
  Ref<const ValueRows> rows = ValueRows::copy(all, cells);
  bytes += rows->bytes() + kHeapBytes;
  to.clear();
  to.set_row(std::move(rows), 0);
}

// Leaves that so many ids one after another may be in.
constexpr std::size_t leaves_of(std::size_t ids) { return 1 + (ids + kTreeFan - 2) / kTreeFan; }

// Of `run` elements from this id on.
template <class Change>
Ref<Change> new_run(std::uint64_t id, std::uint32_t run, Owner owner, SlabMaker<Change>& slabs,
                    std::uint64_t& bytes) {
  KITH_ASSERT(run > 0 && id % kTreeFan + run <= kTreeFan);
  const std::uint64_t places = ((std::uint64_t{1} << run) - 1) << (id % kTreeFan);
  return new_common(static_cast<std::uint32_t>(places), owner, slabs, bytes);
}
// visit(at, count) for those of a leaf after one another, of `count` ids from `first` on.
template <class Visit>
void for_each_new_run(std::uint64_t first, std::uint32_t count, Visit&& visit) {
  for (std::uint32_t at = 0; at < count;) {
    const auto rest = static_cast<std::uint32_t>(kTreeFan - (first + at) % kTreeFan);
    const std::uint32_t run = std::min(count - at, rest);
    visit(at, run);
    at += run;
  }
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
  std::uint64_t bytes = 0;
  SlabMaker<NodeChange> slabs(leaves_of(nodes.count));
  ValueBlocks blocks(nodes.keys, nodes.values);
  for_each_new_run(nodes.first.value, nodes.count, [&](std::uint32_t at, std::uint32_t run) {
    Ref<NodeChange> made = new_run(nodes.first.value + at, run, owner_, slabs, bytes);
    made->existence = Existence::Created;
    made->labels_changed = true;
    made->labels.assign(nodes.labels);
    blocks.put(made->properties, at, run, bytes);
    put_common(root_.nodes_, nodes.first.value + at, made, owner_);
  });
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
  make_relationships(made);
  std::vector<std::uint64_t> ids(made.starts.size());
  std::iota(ids.begin(), ids.end(), made.first.value);
  link_relationships(made.type, ids, made.starts, made.ends);
}

void RootEditor::make_relationships(const NewRelationships& made) {
  const auto size = static_cast<std::uint32_t>(made.starts.size());
  KITH_ASSERT(are_free(root_, made.first, size) && made.ends.size() == size);
  KITH_ASSERT(made.values.size() == size * made.keys.size());
  const std::uint64_t before = root_.relationships_.bytes(), first = made.first.value;
  std::uint64_t bytes = 0;
  SlabMaker<RelationshipChange> slabs(leaves_of(size));
  ValueBlocks blocks(made.keys, made.values);
  RowBlocks<EndRows> ends;
  for_each_new_run(first, size, [&](std::uint32_t at, std::uint32_t run) {
    Ref<RelationshipChange> entry = new_run(first + at, run, owner_, slabs, bytes);
    entry->existence = Existence::Created;
    entry->type = made.type;
    const auto rows = ends.at(at, run, size, bytes, [&](std::size_t begin, std::size_t count) {
      return EndRows::copy(made.starts.subspan(begin, count), made.ends.subspan(begin, count));
    });
    entry->rows = rows.rows;
    entry->first_row = rows.row;
    blocks.put(entry->properties, at, run, bytes);
    put_common(root_.relationships_, first + at, entry, owner_);
  });
  edited(bytes + root_.relationships_.bytes() - before);
  count(root_.type_counts_, made.type.value, true);
  root_.type_counts_[made.type.value] += size - 1;
  root_.relationship_count_ += size;
  root_.relationship_ids_.take(RelationshipId{made.first.value + size - 1}, made.type);
  if (root_.has_indexes())
    add_entries(SchemaToken::of(made.type), made.first.value, made.keys, made.values, size);
  KITH_ASSERT(type_of(root_, made.first) == made.type);
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
  ValueBlocks blocks(keys, values);
  for (std::size_t i = 0; i < ids.size();) {
    const auto [end, places] = leaf_run(ids, i);
    const auto was = before_common<Change>(tree, ids[i].value, places);
    if (end - i >= kLeastCommon && was.alike) {
      Ref<Change> entry = new_common(places, owner_, slabs, bytes);
      was.begin(*entry);
      if (entry->properties.has_no_other(keys)) {
        blocks.put(entry->properties, i, end - i, bytes);
      } else {
        add_values(entry->properties, keys,
                   values.subspan(i * keys.size(), (end - i) * keys.size()), bytes);
      }
      put_common(tree, ids[i].value, entry, owner_);
      i = end;
      continue;
    }
    for (; i < end; ++i) {
      PropertyChanges& properties =
          own_row<Change>(tree, ids[i].value, owner_, slabs, bytes).properties;
      if (properties.has_no_other(keys)) {
        blocks.put(properties, i, 1, bytes);
        continue;
      }
      const std::uint64_t size = properties.array_bytes();
      for (std::size_t k = 0; k < keys.size(); ++k)
        bytes += PropertyChanges::bytes_of(properties.set(keys[k], values[i * keys.size() + k]));
      bytes += properties.array_bytes() - size;
    }
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

template void RootEditor::set_entries<RelationshipId>(SchemaToken, std::span<const RelationshipId>,
                                                      bool);

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
  const auto remove = [](NodeChange& gone) {
    gone.existence = Existence::Deleted;
    gone.labels_changed = true;
    gone.labels.clear();
    gone.properties.clear();  // its lists stay: they say which relationships are left
  };
  for (std::size_t i = 0; i < nodes.size();) {
    const auto [end, places] = leaf_run(nodes, i);
    const auto was = before_common<NodeChange>(root_.nodes_, nodes[i].value, places);
    if (end - i >= kLeastCommon && was.alike) {
      Ref<NodeChange> entry = new_common(places, owner_, slabs, bytes);
      was.begin(*entry);
      remove(*entry);
      put_common(root_.nodes_, nodes[i].value, entry, owner_);
      i = end;
    }
    for (; i < end; ++i)
      remove(own_row<NodeChange>(root_.nodes_, nodes[i].value, owner_, slabs, bytes));
  }
  edited(bytes + root_.nodes_.bytes() - before);
  KITH_ASSERT(root_.node_count_ >= nodes.size());
  root_.node_count_ -= nodes.size();
}

void RootEditor::set_label(std::span<const NodeId> nodes, LabelId label, bool present) {
  const SchemaToken token = SchemaToken::of(label);
  if (!present) set_entries(token, nodes, false);
  if (nodes.empty()) return;
  // What each will have: few different lists, and mostly that of the one before.
  std::set<std::vector<LabelId>> lists;
  std::vector<const std::vector<LabelId>*> labels(nodes.size());
  {
    ElementReader<NodeId> reader(root_);
    std::vector<LabelId> own;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      reader.look_at(nodes[i]);
      KITH_ASSERT(reader.exists() && reader.has_label(label) != present);
      reader.labels(own);
      const auto at = std::lower_bound(own.begin(), own.end(), label);
      present ? static_cast<void>(own.insert(at, label)) : static_cast<void>(own.erase(at));
      labels[i] = i > 0 && *labels[i - 1] == own ? labels[i - 1] : &*lists.insert(own).first;
    }
  }
  count(root_.label_counts_, label.value, present);
  root_.label_counts_[label.value] += present ? nodes.size() - 1 : 1 - nodes.size();
  const std::uint64_t before = root_.nodes_.bytes();
  std::uint64_t bytes = 0;
  SlabMaker<NodeChange> slabs(nodes.size());
  const auto relabel = [&](NodeChange& change, std::size_t i) {
    change.labels_changed = true;
    change.labels.assign(*labels[i]);
    bytes += change.labels.heap_bytes();
  };
  for (std::size_t i = 0; i < nodes.size();) {
    const auto [end, places] = leaf_run(nodes, i);
    const auto was = before_common<NodeChange>(root_.nodes_, nodes[i].value, places);
    const auto all = std::span(labels).subspan(i, end - i);
    const bool alike = std::count(all.begin(), all.end(), all.front()) == std::ssize(all);
    if (end - i >= kLeastCommon && was.alike && alike) {
      Ref<NodeChange> entry = new_common(places, owner_, slabs, bytes);
      was.begin(*entry);
      relabel(*entry, i);
      put_common(root_.nodes_, nodes[i].value, entry, owner_);
      i = end;
    }
    for (; i < end; ++i)
      relabel(own_row<NodeChange>(root_.nodes_, nodes[i].value, owner_, slabs, bytes), i);
  }
  edited(bytes + root_.nodes_.bytes() - before);
  if (present) set_entries(token, nodes, true);
}

}  // namespace kith::storage
