// api/import/external_ids.cpp: see external_ids.hpp.
#include "api/import/external_ids.hpp"

#include <bit>
#include <cstring>

#include "core/assert.hpp"

namespace kith::import {
namespace {

constexpr std::size_t kFirstEntries = 1024;

}  // namespace

std::string_view ExternalIds::Text::view() const {
  std::uint32_t size = 0;
  std::memcpy(&size, text, sizeof size);
  return {text + sizeof size, size};
}

// At most three quarters of a table are in use.
std::size_t ExternalIds::size_for(std::uint64_t ids) const {
  return std::max(kFirstEntries, std::bit_ceil(static_cast<std::size_t>(ids / 3 * 4 + 4)));
}

std::uint64_t ExternalIds::bytes_to_grow(std::uint64_t more) const {
  const std::size_t wanted = size_for(size_ + more);
  if (wanted <= table_size()) return 0;
  return wanted * (integers_ ? sizeof(Number) : sizeof(Text));
}

void ExternalIds::reserve(std::uint64_t more) {
  const std::size_t wanted = size_for(size_ + more);
  if (wanted <= table_size()) return;
  integers_ ? grow(numbers_, wanted) : grow(texts_, wanted);
}

template <class Entry>
void ExternalIds::grow(Table<Entry>& table, std::size_t entries) {
  Table<Entry> old(entries);
  old.swap(table);
  const std::size_t mask = table.size() - 1;
  for (const Entry& entry : old) {
    if (entry.node == kNone) continue;
    KITH_ASSERT(entry.node != kTaken);
    auto at = static_cast<std::size_t>(hash_of({entry.word, {}}, integers_)) & mask;
    while (table[at].node != kNone) at = (at + 1) & mask;
    table[at] = entry;
  }
}

template <class Entry>
std::size_t ExternalIds::slot_for(const Table<Entry>& table, const ExternalId& id) const {
  KITH_ASSERT(std::has_single_bit(table.size()));
  const std::size_t mask = table.size() - 1;
  auto at = static_cast<std::size_t>(hash_of(id, integers_)) & mask;
  while (table[at].node != kNone && !table[at].is(id)) at = (at + 1) & mask;
  return at;
}

std::uint64_t* ExternalIds::add(const ExternalId& id) {
  KITH_ASSERT(size_ < table_size());
  if (integers_) {
    Number& entry = numbers_[slot_for(numbers_, id)];
    if (entry.node != kNone) return nullptr;
    entry = {id.word, kTaken};
    ++size_;
    return &entry.node;
  }
  Text& entry = texts_[slot_for(texts_, id)];
  if (entry.node != kNone) return nullptr;
  const auto size = static_cast<std::uint32_t>(id.text.size());
  auto* copy = static_cast<char*>(arena_.allocate(sizeof size + size, 1));
  std::memcpy(copy, &size, sizeof size);
  if (size > 0) std::memcpy(copy + sizeof size, id.text.data(), size);
  entry = {id.word, kTaken, copy};
  ++size_;
  return &entry.node;
}

std::uint64_t ExternalIds::find(const ExternalId& id) const {
  if (size_ == 0) return kNone;
  return integers_ ? numbers_[slot_for(numbers_, id)].node : texts_[slot_for(texts_, id)].node;
}

void ExternalIds::prefetch(const ExternalId& id) const {
  const std::size_t size = table_size();
  if (size == 0) return;
  const auto at = static_cast<std::size_t>(hash_of(id, integers_)) & (size - 1);
  __builtin_prefetch(integers_ ? static_cast<const void*>(&numbers_[at])
                               : static_cast<const void*>(&texts_[at]));
}

}  // namespace kith::import
