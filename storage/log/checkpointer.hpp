// storage/log/checkpointer.hpp: bringing what was committed into the data file, beside the writers.
//
//   freeze ──> rotate the log ──> merge ──> sync ──> flip the meta page ──> swap ──> unlink logs
//   (under the writer lock)       (while readers and writers go on)
//
//   C1  Commits are appended, and the log is changed for the next one, only under the writer lock.
//   C2  The log that takes commits is named by the durable meta page, or chained to the one that
//       is; each log says which one it follows.
//   C3  A log is removed only when a durable meta page does not need it any more, and only as long
//       as the path leads to the file that is open: otherwise it is somebody else's. For the same
//       reason none is made then.
//   C4  One checkpoint at a time: who begins one holds the writer lock until it is its turn, and
//       never takes the writer lock again before it is done. So a writer may wait for a checkpoint.
//   C5  A checkpoint that fails before the flip changes nothing but the number of the log; one that
//       fails in it makes the database read-only.
//   C6  A commit that leaves more behind than the limits allow returns when a checkpoint has
//       brought it below them, or could not.
//
// committer.cpp -> [checkpointer] -> publisher, log_file, merge, graph/base_file. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/graph/base_file.hpp"
#include "storage/log/publisher.hpp"
#include "storage/log/recovery.hpp"
#include "storage/log/writer_lock.hpp"
#include "storage/store.hpp"

namespace kith::storage {

class Checkpointer {
 public:
  // All of these outlive it.
  struct Parts {
    const std::string& path;
    const StoreOptions& options;
    BaseFile& file;
    Publisher& publisher;
    WriterLock& writer_lock;
  };
  Checkpointer(const Parts& parts, const Recovered& recovered);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // By the holder of the writer lock: there is a log for its commit (C2).
  void open_log();
  // After a commit, without the lock: C6. If no other follows soon, its log is made to say that it
  // is synced.
  void after_commit();
  // One in the background, soon.
  void request();
  // One that begins now, on the caller's thread; everything is merged. TransactionError("Busy") if
  // the writer lock was not free in time.
  void run();
  // The last one, by the holder of the writer lock: afterwards there are no logs.
  void finish(WriterLock::Hold hold);
  // No more in the background; waits for the one that runs.
  void stop();

  // The right to write to the data file (C4), and the writer lock as long as it is held here.
  class Turn {
   public:
    // `hold` may be empty, if the caller holds the lock and keeps it.
    Turn(Checkpointer& owner, WriterLock::Hold hold);
    Turn(Turn&& from) noexcept
        : owner_(std::exchange(from.owner_, nullptr)), hold_(std::move(from.hold_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    void let_writers_go_on() { hold_.release(); }

   private:
    Checkpointer* owner_;
    WriterLock::Hold hold_;
  };

  struct Status {
    bool running = false;
    std::uint64_t log_bytes = 0, logs = 0;
    std::string failure;  // why the last one failed; empty: it did not
  };
  Status status() const;

 private:
  friend class Fold;  // a transaction that is committed as a checkpoint
  enum class Scope : std::uint8_t { Scattered, All };  // may small changes be carried along?
  template <class Flag>
  void wake(Flag& what);
  void work();
  bool is_quiet(std::unique_lock<std::mutex>& lock);
  void attempt();
  void demand_going() const;
  void demand_in_place() const;
  void checkpoint(Turn turn, Scope scope);
  // `freed` counts what leaves the delta: it is in memory until `root` is let go of.
  void write(const std::shared_ptr<const Root>& root, std::uint64_t first_log, Scope scope,
             Reservation& freed);
  void name_log(std::uint64_t number);
  std::uint64_t rotate();
  std::unique_ptr<LogWriter> create_log(const LogLink& link);
  void remove_logs(std::uint64_t below);
  std::uint64_t log_bytes() const;
  bool due(std::uint64_t times) const;
  std::uint64_t carry_cap() const;

  const Parts parts_;
  const LogLink recovered_end_;  // what the first log goes on from
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;                   // C4
  bool wanted_ = false;                 // of the thread
  std::atomic<bool> claim_due_{false};  // the same; set under the mutex
  std::uint64_t attempts_ = 0;          // that it has ended
  bool stopped_ = false;
  std::string failure_;              // of the last one
  std::uint64_t allowed_bytes_ = 0;  // of logs and delta when it failed: tried again past these
  std::uint64_t allowed_delta_ = 0;
  std::vector<std::uint64_t> logs_;  // files beside the database, the current one included
  std::uint64_t highest_log_ = 0;    // numbers up to here have been used
  std::uint64_t ended_bytes_ = 0;    // of the logs before the current one
  std::thread thread_;               // from the first commit on
};

}  // namespace kith::storage
