// storage/log/committer.cpp: begin, commit, close.
#include "storage/log/committer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/apply.hpp"
#include "storage/log/index_build.hpp"
#include "storage/log/open_file.hpp"
#include "storage/log/process_lock.hpp"
#include "storage/log/reader_locks.hpp"

namespace kith::storage {

namespace {

std::uint64_t milliseconds(std::chrono::nanoseconds span) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

}  // namespace

std::shared_ptr<Committer> Committer::open(const std::string& path, StoreOptions options) {
  KITH_ASSERT(options.environment.files && options.environment.clock && options.budget &&
              !options.read_only);
  OpenedFile opened = open_data_file(path, options);
  while (!lock_for_writing(*opened.file, opened.path, *options.environment.clock,
                           options.busy_timeout))
    opened = open_data_file(path, options);
  std::unique_ptr<BaseFile> file =
      BaseFile::open(std::move(opened.file), opened.path, PoolMemory(options.budget));
  file->set_foreign_horizon([&data = file->file()] { return oldest_checkpoint_read(data); });  // L4
  file->harden();
  Recovered recovered = recover(*options.environment.files, opened.path, *file, false);
  return std::shared_ptr<Committer>(  // shared: by the store and its transactions
      new Committer(opened.path, std::move(options), std::move(file), std::move(recovered)));
}

Committer::Committer(const std::string& path, StoreOptions options, std::unique_ptr<BaseFile> file,
                     Recovered recovered)
    : path_(path),
      options_(std::move(options)),
      report_(std::move(recovered.report)),
      file_(std::move(file)),
      announcer_(file_->file()),
      publisher_(std::move(recovered.root), options_.sync),
      delta_account_(*options_.budget, publisher_),
      checkpointer_({path_, options_, *file_, publisher_, writer_lock_}, recovered) {
  const auto progress_of = [](const Root& root) {
    return Progress{root.position(), root.base().checkpoint()};
  };
  announcer_.begin(progress_of(*publisher_.published()));
  publisher_.set_announce([=, this](const Root& root) { announcer_.publish(progress_of(root)); });
}

Committer::~Committer() {
  try {
    close();
  } catch (const Error&) {  // close() has said so to whoever called it; nothing is lost
  }
}

bool Committer::read_only() const { return publisher_.failure().has_value(); }

void Committer::demand_open() const {
  if (closed_) throw TransactionError("Closed", fmt::format("the database '{}' is closed", path_));
}

void Committer::demand_writable() const {
  demand_open();
  if (const auto failure = publisher_.failure())
    throw TransactionError("ReadOnly",
                           fmt::format("'{}' is read-only until it is reopened, because a write "
                                       "failed: {}",
                                       path_, *failure));
}

std::shared_ptr<const Root> Committer::snapshot() const {
  std::shared_ptr<const Root> root = publisher_.published();  // shared: with the view
  demand_open();  // after it was taken: so close() counts it, or it is not given out
  return root;
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
  if (first_write_.exchange(false)) build_indexes();  // those that a crash left without a tree
  Begun begun{take_lock(), nullptr, nullptr};
  demand_writable();
  if (seen && seen->position() != publisher_.tip()->position())
    throw TransactionError("Conflict",
                           "the graph was changed by another transaction after this one read it; "
                           "run the transaction again",
                           true);
  checkpointer_.open_log();
  KITH_ASSERT(publisher_.log());
  const Publisher::Start start = publisher_.start();
  begun.root = std::make_shared<Root>(*start.root);
  begun.moving = start.moving;
  return begun;
}

std::uint64_t Committer::commit(Begun& begun, RecordBuffer records) {
  KITH_ASSERT(begun.hold && begun.root);
  demand_open();
  Root& root = *begun.root;
  if (!records.empty()) {
    const record::Commit commit{root.position() + 1,
                                options_.environment.clock->unix_nanoseconds()};
    encode(records.end(), commit);
    RootEditor editor(root, new_owner());
    apply(commit, editor);
    publisher_.append(records, std::make_shared<const Root>(root), begun.moving);
    delta_account_.recount();
  }
  begun.hold.release();
  publisher_.wait_durable(root.position());  // also of what an empty transaction was built on
  if (!records.empty()) {
    build_indexes();
    checkpointer_.after_commit();
  }
  return root.position();
}

// An index that was made on existing data is built by a checkpoint at once. If that fails, the next
// checkpoint tries again; until then the index is not online.
void Committer::build_indexes() {
  if (!publisher_.tip()->has_index_to_build()) {
    build_failed_ = false;
    return;
  }
  if (build_failed_) return;
  try {
    checkpointer_.run();
  } catch (const Error&) {  // the commit stands
    build_failed_ = true;
  }
}

SortOptions Committer::sort_options() const { return storage::sort_options(options_, path_); }

std::unique_ptr<Fold> Committer::begin_fold(Begun& begun, Root& before) {
  KITH_ASSERT(begun.hold && begun.root);
  const std::lock_guard lock(file_mutex_);
  demand_writable();
  auto fold = std::make_unique<Fold>(checkpointer_);
  Root& root = *begun.root;
  if (root.shared_base() == publisher_.published()->shared_base()) return fold;
  KITH_ASSERT(begun.moving && begun.moving->base == publisher_.published()->shared_base());
  before = before.rebased(*begun.moving);
  root = root.rebased(*begun.moving);
  return fold;
}

void Committer::fold(Begun& begun, Fold& fold, FoldScope scope) {
  const std::lock_guard lock(file_mutex_);
  demand_writable();
  fold.merge(*begun.root, scope == FoldScope::Most ? fold_bytes() / 2 : 0);
}

std::uint64_t Committer::commit(Begun& begun, std::unique_ptr<Fold> fold) {
  KITH_ASSERT(begun.hold && begun.root && fold);
  const std::lock_guard lock(file_mutex_);
  demand_writable();
  Root& root = *begun.root;
  RootEditor editor(root, new_owner());
  apply(record::Commit{root.position() + 1, options_.environment.clock->unix_nanoseconds()},
        editor);
  fold->commit(begun.root);
  fold.reset();
  begun.hold.release();
  return root.position();
}

void Committer::checkpoint() {
  demand_writable();
  checkpointer_.run();
}

void Committer::close() {
  const std::lock_guard guard(close_mutex_);
  if (closed_) return;
  checkpointer_.stop();
  WriterLock::Hold hold = writer_lock_.acquire(options_.busy_timeout);
  const bool alone = static_cast<bool>(hold);
  {
    const std::lock_guard fold(file_mutex_);
    closed_ = true;
  }
  std::string trouble;
  if (hold && !read_only()) {
    try {
      checkpointer_.finish(std::move(hold));
    } catch (const StorageError& error) {
      trouble = error.what();
    }
  }
  try {
    release_file(alone && publisher_.readers().snapshots == 0);
  } catch (const StorageError& error) {
    trouble = error.what();
  }
  if (!trouble.empty())
    throw StorageError("CheckpointFailed",
                       fmt::format("'{}' was closed without a checkpoint: {}. Nothing is lost: its "
                                   "log is read at the next open",
                                   path_, trouble));
}

// `idle`: nobody reads or writes here any more. Otherwise the next writer must not reuse what views
// of this one still read.
void Committer::release_file(bool idle) {
  if (!idle) keep_reading(file_->file(), file_->checkpoints_held());
  announcer_.stop();
  unlock_for_writing(file_->file());
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
  stats.oldest_snapshot_checkpoint = readers.oldest_checkpoint;
  stats.oldest_snapshot_age_ms = milliseconds(readers.oldest_age);
  stats.held_bytes = file_->held_bytes();
  const Checkpointer::Status checkpoints = checkpointer_.status();
  stats.log_bytes = checkpoints.log_bytes;
  stats.logs = checkpoints.logs;
  stats.checkpoint_running = checkpoints.running;
  stats.checkpoint_failure = checkpoints.failure;
  const WriterLock::State writer = writer_lock_.state();
  stats.writers_waiting = writer.waiting;
  stats.writer_running = writer.held_for.has_value();
  if (writer.held_for) stats.writer_age_ms = milliseconds(*writer.held_for);
  return stats;
}

}  // namespace kith::storage
