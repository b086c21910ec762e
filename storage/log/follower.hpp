// storage/log/follower.hpp: a database that is open for reading only, beside a writer or alone.
//
//   listen ──> a writer lives: follow its logs up to the position it announces
//          └─> none: read all that the logs have, sync them, and only then show it
//
//   O1  What is shown is durable: announced by a living writer, or synced here after it was read.
//   O2  Positions only grow; a view keeps what it had.
//   O3  A snapshot shows every commit that was acknowledged before it was asked for.
//   O4  The checkpoint under a root stays locked until the last view on it is gone (L3).
//
// docs/processes.md has the argument. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/graph/base_file.hpp"
#include "storage/log/coordination.hpp"
#include "storage/log/log_cursor.hpp"
#include "storage/log/replay.hpp"
#include "storage/store.hpp"

namespace kith::storage {

class Follower final : public Store {
 public:
  static std::shared_ptr<Follower> open(const std::string& path, StoreOptions options);

  // The newest durable state; cheap if there is nothing new.
  View snapshot() override;
  std::unique_ptr<Transaction> begin() override;
  std::unique_ptr<Transaction> begin_at(const View& seen) override;
  void checkpoint() override;
  void close() override;
  const OpenReport& open_report() const override { return report_; }
  StoreStats stats() override;
  bool read_only() const override { return true; }

 private:
  Follower(std::string path, StoreOptions options, std::unique_ptr<BaseFile> file);

  // Under the mutex.
  void demand_open() const;
  void refresh();
  bool nothing_new(const Signal& signal) const;
  bool follow(Progress progress);
  bool read_alone(const Signal& signal);
  bool has_moved(const Signal& since);
  bool stands_on_newest() const;
  Replay start_over();
  void replay_logs(Replay& replay, std::uint64_t limit);
  bool next_log();
  std::unique_ptr<File> open_log(std::uint64_t number);
  void show(std::shared_ptr<const Root> root);

  const std::string path_;
  const StoreOptions options_;
  OpenReport report_;

  std::mutex mutex_;
  std::unique_ptr<BaseFile> file_;               // none: closed
  std::shared_ptr<const Root> root_;             // shared: with views
  std::vector<std::weak_ptr<const Root>> past_;  // shown before, perhaps still read
  std::optional<LogCursor> cursor_;              // where root_ has come to; none: start over
  Owner next_owner_ = 1;               // one for each replay: what was shown never changes
  std::optional<Progress> followed_;   // what the writer said when root_ was made
  std::optional<ProgressPage> alone_;  // the page when there was no writer and all was read
};

}  // namespace kith::storage
