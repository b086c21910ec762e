// tests/unit/storage/held_checkpoint.hpp: a checkpoint that stops in its middle, for what happens
// meanwhile.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "storage/store.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {

inline const std::string kPath = "/graph.kith";

// A disk whose checkpoint stops before the meta page (or, `at_data`, before its first block), until
// it is let go on.
struct HeldCheckpoint {
  std::shared_ptr<CrashDisk> disk = std::make_shared<CrashDisk>();
  std::shared_ptr<Store> store = Store::open(kPath, options_on(environment_of(disk)));
  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  bool arrived = false, released = false;

  void begin() {
    disk->before = [this](CrashDisk::Call call, const std::string& path) {
      if (call != CrashDisk::Call::Write || path != kPath) return;
      std::unique_lock lock(mutex);
      arrived = true;
      changed.notify_all();
      changed.wait(lock, [&] { return released; });
    };
    thread = std::thread([this] { store->checkpoint(); });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return arrived; });
  }
  void finish() {
    {
      const std::lock_guard lock(mutex);
      released = true;
    }
    changed.notify_all();
    thread.join();
    disk->before = nullptr;
  }
};

}  // namespace kith::storage::test
