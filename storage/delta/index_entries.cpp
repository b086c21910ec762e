// storage/delta/index_entries.cpp: keys of many elements, read segment by segment.
#include "storage/delta/index_entries.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/radix_sort.hpp"
#include "storage/delta/element_reader.hpp"
#include "storage/index/key.hpp"

namespace kith::storage {

namespace {

// Appends the entry made of value_at(i) for each key i; nothing, and false, if one is null.
template <class ValueAt>
bool append_entry(std::string& out, std::size_t keys, std::uint64_t id, ValueAt&& value_at) {
  const std::size_t begin = out.size(), enough = begin + kCutKeyBytes;
  for (std::size_t i = 0; i < keys; ++i) {
    const Cell value = value_at(i);
    if (value.is_null()) {  // I1
      out.resize(begin);
      return false;
    }
    if (out.size() < enough) put_key(out, value, enough);
  }
  if (out.size() > enough) out.resize(enough);  // K3
  put_entry_id(out, id);
  return true;
}

template <class I>
void read_entries(const Root& root, const IndexDef& index, std::span<const I> ids, EntryRun& run) {
  run.begin(ids.size());
  Arena arena;
  ElementReader<I> reader(root);
  for (const I id : ids) {
    reader.look_at(id);
    if (reader.has_token(index.token)) {
      arena.reset();
      append_entry(run.bytes(), index.keys.size(), id.value,
                   [&](std::size_t i) { return reader.property(index.keys[i], arena); });
    }
    run.end_entry();
  }
  KITH_ASSERT(run.size() == ids.size());
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

std::vector<std::string_view> EntryRun::sorted() const {
  std::vector<std::string_view> entries;
  entries.reserve(size());
  for (std::size_t i = 0; i < size(); ++i)
    if (const std::string_view entry = (*this)[i]; !entry.empty()) entries.push_back(entry);
  if (std::is_sorted(entries.begin(), entries.end())) return entries;
  std::vector<std::string_view> scratch;
  radix_sort(std::span(entries), scratch, text_prefix);
  for (std::size_t i = 0, end = 0; i < entries.size(); i = end) {
    while (end < entries.size() && text_prefix(entries[end]) == text_prefix(entries[i])) ++end;
    const auto at = [&](std::size_t n) { return entries.begin() + static_cast<std::ptrdiff_t>(n); };
    if (end - i > 1) std::sort(at(i), at(end));
  }
  return entries;
}

void entries_of(const Root& root, const IndexDef& index, std::span<const NodeId> nodes,
                EntryRun& run) {
  KITH_ASSERT(index.token.on == ElementKind::Node);
  read_entries(root, index, nodes, run);
}
void entries_of(const Root& root, const IndexDef& index,
                std::span<const RelationshipId> relationships, EntryRun& run) {
  KITH_ASSERT(index.token.on == ElementKind::Relationship);
  read_entries(root, index, relationships, run);
}

void entries_of(const IndexDef& index, std::uint64_t first, std::span<const KeyId> keys,
                std::span<const Cell> values, std::size_t count, EntryRun& run) {
  const std::vector<std::size_t> places = places_of(index.keys, keys);
  run.begin(places.empty() ? 0 : count);
  if (places.empty()) return;  // I1
  KITH_ASSERT(values.size() == count * keys.size());
  const Cell* row = values.data();
  for (std::size_t i = 0; i < count; ++i, row += keys.size()) {
    append_entry(run.bytes(), places.size(), first + i,
                 [&](std::size_t place) { return row[places[place]]; });
    run.end_entry();
  }
}

}  // namespace kith::storage
