// tests/unit/storage/touched_ids_test.cpp: ids that were touched, in runs, against a set.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "storage/constraints/enforcer.hpp"

using namespace kith::storage;

TEST_CASE("Touched ids come back ascending and each once") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TouchedIds touched;
  std::set<std::uint64_t> expected;
  for (int round = 0; round < 5000; ++round) {
    std::uint64_t id = random() % 20'000;
    const std::uint64_t count = random() % 3 == 0 ? 1 + random() % 100 : 1;
    for (std::uint64_t i = 0; i < count; ++i, ++id) {
      touched.add(id);
      expected.insert(id);
    }
    CHECK(touched.size_limit() >= expected.size());
    if (round % 1000 == 0) CHECK(touched.sorted().size() == expected.size());
  }
  touched.add(UINT64_MAX - 1);
  expected.insert(UINT64_MAX - 1);
  CHECK(touched.sorted() == std::vector<std::uint64_t>(expected.begin(), expected.end()));
  CHECK(touched.size_limit() == expected.size());
  touched.clear();
  CHECK(touched.empty());
  CHECK(touched.sorted().empty());
}
