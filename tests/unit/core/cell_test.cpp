// tests/unit/core/cell_test.cpp: making, finding and copying cells.
#include "core/cell.hpp"

#include <catch2/catch.hpp>

#include "core/compare.hpp"
#include "core/encode.hpp"
#include "core/print.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"

using namespace kith;

namespace {

std::string bytes_of(const Cell& cell) {
  std::string out;
  encode(out, cell);
  return out;
}

}  // namespace

TEST_CASE("a map sorts its keys, and of equal keys the last wins") {
  Arena arena;
  const MapEntry entries[] = {{"b", Cell::of(std::int64_t{1})},
                              {"a", Cell::of(std::int64_t{2})},
                              {"b", Cell::of(std::int64_t{3})}};
  const Cell map = make_map(arena, entries);
  CHECK(to_cypher(map) == "{a: 2, b: 3}");
  REQUIRE(find_in_map(map, "b") != nullptr);
  CHECK(find_in_map(map, "b")->integer == 3);
  CHECK(find_in_map(map, "c") == nullptr);
  CHECK(find_in_map(make_map(arena, {}), "a") == nullptr);
}

TEST_CASE("a copy into an arena or an owned cell outlives its source") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  for (int round = 0; round < 300; ++round) {
    auto source = std::make_unique<Arena>();
    test::RandomCells cells(seed + static_cast<std::uint64_t>(round), *source);
    const Cell original = cells.any(4);
    const std::string before = bytes_of(original);
    const std::size_t source_bytes = source->bytes();
    Arena target;
    const Cell copy = copy_into(target, original);
    const OwnedCell owned(original);
    const OwnedCell twin(owned);  // NOLINT(performance-unnecessary-copy-initialization)
    // The string pool is static; only what the arena held may be scribbled over.
    for (int i = 0; i < 4; ++i) {
      source->reset();
      std::memset(source->allocate(source_bytes + 1), 0xee, source_bytes + 1);
    }
    source.reset();
    CHECK(bytes_of(copy) == before);
    CHECK(bytes_of(owned.cell()) == before);
    CHECK(bytes_of(twin.cell()) == before);
  }
}

TEST_CASE("an owned cell allocates nothing for what fits into a cell") {
  CHECK(OwnedCell(Cell::of(std::int64_t{7})).heap_bytes() == 0);
  CHECK(OwnedCell(Cell::of("")).heap_bytes() == 0);
  CHECK(OwnedCell(Cell::of("x")).heap_bytes() == 8);
  Arena arena;
  CHECK(OwnedCell(make_list(arena, {})).heap_bytes() == 0);
}

TEST_CASE("a moved owned cell becomes null and copies stay apart") {
  OwnedCell from(Cell::of("some text"));
  OwnedCell to = std::move(from);
  CHECK(from.cell().is_null());  // NOLINT(bugprone-use-after-move): what a moved cell is
  CHECK(to.cell().string() == "some text");
  const OwnedCell copy = to;
  to = OwnedCell(Cell::of("other"));
  CHECK(copy.cell().string() == "some text");
}

TEST_CASE("lists and maps nest to the limit and not beyond") {
  Arena arena;
  Cell cell = Cell::of(std::int64_t{1});
  for (int i = 0; i < kMaxNesting; ++i) {
    if (i % 2 == 0) {
      cell = make_list(arena, {&cell, 1});
    } else {
      const MapEntry entry{"k", cell};
      cell = make_map(arena, {&entry, 1});
    }
  }
  CHECK(cell.depth == kMaxNesting);
  CHECK(equivalent(OwnedCell(cell).cell(), cell));
  CHECK(hash(OwnedCell(cell).cell()) == hash(cell));
  CHECK_THROWS_AS(make_list(arena, {&cell, 1}), ResourceError);
  const MapEntry entry{"k", cell};
  CHECK_THROWS_AS(make_map(arena, {&entry, 1}), ResourceError);
}

TEST_CASE("every kind has a name of its own") {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kKindCount; ++i) names.push_back(kind_name(static_cast<Kind>(i)));
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}
