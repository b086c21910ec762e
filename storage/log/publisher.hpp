// storage/log/publisher.hpp: which state readers see, and from when on.
//
//   commit: append to the log ──> tip ──> one sync for all that wait ──> published
//           (holding the writer lock)     (the first of them leads)
//
//   P1  What is published is durable (durability = full); readers see nothing else.
//   P2  Roots are published in the order of their positions.
//   P3  After a failed write or sync of the log nothing is appended or published any more, and tip
//       is what was published last.
//   P4  published and tip are on the newest base. A root that was begun on an earlier one is
//       brought onto it when it becomes tip or published; there is at most one base between.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/wait_word.hpp"
#include "storage/delta/root.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/record_buffer.hpp"

namespace kith::storage {

class Publisher {
 public:
  // sync = false: durability = relaxed.
  Publisher(std::shared_ptr<const Root> first, bool sync);

  // Told of each root before those who wait for it are; throws nothing but std::bad_alloc. Before
  // any other use.
  void set_announce(std::function<void(const Root&)> announce) { announce_ = std::move(announce); }

  std::shared_ptr<const Root> published() const;
  std::shared_ptr<const Root> tip() const;

  // What a transaction begins with: the tip, and what the checkpoint that runs now will have merged
  // of it (filled in by swap(); nullptr: none runs).
  using Moving = std::shared_ptr<const Merged>;  // shared: by all who began before the swap
  struct Start {
    std::shared_ptr<const Root> root;
    Moving moving;
  };
  Start start() const;

  // By the holder of the writer lock: the log and the tip go on by one transaction. Throws
  // StorageError("NoSpace") with nothing changed; or "OutcomeUnknown", see P3.
  void append(const RecordBuffer& transaction, std::shared_ptr<const Root> next,
              const Moving& moving);
  // Returns when the commit of this position is durable and published. "OutcomeUnknown" if the log
  // failed before that.
  void wait_durable(std::uint64_t position);

  std::uint64_t published_to() const { return published_to_.load(std::memory_order_acquire); }
  // While nobody commits: the log says what of it is synced, unless somebody came meanwhile.
  void claim();

  // By the holder of the writer lock, when tip is durable: goes on in another log (or none).
  void set_log(std::unique_ptr<LogWriter> log);
  // By the same: what is published now is what the next checkpoint writes.
  std::shared_ptr<const Root> freeze();
  // Ends what freeze() began, with or without the writer lock: that checkpoint is durable, or it
  // was given up.
  void swap(Merged merged);
  void thaw();
  // Nothing more is coming to this log: all of it is synced, and claims to be, and that log `next`
  // takes the commits from here on (0: none).
  void finish_log(std::uint64_t next);
  LogWriter* log() { return log_.get(); }
  std::uint64_t log_bytes() const;

  // By the holder of the writer lock, when tip is durable: a transaction that is durable already,
  // as a checkpoint, and the log that goes on after it.
  void jump(std::shared_ptr<const Root> root, std::unique_ptr<LogWriter> log);

  [[noreturn]] static void outcome_unknown(const std::string& reason);

  // Nothing is written any more; `reason` completes "the database is read-only because …".
  void fail(const std::string& reason);
  std::optional<std::string> failure() const;

  struct Readers {
    std::uint64_t snapshots = 0, oldest_position = 0, oldest_checkpoint = 0;
    std::chrono::nanoseconds oldest_age{0};  // since the state it reads was replaced
  };
  Readers readers() const;

 private:
  // These release the mutex.
  void wait_turn(std::unique_lock<std::mutex>& lock, std::uint64_t position);
  void lead(std::unique_lock<std::mutex>& lock);
  void let_next_lead(std::unique_lock<std::mutex>& lock);
  void gather(std::unique_lock<std::mutex>& lock);
  void publish(std::shared_ptr<const Root> root);
  std::shared_ptr<const Root> on_newest_base(std::shared_ptr<const Root> root,
                                             const Moving& moving) const;
  void fail_locked(const std::string& reason);

  mutable std::mutex mutex_;
  std::condition_variable idle_;  // nobody syncs
  // Commits sleep by the sync that is for them: who comes first for the next one leads it, and is
  // told alone; all others are told by one call when theirs has ended. The words are changed under
  // the mutex.
  WaitWord next_leader_, ended_[2];  // of syncs with even, odd numbers
  bool leader_waits_ = false;
  bool somebody_waits_[2] = {};    // by ended_: else nobody need be told
  std::uint64_t sync_number_ = 0;  // of the one that runs
  std::uint64_t synced_to_ = 0;    // the position that it is for
  // Roots are shared: with every view of them.
  std::shared_ptr<const Root> published_, tip_;
  std::atomic<std::uint64_t> published_to_;  // its position, to be read without the mutex
  struct Past {
    std::weak_ptr<const Root> root;
    std::chrono::steady_clock::time_point replaced;
  };
  std::vector<Past> past_;          // published before, perhaps still read
  std::shared_ptr<Merged> moving_;  // shared: see Moving
  std::unique_ptr<LogWriter> log_;  // changed only while nobody syncs
  bool syncing_ = false;
  std::condition_variable gathered_;       // what the leader waits for before he syncs:
  std::uint64_t wanted_ = 0;               // this position
  std::uint64_t expected_ = 1;             // commits that the next sync may be for
  std::chrono::nanoseconds sync_time_{0};  // of late, about
  const bool sync_;
  std::optional<std::string> failure_;
  std::atomic<bool> failed_{false};            // there is one
  std::function<void(const Root&)> announce_;  // under the mutex, so in the order of positions
};

}  // namespace kith::storage
