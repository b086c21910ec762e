// tests/unit/storage/fault_test.cpp: one fixed line of work, and a disk that fails it at each call.
//
// The work makes a file, commits, makes an index on what is there, folds a large transaction,
// checkpoints, closes and opens again. Whatever call fails, and however: what was acknowledged is
// there, nothing is there by halves, and the check finds nothing wrong.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

constexpr const char* kPath = "/graph.kith";

StoreOptions fault_options(const std::shared_ptr<CrashDisk>& disk) {
  StoreOptions options = options_on(environment_of(disk), 2 * kMiB);  // a quarter of it is folded
  options.environment.seed = 1;
  return options;
}

// What has been acknowledged, and what was on its way.
class Work {
 public:
  Work(std::shared_ptr<CrashDisk> disk, std::uint64_t seed)
      : disk_(std::move(disk)), random_(seed, 80) {}

  // Nothing is begun any more once the power is gone: what was on its way then is what counts.
  void end_with(const std::atomic<bool>& power_gone) { power_gone_ = &power_gone; }

  // `persistent`: goes on after a failure as far as it can.
  void run(bool persistent) {
    step(persistent, [&] { open(); });
    for (int i = 0; i < 3; ++i) step(persistent, [&] { change(20); });
    step(persistent, [&] { make_index("key0", "first"); });
    step(persistent, [&] { change(20); });
    step(persistent, [&] { store().checkpoint(); });
    step(persistent, [&] { change_much(); });
    step(persistent, [&] { change(10); });
    step(persistent, [&] { make_index("key1", "second"); });
    step(persistent, [&] { store().close(); });
    step(persistent, [&] { open(); });
    step(persistent, [&] { change(10); });
  }

  const GraphModel& acknowledged() const { return graph_; }
  const GraphModel& attempted() const { return attempted_; }
  void kill() { store_.reset(); }

 private:
  template <class Step>
  void step(bool persistent, Step&& work) {
    if (power_gone_ != nullptr && *power_gone_) return;
    try {
      work();
    } catch (const Error&) {
      if (!persistent) throw;
    }
  }

  void open() {
    store_.reset();
    store_ = Store::open(kPath, fault_options(disk_));
    // A commit whose outcome was not known is one that was made, or none.
    GraphModel found = capture(store_->snapshot());
    CHECK((found == graph_ || found == attempted_));
    graph_ = std::move(found);
  }

  Store& store() {
    if (!store_) throw StorageError("IoError", "it could not be opened");
    return *store_;
  }

  template <class Statement>
  void commit(Statement&& statement) {
    const auto tx = store().begin();
    attempted_ = graph_;
    tx->begin_statement();
    statement(*tx);
    tx->end_statement();
    tx->commit();
    graph_ = attempted_;
  }

  void change(int changes) {
    commit([&](Transaction& tx) {
      for (int i = 0; i < changes; ++i) random_.change(tx, attempted_);
    });
  }
  void change_much() {
    commit([&](Transaction& tx) {
      const KeyId key = tx.intern_key("key0");
      for (std::int64_t i = 0; i < 6000; ++i) {
        const Property value{key, Cell::of(i)};
        const NodeId node = tx.create_node({}, std::span(&value, 1));
        attempted_.nodes[node.value] = {{}, {{"key0", bytes_of(value.value)}}};
      }
    });
  }
  void make_index(const char* key, const char* name) {
    commit([&](Transaction& tx) {
      IndexDef index;
      index.name = name;
      index.token = SchemaToken::of(tx.intern_label("Label0"));
      index.keys = {tx.intern_key(key)};
      tx.create_index(index);
    });
  }

  std::shared_ptr<CrashDisk> disk_;  // shared: with the store
  RandomChanges random_;
  std::shared_ptr<Store> store_;
  GraphModel graph_, attempted_;
  const std::atomic<bool>* power_gone_ = nullptr;
};

std::uint64_t calls_of_all(std::uint64_t seed) {
  const auto disk = std::make_shared<CrashDisk>();
  std::atomic<std::uint64_t> calls{0};
  disk->before = [&](CrashDisk::Call, const std::string&) { ++calls; };
  Work work(disk, seed);
  work.run(false);
  work.kill();
  disk->before = nullptr;
  return calls;
}

// What is found afterwards is whole, and has every acknowledged commit.
void judge(const std::shared_ptr<CrashDisk>& disk, const Work& work) {
  if (!disk->exists(kPath)) {
    CHECK(work.acknowledged() == GraphModel{});
    return;
  }
  const auto store = Store::open(kPath, fault_options(disk));
  const GraphModel found = capture(store->snapshot());
  CHECK((found == work.acknowledged() || found == work.attempted()));
  store->close();
  CHECK(check(fault_options(disk).environment, kPath).problems == "");
}

// Each n of `calls` calls, or a sample of them.
template <class Try>
void for_each_call(std::uint64_t calls, std::mt19937_64& random, Try&& attempt) {
  const bool all = std::getenv("KITH_EVERY_FAULT") != nullptr;
  const std::uint64_t step = all ? 1 : std::max<std::uint64_t>(1, calls / 150);
  for (std::uint64_t n = all ? 0 : random() % step; n < calls; n += step) {
    INFO("call " << n << " of " << calls);
    attempt(n);
  }
}

}  // namespace

TEST_CASE("The power goes at any call: what was acknowledged is there, and nothing by halves") {
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::uint64_t calls = calls_of_all(seed);
  REQUIRE(calls > 100);
  for_each_call(calls, random, [&](std::uint64_t n) {
    const auto disk = std::make_shared<CrashDisk>();
    std::atomic<std::int64_t> left = static_cast<std::int64_t>(n);
    disk->before = [&](CrashDisk::Call, const std::string&) {
      if (left-- <= 0) throw StorageError("IoError", "the power is gone");
    };
    Work work(disk, seed);
    try {
      work.run(false);
    } catch (const Error&) {
    }
    const auto found = disk->power_loss(random);
    work.kill();
    disk->before = nullptr;
    judge(found, work);
  });
}

TEST_CASE("One call fails and the next ones do not: nothing acknowledged is lost") {
  const std::uint64_t seed = seed_of_the_day();
  const std::string detail = GENERATE(std::string("IoError"), std::string("NoSpace"));
  CAPTURE(seed, detail);
  std::mt19937_64 random(seed);
  for_each_call(calls_of_all(seed), random, [&](std::uint64_t n) {
    const auto disk = std::make_shared<CrashDisk>();
    std::atomic<std::int64_t> left = static_cast<std::int64_t>(n);
    disk->before = [&](CrashDisk::Call call, const std::string&) {
      if (left-- != 0) return;
      if (detail == "NoSpace" && call == CrashDisk::Call::Sync) return;
      throw StorageError(detail, "this call fails");
    };
    Work work(disk, seed);
    work.run(true);
    const auto found = disk->power_loss(random);
    work.kill();
    disk->before = nullptr;
    judge(found, work);
  });
}

// Commits of many threads share frames and syncs.
TEST_CASE(
    "The power goes while eight threads commit: each has its first commits, all acknowledged") {
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 30; ++round) {
    const auto disk = std::make_shared<CrashDisk>();
    StoreOptions options = fault_options(disk);
    options.busy_timeout = std::chrono::minutes(5);
    if (round % 3 == 0) options.checkpoint_log_bytes = 64 * 1024;
    std::atomic<std::int64_t> left = static_cast<std::int64_t>(random() % 400);
    const auto store = Store::open(kPath, options);
    write(*store, [](Transaction& tx) { tx.intern_key("id"); });
    disk->before = [&](CrashDisk::Call call, const std::string&) {
      if (left-- <= 0) throw StorageError("IoError", "the power is gone");
      if (call == CrashDisk::Call::Sync)
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    };
    std::vector<std::int64_t> acknowledged(8, 0), found(8, 0);
    std::vector<std::thread> threads;
    for (std::int64_t thread = 0; thread < 8; ++thread)
      threads.emplace_back([&, thread] {
        auto& count = acknowledged[static_cast<std::size_t>(thread)];
        try {
          for (;; ++count)
            write(*store, [&](Transaction& tx) {
              const Property id{tx.intern_key("id"), Cell::of(count * 8 + thread)};
              tx.create_node({}, {&id, 1});
            });
        } catch (const Error&) {  // the power is gone
        }
      });
    for (std::thread& thread : threads) thread.join();
    const auto after = disk->power_loss(random);
    const auto again = Store::open(kPath, fault_options(after));
    const GraphModel graph = capture(again->snapshot());
    std::uint64_t in_order = 0;
    for (const auto& [node, what] : graph.nodes) {  // in the order of their making
      const auto is_next_of = [&](std::int64_t& next) {
        return what.values.at("id") == bytes_of(Cell::of(next * 8 + (&next - found.data())));
      };
      const auto thread = std::find_if(found.begin(), found.end(), is_next_of);
      if (thread == found.end()) continue;
      ++*thread;
      ++in_order;
    }
    CHECK(in_order == graph.nodes.size());
    for (std::size_t thread = 0; thread < 8; ++thread) {
      CHECK(found[thread] >= acknowledged[thread]);
      CHECK(found[thread] <= acknowledged[thread] + 1);
    }
  }
}

// A write that takes a part of its bytes, and then the rest, is a write.
TEST_CASE("Every write is short at first: nothing is noticed") {
  const std::uint64_t seed = seed_of_the_day();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto disk = std::make_shared<CrashDisk>();
  std::mutex mutex;  // checkpoints write in a thread of their own
  disk->take = [&](const std::string&, std::size_t bytes) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(random() % (bytes + 1));
  };
  Work work(disk, seed);
  work.run(false);
  const auto found = disk->power_loss(random);
  work.kill();
  disk->take = {};
  judge(found, work);
}

// How much of the write was taken is up to chance. The power may then go as well.
TEST_CASE("Any write is short, and its rest fails: nothing acknowledged is lost") {
  const std::uint64_t seed = seed_of_the_day();
  const std::string detail = GENERATE(std::string("IoError"), std::string("NoSpace"));
  const bool power_goes = GENERATE(false, true);
  CAPTURE(seed, detail, power_goes);
  std::mt19937_64 random(seed);
  std::atomic<std::uint64_t> writes{0};
  {
    const auto disk = std::make_shared<CrashDisk>();
    disk->before = [&](CrashDisk::Call call, const std::string&) {
      if (call == CrashDisk::Call::Write) ++writes;
    };
    Work work(disk, seed);
    work.run(false);
    work.kill();
    disk->before = nullptr;
  }
  REQUIRE(writes > 50);
  for_each_call(writes, random, [&](std::uint64_t n) {
    const auto disk = std::make_shared<CrashDisk>();
    const std::uint64_t part = random();
    std::atomic<std::int64_t> left = static_cast<std::int64_t>(n);
    std::atomic<bool> gone{false};
    disk->take = [&](const std::string&, std::size_t bytes) {
      if (left-- != 0) return bytes;
      return static_cast<std::size_t>(part % bytes);
    };
    disk->before = [&](CrashDisk::Call call, const std::string&) {
      if (call == CrashDisk::Call::Rest) gone = power_goes;
      if (call == CrashDisk::Call::Rest || gone) throw StorageError(detail, "a short write");
    };
    Work work(disk, seed);
    work.end_with(gone);
    work.run(true);
    const auto found = disk->power_loss(random);
    work.kill();
    disk->take = {};
    disk->before = nullptr;
    judge(found, work);
  });
}

}  // namespace kith::storage::test
