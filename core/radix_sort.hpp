// core/radix_sort.hpp: sorting many items by a 64-bit number: stable, a byte at a time, the lowest
// first; bytes in which no two items differ are passed over. And such numbers of texts.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/page_memory.hpp"

namespace kith {

// The first 8 bytes of a text, zeros behind its end, as a number in their order.
inline std::uint64_t text_prefix(std::string_view text) {
  std::uint64_t prefix = 0;
  if (text.size() >= sizeof prefix) {  // mostly, and one load
    std::memcpy(&prefix, text.data(), sizeof prefix);
  } else if (!text.empty()) {
    std::memcpy(&prefix, text.data(), text.size());
  }
  return std::endian::native == std::endian::little ? __builtin_bswap64(prefix) : prefix;
}

// `key_of`: the number of an item, which is trivially copyable. `scratch` is given so that it can
// be used again.
template <class Item, class KeyOf>
void radix_sort(std::span<Item> items, std::vector<Item>& scratch, KeyOf key_of) {
  if (items.size() < 2) return;
  std::uint64_t differing = 0;
  const std::uint64_t first = key_of(items[0]);
  for (const Item& item : items) differing |= key_of(item) ^ first;
  reserve_large(scratch, items.size());
  scratch.resize(items.size());
  std::span<Item> from = items, to = scratch;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    if ((differing >> shift & 0xFF) == 0) continue;
    std::array<std::size_t, 256> places{};
    for (const Item& item : from) ++places[key_of(item) >> shift & 0xFF];
    std::size_t at = 0;
    for (std::size_t& place : places) at += std::exchange(place, at);
    for (const Item& item : from) to[places[key_of(item) >> shift & 0xFF]++] = item;
    std::swap(from, to);
  }
  if (from.data() != items.data()) std::copy(from.begin(), from.end(), items.begin());
}

}  // namespace kith
