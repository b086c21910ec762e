// tests/unit/storage/bulk_replace_test.cpp: a load that takes the place of a database, cut short at
// every step.
#include <atomic>
#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "storage/bulk_load.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/disk_fixture.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kOld = 7, kNew = 40;

StoreOptions existing(const std::shared_ptr<test::CrashDisk>& disk) {
  StoreOptions options = test::options_on(test::environment_of(disk), 4 * kMiB);
  options.create = false;
  return options;
}

// A database of kOld nodes that was not closed: some of them are in its log alone.
std::shared_ptr<test::CrashDisk> old_database(std::mt19937_64& random) {
  const auto disk = std::make_shared<test::CrashDisk>();
  StoreOptions options = existing(disk);
  options.create = true;
  const auto store = Store::open("dir/graph", options);
  for (std::uint64_t i = 0; i < kOld; ++i) {
    const auto transaction = store->begin();
    transaction->begin_statement();
    transaction->create_node({}, {});
    transaction->end_statement();
    transaction->commit();
    if (i == 3) store->checkpoint();
  }
  return disk->power_loss(random);
}

void replace(const std::shared_ptr<test::CrashDisk>& disk) {
  Scheduler scheduler(1);
  const auto load =
      BulkLoad::create("dir/graph", test::environment_of(disk), scheduler,
                       {.budget = std::make_shared<MemoryBudget>(4 * kMiB), .replace = true});
  load->add_nodes({}, kNew, {});
  load->finish({});
}

}  // namespace

TEST_CASE("A load cut short at any step leaves the old database or the new one, whole") {
  Random seed;
  INFO(seed.note());
  std::mt19937_64 random(seed.word());
  std::atomic<std::uint64_t> calls{0}, allowed{UINT64_MAX};
  const auto watch = [&](const std::shared_ptr<test::CrashDisk>& disk) {
    calls = 0;
    disk->before = [&](test::CrashDisk::Call, const std::string&) {
      if (++calls > allowed) throw StorageError("IoError", "no power");
    };
  };
  auto disk = old_database(random);
  watch(disk);
  replace(disk);
  const std::uint64_t all = calls;
  REQUIRE(all > 10);
  CHECK(disk->list("dir") == std::vector<std::string>{"graph"});
  std::uint64_t olds = 0, news = 0;
  for (allowed = 0; allowed <= all + 10; ++allowed) {
    INFO("cut after " << allowed << " of " << all << " calls");
    disk = old_database(random);
    watch(disk);
    bool failed = false;
    try {
      replace(disk);
    } catch (const StorageError&) {
      failed = true;
    }
    CHECK(failed == (calls > allowed));
    const auto after = disk->power_loss(random);
    const auto store = Store::open("dir/graph", existing(after));
    const std::uint64_t nodes = store->snapshot().node_count();
    CHECK((nodes == kOld || nodes == kNew));
    if (!failed) CHECK(nodes == kNew);
    ++(nodes == kOld ? olds : news);
    // Opened and loaded again, there is nothing of the interrupted attempt.
    store->close();
    replace(after);                                     // nobody watches this disk
    for (const std::string& name : after->list("dir"))  // logs of the old one are never deleted
      CHECK((name == "graph" || name.ends_with(".foreign")));
  }
  CHECK(olds > 0);
  CHECK(news > 0);
}

TEST_CASE("A database that is open is not replaced, nor is a file that is none") {
  const Environment environment = memory_environment();
  Scheduler scheduler(1);
  const auto detail_of = [&](const std::string& path) {
    try {
      BulkLoad::create(path, environment, scheduler, {.budget = nullptr, .replace = true});
    } catch (const StorageError& error) {
      return error.detail();
    }
    return std::string();
  };
  StoreOptions options;
  options.environment = environment;
  const auto store = Store::open("dir/graph", options);
  CHECK(detail_of("dir/graph") == "InUse");
  const std::vector<std::byte> text(20000, std::byte{'x'});
  environment.files->open("dir/letter", OpenMode::CreateNew)->write(0, text);
  CHECK(detail_of("dir/letter") == "NotADatabase");
  store->close();
  CHECK(detail_of("dir/graph") == "");
  CHECK(environment.files->list("dir").size() == 2);
}

}  // namespace kith::storage
