// tests/unit/core/wait_word_test.cpp: sleeping until a word changes.
#include "core/wait_word.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace kith {
namespace {

TEST_CASE("who waits for a word that has changed already does not sleep") {
  WaitWord word;
  const std::uint32_t seen = word.load();
  word.change();
  word.wait(seen);  // for ever, if it slept
  CHECK(word.load() != seen);
}

TEST_CASE("all who sleep are woken by one call, and see what was written before the change") {
  constexpr int kThreads = 5, kRounds = 200;
  WaitWord turn, answer;
  const std::uint32_t first = turn.load();
  int written = 0;  // guarded by the words alone
  std::atomic<int> sum{0}, left{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, seen = first]() mutable {
      for (int round = 0; round < kRounds; ++round) {
        turn.wait(seen);
        seen = turn.load();
        sum += written;
        if (--left == 0) {
          answer.change();
          answer.wake();
        }
      }
    });
  for (int round = 1; round <= kRounds; ++round) {
    const std::uint32_t seen = answer.load();
    left = kThreads;
    written = round;
    turn.change();
    turn.wake();
    answer.wait(seen);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sum == kThreads * kRounds * (kRounds + 1) / 2);
}

}  // namespace
}  // namespace kith
