// storage/log/committer.cpp: begin, commit, checkpoint, close.
#include "storage/log/committer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/memory_budget.hpp"
#include "kith/error.hpp"
#include "storage/log/apply.hpp"
#include "storage/log/index_build.hpp"
#include "storage/log/merge.hpp"
#include "storage/log/process_lock.hpp"

namespace kith::storage {

namespace {

// A delta beyond this part of the memory limit is merged into the file.
constexpr std::uint64_t kDeltaShare = 4;

std::unique_ptr<File> open_data_file(const std::string& path, const StoreOptions& options) {
  FileSystem& files = *options.environment.files;
  const bool make = options.create && !options.read_only;
  if (!files.exists(path)) {
    if (!make) throw StorageError("NotFound", fmt::format("there is no database at '{}'", path));
    try {
      BaseFile::create(options.environment, path, new_database_id(options.environment));
    } catch (const StorageError& error) {
      if (error.detail() != "AlreadyExists") throw;  // somebody else was quicker
    }
  }
  std::unique_ptr<File> file =
      files.open(path, options.read_only ? OpenMode::ReadOnly : OpenMode::ReadWrite);
  lock_data_file(*file, path, !options.read_only, *options.environment.clock, options.busy_timeout);
  return file;
}

StoreOptions with_budget(StoreOptions options) {
  const std::uint64_t limit =
      options.memory_limit_bytes != 0 ? options.memory_limit_bytes : default_memory_limit();
  if (!options.budget) options.budget = std::make_shared<MemoryBudget>(limit);
  options.memory_limit_bytes = options.budget->limit();
  return options;
}

}  // namespace

std::shared_ptr<Committer> Committer::open(const std::string& path, StoreOptions options) {
  KITH_ASSERT(options.environment.files && options.environment.clock);
  options = with_budget(std::move(options));
  std::unique_ptr<BaseFile> file =
      BaseFile::open(open_data_file(path, options), path, PoolMemory(options.budget));
  Recovered recovered = recover(*options.environment.files, path, *file, options.read_only);
  return std::shared_ptr<Committer>(  // shared: by the store and its transactions
      new Committer(path, std::move(options), std::move(file), std::move(recovered)));
}

Committer::Committer(const std::string& path, StoreOptions options, std::unique_ptr<BaseFile> file,
                     Recovered recovered)
    : path_(path),
      options_(std::move(options)),
      report_(std::move(recovered.report)),
      file_(std::move(file)),
      publisher_(std::move(recovered.root), options_.sync),
      logs_(std::move(recovered.logs)),
      highest_log_(recovered.highest_log),
      end_checksum_(recovered.end_checksum) {}

Committer::~Committer() {
  try {
    close();
  } catch (const Error&) {  // close() has said so to whoever called it; nothing is lost
  }
}

bool Committer::read_only() const { return options_.read_only || publisher_.failure(); }

void Committer::demand_open() const {
  if (closed_) throw TransactionError("Closed", fmt::format("the database '{}' is closed", path_));
}

void Committer::demand_writable() const {
  demand_open();
  if (options_.read_only)
    throw TransactionError("ReadOnly", fmt::format("'{}' was opened read-only", path_));
  if (const auto failure = publisher_.failure())
    throw TransactionError("ReadOnly",
                           fmt::format("'{}' is read-only until it is reopened, because a write "
                                       "failed: {}",
                                       path_, *failure));
}

std::shared_ptr<const Root> Committer::snapshot() const {
  demand_open();
  return publisher_.published();
}

WriterLock::Hold Committer::take_lock() {
  WriterLock::Hold hold = writer_lock_.acquire(options_.busy_timeout);
  if (!hold)
    throw TransactionError("Busy",
                           fmt::format("another transaction has been writing for longer than the "
                                       "busy timeout of {} ms",
                                       options_.busy_timeout.count()),
                           true);
  return hold;
}

Committer::Begun Committer::begin(const Root* seen) {
  demand_writable();
  Begun begun{take_lock(), nullptr};
  demand_writable();
  if (seen && seen->position() != publisher_.tip()->position())
    throw TransactionError("Conflict",
                           "the graph was changed by another transaction after this one read it; "
                           "run the transaction again",
                           true);
  if (!publisher_.log()) checkpoint_locked(true);  // C2
  KITH_ASSERT(publisher_.log());
  begun.root = std::make_shared<Root>(*publisher_.tip());
  return begun;
}

std::uint64_t Committer::commit(Begun& begun, std::string records) {
  KITH_ASSERT(begun.hold && begun.root);
  demand_open();
  Root& root = *begun.root;
  if (!records.empty()) {
    const record::Commit commit{root.position() + 1,
                                options_.environment.clock->unix_nanoseconds()};
    encode(records, commit);
    RootEditor editor(root, new_owner());
    apply(commit, editor);
    publisher_.append(records, std::make_shared<const Root>(root));
  }
  begun.hold.release();
  publisher_.wait_durable(root.position());  // also of what an empty transaction was built on
  if (!records.empty()) checkpoint_if_due();
  return root.position();
}

// An index that was made on existing data is built by a checkpoint at once. If it fails, the next
// one tries again.
bool Committer::builds_indexes() const {
  return !build_failed_ && publisher_.tip()->has_index_to_build();
}

// A waiting writer goes first, unless the log has grown to twice its limit.
void Committer::checkpoint_if_due() {
  const std::uint64_t limit = options_.checkpoint_log_bytes;
  const auto grown = [&] { return publisher_.log_bytes() - bytes_before_; };
  const auto due = [&] {
    return builds_indexes() || grown() > limit ||
           publisher_.tip()->delta_bytes() > options_.memory_limit_bytes / kDeltaShare;
  };
  if (!due()) return;
  const auto patience = builds_indexes() || grown() > 2 * limit ? options_.busy_timeout
                                                                : std::chrono::milliseconds(0);
  const WriterLock::Hold hold = writer_lock_.acquire(patience);
  if (!hold || closed_ || publisher_.failure() || !due()) return;
  try {
    checkpoint_locked(true);
  } catch (const StorageError&) {
    // The commit stands, and the logs have it. The next attempt comes when the log has grown again.
    bytes_before_ = publisher_.log_bytes();
    build_failed_ = true;
  }
}

void Committer::checkpoint() {
  demand_writable();
  const WriterLock::Hold hold = take_lock();
  demand_writable();
  checkpoint_locked(true);
}

// The number of the log that takes the commits after this checkpoint. It is made before the meta
// page names it, and chained to the one before, so that either state of the meta page serves (C2).
std::uint64_t Committer::rotate_log() {
  LogWriter* current = publisher_.log();
  if (current && current->empty()) return current->number();
  if (current) {
    publisher_.finish_log();
    end_checksum_ = current->last_checksum();
  }
  const LogIdentity identity{file_->database_id(), new_database_id(options_.environment),
                             std::max(highest_log_, file_->base()->checkpoint()) + 1};
  highest_log_ = identity.number;
  std::unique_ptr<LogWriter> next =
      LogWriter::create(*options_.environment.files, log_path(path_, identity.number), identity,
                        end_checksum_, publisher_.published()->position());
  logs_.push_back(identity.number);
  publisher_.set_log(std::move(next));
  return identity.number;
}

void Committer::checkpoint_locked(bool go_on) {
  publisher_.wait_durable(publisher_.tip()->position());
  const std::shared_ptr<const Root> root = publisher_.published();  // shared: with readers
  LogWriter* log = publisher_.log();
  const bool clean = !root->has_delta() && root->base().fields().first_log == 0;
  if (go_on && log && log->empty() && !root->has_delta()) return;
  if (!go_on && clean) return remove_logs(0);

  if (!go_on && log) publisher_.finish_log();  // should the checkpoint fail
  const bool chained = log || root->base().fields().first_log != 0;
  const std::uint64_t next = go_on ? rotate_log() : 0;
  std::shared_ptr<const Base> base;  // shared: with its readers
  BaseWriter writer(*file_);
  try {
    if (root->has_delta()) merge_delta(writer, *root);
    merge_indexes(writer, View(root),
                  sort_options(options_.environment, path_, options_.memory_limit_bytes));
  } catch (...) {
    // Nothing that anybody can reach was touched. Commits may go on in the new log if it can be
    // found from the meta page that stands.
    if (!chained) publisher_.set_log(nullptr);
    throw;
  }
  try {
    base = writer.commit(fields_of(*root, next));
  } catch (const std::exception& error) {
    // Which of the two meta pages the disk has is not known.
    publisher_.fail(error.what());
    throw;
  }
  if (!go_on) publisher_.set_log(nullptr);
  publisher_.replace(std::make_shared<const Root>(std::move(base)));
  bytes_before_ = 0;
  build_failed_ = false;
  remove_logs(next);
}

// C3
void Committer::remove_logs(std::uint64_t but) {
  FileSystem& files = *options_.environment.files;
  for (const std::uint64_t number : logs_) {
    if (number == but) continue;
    try {
      files.remove(log_path(path_, number));
    } catch (const StorageError&) {  // it is recognised as not needed at the next open
    }
  }
  logs_.clear();
  if (but != 0) logs_.push_back(but);
}

void Committer::close() {
  const std::lock_guard guard(close_mutex_);
  if (closed_) return;
  const WriterLock::Hold hold = writer_lock_.acquire(options_.busy_timeout);
  closed_ = true;
  std::string trouble;
  if (hold && !read_only()) {
    try {
      checkpoint_locked(false);
    } catch (const StorageError& error) {
      trouble = error.what();
    }
  }
  try {
    unlock_data_file(file_->file());
  } catch (const StorageError& error) {
    trouble = error.what();
  }
  if (!trouble.empty())
    throw StorageError("CheckpointFailed",
                       fmt::format("'{}' was closed without a checkpoint: {}. Nothing is lost: its "
                                   "log is read at the next open",
                                   path_, trouble));
}

StoreStats Committer::stats() {
  const std::shared_ptr<const Root> root = publisher_.published();
  const Publisher::Readers readers = publisher_.readers();
  StoreStats stats;
  stats.file_bytes = file_->file_bytes();
  stats.free_bytes = file_->free_bytes();
  stats.pool_bytes = file_->pool().bytes();
  stats.pool_limit_bytes = file_->pool().limit_bytes();
  stats.delta_bytes = root->delta_bytes();
  stats.checkpoint = root->base().checkpoint();
  stats.position = root->position();
  stats.open_snapshots = readers.snapshots > 0 ? readers.snapshots - 1 : 0;  // not the one above
  stats.oldest_snapshot_position = readers.oldest_position;
  stats.log_bytes = publisher_.log_bytes();
  return stats;
}

}  // namespace kith::storage
