// storage/graph/adjacency_layout.hpp: how many bytes the parts of an adjacency chunk's index take.
#pragma once

#include <cstddef>
#include <cstdint>

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

}  // namespace kith::storage
