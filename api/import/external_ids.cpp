// api/import/external_ids.cpp: see external_ids.hpp.
#include "api/import/external_ids.hpp"

#include <bit>
#include <cstring>

#include "core/assert.hpp"
#include "core/number.hpp"

namespace kith::import {
namespace {

constexpr std::size_t kFirstEntries = 1024;
constexpr std::size_t kTogether = 32;  // ids that are looked up at a time

// At most three quarters of a table are in use.
std::size_t table_size_for(std::uint64_t ids) {
  if (ids == 0) return 0;
  return std::max(kFirstEntries, std::bit_ceil(static_cast<std::size_t>(ids / 3 * 4 + 4)));
}

}  // namespace

ExternalId ExternalId::of_text(std::string_view text) {
  const auto number = number_written_as(text);
  return of(number ? *number : hash_text(text), text, number.has_value());
}

std::string_view ExternalIds::Text::view() const {
  std::uint32_t size = 0;
  std::memcpy(&size, text, sizeof size);
  return {text + sizeof size, size};
}

template <class Entry>
std::uint64_t ExternalIds::Table<Entry>::bytes_to_grow(std::uint64_t more) const {
  const std::size_t wanted = table_size_for(used + more);
  return wanted <= entries.size() ? 0 : wanted * sizeof(Entry);
}

template <class Entry>
void ExternalIds::Table<Entry>::reserve(std::uint64_t more) {
  const std::size_t wanted = table_size_for(used + more);
  if (wanted <= entries.size()) return;
  std::vector<Entry, LargePages<Entry>> old(wanted);
  old.swap(entries);
  const std::size_t mask = entries.size() - 1;
  for (const Entry& entry : old) {
    if (entry.node == kNone) continue;
    KITH_ASSERT(entry.node != kTaken);
    auto at = static_cast<std::size_t>(entry.hash()) & mask;
    while (entries[at].node != kNone) at = (at + 1) & mask;
    entries[at] = entry;
  }
}

void ExternalIds::reserve(const IdCounts& more) {
  numbers_.reserve(more.numbers);
  texts_.reserve(more.texts);
}

std::uint64_t ExternalIds::bytes_to_grow(const IdCounts& more) const {
  return numbers_.bytes_to_grow(more.numbers) + texts_.bytes_to_grow(more.texts);
}

std::uint64_t* ExternalIds::add(const ExternalId& id) {
  if (id.is_number != 0) {
    KITH_ASSERT(numbers_.used < numbers_.entries.size());
    Number& entry = numbers_.entries[numbers_.slot_for(id)];
    if (entry.node != kNone) return nullptr;
    entry = {id.word, kTaken};
    ++numbers_.used;
    return &entry.node;
  }
  KITH_ASSERT(texts_.used < texts_.entries.size());
  Text& entry = texts_.entries[texts_.slot_for(id)];
  if (entry.node != kNone) return nullptr;
  const auto size = static_cast<std::uint32_t>(id.size);
  auto* copy = static_cast<char*>(arena_.allocate(sizeof size + size, 1));
  std::memcpy(copy, &size, sizeof size);
  if (size > 0) std::memcpy(copy + sizeof size, id.written, size);
  entry = {id.word, kTaken, copy};
  ++texts_.used;
  return &entry.node;
}

// A few at a time. Where nearly all of them were near the ones before, those that follow will be.
void ExternalIds::find(std::span<const ExternalId> ids, std::span<std::uint64_t> nodes) const {
  KITH_ASSERT(ids.size() == nodes.size());
  bool in_order = false;
  for (std::size_t begin = 0; begin < ids.size(); begin += kTogether) {
    const std::size_t count = std::min(ids.size() - begin, kTogether);
    const std::uint64_t before = begin == 0 ? kNone : nodes[begin - 1];
    const auto some = ids.subspan(begin, count);
    const auto found = nodes.subspan(begin, count);
    const std::size_t near =
        in_order ? find_in_order(some, found, before) : find_together(some, found, before);
    in_order = near >= kTogether / 8 * 7;
  }
}

// So that the memory of all of them is on its way together.
std::size_t ExternalIds::find_together(std::span<const ExternalId> ids,
                                       std::span<std::uint64_t> nodes, std::uint64_t before) const {
  std::size_t slots[kTogether];
  KITH_ASSERT(ids.size() <= kTogether);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ExternalId& id = ids[i];
    slots[i] = id.is_number != 0 ? numbers_.first_slot(id) : texts_.first_slot(id);
    __builtin_prefetch(id.is_number != 0 ? static_cast<const void*>(&numbers_.entries[slots[i]])
                                         : &texts_.entries[slots[i]]);
  }
  std::size_t near = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ExternalId& id = ids[i];
    const std::uint64_t found =
        id.is_number != 0 ? numbers_.node_of(id, slots[i]) : texts_.node_of(id, slots[i]);
    nodes[i] = id.size == 0 ? kNone : found;
    near += nodes[i] - before < static_cast<std::uint64_t>(IdOrder::kNear) ? 1 : 0;
    before = nodes[i];
  }
  return near;
}

std::size_t ExternalIds::find_in_order(std::span<const ExternalId> ids,
                                       std::span<std::uint64_t> nodes, std::uint64_t before) const {
  IdOrder::Reader order(order_);
  order.go_to(before);
  std::size_t near = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ExternalId& id = ids[i];
    nodes[i] = id.is_number != 0 && id.size > 0 ? order.find(id.word) : kNone;
    if (nodes[i] != kNone) {
      ++near;
    } else {
      find_together(ids.subspan(i, 1), nodes.subspan(i, 1), kNone);
      order.go_to(nodes[i]);
    }
  }
  return near;
}

}  // namespace kith::import
