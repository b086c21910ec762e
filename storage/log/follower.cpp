// storage/log/follower.cpp: from what the writer announces, or the logs hold, to the next root.
#include "storage/log/follower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/open_file.hpp"
#include "storage/log/reader_locks.hpp"
#include "storage/log/recovery.hpp"
#include "storage/writer.hpp"

namespace kith::storage {

namespace {

constexpr auto kPause = std::chrono::milliseconds(1);

[[noreturn]] void refuse_writing(const std::string& path) {
  throw TransactionError("ReadOnly", fmt::format("'{}' was opened read-only", path));
}

}  // namespace

std::shared_ptr<Follower> Follower::open(const std::string& path, StoreOptions options) {
  KITH_ASSERT(options.environment.files && options.environment.clock && options.budget &&
              options.read_only);
  OpenedFile opened;
  std::unique_ptr<BaseFile> file;
  do {  // again, if another file was put in its place meanwhile
    opened = open_data_file(path, options);
    file = BaseFile::open(std::move(opened.file), opened.path, PoolMemory(options.budget),
                          lock_newest_checkpoint);
  } while (!file->file().is_at(opened.path));
  std::shared_ptr<Follower> follower(
      new Follower(std::move(opened.path), std::move(options), std::move(file)));
  const std::lock_guard lock(follower->mutex_);
  follower->refresh();
  return follower;
}

Follower::Follower(std::string path, StoreOptions options, std::unique_ptr<BaseFile> file)
    : path_(std::move(path)), options_(std::move(options)), file_(std::move(file)) {}

void Follower::demand_open() const {
  if (!file_) throw TransactionError("Closed", fmt::format("the database '{}' is closed", path_));
}

View Follower::snapshot() {
  const std::lock_guard lock(mutex_);
  demand_open();
  refresh();
  return View(root_);
}

std::unique_ptr<Transaction> Follower::begin() {
  const std::lock_guard lock(mutex_);
  demand_open();
  refuse_writing(path_);
}

std::unique_ptr<Transaction> Follower::begin_at(const View&) { return begin(); }
void Follower::checkpoint() { static_cast<void>(begin()); }

void Follower::close() {
  const std::lock_guard lock(mutex_);
  cursor_.reset();
  root_.reset();
  file_.reset();  // views keep the file open, and their checkpoints locked (O4)
}

bool Follower::nothing_new(const Signal& signal) const {
  if (!root_) return false;
  return signal.progress && followed_ == signal.progress;
}

// A step may fail because the writer has gone on while it was made: then it is made again.
void Follower::refresh() {
  if (alone_ && read_progress_page(file_->file()) == *alone_) return;  // L2: nobody wrote since
  Clock& clock = *options_.environment.clock;
  const auto patience = std::chrono::nanoseconds(options_.busy_timeout).count();
  std::optional<std::int64_t> deadline;
  for (;;) {
    const Signal signal = listen(file_->file());
    if (nothing_new(signal)) return;
    if (!deadline) deadline = clock.monotonic_nanoseconds() + patience;
    const bool late = clock.monotonic_nanoseconds() > *deadline;
    try {
      if (signal.progress ? follow(*signal.progress) : read_alone(signal)) return;
    } catch (const StorageError&) {
      cursor_.reset();
      if (late || (!has_moved(signal) && !signal.writer)) throw;
    }
    if (late)
      throw StorageError(
          "DamagedLog",
          fmt::format("the logs of '{}' do not lead to what its writer has "
                      "committed, in {} ms; the last commit found is {}",
                      path_, options_.busy_timeout.count(), root_ ? root_->position() : 0));
    if (!has_moved(signal)) std::this_thread::sleep_for(kPause);
  }
}

bool Follower::has_moved(const Signal& since) {
  if (file_->refresh(lock_newest_checkpoint)) return true;
  const Signal now = listen(file_->file());
  return now.page != since.page || now.writer != since.writer || now.progress != since.progress;
}

bool Follower::stands_on_newest() const { return root_ && &root_->base() == file_->base().get(); }

// False if the logs do not lead that far, which they do unless the writer has gone on or died.
bool Follower::follow(Progress progress) {
  if (file_->base()->checkpoint() < progress.checkpoint) file_->refresh(lock_newest_checkpoint);
  const std::uint64_t shown = root_ ? root_->position() : 0;
  const std::uint64_t limit = std::max(progress.position, shown);  // O1, O2
  if (!stands_on_newest() || shown < limit) {
    const bool go_on = stands_on_newest() && cursor_;
    // shared: it becomes the root that is shown
    Replay replay = go_on ? Replay(std::make_shared<Root>(*root_), next_owner_++) : start_over();
    if (cursor_) replay_logs(replay, limit);
    if (!root_) report_.replayed_commits = replay.commits();
    if (replay.position() >= shown) {
      show(replay.root());
    } else {
      cursor_.reset();
    }
    if (replay.position() < limit) return false;
  }
  followed_ = progress;
  alone_.reset();
  return true;
}

// The newest checkpoint as it is, and its first log.
Replay Follower::start_over() {
  cursor_.reset();
  const std::shared_ptr<const Base> base = file_->base();  // shared: with the root
  Replay replay(std::make_shared<Root>(base), next_owner_++);
  if (const std::string carried = base->read_carry(); !carried.empty()) replay.carry(carried);
  if (const std::uint64_t first = base->fields().first_log; first != 0) {
    cursor_ = LogCursor::open(open_log(first), file_->database_id(), first);
    if (!cursor_ || cursor_->position() > replay.position())
      throw StorageError("DamagedLog", fmt::format("'{}' is not the log that follows checkpoint {}",
                                                   log_path(path_, first), base->checkpoint()));
  }
  return replay;
}

void Follower::replay_logs(Replay& replay, std::uint64_t limit) {
  cursor_->look_again();
  while (replay.position() < limit) {
    if (const auto transaction = cursor_->next()) {
      replay.transaction(*transaction);
    } else if (!next_log()) {
      return;
    }
  }
  KITH_ASSERT(replay.position() == std::max(limit, replay.root()->base().fields().position));  // O1
}

// The log that is chained to the end of this one.
bool Follower::next_log() {
  for (const std::uint64_t number : list_logs(*options_.environment.files, path_)) {
    if (number <= cursor_->number()) continue;
    auto next = LogCursor::open(open_log(number), file_->database_id(), number);
    if (!next || next->previous() != cursor_->checksum()) continue;
    cursor_ = std::move(next);
    return true;
  }
  return false;
}

std::unique_ptr<File> Follower::open_log(std::uint64_t number) {
  const std::string path = log_path(path_, number);
  try {
    return options_.environment.files->open(path, OpenMode::ReadOnly);
  } catch (const StorageError& error) {
    if (error.detail() != "NotFound") throw;
    throw StorageError("MissingLog",
                       fmt::format("the log '{}' is missing; '{}' is not complete without it. A "
                                   "file with several names is opened by the one that its logs "
                                   "have",
                                   path, path_));
  }
}

// All there is. False if a writer came meanwhile: it may have changed what was read.
bool Follower::read_alone(const Signal& signal) {
  file_->refresh(lock_newest_checkpoint);
  Recovered found = recover(*options_.environment.files, path_, *file_, true);
  if (has_moved(signal)) return false;
  if (root_ && found.root->position() < root_->position())  // O2
    throw StorageError(
        "DamagedLog",
        fmt::format("'{}' has lost commits that were shown: it ended at {}, and now "
                    "at {}. {}",
                    path_, root_->position(), found.root->position(), found.report.note));
  if (!root_) report_ = std::move(found.report);
  if (!stands_on_newest() || found.root->position() > root_->position()) show(found.root);
  cursor_.reset();
  followed_.reset();
  alone_.reset();
  if (!signal.writer) alone_ = signal.page;
  return true;
}

void Follower::show(std::shared_ptr<const Root> root) {
  KITH_ASSERT(!root_ || root->position() >= root_->position());  // O2
  std::erase_if(past_, [](const std::weak_ptr<const Root>& past) { return past.expired(); });
  if (root_) past_.push_back(root_);
  root_ = std::move(root);
}

StoreStats Follower::stats() {
  const std::lock_guard lock(mutex_);
  demand_open();
  StoreStats stats;
  stats.file_bytes = file_->file().size();
  stats.free_bytes = file_->free_bytes();
  stats.pool_bytes = file_->pool().bytes();
  stats.pool_limit_bytes = file_->pool().limit_bytes();
  stats.delta_bytes = root_->delta_bytes();
  stats.checkpoint = root_->base().checkpoint();
  stats.position = stats.oldest_snapshot_position = root_->position();
  stats.open_snapshots = static_cast<std::uint64_t>(root_.use_count() - 1);
  for (const std::weak_ptr<const Root>& past : past_) {
    const std::shared_ptr<const Root> root = past.lock();  // shared: only to look at it
    if (!root) continue;
    stats.open_snapshots += static_cast<std::uint64_t>(root.use_count() - 1);
    stats.oldest_snapshot_position = std::min(stats.oldest_snapshot_position, root->position());
  }
  stats.log_bytes = cursor_ ? cursor_->offset() : 0;
  return stats;
}

}  // namespace kith::storage
