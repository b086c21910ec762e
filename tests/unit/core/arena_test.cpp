// tests/unit/core/arena_test.cpp: bump allocation.
#include "core/arena.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "core/memory_budget.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"

using kith::Arena;

TEST_CASE("pieces of an arena are aligned, apart, and keep their bytes") {
  const std::uint64_t seed = kith::test::fresh_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Arena arena;
  struct Piece {
    unsigned char* at;
    std::size_t size;
    unsigned char fill;
  };
  std::vector<Piece> pieces;
  std::size_t total = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::size_t size = random() % 7 == 0 ? random() % 20'000 : random() % 40;
    const std::size_t align = std::size_t{1} << (random() % 5);
    auto* at = static_cast<unsigned char*>(arena.allocate(size, align));
    REQUIRE(at != nullptr);
    REQUIRE(reinterpret_cast<std::uintptr_t>(at) % align == 0);
    const auto fill = static_cast<unsigned char>(i);
    std::memset(at, fill, size);
    pieces.push_back({at, size, fill});
    total += size;
  }
  CHECK(arena.bytes() >= total);
  bool intact = true;
  for (const Piece& piece : pieces) {
    for (std::size_t i = 0; i < piece.size; ++i) intact = intact && piece.at[i] == piece.fill;
  }
  CHECK(intact);
}

TEST_CASE("reset gives memory back but keeps a block of ordinary size") {
  Arena arena;
  for (int i = 0; i < 100; ++i) static_cast<void>(arena.allocate(1000));
  static_cast<void>(arena.allocate(std::size_t{50} << 20));
  arena.reset();
  const std::size_t kept = arena.bytes();
  CHECK(kept > 0);
  CHECK(kept <= std::size_t{1} << 20);
  static_cast<void>(arena.allocate(kept));
  CHECK(arena.bytes() == kept);  // the kept block serves again
}

TEST_CASE("a moved arena takes its blocks along, and the old one starts anew") {
  Arena first;
  const std::string_view text = first.copy("stays");
  Arena second = std::move(first);
  CHECK(text == "stays");
  CHECK(first.bytes() == 0);  // NOLINT(bugprone-use-after-move): what a moved arena is
  const std::string_view other = first.copy("other");
  CHECK(text == "stays");
  CHECK(other == "other");
  second = std::move(first);
  CHECK(other == "other");
}

TEST_CASE("an arena takes over what lies in another, which starts anew") {
  Arena first, second;
  const std::string_view text = second.copy("stays");
  const std::string_view mine = first.copy("mine");
  const std::size_t both = first.bytes() + second.bytes();
  first.adopt(std::move(second));
  CHECK(first.bytes() == both);
  CHECK(second.bytes() == 0);  // NOLINT(bugprone-use-after-move): what such an arena is
  CHECK(second.copy("other") == "other");
  CHECK(first.copy("more") == "more");  // where there was room before
  CHECK(text == "stays");
  CHECK(mine == "mine");
  first.adopt(Arena());
  CHECK(first.bytes() == both);
  Arena().adopt(std::move(first));
}

TEST_CASE("an empty text needs no memory and is not null") {
  Arena arena;
  CHECK(arena.copy({}).data() != nullptr);
  CHECK(arena.bytes() == 0);
  CHECK(arena.allocate(0) != nullptr);
}

TEST_CASE("what an arena takes beyond a little is its budget's, until it is gone") {
  kith::MemoryBudget budget(4 << 20);
  {
    Arena arena;
    arena.charge_to(budget);
    static_cast<void>(arena.allocate(1000));
    CHECK(budget.used() == 0);
    static_cast<void>(arena.allocate(std::size_t{2} << 20));
    CHECK(budget.used() >= std::uint64_t{2} << 20);
    const std::size_t before = arena.bytes();
    CHECK_THROWS_AS(arena.allocate(std::size_t{3} << 20), kith::ResourceError);
    CHECK(arena.bytes() == before);
    Arena other = std::move(arena);
    CHECK(budget.used() >= std::uint64_t{2} << 20);
    other.reset();
    CHECK(budget.used() == 0);
    static_cast<void>(other.allocate(std::size_t{2} << 20));
    other = Arena();
    CHECK(budget.used() == 0);
    other.charge_to(budget);
    static_cast<void>(other.allocate(std::size_t{2} << 20));
  }
  CHECK(budget.used() == 0);
}
