// storage/graph/list_search.hpp: one id in each of several sorted lists, looked for at once.
//
// A search waits for memory at each of its steps. Those of different lists do not depend on each
// other, so the processor waits for all of them together, and no step is a branch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kith::storage {

inline constexpr std::size_t kSearchesAtOnce = 8;

struct ListSearch {
  const std::uint32_t* ids = nullptr;  // ascending
  std::uint32_t size = 0;              // not 0
  std::uint32_t wanted = 0;
};

// places[i] becomes the place of the first id of list i that is not less than what is wanted there;
// the list's size if there is none. `count` searches, at most kSearchesAtOnce.
void search_lists(std::array<ListSearch, kSearchesAtOnce>& searches, std::size_t count,
                  std::array<std::uint32_t, kSearchesAtOnce>& places);

}  // namespace kith::storage
