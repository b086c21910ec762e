// tests/unit/cypher/number_kernels_test.cpp: every set of instructions gives what 128 bits give.
// KITH_SEED repeats a run.
#include "cypher/exec/number_kernels.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

namespace kith::exec {
namespace {

constexpr Instructions kAll[] = {Instructions::Portable, Instructions::Avx2};
using Limits = std::numeric_limits<std::int64_t>;

// Numbers of about `bits` bits, and now and then one at an edge of that size.
std::int64_t number(std::mt19937_64& random, std::uint32_t bits) {
  const std::uint64_t size = std::uint64_t{1} << (bits - 1);
  const std::uint64_t drawn = random() % 4 == 0 ? size - random() % 3 : random() % size;
  const auto value = static_cast<std::int64_t>(drawn);
  return random() % 2 == 0 ? value : -value;
}

std::vector<std::int64_t> numbers(std::mt19937_64& random, std::size_t count) {
  const auto bits = static_cast<std::uint32_t>(1 + random() % 63);
  std::vector<std::int64_t> all(count);
  for (auto& value : all) value = number(random, bits);
  if (count != 0 && random() % 4 == 0) all[random() % count] = Limits::min();
  if (count != 0 && random() % 4 == 0) all[random() % count] = Limits::max();
  return all;
}

WideSum combined(Combination how, WideSum a, WideSum b) {
  return how == Combination::Sum ? a + b : how == Combination::Difference ? a - b : a * b;
}

TEST_CASE("integers are combined, by all instructions alike", "[number_kernels]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  int fitting = 0, others = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::size_t rows = 1 + random() % 40;
    const bool fixed_a = random() % 3 == 0, fixed_b = random() % 3 == 0;
    const auto a = numbers(random, fixed_a ? 1 : rows), b = numbers(random, fixed_b ? 1 : rows);
    for (const Combination how :
         {Combination::Sum, Combination::Difference, Combination::Product}) {
      std::vector<std::int64_t> expected(rows);
      bool all_fit = true;
      for (std::size_t i = 0; i < rows; ++i) {
        const WideSum exact = combined(how, a[fixed_a ? 0 : i], b[fixed_b ? 0 : i]);
        expected[i] = static_cast<std::int64_t>(exact);
        all_fit &= exact == expected[i];
      }
      ++(all_fit ? fitting : others);
      for (const Instructions instructions : kAll) {
        const NumberKernels* kernels = number_kernels(instructions);
        if (kernels == nullptr) continue;
        std::vector<std::int64_t> out(rows + 1, 77);
        const bool fits =
            kernels->combine(how, {a.data(), fixed_a}, {b.data(), fixed_b}, rows, out.data());
        CHECK(out.back() == 77);
        out.pop_back();
        CHECK(fits == all_fit);
        CHECK(out == expected);
      }
    }
  }
  CHECK(fitting > 100);
  CHECK(others > 100);
}

TEST_CASE("integers are divided by one, by all instructions alike", "[number_kernels]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 4000; ++round) {
    auto values = numbers(random, random() % 40);
    std::int64_t by = number(random, static_cast<std::uint32_t>(1 + random() % 63));
    if (by >= -1 && by <= 1) by = 7;
    for (auto& value : values) {  // multiples, and what lies beside them
      const bool has_room = value > Limits::min() / 2 && value < Limits::max() / 2;
      if (has_room && random() % 2 == 0)
        value = value / by * by + static_cast<std::int64_t>(random() % 3) - 1;
    }
    for (const Instructions instructions : kAll) {
      const NumberKernels* kernels = number_kernels(instructions);
      if (kernels == nullptr) continue;
      std::vector<std::int64_t> quotients(values.size() + 1, 77), rests = quotients;
      kernels->divide(Division::Quotient, values, by, quotients.data());
      kernels->divide(Division::Remainder, values, by, rests.data());
      CHECK(quotients.back() == 77);
      CHECK(rests.back() == 77);
      bool same = true;
      for (std::size_t i = 0; i < values.size(); ++i)
        same &= quotients[i] == values[i] / by && rests[i] == values[i] % by;
      CHECK(same);
    }
  }
}

TEST_CASE("integers are added up and compared, by all instructions alike", "[number_kernels]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const auto values = numbers(random, random() % 40);
    WideSum sum = 0;
    for (const std::int64_t value : values) sum += value;
    for (const Instructions instructions : kAll) {
      const NumberKernels* kernels = number_kernels(instructions);
      if (kernels == nullptr) continue;
      CHECK((kernels->sum(values) == sum));
      if (values.empty()) continue;
      CHECK(kernels->least(values) == *std::min_element(values.begin(), values.end()));
      CHECK(kernels->greatest(values) == *std::max_element(values.begin(), values.end()));
    }
  }
}

TEST_CASE("floats are added up, by all instructions as one by one", "[number_kernels]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  // Whole numbers of 2^-62: their sums have fewer than 106 bits, and are exact in any order.
  std::uniform_int_distribution<std::int64_t> whole(-(std::int64_t{1} << 52),
                                                    std::int64_t{1} << 52);
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> values(random() % 200);
    for (double& value : values) {
      value = std::ldexp(static_cast<double>(whole(random)), -62 + static_cast<int>(random() % 21));
    }
    // Half of them again, turned round: little is left of the sum.
    for (std::size_t i = 1; i < values.size(); i += 2)
      values[i] = std::ldexp(1, -30) - values[i - 1];
    const double inf = std::numeric_limits<double>::infinity();
    const int kind = static_cast<int>(random() % 8);  // one in four has what is not finite
    if (kind < 2 && !values.empty()) values[random() % values.size()] = kind == 0 ? inf : -inf;
    DoubleDouble sum;
    for (const double value : values) sum.add(value);
    for (const Instructions instructions : kAll) {
      const NumberKernels* kernels = number_kernels(instructions);
      if (kernels != nullptr) CHECK(kernels->sum_reals(values).value() == sum.value());
    }
  }
  const double most = std::numeric_limits<double>::max();
  const std::vector<double> large(40, most);
  for (const Instructions instructions : kAll) {
    const NumberKernels* kernels = number_kernels(instructions);
    if (kernels == nullptr) continue;
    CHECK(std::isinf(kernels->sum_reals(large).value()));
    CHECK(kernels->sum_reals({}).value() == 0);
  }
}

}  // namespace
}  // namespace kith::exec
