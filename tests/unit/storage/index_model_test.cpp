// tests/unit/storage/index_model_test.cpp: indexes that come and go while random work is done, on
// the transaction's own view, after rollbacks, checkpoints, reopening and loss of power.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "kith/error.hpp"
#include "storage/log/index_build.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/index_check.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

StoreOptions options_with(Environment environment, std::uint64_t memory = 64 * kMiB) {
  StoreOptions options = options_on(std::move(environment), memory);
  options.checkpoint_log_bytes = 200 * 1024;
  return options;
}

// Makes an index, or drops one.
void change_schema(Transaction& tx, RandomChanges& random) {
  const auto indexes = tx.view().schema().indexes();
  if (indexes.size() > 5 || (!indexes.empty() && random.chance(30))) {
    const std::string name = indexes[random.pick(indexes.size())].name;
    return tx.drop_index(name);
  }
  IndexDef index;
  index.token = random.chance(70)
                    ? SchemaToken::of(tx.intern_label("Label" + std::to_string(random.pick(5))))
                    : SchemaToken::of(tx.intern_type("TYPE" + std::to_string(random.pick(3))));
  std::uint64_t key = random.pick(6);
  for (std::uint64_t keys = 1 + (random.chance(40) ? random.pick(3) : 0); keys > 0; --keys)
    index.keys.push_back(tx.intern_key("key" + std::to_string(key++ % 6)));
  if (!tx.view().schema().find_index(index.token, index.keys)) tx.create_index(index);
}

bool run_transaction(Store& store, RandomChanges& random, GraphModel& graph) {
  std::uint64_t operations = 0;
  return run_transaction(
      store, random, graph, operations,
      [&](Transaction& tx) {
        if (random.chance(8)) change_schema(tx, random);
      },
      [&](Transaction& tx, const GraphModel& changed) {
        if (random.chance(3)) check_indexes(tx.view(), changed, random.pick(1000), 4);
      });
}

TEST_CASE("Indexes have what scans would find, through all that happens to a graph") {
  const std::uint64_t seed = seed_of_the_day();
  const std::uint64_t transactions = number_from_environment("KITH_MODEL_TRANSACTIONS", 500);
  CAPTURE(seed);
  RandomChanges random(seed, 300);
  const StoreOptions options = options_with(memory_environment());
  GraphModel graph;
  std::shared_ptr<Store> store = Store::open("/graph.kith", options);
  std::size_t checked = 0;
  for (std::uint64_t i = 0; i < transactions; ++i) {
    run_transaction(*store, random, graph);
    // A committed index is online at once.
    for (const IndexDef& index : store->snapshot().schema().indexes())
      REQUIRE(is_online(store->snapshot(), index));
    if (random.chance(3)) store->checkpoint();
    if (random.chance(6)) checked += check_indexes(store->snapshot(), graph, seed + i);
    if (random.chance(3)) {
      store->close();
      store = Store::open("/graph.kith", options);
      checked += check_indexes(store->snapshot(), graph, seed + i);
    }
  }
  checked += check_indexes(store->snapshot(), graph, seed);
  store->checkpoint();
  checked += check_indexes(store->snapshot(), graph, seed);
  CHECK(checked > 20);
}

TEST_CASE("After a loss of power the indexes belong to the graph that is found") {
  const std::uint64_t seed = seed_of_the_day();
  const std::uint64_t losses = number_from_environment("KITH_POWER_LOSSES", 120);
  CAPTURE(seed);
  RandomChanges random(seed, 60);
  std::mt19937_64 fate(seed + 1);
  auto disk = std::make_shared<CrashDisk>();
  std::size_t checked = 0;
  for (std::uint64_t i = 0; i < losses; ++i) {
    CAPTURE(i);
    std::atomic<std::int64_t> calls = static_cast<std::int64_t>(fate() % 120);
    disk->before = [&](CrashDisk::Call, const std::string&) {
      if (calls-- <= 0) throw StorageError("IoError", "the power is gone");
    };
    std::shared_ptr<Store> store;
    try {
      store = Store::open("/graph.kith", options_with(environment_of(disk)));
      GraphModel graph = capture(store->snapshot());
      for (;;) {
        run_transaction(*store, random, graph);
        if (random.chance(5)) store->checkpoint();
      }
    } catch (const Error&) {
    }
    disk = disk->power_loss(fate);
    store.reset();
    store = Store::open("/graph.kith", options_with(environment_of(disk)));
    const GraphModel found = capture(store->snapshot());
    check_indexes(store->snapshot(), found, seed + i, 4);
    // What was not built is built by the first write.
    store->begin()->commit();
    for (const IndexDef& index : store->snapshot().schema().indexes())
      REQUIRE(is_online(store->snapshot(), index));
    checked += check_indexes(store->snapshot(), found, seed + i, 4);
    if (fate() % 3 == 0) {
      store->close();
    } else {
      disk = disk->power_loss(fate);
    }
  }
  CHECK(checked > 20);
}

}  // namespace
}  // namespace kith::storage::test
