// tests/unit/core/in_order_test.cpp: items made and taken in order, worked on by all threads.
#include "core/in_order.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/parallel.hpp"
#include "kith/error.hpp"

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

namespace {

// Pieces that takes leave to others.
struct Pieces {
  std::atomic<int> left{0}, done{0};

  bool help() {
    int now = left;
    while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {
    }
    if (now <= 0) return false;
    ++done;
    return true;
  }
  // Until others have done so many; false if they never do.
  bool wait_for(int count) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (done < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return done >= count;
  }
};

}  // namespace

TEST_CASE("threads that would wait do what a take has left, while another take goes on") {
  Scheduler scheduler(2);
  Numbers numbers;
  Pieces pieces;
  auto stages = numbers.stages(50);
  const auto take = stages.take;
  bool all_done = true;
  stages.take = [&](void* item) {
    const auto before = static_cast<int>(numbers.taken.size());
    all_done = all_done && pieces.wait_for(3 * before);  // what the takes before have left
    pieces.left += 3;
    take(item);
  };
  stages.help = [&] { return pieces.help(); };
  run_in_order(scheduler, 2, stages);
  CHECK(all_done);
  CHECK(numbers.taken.size() == 50);
  CHECK(pieces.done + pieces.left == 150);
}

TEST_CASE("a run ends though pieces are left, and though nobody ever finds one") {
  for (const std::uint32_t threads : {1, 2, 4}) {
    Scheduler scheduler(threads);
    Numbers numbers;
    Pieces pieces;
    auto stages = numbers.stages(300);
    const auto take = stages.take;
    const bool leaves = threads != 2;
    stages.take = [&](void* item) {
      pieces.left += leaves ? 5 : 0;
      take(item);
    };
    stages.help = [&] { return pieces.help(); };
    run_in_order(scheduler, 3, stages);
    CHECK(numbers.taken.size() == 300);
    CHECK(pieces.done + pieces.left == (leaves ? 1500 : 0));
    if (threads == 1) CHECK(pieces.done == 0);  // nobody waits
  }
}

TEST_CASE("what help throws ends the run") {
  Scheduler scheduler(2);
  Numbers numbers;
  Pieces pieces;
  auto stages = numbers.stages(1000);
  const auto take = stages.take;
  stages.take = [&](void* item) {
    if (numbers.taken.size() == 5) pieces.wait_for(1);
    // The helper may lose its processor before it throws.
    if (numbers.taken.size() > 5) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    pieces.left += 1;
    take(item);
  };
  stages.help = [&] {
    if (pieces.help()) throw std::runtime_error("a piece");
    return false;
  };
  CHECK_THROWS_WITH(run_in_order(scheduler, 2, stages), "a piece");
  CHECK(numbers.taken.size() < 1000);
}

TEST_CASE("a run that fails ends when the last helper has") {
  Scheduler scheduler(2);
  Numbers numbers;
  Pieces pieces;
  std::atomic<bool> failed{false}, ended{false}, five_taken{false};
  auto stages = numbers.stages(1000);
  const auto take = stages.take;
  stages.take = [&](void* item) {
    if (five_taken) {
      pieces.wait_for(1);
      failed = true;
      throw Interrupted("Cancelled", "the import was cancelled");
    }
    pieces.left = 1;
    take(item);
    five_taken = numbers.taken.size() == 5;
  };
  stages.help = [&] {
    if (!five_taken || !pieces.help()) return false;
    while (!failed) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ended = true;
    return true;
  };
  CHECK_THROWS_AS(run_in_order(scheduler, 2, stages), Interrupted);
  CHECK(ended);
  CHECK(numbers.taken.size() == 5);
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
