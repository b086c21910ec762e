// tests/unit/storage/id_runs_test.cpp: runs of ids, written and recognised, by all instructions
// alike. KITH_SEED repeats a run.
#include "storage/id_runs.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

namespace kith::storage {
namespace {

TEST_CASE("Ids that follow one another are a run, and none with one that does not") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (const Instructions instructions : {Instructions::Portable, Instructions::Avx2}) {
    const RunKernels* kernels = run_kernels(instructions);
    if (kernels == nullptr) continue;
    for (std::size_t size = 1; size < 70; ++size) {
      CAPTURE(size);
      const std::uint64_t first = random();
      std::vector<std::uint64_t> ids(size + 1, 77);
      kernels->count_up(first, std::span(ids).first(size));
      REQUIRE(ids.back() == 77);
      ids.pop_back();
      bool same = true;
      for (std::size_t i = 0; i < size; ++i) same &= ids[i] == first + i;
      REQUIRE(same);
      REQUIRE(kernels->are_consecutive(ids));
      for (std::size_t i = 0; size > 1 && i < size; ++i) {
        std::vector<std::uint64_t> others = ids;
        others[i] += random() % 2 == 0 ? 1 : ~std::uint64_t{0};
        REQUIRE_FALSE(kernels->are_consecutive(others));
      }
    }
  }
}

TEST_CASE("What ends where a run would end need not be one") {
  CHECK(are_consecutive(std::vector<std::uint64_t>{5, 6, 7, 8}));
  CHECK_FALSE(are_consecutive(std::vector<std::uint64_t>{5, 7, 6, 8}));
  CHECK_FALSE(are_consecutive(std::vector<std::uint64_t>{5, 5, 5, 8}));
  CHECK_FALSE(are_consecutive(std::vector<std::uint64_t>{8, 7, 6, 5}));
}

}  // namespace
}  // namespace kith::storage
