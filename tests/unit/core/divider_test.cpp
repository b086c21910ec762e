// tests/unit/core/divider_test.cpp: division by multiplication is division. KITH_SEED repeats a
// run.
#include "core/divider.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

using kith::Divider;

namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("a divider gives the quotients and remainders of its divisor", "[divider]") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> numbers = {kLeast, kLeast + 1, -8, -7, -3, -2, -1,        0,    1,
                                       2,      3,          7,  8,  10, 16, kMost - 1, kMost};
  for (int i = 0; i < 300; ++i)  // of all sizes
    numbers.push_back(static_cast<std::int64_t>(random()) >> (random() % 64));
  for (const std::int64_t divisor : numbers) {
    CHECK(Divider::takes(divisor) == (divisor != 0 && divisor != 1 && divisor != -1));
    if (!Divider::takes(divisor)) continue;
    const Divider divider(divisor);
    for (const std::int64_t value : numbers) {
      INFO(value << " by " << divisor);
      REQUIRE(divider.quotient(value) == value / divisor);
      REQUIRE(divider.remainder(value) == value % divisor);
    }
  }
}
