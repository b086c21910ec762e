// api/import/external_ids.cpp: see external_ids.hpp.
#include "api/import/external_ids.hpp"

#include "core/assert.hpp"

namespace kith::import {

template <class Same>
std::size_t ExternalIds::slot_for(std::uint64_t hash, Same&& same) const {
  KITH_ASSERT(!table_.empty() && (table_.size() & (table_.size() - 1)) == 0);
  const auto mask = table_.size() - 1;
  auto at = static_cast<std::size_t>(hash) & mask;
  while (table_[at].number != kNone && !same(table_[at])) at = (at + 1) & mask;
  return at;
}

void ExternalIds::grow_if_full() {
  if (!is_full()) return;
  std::vector<Entry> old(std::max(kFirstEntries, 2 * table_.size()));
  old.swap(table_);
  for (const auto& entry : old) {
    if (entry.number == kNone) continue;
    const auto hash = entry.text.data() == nullptr ? mix_bits(entry.key) : entry.key;
    table_[slot_for(hash, [](const Entry&) { return false; })] = entry;
  }
}

ExternalIds::Added ExternalIds::add(std::string_view id, std::uint64_t number) {
  grow_if_full();
  const auto hash = hash_text(id);
  auto& entry =
      table_[slot_for(hash, [&](const Entry& e) { return e.key == hash && e.text == id; })];
  if (entry.number != kNone) return {entry.number, false};
  // An empty id keeps a non-null pointer: that is how text is told from integers.
  entry = {hash, number, id.empty() ? std::string_view("") : texts_.copy(id)};
  ++size_;
  return {number, true};
}

ExternalIds::Added ExternalIds::add(std::int64_t id, std::uint64_t number) {
  grow_if_full();
  const auto key = static_cast<std::uint64_t>(id);
  auto& entry = table_[slot_for(mix_bits(key), [&](const Entry& e) { return e.key == key; })];
  if (entry.number != kNone) return {entry.number, false};
  entry = {key, number, {}};
  ++size_;
  return {number, true};
}

std::uint64_t ExternalIds::find(std::string_view id) const {
  if (table_.empty()) return kNone;
  const auto hash = hash_text(id);
  return table_[slot_for(hash, [&](const Entry& e) { return e.key == hash && e.text == id; })]
      .number;
}

std::uint64_t ExternalIds::find(std::int64_t id) const {
  if (table_.empty()) return kNone;
  const auto key = static_cast<std::uint64_t>(id);
  return table_[slot_for(mix_bits(key), [&](const Entry& e) { return e.key == key; })].number;
}

}  // namespace kith::import
