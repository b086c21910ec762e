// tests/unit/core/radix_sort_test.cpp: radix sort against std::stable_sort. KITH_SEED repeats a
// run.
#include "core/radix_sort.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/random_cells.hpp"

namespace kith {

TEST_CASE("a radix sort is stable, whatever bytes of the keys differ", "[radix_sort]") {
  struct Item {
    std::uint64_t key;
    std::size_t place;
    bool operator==(const Item&) const = default;
  };
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<Item> scratch;
  const std::uint64_t masks[] = {0, 0xFF, 0xFF00, 0x7, 0xFF000000000000FF, ~std::uint64_t{0}};
  for (const std::uint64_t mask : masks) {
    for (const std::size_t count : {0, 1, 2, 100, 3000}) {
      std::vector<Item> items;
      for (std::size_t i = 0; i < count; ++i) items.push_back({random() & mask, i});
      std::vector<Item> expected = items;
      std::ranges::stable_sort(expected, {}, &Item::key);
      radix_sort(std::span(items), scratch, [](const Item& item) { return item.key; });
      CHECK((items == expected));
    }
  }
}

}  // namespace kith
