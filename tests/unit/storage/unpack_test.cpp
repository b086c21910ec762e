// tests/unit/storage/unpack_test.cpp: runs of packed numbers, for all widths and instructions.
// KITH_SEED repeats a run.
#include "storage/column/unpack.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "storage/pack/bits.hpp"
#include "tests/unit/core/random_cells.hpp"

namespace kith::storage {
namespace {

TEST_CASE("A run of packed numbers is read as it was written") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (std::uint32_t width = 1; width <= kMostPackedBits; ++width) {
    CAPTURE(width);
    std::vector<std::uint64_t> values(1 + random() % 200);
    for (std::uint64_t& value : values)
      value = (random() % 4 == 0 ? ~std::uint64_t{0} : random()) & low_bits(width);
    // Not a byte more than the stream has: what is read beyond is found by a sanitizer.
    std::vector<std::byte> packed(packed_bytes(values.size(), width));
    pack(
        values.size(), width, [&](std::size_t i) { return values[i]; }, packed.data());
    for (const Instructions instructions : {Instructions::Portable, Instructions::Avx2}) {
      const Unpack unpack = find_unpack(instructions);
      if (unpack == nullptr) continue;
      for (int round = 0; round < 20; ++round) {
        const std::size_t first = random() % values.size();
        const std::size_t count = random() % (values.size() - first + 1);
        std::vector<std::uint64_t> out(count + 1, 77);
        unpack({packed, width, 1000, first}, std::span(out).first(count));
        REQUIRE(out.back() == 77);
        bool same = true;
        for (std::size_t i = 0; i < count; ++i) same &= out[i] == values[first + i] + 1000;
        REQUIRE(same);
      }
    }
  }
}

}  // namespace
}  // namespace kith::storage
