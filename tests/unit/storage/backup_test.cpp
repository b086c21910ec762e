// tests/unit/storage/backup_test.cpp: copies made while a writer goes on are whole, and are the
// state of one commit.
#include "storage/backup.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <thread>

#include "kith/error.hpp"
#include "storage/page/format.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage::test {
namespace {

const std::string kPath = "/graph.kith", kCopy = "/copy.kith";

StoreOptions options_in(const Environment& environment) {
  StoreOptions options;
  options.environment = environment;
  options.memory_limit_bytes = 64 * kMiB;
  options.checkpoint_log_bytes = 200 * 1024;
  return options;
}

GraphModel graph_of(const Environment& environment, const std::string& path) {
  const auto store = Store::open(path, options_in(environment));
  CHECK(store->open_report().note.empty());
  return capture(store->snapshot());
}

std::string detail_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const StorageError& error) {
    return error.detail();
  }
  return "none";
}

}  // namespace

TEST_CASE("Backups made beside a writer are sound, and each is the state of its commit") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  const Environment environment = memory_environment();
  const auto store = Store::open(kPath, options_in(environment));
  std::mutex mutex;
  std::map<std::uint64_t, GraphModel> states;  // by position, of the last few commits
  states[0] = {};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    RandomChanges random(seed, 150);
    GraphModel graph;
    while (!stop) {
      const auto tx = store->begin();
      tx->begin_statement();
      for (int i = 0; i < 20; ++i) random.change(*tx, graph);
      tx->end_statement();
      const std::lock_guard lock(mutex);  // the state is known before a backup can have it
      states[tx->view().position() + 1] = graph;
      tx->commit();
      if (states.size() > 400) states.erase(states.begin());
    }
  });
  struct Join {
    std::atomic<bool>& stop;
    std::thread& thread;
    ~Join() {
      stop = true;
      thread.join();
    }
  } join{stop, writer};
  for (int round = 0; round < 8; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::string path = kCopy + std::to_string(round);
    const BackupReport report = write_backup(store->snapshot(), path, {environment});
    const Checked checked = check(environment, path);
    REQUIRE(checked.problems == "");
    CHECK(checked.report.counts.position == report.position);
    CHECK(checked.report.counts.logs == 0);
    const GraphModel copy = graph_of(environment, path);
    const std::lock_guard lock(mutex);
    const auto state = states.find(report.position);
    REQUIRE(state != states.end());
    CHECK((copy == state->second));
  }
}

TEST_CASE("A backup is a database that goes its own way") {
  const Environment environment = memory_environment();
  const auto store = Store::open(kPath, options_in(environment));
  RandomChanges random(5, 100);
  GraphModel graph;
  const auto change = [&](Store& in, GraphModel& model) {
    const auto tx = in.begin();
    tx->begin_statement();
    for (int i = 0; i < 100; ++i) random.change(*tx, model);
    tx->end_statement();
    tx->commit();
  };
  change(*store, graph);
  store->checkpoint();
  change(*store, graph);
  const BackupReport report = write_backup(store->snapshot(), kCopy, {environment});
  CHECK(report.nodes == graph.nodes.size());
  CHECK(report.relationships == graph.edges.size());
  CHECK(report.file_bytes == bytes_of_file(*environment.files, kCopy).size());
  GraphModel other = graph;
  {
    const auto copy = Store::open(kCopy, options_in(environment));
    CHECK((capture(copy->snapshot()) == graph));
    change(*copy, other);
    change(*store, graph);
    CHECK((capture(copy->snapshot()) == other));
    copy->close();
  }
  CHECK(check(environment, kCopy).problems == "");
  CHECK((graph_of(environment, kCopy) == other));
  CHECK((capture(store->snapshot()) == graph));
}

TEST_CASE("A backup overwrites nothing, and leaves nothing when it fails") {
  const Environment environment = memory_environment();
  const auto store = Store::open(kPath, options_in(environment));
  RandomChanges random(5, 100);
  GraphModel graph;
  const auto tx = store->begin();
  tx->begin_statement();
  for (int i = 0; i < 300; ++i) random.change(*tx, graph);
  tx->end_statement();
  tx->commit();
  store->checkpoint();
  const auto backup = [&] { write_backup(store->snapshot(), kCopy, {environment}); };
  environment.files->open(kCopy, OpenMode::CreateNew);
  CHECK(detail_of(backup) == "AlreadyExists");
  environment.files->remove(kCopy);
  // Damage in any block of the original keeps a backup from being made.
  const auto raw = environment.files->open(kPath, OpenMode::ReadWrite);
  const std::uint64_t pages = raw->size() / kPageBytes;
  std::uint64_t refused = 0;
  for (std::uint64_t page = kFirstBlockPage; page < pages; ++page) {
    std::byte b;
    raw->read(page * kPageBytes + 8, {&b, 1});
    const std::byte bad = b ^ std::byte{4};
    raw->write(page * kPageBytes + 8, {&bad, 1});
    const std::string detail = detail_of(backup);
    raw->write(page * kPageBytes + 8, {&b, 1});
    if (environment.files->exists(kCopy)) {
      CHECK(detail == "none");
      environment.files->remove(kCopy);
    } else {
      CHECK((detail == "BackupDamaged" || detail == "CorruptBlock"));
      ++refused;
    }
    CHECK(environment.files->list("/").size() <= 2);  // the file and its log
  }
  CHECK(refused > 5);
  CHECK(detail_of(backup) == "none");
}

}  // namespace kith::storage::test
