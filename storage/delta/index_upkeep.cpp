// storage/delta/index_upkeep.cpp: RootEditor's part about indexes. Where there are none, nothing is
// looked up.
#include "storage/delta/index_upkeep.hpp"

#include "core/assert.hpp"
#include "storage/delta/editor.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/index/key.hpp"

namespace kith::storage {

namespace {

// About what an index costs beside its entries.
constexpr std::size_t kIndexCost = 64;

Cell value_of(const Root& root, ElementKind on, std::uint64_t id, KeyId key, Arena& arena) {
  return on == ElementKind::Node ? property(root, NodeId{id}, key, arena)
                                 : property(root, RelationshipId{id}, key, arena);
}

template <class HasToken>
std::vector<IndexUpkeep::Change> changes_of(const Root& root, ElementKind on, std::uint64_t id,
                                            KeyId key, HasToken&& has_token) {
  std::vector<IndexUpkeep::Change> changes;
  for (const IndexDef* index : root.schema().indexes_with(on, key)) {
    if (!has_token(index->token)) continue;
    Arena arena;
    changes.push_back({index, index_entry_of(root, on, id, index->keys, arena)});
  }
  return changes;
}

}  // namespace

std::optional<std::string> index_key_of(const Root& root, ElementKind on, std::uint64_t id,
                                        std::span<const KeyId> keys, Arena& arena,
                                        std::size_t enough) {
  std::string made;
  for (const KeyId key : keys) {
    const Cell value = value_of(root, on, id, key, arena);
    if (value.is_null()) return std::nullopt;
    if (made.size() < enough) put_key(made, value, enough);
  }
  if (enough == kCutKeyBytes) cut_key(made);
  return made;
}

std::optional<std::string> index_entry_of(const Root& root, ElementKind on, std::uint64_t id,
                                          std::span<const KeyId> keys, Arena& arena) {
  std::optional<std::string> entry = index_key_of(root, on, id, keys, arena);
  if (entry) put_entry_id(*entry, id);
  return entry;
}

std::vector<IndexUpkeep::Change> IndexUpkeep::before(const Root& root, NodeId node, KeyId key) {
  return changes_of(root, ElementKind::Node, node.value, key,
                    [&](SchemaToken token) { return has_label(root, node, token.label()); });
}

std::vector<IndexUpkeep::Change> IndexUpkeep::before(const Root& root, RelationshipId relationship,
                                                     KeyId key) {
  if (root.schema().indexes_with(ElementKind::Relationship, key).empty()) return {};
  const TypeId type = type_of(root, relationship);
  return changes_of(root, ElementKind::Relationship, relationship.value, key,
                    [&](SchemaToken token) { return token.type() == type; });
}

IndexDelta& RootEditor::delta_of(const IndexDef& index) {
  const auto place = static_cast<std::size_t>(&index - root_.schema_->indexes().data());
  KITH_ASSERT(place < root_.indexes_.size() && root_.indexes_[place].id == index.id);
  return root_.indexes_[place].delta;
}

void RootEditor::seed_index(const IndexDef& index, std::shared_ptr<const IndexSeed> seed) {
  KITH_ASSERT(delta_of(index).empty());
  IndexState& state =
      root_.indexes_[static_cast<std::size_t>(&index - root_.schema_->indexes().data())];
  KITH_ASSERT(!root_.is_online(state) && !state.seed);
  state.seed = std::move(seed);
}

void RootEditor::set_entry(const IndexDef& index, std::string_view entry, bool present) {
  delta_of(index).set(entry, present, owner_);
  edited(IndexDelta::memory_of(entry.size()));
}

void RootEditor::set_entries(SchemaToken token, std::uint64_t id, bool present) {
  for (const IndexDef* index : root_.schema_->indexes_on(token)) {
    Arena arena;
    if (const auto entry = index_entry_of(root_, token.on, id, index->keys, arena))
      set_entry(*index, *entry, present);
  }
}

template <class Change>
void RootEditor::add_entries(SchemaToken token, std::uint64_t id, const Change& made) {
  KITH_ASSERT(made.existence == Existence::Created);  // nothing about it is elsewhere
  std::string entry;
  for (const IndexDef* index : root_.schema_->indexes_on(token)) {
    entry.clear();
    bool whole = true;
    for (const KeyId key : index->keys) {
      const auto value = made.properties.find(key, made.row_of(id));
      whole = value && !value->is_null();
      if (!whole) break;  // I1
      if (entry.size() < kCutKeyBytes) put_key(entry, *value, kCutKeyBytes);
    }
    if (!whole) continue;
    cut_key(entry);
    put_entry_id(entry, id);
    set_entry(*index, entry, true);
  }
}
template void RootEditor::add_entries(SchemaToken, std::uint64_t, const NodeChange&);
template void RootEditor::add_entries(SchemaToken, std::uint64_t, const RelationshipChange&);

void RootEditor::set_entries(ElementKind on, std::uint64_t id,
                             const std::vector<IndexUpkeep::Change>& changes) {
  for (const auto& [index, before] : changes) {
    Arena arena;
    const auto after = index_entry_of(root_, on, id, index->keys, arena);
    if (before == after) continue;
    if (before) set_entry(*index, *before, false);
    if (after) set_entry(*index, *after, true);
  }
}

// The states of indexes are in the order of the schema's.
void RootEditor::take_schema(std::shared_ptr<const Schema> schema) {
  std::vector<IndexState> states;
  for (const IndexDef& index : schema->indexes()) {
    const IndexState* old = root_.index_state(index.id);
    const std::uint64_t elements = index.token.on == ElementKind::Node
                                       ? root_.node_count(index.token.label())
                                       : root_.relationship_count(index.token.type());
    states.push_back(old ? *old : IndexState{index.id, elements == 0, {}, nullptr});
  }
  KITH_ASSERT(schema->version() != root_.schema_->version());
  root_.indexes_ = std::move(states);
  root_.schema_ = std::move(schema);
  edited(kIndexCost);
}

}  // namespace kith::storage
