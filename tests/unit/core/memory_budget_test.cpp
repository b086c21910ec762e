// tests/unit/core/memory_budget_test.cpp: the accountant of memory.
#include "core/memory_budget.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <thread>
#include <vector>

#include "core/id.hpp"
#include "kith/error.hpp"

using namespace kith;

TEST_CASE("what is reserved counts until it is given back, to the byte") {
  MemoryBudget budget(1000);
  {
    Reservation first(budget, "first", 600);
    CHECK(budget.used() == 600);
    CHECK_FALSE(budget.try_reserve(401));
    CHECK(budget.used() == 600);
    CHECK(budget.try_reserve(400));
    CHECK_FALSE(budget.try_reserve(1));
    budget.release(400);
    first.resize(100);
    CHECK(budget.used() == 100);
    Reservation moved = std::move(first);
    CHECK(budget.used() == 100);
    Reservation second(budget, "second", 50);
    second = std::move(moved);
    CHECK(budget.used() == 100);
  }
  CHECK(budget.used() == 0);
  CHECK(budget.peak() == 1000);
  CHECK_FALSE(budget.try_reserve(UINT64_MAX));
}

TEST_CASE("too much is an error that says who wanted how much of what") {
  MemoryBudget budget(2 * kMiB);
  Reservation held(budget, "the sort", kMiB);
  try {
    held.resize(20 * kMiB);
    FAIL("reserved more than there is");
  } catch (const ResourceError& error) {
    CHECK(error.detail() == "OutOfMemory");
    const std::string message = error.what();
    CHECK(message.find("the sort") != std::string::npos);
    CHECK(message.find("19.0 MiB") != std::string::npos);
    CHECK(message.find("limit of 2048.0 KiB") != std::string::npos);
  }
  CHECK(held.bytes() == kMiB);
  CHECK(budget.used() == kMiB);
}

TEST_CASE("a query's budget lies within the database's") {
  MemoryBudget database(1000);
  MemoryBudget query(600, &database);
  Reservation pool(database, "the pool", 500);
  Reservation sort(query, "the sort", 400);
  CHECK(query.used() == 400);
  CHECK(database.used() == 900);
  CHECK_FALSE(query.try_reserve(150));  // fits the query, not the database
  CHECK(query.used() == 400);
  CHECK(database.used() == 900);
  pool.clear();
  CHECK(query.try_reserve(150));
  CHECK_FALSE(query.try_reserve(100));  // fits the database, not the query
  query.release(150);
}

TEST_CASE("the reclaimer is asked before a reservation fails") {
  MemoryBudget budget(1000);
  Reservation cache(budget, "the cache", 900);
  std::uint64_t asked = 0;
  const auto ticket = budget.add_reclaimer([&](std::uint64_t wanted) {
    asked = wanted;
    const std::uint64_t freed = std::min(cache.bytes(), wanted);
    cache.resize(cache.bytes() - freed);
    return freed;
  });
  MemoryBudget query(1000, &budget);
  Reservation sort(query, "the sort", 300);
  CHECK(asked == 300);
  CHECK(cache.bytes() == 600);
  CHECK(budget.used() == 900);
  sort.clear();
  budget.remove_reclaimer(ticket);
  CHECK_FALSE(query.try_reserve(500));
  CHECK(cache.bytes() == 600);
}

TEST_CASE("reclaimers are asked one after the other, and nobody for what cannot fit") {
  MemoryBudget budget(1000);
  Reservation first(budget, "first", 300), second(budget, "second", 700);
  std::uint64_t calls = 0;
  const auto shed = [&](Reservation& from) {
    return [&](std::uint64_t wanted) {
      ++calls;
      const std::uint64_t freed = std::min(from.bytes(), wanted);
      from.resize(from.bytes() - freed);
      return freed;
    };
  };
  const auto one = budget.add_reclaimer(shed(first));
  const auto other = budget.add_reclaimer(shed(second));
  CHECK_FALSE(budget.try_reserve(1001));
  CHECK(calls == 0);
  Reservation mine(budget, "mine", 400);
  CHECK(first.bytes() == 0);
  CHECK(second.bytes() == 600);
  CHECK(calls == 2);
  budget.remove_reclaimer(one);
  budget.remove_reclaimer(other);
}

TEST_CASE("what cannot be refused counts over the limit, and others wait for it") {
  MemoryBudget database(1000);
  MemoryBudget query(1000, &database);
  Reservation pinned(database, "blocks", 900);
  Reservation more(query, "a directory");
  more.resize_anyway(300);
  CHECK(query.used() == 300);
  CHECK(database.used() == 1200);
  CHECK(database.peak() == 1200);
  CHECK_FALSE(query.try_reserve(1));
  pinned.clear();
  CHECK(query.try_reserve(700));
  query.release(700);
  Reservation grown(query, "a directory", 50);
  more.absorb(std::move(grown));
  CHECK(more.bytes() == 350);
  CHECK(query.used() == 350);
}

TEST_CASE("growing in steps reserves ahead, but never fails for the sake of it") {
  MemoryBudget budget(100'000);
  Reservation buffer(budget, "a buffer");
  buffer.grow_to(10);
  CHECK(buffer.bytes() >= 65'536);
  buffer.grow_to(100'000);
  CHECK(buffer.bytes() == 100'000);
  buffer.grow_to(5);
  CHECK(buffer.bytes() == 100'000);
  CHECK_THROWS_AS(buffer.grow_to(100'001), ResourceError);
}

TEST_CASE("threads never get more than the limit together") {
  MemoryBudget database(1000);
  std::atomic<std::uint64_t> over{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      MemoryBudget query(400, &database);
      for (int i = 0; i < 5000; ++i) {
        if (!query.try_reserve(300)) continue;
        if (database.used() > 1000) ++over;
        query.release(300);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(over == 0);
  CHECK(database.used() == 0);
}

TEST_CASE("control groups of both versions limit memory, at any level") {
  std::map<std::string, std::string> files;
  const auto read = [&](const std::string& path) { return files[path]; };
  CHECK(control_group_limit("", read) == UINT64_MAX);
  CHECK(control_group_limit("0::/a/b\n", read) == UINT64_MAX);
  files["/sys/fs/cgroup/a/b/memory.max"] = "max\n";
  CHECK(control_group_limit("0::/a/b\n", read) == UINT64_MAX);
  files["/sys/fs/cgroup/a/memory.max"] = "5000\n";
  CHECK(control_group_limit("0::/a/b\n", read) == 5000);
  files["/sys/fs/cgroup/a/b/memory.max"] = "4000\n";
  CHECK(control_group_limit("0::/a/b\n", read) == 4000);
  files["/sys/fs/cgroup/memory.max"] = "3000\n";  // the container's own group
  CHECK(control_group_limit("0::/elsewhere\n", read) == 3000);
  CHECK(control_group_limit("0::/\n", read) == 3000);
  files["/sys/fs/cgroup/memory/x/memory.limit_in_bytes"] = "2000\n";
  CHECK(control_group_limit("11:cpu,memory:/x\n10:pids:/x\n", read) == 2000);
  CHECK(control_group_limit("10:pids:/x\n", read) == UINT64_MAX);
  CHECK(control_group_limit("nonsense\n:\n::\n", read) == 3000);
}

TEST_CASE("data may take what the program leaves of a limit") {
  CHECK(limit_of_data(1) == 1);
  CHECK(limit_of_data(15 * kMiB) == 10 * kMiB);
  CHECK(limit_of_data(1024 * kMiB) == 1012 * kMiB);
}

TEST_CASE("the default limit is sensible on this machine") {
  CHECK(default_memory_limit() >= 16 * kMiB);
  CHECK(default_memory_limit() < std::uint64_t{1} << 50);
}
