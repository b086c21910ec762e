// tests/unit/core/in_order_test.cpp: items made and taken in order, worked on by all threads.
#include "core/in_order.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

#include "core/parallel.hpp"

namespace kith {
namespace {

struct Numbers {
  std::vector<std::unique_ptr<int>> items;
  std::vector<int> taken;
  std::atomic<int> on_their_way{0}, most{0};

  InOrder stages(int count) {
    return {.make = [this, count]() -> void* {
              if (static_cast<int>(items.size()) == count) return nullptr;
              const int now = ++on_their_way;
              if (now > most) most = now;
              items.push_back(std::make_unique<int>(static_cast<int>(items.size())));
              return items.back().get();
            },
            .work = [](void* item) { *static_cast<int*>(item) *= 2; },
            .take =
                [this](void* item) {
                  --on_their_way;
                  taken.push_back(*static_cast<int*>(item));
                }};
  }
};

}  // namespace

TEST_CASE("items are taken in the order they were made, and few are on their way") {
  for (const std::uint32_t threads : {1, 2, 4}) {
    Scheduler scheduler(threads);
    Numbers numbers;
    run_in_order(scheduler, 3, numbers.stages(500));
    REQUIRE(numbers.taken.size() == 500);
    for (int i = 0; i < 500; ++i) CHECK(numbers.taken[static_cast<std::size_t>(i)] == 2 * i);
    CHECK(numbers.most <= 3);
  }
}

TEST_CASE("what a stage throws ends the run, and nothing is taken after it") {
  Scheduler scheduler(2);
  Numbers numbers;
  auto stages = numbers.stages(100);
  const auto take = stages.take;
  stages.take = [&](void* item) {
    if (numbers.taken.size() == 10) throw std::runtime_error("the eleventh");
    take(item);
  };
  CHECK_THROWS_WITH(run_in_order(scheduler, 4, stages), "the eleventh");
  CHECK(numbers.taken.size() == 10);
}

TEST_CASE("a stage may use the scheduler") {
  Scheduler scheduler(2);
  Numbers numbers;
  std::atomic<int> inner{0};
  auto stages = numbers.stages(20);
  const auto take = stages.take;
  stages.take = [&](void* item) {
    for_each_item(scheduler, 8, [&](std::uint64_t, std::uint32_t) { ++inner; });
    take(item);
  };
  run_in_order(scheduler, 4, stages);
  CHECK(inner == 160);
  CHECK(numbers.taken.size() == 20);
}

}  // namespace kith
