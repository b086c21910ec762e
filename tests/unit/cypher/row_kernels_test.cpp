// tests/unit/cypher/row_kernels_test.cpp: every set of instructions gives what plain loops give.
// KITH_SEED repeats a run.
#include "cypher/exec/row_kernels.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <vector>

#include "tests/unit/core/random_cells.hpp"

namespace kith::exec {
namespace {

constexpr Instructions kAll[] = {Instructions::Portable, Instructions::Avx2};

bool is(Order order, std::int64_t a, std::int64_t b) {
  return order == Order::Equal ? a == b : order == Order::Less ? a < b : a > b;
}

TEST_CASE("values are compared with one, by all instructions alike", "[row_kernels]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  using Limits = std::numeric_limits<std::int64_t>;
  const std::int64_t rare[] = {Limits::min(), Limits::max(), -1, 0, 1, std::int64_t{1} << 32};
  for (int round = 0; round < 300; ++round) {
    std::vector<std::int64_t> values(random() % 70);
    for (auto& value : values)
      value = random() % 3 == 0 ? rare[random() % 6] : static_cast<std::int64_t>(random() % 8) - 4;
    const std::int64_t fixed = random() % 2 == 0 ? rare[random() % 6] : 2;
    for (const Order order : {Order::Equal, Order::Less, Order::Greater}) {
      for (const bool other : {false, true}) {
        for (const Instructions instructions : kAll) {
          const RowKernels* kernels = row_kernels(instructions);
          if (kernels == nullptr) continue;
          std::vector<std::uint8_t> out(values.size() + 1, 7);
          kernels->compare(order, other, values, fixed, out.data());
          CHECK(out.back() == 7);
          bool same = true;
          for (std::size_t i = 0; i < values.size(); ++i)
            same &= out[i] == (is(order, values[i], fixed) != other ? 1 : 0);
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("rows that passed are picked, by all instructions alike", "[row_kernels]") {
  const std::uint64_t seed = test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint8_t> passed(random() % 70);
    const std::uint64_t share = random() % 11;
    for (auto& one : passed) one = random() % 10 < share ? 1 : 0;
    std::vector<std::uint32_t> rows(passed.size()), numbers, kept;
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      rows[i] = (i == 0 ? 0 : rows[i - 1]) + 1 + static_cast<std::uint32_t>(random() % 9);
      if (passed[i] == 0) continue;
      numbers.push_back(i);
      kept.push_back(rows[i]);
    }
    for (const Instructions instructions : kAll) {
      const RowKernels* kernels = row_kernels(instructions);
      if (kernels == nullptr) continue;
      std::vector<std::uint32_t> out(passed.size());
      out.resize(kernels->select(passed, out.data()));
      CHECK(out == numbers);
      std::vector<std::uint32_t> some = rows;
      some.resize(kernels->keep(passed, some.data()));
      CHECK(some == kept);
    }
  }
}

}  // namespace
}  // namespace kith::exec
