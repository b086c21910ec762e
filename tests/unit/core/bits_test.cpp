// tests/unit/core/bits_test.cpp: counting bits, by one at a time.
// KITH_SEED repeats a run.
#include "core/bits.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/core/random_cells.hpp"

namespace kith {
namespace {

unsigned one_by_one(std::uint64_t bits) {
  unsigned count = 0;
  for (; bits != 0; bits >>= 1) count += static_cast<unsigned>(bits & 1);
  return count;
}

TEST_CASE("Bits are counted right, in all places and in random words") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  CHECK(count_bits(0) == 0);
  CHECK(count_bits(~std::uint64_t{0}) == 64);
  for (unsigned place = 0; place < 64; ++place) {
    const std::uint64_t bit = std::uint64_t{1} << place;
    CHECK(count_bits(bit) == 1);
    CHECK(count_bits(bit - 1) == place);
    CHECK(count_bits(~bit) == 63);
  }
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t word = random() & (random() | random() >> (random() % 64));
    CHECK(count_bits(word) == one_by_one(word));
  }
}

}  // namespace
}  // namespace kith
