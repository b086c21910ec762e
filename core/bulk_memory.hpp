// core/bulk_memory.hpp: memory for pieces that are made by the thousand and mostly go together.
//
// Pieces are cut one after another out of regions of 2 MiB, which the system may fill with one
// large page each: taking new memory page by page was a third of what a large CREATE costs.
//
//   B1  A region goes back to the system when its last piece has gone and another one is cut from.
//   B2  What pieces leave behind in a region is not used again; its pages go back when
//       give_back_bulk() is called.
//
// Any thread may take and give.
#pragma once

#include <cstddef>

namespace kith {

// Pieces of fewer bytes are better off on the heap: one that stays keeps its page.
inline constexpr std::size_t kLeastBulkBytes = 4096, kMostBulkBytes = 256 * 1024;

// Aligned to 16; throws std::bad_alloc. Of the heap, if it is smaller or larger than that.
std::byte* take_bulk(std::size_t bytes);
// `bytes`: as they were asked for.
void give_bulk(std::byte* memory, std::size_t bytes) noexcept;

// Pages that have no piece any more go back to the system.
void give_back_bulk() noexcept;

// What all pieces in regions take.
std::size_t bulk_bytes() noexcept;

}  // namespace kith
