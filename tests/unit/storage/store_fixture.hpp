// tests/unit/storage/store_fixture.hpp: what tests that open stores have in common.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <utility>

#include "storage/log/log_file.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage::test {

// A number that whoever runs the tests may set: longer runs, or a seed that failed before.
inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}
inline std::uint64_t seed_of_the_day() {
  return number_from_environment("KITH_SEED", std::random_device{}());
}

inline StoreOptions options_on(Environment environment, std::uint64_t memory = 64 * kMiB,
                               std::chrono::milliseconds busy = std::chrono::milliseconds(5000)) {
  StoreOptions options;
  options.environment = std::move(environment);
  options.memory_limit_bytes = memory;
  options.busy_timeout = busy;
  return options;
}

// The log that takes the commits.
inline LogScan scan_last_log(FileSystem& files, const std::string& path) {
  const std::uint64_t number = list_logs(files, path).back();
  const auto file = files.open(log_path(path, number), OpenMode::ReadOnly);
  std::array<std::byte, 16> head{};  // it has the database's id
  file->read(0, head);
  std::uint64_t database = 0;
  std::memcpy(&database, head.data() + 8, sizeof database);
  return scan_log(*file, database, number, {{}, [](std::string_view) {}});
}
// The same when it says that all of it is synced; for ever, if it never does.
inline LogScan await_claim(FileSystem& files, const std::string& path) {
  for (;;) {
    LogScan found = scan_last_log(files, path);
    if (found.synced >= found.end_frame) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// A transaction of one statement.
template <class Work>
void write(Store& store, Work&& work) {
  const auto tx = store.begin();
  tx->begin_statement();
  work(*tx);
  tx->end_statement();
  tx->commit();
}

// One transaction of a few statements, some of which are rolled back, as the transaction may be.
// `operations` is how many changes were tried. True if it was committed: then `graph` has it.
// `before(tx, changed)` is called as each statement begins, `after` when it has ended.
template <class Before, class After>
bool run_transaction(Store& store, RandomChanges& random, GraphModel& graph,
                     std::uint64_t& operations, Before&& before, After&& after) {
  GraphModel changed = graph;
  const auto tx = store.begin();
  for (std::uint64_t statements = 1 + random.pick(4); statements > 0; --statements) {
    GraphModel old = changed;
    tx->begin_statement();
    before(*tx);
    for (std::uint64_t changes = random.pick(30); changes > 0; --changes, ++operations)
      random.change(*tx, changed);
    if (random.chance(15)) {
      tx->rollback_statement();
      changed = std::move(old);
    } else {
      tx->end_statement();
    }
    after(*tx, std::as_const(changed));
  }
  if (random.chance(10)) {
    if (random.chance(50)) tx->rollback();
    return false;
  }
  tx->commit();
  graph = std::move(changed);
  return true;
}

}  // namespace kith::storage::test
