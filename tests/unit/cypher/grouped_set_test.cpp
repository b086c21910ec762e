// tests/unit/cypher/grouped_set_test.cpp: distinct values of groups, united under other numbers.
// KITH_SEED repeats a run.
#include "cypher/exec/grouped_set.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

using kith::exec::GroupedSet;

namespace {

using Pairs = std::set<std::pair<std::uint32_t, std::uint64_t>>;  // group, value

std::vector<std::uint64_t> counts_of(GroupedSet& set, std::uint32_t groups) {
  std::vector<std::uint64_t> counts(groups);
  for (std::uint32_t part = 0; part < GroupedSet::kParts; ++part) set.count_part(part, counts);
  return counts;
}

std::vector<std::uint64_t> counts_of(const Pairs& pairs, std::uint32_t groups) {
  std::vector<std::uint64_t> counts(groups);
  for (const auto& [group, value] : pairs) ++counts[group];
  return counts;
}

}  // namespace

TEST_CASE("A set of groups counts each value of a group once, whoever had it first",
          "[grouped_set]") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr std::uint32_t kGroups = 50;
  for (const std::uint64_t values : {3ull, 1000ull, 0xffffffffull}) {
    // A chain of sets: each takes over the one before, whose groups have other numbers in it.
    Pairs expected;
    GroupedSet set;
    for (int step = 0; step < 4; ++step) {
      GroupedSet next;
      Pairs moved;
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t value = random() % (values + 1);
        const auto group = static_cast<std::uint32_t>(random() % kGroups);
        next.add(value, group);
        moved.emplace(group, value);
      }
      std::vector<std::uint32_t> into(kGroups);
      for (std::uint32_t& group : into) group = static_cast<std::uint32_t>(random() % kGroups);
      next.take(set, into);
      for (const auto& [group, value] : expected) moved.emplace(into[group], value);
      expected = std::move(moved);
      set = std::move(next);
      Pairs visited;
      set.each([&](std::uint64_t value, std::uint32_t group) { visited.emplace(group, value); });
      CHECK((visited == expected));
    }
    CHECK(counts_of(set, kGroups) == counts_of(expected, kGroups));
    CHECK(counts_of(set, kGroups) == counts_of(expected, kGroups));  // and again
  }
}

TEST_CASE("What does not go into one word with its group does not fit", "[grouped_set]") {
  CHECK(GroupedSet::fits(0xffffffff, 0x7fffffff));
  CHECK_FALSE(GroupedSet::fits(0x100000000, 0));
  CHECK_FALSE(GroupedSet::fits(0, 0x80000000));
  CHECK_FALSE(GroupedSet::fits(~std::uint64_t{0}, 0));  // -1
}
