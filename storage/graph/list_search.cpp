// storage/graph/list_search.cpp: see list_search.hpp.
#include "storage/graph/list_search.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage {

void search_lists(std::array<ListSearch, kSearchesAtOnce>& searches, std::size_t count,
                  std::array<std::uint32_t, kSearchesAtOnce>& places) {
  KITH_ASSERT(count > 0 && count <= kSearchesAtOnce);
  for (std::size_t i = count; i < kSearchesAtOnce; ++i) searches[i] = searches[0];
  std::array<const std::uint32_t*, kSearchesAtOnce> from;  // the id is not before it …
  std::array<std::uint32_t, kSearchesAtOnce> left;         // … nor behind so many
  std::uint32_t longest = 0;
  for (std::size_t i = 0; i < kSearchesAtOnce; ++i) {
    KITH_ASSERT(searches[i].size > 0);
    from[i] = searches[i].ids;
    left[i] = searches[i].size;
    longest = std::max(longest, left[i]);
  }
  for (; longest > 1; longest -= longest / 2) {
    for (std::size_t i = 0; i < kSearchesAtOnce; ++i) {
      const std::uint32_t half = left[i] / 2;
      const std::uint32_t* const middle = from[i] + half;
      // A list of one is at its end: its middle is its beginning.
      from[i] = *(middle - (half != 0 ? 1 : 0)) < searches[i].wanted ? middle : from[i];
      left[i] -= half;
    }
  }
  for (std::size_t i = 0; i < kSearchesAtOnce; ++i) {
    const auto place = static_cast<std::uint32_t>(from[i] - searches[i].ids);
    places[i] = place + (*from[i] < searches[i].wanted ? 1 : 0);
  }
}

}  // namespace kith::storage
