// tests/unit/storage/list_search_test.cpp: many searches at once find what one by one would.
// KITH_SEED repeats a run.
#include "storage/graph/list_search.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

namespace kith::storage {

TEST_CASE("ids are found in lists of all lengths at once", "[list_search]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t count = 1 + random() % kSearchesAtOnce;
    std::vector<std::vector<std::uint32_t>> lists(count);
    std::array<ListSearch, kSearchesAtOnce> searches;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_long = random() % 4 == 0;
      lists[i].resize(1 + random() % (is_long ? 1000 : 20));
      const std::uint64_t below = random() % 3 == 0 ? 8 : random() % 3 == 0 ? 1000 : 1ull << 32;
      for (auto& id : lists[i]) id = static_cast<std::uint32_t>(random() % below);
      std::sort(lists[i].begin(), lists[i].end());
      const std::uint32_t there = lists[i][random() % lists[i].size()];
      const auto wanted = static_cast<std::uint32_t>(random() % 2 == 0   ? there
                                                     : random() % 4 == 0 ? UINT32_MAX
                                                                         : random() % below);
      searches[i] = {lists[i].data(), static_cast<std::uint32_t>(lists[i].size()), wanted};
    }
    std::array<std::uint32_t, kSearchesAtOnce> places{};
    search_lists(searches, count, places);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& list = lists[i];
      const auto expected = std::lower_bound(list.begin(), list.end(), searches[i].wanted);
      CHECK(places[i] == static_cast<std::uint32_t>(expected - list.begin()));
    }
  }
}

}  // namespace kith::storage
