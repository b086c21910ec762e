// tests/unit/cypher/cell_index_test.cpp: values by hash against asking each of them. KITH_SEED
// repeats a run.
#include "cypher/exec/cell_index.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

using namespace kith;

using Positions = std::vector<std::uint32_t>;

TEST_CASE("An index of values finds what asking each of them finds", "[cell_index]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  exec::CellIndex index;
  for (int round = 0; round < 200; ++round) {
    std::vector<Cell> cells(random.below(60));
    const bool is_plain = random.below(2) == 0;
    for (Cell& cell : cells) cell = is_plain ? Cell::of(random.integer() % 8) : random.any();
    index.build(cells);
    for (int i = 0; i < 40; ++i) {
      const bool known = !cells.empty() && random.below(2) == 0;
      const Cell wanted = known ? cells[random.below(cells.size())] : random.any();
      Positions equal, possible, found, found_possible;
      for (std::uint32_t at = 0; at < cells.size(); ++at) {
        const Truth truth = equals(cells[at], wanted);
        if (truth == Truth::True) equal.push_back(at);
        if (truth != Truth::False) possible.push_back(at);
      }
      index.find(wanted, false, found);
      index.find(wanted, true, found_possible);
      CHECK((found == equal));
      CHECK((found_possible == possible));
      const auto count = index.count(wanted);
      CHECK(count.equal == equal.size());
      CHECK(count.unknown == possible.size() - equal.size());
    }
  }
}
