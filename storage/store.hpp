// storage/store.hpp: an open database file.
//
//   Store ──snapshot()──> View            readers, any number, never waiting
//     └────begin()──────> Transaction     one writer at a time (writer.hpp)
//
// Thread-safe. Opening recovers from the logs; closing checkpoints what is not yet in the file.
//
// A store opened read-only works beside one that writes, in this process or another: each snapshot
// is the newest durable state (docs/processes.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/environment.hpp"
#include "core/memory_budget.hpp"
#include "storage/view.hpp"

namespace kith::storage {

class Transaction;

struct StoreOptions {
  Environment environment;               // required
  std::uint64_t memory_limit_bytes = 0;  // 0: half of the smaller of RAM and the cgroup limit
  // Whose memory it is (docs/memory.md); nullptr: one of the store's own, with the limit above.
  // Shared: views may outlive the store, and their blocks count as long.
  std::shared_ptr<MemoryBudget> budget = nullptr;
  bool read_only = false;
  bool create = true;                              // make the file if there is none
  bool sync = true;                                // false: durability = relaxed
  std::uint64_t checkpoint_log_bytes = 64 * kMiB;  // a log longer than this starts a checkpoint
  std::chrono::milliseconds busy_timeout{5000};
  std::uint32_t threads = 0;  // that build an index; 0: one per core
};

// What recovery found at open; empty text when there was nothing to say.
struct OpenReport {
  std::uint64_t replayed_commits = 0;
  std::uint64_t torn_bytes = 0;  // dropped behind the last valid frame
  std::string note;
};

struct StoreStats {
  std::uint64_t file_bytes = 0, free_bytes = 0, log_bytes = 0;
  std::uint64_t pool_bytes = 0, pool_limit_bytes = 0, delta_bytes = 0;
  std::uint64_t checkpoint = 0, position = 0, open_snapshots = 0, oldest_snapshot_position = 0;
  // The oldest snapshot: which checkpoint it reads, and for how long at least it has been held.
  std::uint64_t oldest_snapshot_checkpoint = 0, oldest_snapshot_age_ms = 0;
  std::uint64_t held_bytes = 0;  // of the file, not in use any more, but perhaps still read
  std::uint64_t logs = 0;        // log files
  std::uint64_t writer_age_ms = 0, writers_waiting = 0;  // of the running write transaction
  bool writer_running = false, checkpoint_running = false;
  std::string checkpoint_failure;  // why the last checkpoint failed; empty: it did not
};

class Store {
 public:
  static std::shared_ptr<Store> open(const std::string& path, StoreOptions options);
  virtual ~Store() = default;

  virtual View snapshot() = 0;
  // Waits for the writer lock, at most the busy timeout: TransactionError("Busy", retryable).
  virtual std::unique_ptr<Transaction> begin() = 0;
  // Like begin(), but fails with TransactionError("Conflict", retryable) if a commit came after
  // `seen`.
  virtual std::unique_ptr<Transaction> begin_at(const View& seen) = 0;

  virtual void checkpoint() = 0;
  // Idempotent. Checkpoints (if writable and healthy) and releases the file. Views may still be
  // held.
  virtual void close() = 0;

  virtual const OpenReport& open_report() const = 0;
  virtual StoreStats stats() = 0;
  virtual bool read_only() const = 0;
};

}  // namespace kith::storage
