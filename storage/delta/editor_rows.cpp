// storage/delta/editor_rows.cpp: RootEditor's part about many nodes at once: what is the same for
// all of them is looked up, counted and noted once.
#include <algorithm>

#include "core/assert.hpp"
#include "storage/delta/editor.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/index/key.hpp"

namespace kith::storage {

namespace {

// The bytes that the values take beside their array are added to `bytes`.
void take_values(PropertyChanges& to, std::span<const KeyId> keys, const Cell* values,
                 std::uint64_t& bytes) {
  std::size_t there = 0;
  for (std::size_t k = 0; k < keys.size(); ++k) there += values[k].is_null() ? 0 : 1;
  if (there == 0) return;
  to.reserve(there);
  for (std::size_t k = 0; k < keys.size(); ++k)
    if (!values[k].is_null()) bytes += PropertyChanges::bytes_of(to.set(keys[k], values[k]));
  bytes += to.array_bytes() + kHeapBytes;
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
  std::uint64_t bytes = nodes.count * (sizeof(NodeChange) + kHeapBytes);
  const Cell* values = nodes.values.data();
  for (std::uint32_t i = 0; i < nodes.count; ++i, values += nodes.keys.size()) {
    Ref<NodeChange>& place = root_.nodes_.edit(nodes.first.value + i, owner_);
    KITH_ASSERT(!place);
    place = Ref<NodeChange>(new NodeChange(owner_));
    place->existence = Existence::Created;
    place->labels_changed = true;
    place->labels.assign(nodes.labels);
    take_values(place->properties, nodes.keys, values, bytes);
  }
  edited(bytes + root_.nodes_.bytes() - before);
  for (const LabelId label : nodes.labels) {
    count(root_.label_counts_, label.value, true);
    root_.label_counts_[label.value] += nodes.count - 1;
  }
  root_.node_count_ += nodes.count;
  root_.node_ids_.take(NodeId{nodes.first.value + nodes.count - 1}, nodes.labels);
  if (!root_.has_indexes()) return;
  for (const LabelId label : nodes.labels) add_entries(SchemaToken::of(label), nodes);
}

void RootEditor::add_entries(SchemaToken token, const NewNodes& made) {
  EntryRun run;
  for (const IndexDef* index : root_.schema_->indexes_on(token)) {
    const std::vector<std::size_t> places = places_of(index->keys, made.keys);
    if (places.empty()) continue;  // I1
    run.begin(made.count);
    const Cell* values = made.values.data();
    for (std::uint32_t i = 0; i < made.count; ++i, values += made.keys.size()) {
      const bool whole = std::none_of(places.begin(), places.end(),
                                      [&](std::size_t place) { return values[place].is_null(); });
      if (!whole) continue;  // I1
      std::string& out = run.bytes();
      const std::size_t begin = out.size(), enough = begin + kCutKeyBytes;
      for (const std::size_t place : places)
        if (out.size() < enough) put_key(out, values[place], enough);
      if (out.size() > enough) out.resize(enough);  // K3
      put_entry_id(out, made.first.value + i);
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
