// tests/unit/storage/transaction_model_test.cpp: random work on a store and on plain maps must give
// the same graph, through rolled back statements and transactions, checkpoints, reopening, power
// loss.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/cursor_check.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

TEST_CASE("Random work gives the graph that plain maps give") {
  const std::uint64_t seed = seed_of_the_day();
  const std::uint64_t wanted = number_from_environment("KITH_MODEL_OPERATIONS", 100'000);
  CAPTURE(seed);
  RandomChanges random(seed, 400);
  StoreOptions options = options_on(memory_environment());
  options.checkpoint_log_bytes = 300 * 1024;
  GraphModel graph;
  std::shared_ptr<Store> store = Store::open("/graph.kith", options);
  std::uint64_t operations = 0, commits = 0;
  while (operations < wanted) {
    const bool committed = run_transaction(
        *store, random, graph, operations, [](Transaction&) {},
        [&](Transaction& tx, const GraphModel& changed) {
          if (random.chance(1)) check_view(tx.view(), changed, random.pick(1000));
        });
    commits += committed ? 1 : 0;
    if (random.chance(3)) store->checkpoint();
    if (random.chance(4)) check_view(store->snapshot(), graph, seed + commits);
    if (random.chance(3)) {
      store->close();
      REQUIRE(check(options.environment, "/graph.kith").problems == "");
      store = Store::open("/graph.kith", options);
      REQUIRE(store->open_report().note.empty());
    }
  }
  check_view(store->snapshot(), graph, seed);
  store->close();
  store = Store::open("/graph.kith", options);
  check_view(store->snapshot(), graph, seed);
  if (wanted > 100'000) WARN(operations << " operations, " << commits << " commits");
}

TEST_CASE(
    "After a loss of power at any moment the acknowledged commits are there, and no half one") {
  const std::uint64_t seed = seed_of_the_day();
  const std::uint64_t losses = number_from_environment("KITH_POWER_LOSSES", 150);
  CAPTURE(seed);
  RandomChanges random(seed, 60);
  std::mt19937_64 fate(seed + 1);
  auto disk = std::make_shared<CrashDisk>();
  GraphModel graph;
  for (std::uint64_t i = 0; i < losses; ++i) {
    // The disk stops answering at a random call, then the machine goes.
    std::atomic<std::int64_t> calls = static_cast<std::int64_t>(fate() % 90);
    disk->before = [&](CrashDisk::Call, const std::string&) {
      if (calls-- <= 0) throw StorageError("IoError", "the power is gone");
    };
    GraphModel attempted = graph;
    std::shared_ptr<Store> store;
    try {
      StoreOptions options = options_on(environment_of(disk));
      options.checkpoint_log_bytes = 60 * 1024;
      store = Store::open("/graph.kith", options);
      for (;;) {
        const auto tx = store->begin();
        attempted = graph;
        tx->begin_statement();
        for (std::uint64_t changes = 1 + random.pick(10); changes > 0; --changes)
          random.change(*tx, attempted);
        tx->end_statement();
        tx->commit();
        graph = attempted;
        if (random.chance(5)) store->checkpoint();
      }
    } catch (const Error&) {
    }
    disk = disk->power_loss(fate);
    store.reset();
    CAPTURE(i);
    store = Store::open("/graph.kith", options_on(environment_of(disk)));
    const GraphModel found = capture(store->snapshot());
    const bool acknowledged = found == graph, unacknowledged = found == attempted;
    REQUIRE((acknowledged || unacknowledged));
    graph = found;
    if (i % 10 == 0) check_view(store->snapshot(), graph, seed + i);
    if (fate() % 3 == 0) {
      store->close();
    } else {  // killed without a word
      disk = disk->power_loss(fate);
    }
  }
}

}  // namespace
}  // namespace kith::storage::test
