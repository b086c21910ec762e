// storage/log/committer.hpp: the life of an open database: begin, commit, close.
//
//             open ──> (recover) ──> Open ──close──> Closed
//                                      └─ a write fails ─> Failed: reads go on, writes are refused
//
// store.cpp, transaction.cpp -> [committer] -> publisher, checkpointer, recovery
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "storage/graph/base_file.hpp"
#include "storage/index/sorter.hpp"
#include "storage/log/checkpointer.hpp"
#include "storage/log/coordination.hpp"
#include "storage/log/delta_account.hpp"
#include "storage/log/fold.hpp"
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
    Publisher::Moving moving;
  };
  // `seen`: nullptr, or what the transaction has read before.
  Begun begin(const Root* seen);
  // `records` without the commit itself; empty: nothing was changed. Gives the hold back.
  std::uint64_t commit(Begun& begun, RecordBuffer records);
  // A transaction whose delta has passed this is to be folded.
  std::uint64_t fold_bytes() const { return options_.memory_limit_bytes / kFoldShare; }
  // Brings the transaction, and the root before its statement, onto the newest base.
  std::unique_ptr<Fold> begin_fold(Begun& begun, Root& before);
  // All of it, or most.
  enum class FoldScope : std::uint8_t { All, Most };
  void fold(Begun& begun, Fold& fold, FoldScope scope);
  std::uint64_t commit(Begun& begun, std::unique_ptr<Fold> fold);
  // Of the entries of an index.
  SortOptions sort_options() const;
  Owner new_owner() { return next_owner_.fetch_add(1, std::memory_order_relaxed); }

  void checkpoint();
  void close();

  const OpenReport& open_report() const { return report_; }
  StoreStats stats();
  bool read_only() const;

 private:
  static constexpr std::uint64_t kFoldShare = 4;
  Committer(const std::string& path, StoreOptions options, std::unique_ptr<BaseFile> file,
            Recovered recovered);
  void release_file(bool idle);
  void demand_open() const;
  void demand_writable() const;
  WriterLock::Hold take_lock();
  void build_indexes();

  const std::string path_;
  const StoreOptions options_;
  const OpenReport report_;
  std::unique_ptr<BaseFile> file_;
  Announcer announcer_;
  Publisher publisher_;
  DeltaAccount delta_account_;
  WriterLock writer_lock_;
  Checkpointer checkpointer_;
  std::atomic<Owner> next_owner_{1};
  std::atomic<bool> closed_{false};
  std::mutex close_mutex_;
  std::atomic<bool> first_write_{true};    // none has begun since the open
  std::atomic<bool> build_failed_{false};  // of an index: not tried again by each commit
  std::mutex file_mutex_;  // held while a transaction folds, and when closed_ becomes true
};

}  // namespace kith::storage
