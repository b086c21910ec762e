// tests/unit/cypher/sort_order_test.cpp: sorting rows by prefixes against comparing them. KITH_SEED
// repeats a run.
#include "cypher/exec/sort_order.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "cypher/exec/prefix_sort.hpp"
#include "cypher/exec/spill_file.hpp"
#include "tests/unit/core/random_cells.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kKeys = 2, kColumns = kKeys + 1;

using test::RandomCells;

// What the rows of a table have as a key.
Cell key_of(RandomCells& random, Arena& arena, std::uint64_t theme) {
  static const std::string kTails[] = {"",
                                       std::string(1, '\0'),
                                       std::string(9, '\0'),
                                       "a",
                                       "aaaaaaaaa",
                                       "b",
                                       "aaaaaaaab",
                                       "zz",
                                       "\xFF\xFF"};
  switch (theme) {
    case 0:
      return Cell::of(static_cast<std::int64_t>(random.below(50)) - 25);
    case 1:
      return random.below(3) == 0 ? Cell::null()
                                  : Cell::of(std::numeric_limits<std::int64_t>::max());
    case 2: {
      const double values[] = {0.0,
                               -0.0,
                               -1.5,
                               2.5,
                               std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()};
      return random.below(5) == 0 ? Cell::null() : Cell::of(values[random.below(6)]);
    }
    case 3: {
      std::string text = "the same beginning " + std::to_string(random.below(3)) + " ";
      text += random.below(2) == 0 ? "and much of the same " : "";
      text += kTails[random.below(std::size(kTails))];
      return random.below(9) == 0 ? Cell::null() : Cell::of(arena.copy(text));
    }
    case 4:
      return Cell::of(arena.copy(kTails[random.below(std::size(kTails))]));
    case 5:
      return Cell::date(static_cast<std::int64_t>(random.below(9)) - 4);
    case 6:
      return random.below(2) == 0 ? Cell::of(std::int64_t{1}) : Cell::of(1.0);
    case 7:
      return Cell::null();
    default:
      return random.any(2);
  }
}
constexpr std::uint64_t kThemes = 9;

struct Table {
  Arena arena;
  std::vector<std::vector<Cell>> cells;
  std::vector<Cell*> rows;

  Table(RandomCells& random, std::size_t count, std::uint64_t first, std::uint64_t second) {
    for (std::size_t i = 0; i < count; ++i) {
      cells.push_back({key_of(random, arena, first), key_of(random, arena, second),
                       position_cell(i % 7, i / 7)});
      rows.push_back(cells.back().data());
    }
  }
};

}  // namespace

TEST_CASE("rows are sorted by prefixes as comparing them would", "[sort_order]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  Arena arena;
  RandomCells random(seed, arena);
  Scheduler scheduler(3);
  for (std::uint64_t round = 0; round < kThemes * kThemes; ++round) {
    const std::size_t count = round % 5 == 0 ? random.below(40) : 600 + random.below(3000);
    Table table(random, count, round / kThemes, round % kThemes);
    const auto direction = [&] { return random.below(2) == 0; };
    const std::vector<plan::SortKey> keys = {{nullptr, direction()}, {nullptr, direction()}};
    const SortOrder order(keys, kColumns);
    std::vector<Cell*> expected = table.rows;
    std::sort(expected.begin(), expected.end(),
              [&](const Cell* a, const Cell* b) { return order.less(a, b); });
    std::vector<Cell*> alone = table.rows, together = table.rows;
    order.sort_alone(alone);
    INFO("keys of theme " << round / kThemes << " and " << round % kThemes);
    CHECK((alone == expected));
    sort_by_prefixes(together, order, 3, scheduler);
    CHECK((together == expected));
  }
}

}  // namespace kith::exec
