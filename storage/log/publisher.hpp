// storage/log/publisher.hpp: which state readers see, and from when on.
//
//   commit: append to the log ──> tip ──> one sync for all that wait ──> published
//           (holding the writer lock)     (the first of them leads)
//
//   P1  What is published is durable (durability = full); readers see nothing else.
//   P2  Roots are published in the order of their positions.
//   P3  After a failed write or sync of the log nothing is appended or published any more, and tip
//       is what was published last.
//
// Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/delta/root.hpp"
#include "storage/log/log_file.hpp"

namespace kith::storage {

class Publisher {
 public:
  // sync = false: durability = relaxed.
  Publisher(std::shared_ptr<const Root> first, bool sync);

  std::shared_ptr<const Root> published() const;
  std::shared_ptr<const Root> tip() const;

  // By the holder of the writer lock: the log and the tip go on by one transaction. Throws
  // StorageError("NoSpace") with nothing changed; or "OutcomeUnknown", see P3.
  void append(std::string_view transaction, std::shared_ptr<const Root> next);
  // Returns when the commit of this position is durable and published. "OutcomeUnknown" if the log
  // failed before that.
  void wait_durable(std::uint64_t position);

  // By the holder of the writer lock, when tip is durable: goes on in another log (or none), or
  // with the same state on a newer base.
  void set_log(std::unique_ptr<LogWriter> log);
  void replace(std::shared_ptr<const Root> same);
  // Nothing more is coming to this log for now: all of it is synced, and claims to be.
  void finish_log();
  LogWriter* log() { return log_.get(); }
  std::uint64_t log_bytes() const;

  // Nothing is written any more; `reason` completes "the database is read-only because …".
  void fail(const std::string& reason);
  std::optional<std::string> failure() const;

  struct Readers {
    std::uint64_t snapshots = 0, oldest_position = 0;
  };
  Readers readers() const;

 private:
  void lead(std::unique_lock<std::mutex>& lock);
  void claim_idle(std::unique_lock<std::mutex>& lock);
  void publish(std::shared_ptr<const Root> root);
  void fail_locked(const std::string& reason);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Roots are shared: with every view of them.
  std::shared_ptr<const Root> published_, tip_;
  std::vector<std::weak_ptr<const Root>> past_;  // published before, perhaps still read
  std::unique_ptr<LogWriter> log_;               // changed only while nobody syncs
  bool syncing_ = false;
  const bool sync_;
  std::optional<std::string> failure_;
};

}  // namespace kith::storage
