// tests/unit/cypher/set_kernels_test.cpp: every set of instructions gives what the standard library
// gives.
#include "cypher/exec/set_kernels.hpp"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <vector>

namespace {

using namespace kith::exec;
using kith::Instructions;
using Ids = std::vector<std::uint32_t>;

constexpr Instructions kAll[] = {Instructions::Portable, Instructions::Avx2, Instructions::Avx512};

std::uint32_t make_seed() { return std::random_device()(); }

Ids random_set(std::mt19937& random, std::size_t size, std::uint32_t below) {
  std::set<std::uint32_t> ids;
  while (ids.size() < size) ids.insert(static_cast<std::uint32_t>(random() % below));
  return {ids.begin(), ids.end()};
}

Ids expected(const Ids& a, const Ids& b) {
  Ids both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

template <class F>
Ids result_of(std::size_t room, F&& f) {
  Ids out(room + 4, 0xdeadbeef);
  out.resize(f(out.data()));
  return out;
}

}  // namespace

TEST_CASE("lists are merged as std::set_intersection does, by all instructions there are") {
  const std::uint32_t seed = make_seed();
  std::mt19937 random(seed);
  for (int round = 0; round < 400; ++round) {
    const std::size_t n = random() % 70, m = random() % 70;
    const auto below =
        static_cast<std::uint32_t>(70 + random() % (round % 2 == 0 ? 100 : 2'000'000'000));
    const Ids a = random_set(random, n, below), b = random_set(random, m, below);
    CAPTURE(seed, round, a, b);
    for (const Instructions instructions : kAll) {
      const SetKernels* kernels = set_kernels(instructions);
      if (kernels == nullptr) continue;
      CAPTURE(static_cast<int>(instructions));
      const auto merged = [&](std::uint32_t* out) { return kernels->merge(a, b, out); };
      REQUIRE(result_of(std::min(n, m), merged) == expected(a, b));
    }
  }
}

TEST_CASE("a list much longer than the other is galloped through, and both ways give the same") {
  const std::uint32_t seed = make_seed();
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    const Ids few = random_set(random, random() % 9, 4000);
    const Ids many = random_set(random, random() % 900, 4000);
    CAPTURE(seed, round, few, many);
    const auto one = [&](std::uint32_t* out) { return intersect(few, many, out); };
    const auto other = [&](std::uint32_t* out) { return intersect(many, few, out); };
    REQUIRE(result_of(few.size(), one) == expected(few, many));
    REQUIRE(result_of(few.size(), other) == expected(few, many));
  }
}

TEST_CASE("bits set in both are counted alike by all instructions, whatever the number of words") {
  const std::uint32_t seed = make_seed();
  std::mt19937_64 random(seed);
  for (std::size_t words = 0; words < 40; ++words) {
    std::vector<std::uint64_t> a(words), b(words);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < words; ++i) {
      a[i] = random();
      b[i] = random();
      total += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
    }
    CAPTURE(seed, words);
    for (const Instructions instructions : kAll) {
      const SetKernels* kernels = set_kernels(instructions);
      if (kernels != nullptr) REQUIRE(kernels->count_both(a.data(), b.data(), words) == total);
    }
  }
}

TEST_CASE("ids are looked up in bits") {
  const std::uint32_t seed = make_seed();
  std::mt19937 random(seed);
  std::vector<std::uint64_t> bits(10);
  const Ids in = random_set(random, 200, 640), asked = random_set(random, 301, 640);
  for (const std::uint32_t id : in) bits[id / 64] |= std::uint64_t{1} << id % 64;
  const std::vector<std::uint64_t> wide(asked.begin(), asked.end());
  CAPTURE(seed);
  REQUIRE(count_set(std::span<const std::uint32_t>(asked), bits.data()) ==
          expected(in, asked).size());
  REQUIRE(count_set(std::span<const std::uint64_t>(wide), bits.data()) ==
          expected(in, asked).size());
}
