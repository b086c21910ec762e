// storage/graph/adjacency_layout.hpp: how many bytes the parts of an adjacency chunk's index take,
// and reading them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/id.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

inline constexpr std::size_t kRankedBitmapBytes = kSegmentSlots / 8;
inline constexpr std::size_t kRankedBytes =
    kRankedBitmapBytes + kSegmentSlots / 64 * sizeof(std::uint16_t);

constexpr std::size_t list_slots_bytes(ListForm form, std::uint32_t lists) {
  if (form == ListForm::Dense) return 0;
  if (form == ListForm::Ranked) return kRankedBytes;
  return (lists * sizeof(std::uint16_t) + 7) / 8 * 8;
}

constexpr std::size_t list_offsets_bytes(std::uint8_t width, std::uint32_t lists) {
  return width == 0 ? 0 : ((std::size_t{lists} + 1) * width + 7) / 8 * 8;
}

template <class T>
T load_at(const std::byte* from, std::size_t index) {
  T value;
  std::memcpy(&value, from + sizeof(T) * index, sizeof(T));
  return value;
}

struct ImplicitOffset {};  // there are no offsets: each list has one item

template <class Offset>
std::uint64_t list_offset([[maybe_unused]] const std::byte* offsets, std::uint32_t list) {
  if constexpr (std::is_same_v<Offset, ImplicitOffset>) {
    return list;
  } else {
    return load_at<Offset>(offsets, list);
  }
}

}  // namespace kith::storage
