// storage/log/committer.hpp: the life of an open database: begin, commit, checkpoint, close.
//
//   C1  Checkpoints and appends happen only under the writer lock; readers need no lock at all.
//   C2  The log that takes commits is named by the durable meta page, or chained to the one that
//   is. C3  A log is removed only when a durable meta page does not need it any more.
//
//             open ──> (recover) ──> Open ──close──> Closed
//                                      └─ a write fails ─> Failed: reads go on, writes are refused
//
// store.cpp, transaction.cpp -> [committer] -> publisher, log_file, merge, graph/base_file
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/graph/base_file.hpp"
#include "storage/log/publisher.hpp"
#include "storage/log/recovery.hpp"
#include "storage/log/writer_lock.hpp"
#include "storage/store.hpp"

namespace kith::storage {

class Committer {
 public:
  static std::shared_ptr<Committer> open(const std::string& path, StoreOptions options);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  std::shared_ptr<const Root> snapshot() const;

  struct Begun {
    WriterLock::Hold hold;
    std::shared_ptr<Root> root;  // the transaction's own; shared with its views
  };
  // `seen`: nullptr, or what the transaction has read before.
  Begun begin(const Root* seen);
  // `records` without the commit itself; empty: nothing was changed. Gives the hold back.
  std::uint64_t commit(Begun& begun, std::string records);
  Owner new_owner() { return next_owner_.fetch_add(1, std::memory_order_relaxed); }

  void checkpoint();
  void close();

  const OpenReport& open_report() const { return report_; }
  StoreStats stats();
  bool read_only() const;

 private:
  Committer(const std::string& path, StoreOptions options, std::unique_ptr<BaseFile> file,
            Recovered recovered);
  void demand_open() const;
  void demand_writable() const;
  WriterLock::Hold take_lock();
  void checkpoint_if_due();
  bool builds_indexes() const;
  // Under the writer lock.
  void checkpoint_locked(bool go_on);
  std::uint64_t rotate_log();
  void remove_logs(std::uint64_t but);

  const std::string path_;
  const StoreOptions options_;
  const OpenReport report_;
  std::unique_ptr<BaseFile> file_;
  Publisher publisher_;
  WriterLock writer_lock_;
  std::atomic<Owner> next_owner_{1};
  std::atomic<bool> closed_{false};
  std::mutex close_mutex_;

  // Under the writer lock.
  std::vector<std::uint64_t> logs_;  // files beside the database, the current one included
  std::uint64_t highest_log_ = 0;    // numbers up to here have been used
  std::uint64_t end_checksum_ = 0;   // of the chain of logs before the current one
  std::atomic<bool> build_failed_{false};
  std::atomic<std::uint64_t> bytes_before_{0};  // of the log when an automatic checkpoint failed
};

}  // namespace kith::storage
