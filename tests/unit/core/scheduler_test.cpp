// tests/unit/core/scheduler_test.cpp: parallel work, its failures, and cancellation.
#include "core/scheduler.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "kith/error.hpp"

using namespace kith;

TEST_CASE("each worker number is called once, however many threads there are") {
  for (const std::uint32_t threads : {1u, 2u, 4u}) {
    Scheduler scheduler(threads);
    CHECK(scheduler.threads() == threads);
    for (const std::uint32_t workers : {0u, 1u, 2u, 100u}) {
      std::vector<std::atomic<int>> calls(workers);
      std::atomic<int> at_once{0}, most{0};
      scheduler.run(workers, [&](std::uint32_t i) {
        const int now = ++at_once;
        int seen = most.load();
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        ++calls[i];
        --at_once;
      });
      bool once = true;
      for (const auto& count : calls) once = once && count == 1;
      CHECK(once);
      CHECK(most.load() <= static_cast<int>(threads));
    }
  }
  CHECK(Scheduler(0).threads() >= 1);
}

TEST_CASE("the first exception of a worker comes out after the others have ended") {
  for (const std::uint32_t threads : {1u, 3u}) {
    Scheduler scheduler(threads);
    std::atomic<int> running{0};
    const auto work = [&](std::uint32_t i) {
      ++running;
      if (i == 2) {
        --running;
        throw TypeError("X", "worker two");
      }
      std::this_thread::yield();
      --running;
    };
    CHECK_THROWS_AS(scheduler.run(50, work), TypeError);
    CHECK(running == 0);
    std::atomic<int> calls{0};
    scheduler.run(10, [&](std::uint32_t) { ++calls; });  // and the scheduler goes on working
    CHECK(calls == 10);
  }
}

TEST_CASE("work may start work, and several threads may use one scheduler") {
  Scheduler scheduler(2);
  std::atomic<int> calls{0};
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i) {
    users.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        scheduler.run(3, [&](std::uint32_t) { scheduler.run(2, [&](std::uint32_t) { ++calls; }); });
      }
    });
  }
  for (std::thread& user : users) user.join();
  CHECK(calls == 4 * 20 * 3 * 2);
}

TEST_CASE("cancellation says whether it was asked for or time ran out") {
  const auto detail = [](const Cancellation& cancellation) -> std::string {
    try {
      cancellation.check();
    } catch (const Interrupted& error) {
      return error.detail();
    }
    return "";
  };
  Cancellation cancellation;
  CHECK(detail(cancellation).empty());
  cancellation.cancel();
  CHECK(detail(cancellation) == "Cancelled");
  cancellation.reset();
  CHECK(detail(cancellation).empty());
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::steady_clock::now().time_since_epoch())
                       .count();
  cancellation.set_deadline(now + 3'600'000'000'000);
  CHECK(detail(cancellation).empty());
  cancellation.set_deadline(now - 1);
  CHECK(detail(cancellation) == "Timeout");
  cancellation.reset();
  CHECK(detail(cancellation).empty());
}
