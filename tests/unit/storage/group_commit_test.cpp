// tests/unit/storage/group_commit_test.cpp: many writers share the lock and the syncs, and a quiet
// log says what of it is on disk.
#include <atomic>
#include <catch2/catch.hpp>
#include <new>
#include <thread>
#include <vector>

#include "kith/error.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/publisher.hpp"
#include "storage/log/record.hpp"
#include "storage/log/replay.hpp"
#include "storage/log/writer_lock.hpp"
#include "tests/folder.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage {
namespace {

using namespace test;
using namespace std::chrono_literals;

TEST_CASE("The writer lock is with one at a time, whether they look for it or sleep") {
  WriterLock lock;
  constexpr int kThreads = 6, kTurns = 2000;
  int inside = 0, turns = 0, both = 0;  // guarded by the lock alone
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < kTurns; ++turn) {
        WriterLock::Hold hold = lock.acquire(60s);
        both += ++inside != 1 || !hold ? 1 : 0;
        // Some are long, so that others fall asleep, and some are given back late by their end.
        if (turn % 500 == i) std::this_thread::sleep_for(1ms);
        ++turns;
        --inside;
        if (turn % 2 == 0) hold.release();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(both == 0);
  CHECK(turns == kThreads * kTurns);
  CHECK_FALSE(lock.state().held_for);
  CHECK(lock.state().waiting == 0);
}

TEST_CASE("Who waits for the writer lock in vain gets nothing, and takes it from nobody") {
  WriterLock lock;
  WriterLock::Hold first = lock.acquire(0ms);
  REQUIRE(first);
  CHECK_FALSE(lock.acquire(5ms));
  CHECK_FALSE(lock.acquire(0ms));
  CHECK(lock.state().held_for);
  std::atomic<bool> has_it{false};
  std::thread second([&] {
    const WriterLock::Hold hold = lock.acquire(60s);
    has_it = static_cast<bool>(hold);
  });
  while (lock.state().waiting == 0) std::this_thread::yield();
  CHECK_FALSE(has_it);
  first.release();
  second.join();
  CHECK(has_it);
}

TEST_CASE("A log claims what is synced when no commit has come for a while, and still takes more") {
  const kith::test::Folder folder;
  const std::string path = folder.path + "/g.kith";
  const Environment environment = posix_environment();
  const auto store = Store::open(path, options_on(environment));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i <= round; ++i) write(*store, [](Transaction& tx) { tx.create_node({}, {}); });
    const LogScan found = await_claim(*environment.files, path);
    CHECK(found.torn_bytes == 0);
    CHECK_FALSE(found.damage);
  }
  CHECK(store->snapshot().node_count() == 6);
}

TEST_CASE(
    "Commits of many threads are all there when they are acknowledged, on disk or in memory") {
  const kith::test::Folder folder;
  const bool on_disk = GENERATE(true, false);
  const Environment environment = on_disk ? posix_environment() : memory_environment();
  const std::string path = on_disk ? folder.path + "/g.kith" : "/g.kith";
  constexpr std::uint64_t kThreads = 8, kCommits = 60;
  {
    const auto store = Store::open(path, options_on(environment, 64 * kMiB, 60s));
    std::atomic<std::uint64_t> unseen{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (std::uint64_t commit = 1; commit <= kCommits; ++commit) {
          const auto tx = store->begin();
          tx->begin_statement();
          tx->create_node({}, {});
          tx->end_statement();
          const std::uint64_t position = tx->commit();
          const View view = store->snapshot();
          unseen += view.position() < position || view.node_count() != view.position() ? 1 : 0;
        }
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(unseen == 0);
    CHECK(store->snapshot().node_count() == kThreads * kCommits);
  }
  const auto again = Store::open(path, options_on(environment));
  CHECK(again->snapshot().node_count() == kThreads * kCommits);
}

TEST_CASE("A commit that there is no memory to show is in doubt, and nothing follows it") {
  const bool sync = GENERATE(true, false);
  const Environment environment = memory_environment();
  BaseFile::create(environment, "/g.kith", 77);
  const auto file = BaseFile::open(environment, "/g.kith", false, kMiB);
  const auto first = std::make_shared<const Root>(file->base());
  Publisher publisher(first, sync);
  publisher.set_announce([](const Root&) { throw std::bad_alloc(); });
  publisher.set_log(
      LogWriter::create(*environment.files, log_path("/g.kith", 3), {77, 99, 3}, {0, 0, 0}));
  const auto commit = [&] {
    RecordBuffer bytes;
    encode(bytes.end(), record::Commit{1, 0});
    Replay replay(std::make_shared<Root>(*first), 1);
    replay.transaction(bytes.end());
    publisher.append(bytes, replay.root(), nullptr);
    publisher.wait_durable(1);
  };
  for (int i = 0; i < 2; ++i) {
    std::string detail;
    try {
      commit();
    } catch (const StorageError& error) {
      detail = error.detail();
    }
    CHECK(detail == "OutcomeUnknown");
    CHECK(publisher.failure());
  }
  const auto log = environment.files->open(log_path("/g.kith", 3), OpenMode::ReadOnly);
  int commits = 0;
  scan_log(*log, 77, 3, {{}, [&](std::string_view) { ++commits; }});
  CHECK(commits == 1);
}

}  // namespace
}  // namespace kith::storage
