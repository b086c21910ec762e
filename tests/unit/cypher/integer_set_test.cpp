// tests/unit/cypher/integer_set_test.cpp: sets of integers against std::set. KITH_SEED repeats a
// run.
#include "cypher/exec/integer_set.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

using kith::exec::IntegerSet;

namespace {

std::set<std::int64_t> values_of(IntegerSet& set) {
  std::set<std::int64_t> values;
  set.each([&](std::int64_t value) { values.insert(value); });  // some more than once
  CHECK(values.size() <= set.most());
  for (std::uint32_t part = 0; part < IntegerSet::kParts; ++part) set.settle_part(part);
  CHECK(set.most() == set.size());
  const std::set<std::int64_t> before = std::exchange(values, {});
  std::uint64_t visited = 0;
  set.each([&](std::int64_t value) {
    values.insert(value);
    ++visited;
  });
  CHECK(visited == set.size());
  CHECK(values.size() == set.size());
  CHECK((before == values));
  return values;
}

}  // namespace

TEST_CASE("an integer set holds what was added, and unions", "[integer_set]") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  std::set<std::int64_t> model;
  IntegerSet all;
  for (int round = 0; round < 4; ++round) {
    IntegerSet set;
    std::set<std::int64_t> model_of_set;
    std::vector<std::int64_t> values = {std::numeric_limits<std::int64_t>::min() + (round % 2), -1,
                                        0};
    const std::uint64_t range = std::uint64_t{1} << (4 + random() % 20);
    const std::uint64_t most = round % 2 == 0 ? 20'000 : 900'000;  // more than a part puts aside
    for (std::uint64_t count = random() % most; count > 0; --count)
      values.push_back(static_cast<std::int64_t>(random() % range));
    const std::size_t half = values.size() / 2;
    for (std::size_t i = 0; i < half; ++i) set.add(values[i]);
    set.add(std::span<const std::int64_t>(values).subspan(half));
    model_of_set.insert(values.begin(), values.end());
    if (round != 2) REQUIRE(values_of(set) == model_of_set);
    for (const std::int64_t value : model_of_set) REQUIRE((round == 2 || set.has(value)));
    CHECK_FALSE(set.has(static_cast<std::int64_t>(range)));
    model.insert(model_of_set.begin(), model_of_set.end());
    const std::vector<const IntegerSet*> both{&all, &set};
    IntegerSet::Counter counter;
    std::uint64_t counted = IntegerSet::Counter::count_rest(both);
    for (std::uint32_t part = 0; part < IntegerSet::kParts; ++part)
      counted += counter.count(both, part);
    REQUIRE(counted == model.size());
    for (std::uint32_t part = 0; part < IntegerSet::kParts; ++part) all.take_part(set, part);
    all.take_rest(set);
    REQUIRE(values_of(all) == model);
  }
}
