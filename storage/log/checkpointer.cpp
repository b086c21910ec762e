// storage/log/checkpointer.cpp: checkpoints, step by step, and when.
#include "storage/log/checkpointer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "kith/error.hpp"
#include "storage/log/index_build.hpp"
#include "storage/log/merge.hpp"

namespace kith::storage {

namespace {

// Changes in memory may take this part of the memory limit; half of it starts a checkpoint.
constexpr std::uint64_t kDeltaShare = 4;
// Memory of the changes that checkpoints carry along.
constexpr std::uint64_t kMostCarried = 16 * kMiB;
// A checkpoint that frees this much of the heap gives it back to the system.
constexpr std::uint64_t kMuchFreed = 4 * kMiB;
// If no commit has come for so long, none is expected to carry the claim of the last one.
constexpr std::chrono::milliseconds kQuiet{5};
// The thread looks up at least this often while it waits for the writer lock.
constexpr std::chrono::milliseconds kLeastPatience{100};

[[noreturn]] void busy(std::chrono::milliseconds timeout) {
  throw TransactionError("Busy",
                         fmt::format("another transaction has been writing for longer than the "
                                     "busy timeout of {} ms",
                                     timeout.count()),
                         true);
}

}  // namespace

Checkpointer::Turn::Turn(Checkpointer& owner, WriterLock::Hold hold)
    : owner_(&owner), hold_(std::move(hold)) {
  std::unique_lock lock(owner.mutex_);
  owner.changed_.wait(lock, [&] { return !owner.busy_; });
  owner.busy_ = true;
}

Checkpointer::Turn::~Turn() {
  if (!owner_) return;
  {
    const std::lock_guard lock(owner_->mutex_);
    owner_->busy_ = false;
  }
  owner_->changed_.notify_all();
}

Checkpointer::Checkpointer(const Parts& parts, const Recovered& recovered)
    : parts_(parts),
      recovered_end_(recovered.end),
      logs_(recovered.logs),
      highest_log_(recovered.highest_log),
      ended_bytes_(recovered.log_bytes) {}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::stop() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    thread.swap(thread_);
  }
  changed_.notify_all();
  if (thread.joinable()) thread.join();
}

void Checkpointer::request() { wake(wanted_); }

// The thread, for `what`.
template <class Flag>
void Checkpointer::wake(Flag& what) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    what = true;
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  }
  changed_.notify_all();
}

// --- when

std::uint64_t Checkpointer::log_bytes() const {
  const std::uint64_t current = parts_.publisher.log_bytes();
  const std::lock_guard lock(mutex_);
  return ended_bytes_ + current;
}

// Less than starts a checkpoint, by far: it may stay for long.
std::uint64_t Checkpointer::carry_cap() const {
  return std::min(kMostCarried, parts_.options.memory_limit_bytes / kDeltaShare / 8);
}

// Has log or delta passed this many times the measure that starts a checkpoint?
bool Checkpointer::due(std::uint64_t times) const {
  const std::uint64_t logs = log_bytes(), delta = parts_.publisher.tip()->delta_bytes();
  const std::uint64_t log_measure = parts_.options.checkpoint_log_bytes;
  const std::uint64_t delta_measure = parts_.options.memory_limit_bytes / kDeltaShare / 2;
  const std::lock_guard lock(mutex_);
  return logs > allowed_bytes_ + times * log_measure ||
         delta > allowed_delta_ + times * delta_measure;
}

void Checkpointer::after_commit() {
  if (!claim_due_.load(std::memory_order_acquire)) wake(claim_due_);
  if (!due(1)) return;
  request();
  while (due(2)) {
    if (parts_.publisher.failure()) return;
    std::unique_lock lock(mutex_);
    const std::uint64_t seen = attempts_;
    wanted_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return stopped_ || attempts_ != seen; });
    if (stopped_ || !failure_.empty()) return;
  }
}

void Checkpointer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || wanted_ || claim_due_; });
    if (stopped_) return;
    if (std::exchange(wanted_, false)) {  // what is committed from here on may ask for another
      lock.unlock();
      attempt();
      lock.lock();
    } else if (is_quiet(lock)) {
      claim_due_ = false;  // before the look: a commit after it asks anew
      lock.unlock();
      parts_.publisher.claim();
      lock.lock();
    }
  }
}

// While commits follow each other the thread looks up now and then, and none of them wakes it.
bool Checkpointer::is_quiet(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t seen = parts_.publisher.published_to();
  const bool needed = changed_.wait_for(lock, kQuiet, [&] { return stopped_ || wanted_; });
  return !needed && parts_.publisher.published_to() == seen;
}

void Checkpointer::attempt() {
  const auto patience = std::max(parts_.options.busy_timeout, kLeastPatience);
  std::string failure;
  try {
    WriterLock::Hold hold = parts_.writer_lock.acquire(patience);
    if (!hold) busy(patience);
    Turn turn(*this, std::move(hold));
    checkpoint(std::move(turn), Scope::Scattered);
  } catch (const TransactionError& error) {
    failure = error.what();  // tried again after the next commit
  } catch (const std::exception& error) {
    failure = error.what();
    // The commits stand, and the logs have them. The next attempt comes when there are more.
    const std::uint64_t bytes = log_bytes(), delta = parts_.publisher.tip()->delta_bytes();
    const std::lock_guard lock(mutex_);
    allowed_bytes_ = bytes;
    allowed_delta_ = delta;
  }
  {
    const std::lock_guard lock(mutex_);
    ++attempts_;
    failure_ = std::move(failure);
  }
  changed_.notify_all();
}

void Checkpointer::run() {
  {  // not with the writer lock, which C4 would keep from the others meanwhile
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, parts_.options.busy_timeout, [&] { return !busy_; });
  }
  WriterLock::Hold hold = parts_.writer_lock.acquire(parts_.options.busy_timeout);
  if (!hold) busy(parts_.options.busy_timeout);
  Turn turn(*this, std::move(hold));
  {
    const std::lock_guard lock(mutex_);
    if (stopped_)
      throw TransactionError("Closed", fmt::format("the database '{}' is closed", parts_.path));
  }
  checkpoint(std::move(turn), Scope::All);
}

// --- the steps

void Checkpointer::demand_going() const {
  if (const auto failure = parts_.publisher.failure())
    throw StorageError("ReadOnly", fmt::format("'{}' is read-only until it is reopened, because a "
                                               "write failed: {}",
                                               parts_.path, *failure));
}

void Checkpointer::checkpoint(Turn turn, Scope scope) {
  Publisher& publisher = parts_.publisher;
  demand_going();
  open_log();
  publisher.wait_durable(publisher.tip()->position());
  const bool changed = publisher.published()->has_index_to_build() || scope == Scope::All
                           ? publisher.published()->has_delta()
                           : publisher.published()->is_newer_than_base();
  if (!changed) return;
  const std::uint64_t first_log = rotate();
  std::shared_ptr<const Root> frozen = publisher.freeze();  // shared: with readers
  turn.let_writers_go_on();
  Reservation freed(*parts_.options.budget, "changes that were merged");
  write(frozen, first_log, scope, freed);
  const bool much = frozen->delta_bytes() >= kMuchFreed;
  frozen.reset();
  if (much) give_back_heap();
  freed.clear();
  remove_logs(first_log);
}

// From the frozen root to the swap. The caller has the turn.
void Checkpointer::write(const std::shared_ptr<const Root>& root, std::uint64_t first_log,
                         Scope scope, Reservation& freed) {
  const Root& frozen = *root;
  Merged merged;
  try {
    const Split split = split_delta(frozen, scope == Scope::All ? 0 : carry_cap());
    BaseWriter writer(parts_.file);
    KITH_ASSERT(&writer.from() == &frozen.base());
    merge_delta(writer, frozen, split);
    merge_indexes(writer, View(root), sort_options(parts_.options, parts_.path));
    demand_going();
    merged.base = writer.commit(fields_of(frozen, first_log));
    merged.delta_bytes = split.delta_bytes;
    freed.resize_anyway(split.delta_bytes);
    merged.nodes = split.nodes;
    merged.relationships = split.relationships;
    merged.indexes.assign(frozen.indexes().begin(), frozen.indexes().end());
    parts_.publisher.swap(std::move(merged));
  } catch (const std::exception& error) {
    parts_.publisher.thaw();
    // In doubt about the meta page, or not on the base that it names: C5.
    if (merged.base || parts_.file.failed()) parts_.publisher.fail(error.what());
    throw;
  }
  const std::lock_guard lock(mutex_);
  allowed_bytes_ = 0;
  allowed_delta_ = 0;
  failure_.clear();
}

void Checkpointer::finish(WriterLock::Hold hold) {
  Publisher& publisher = parts_.publisher;
  KITH_ASSERT(hold);
  const Turn turn(*this, std::move(hold));
  publisher.wait_durable(publisher.tip()->position());
  const std::shared_ptr<const Root> root = publisher.published();  // shared: with readers
  // A torn meta page, of the naming of a log say, is written anew: nothing is left to repair.
  const bool clean = !root->is_newer_than_base() && root->base().fields().first_log == 0 &&
                     !parts_.file.other_meta_was_invalid();
  if (!clean) {
    if (publisher.log()) publisher.finish_log(0);  // should the checkpoint fail
    Reservation freed(*parts_.options.budget, "changes that were merged");
    write(publisher.freeze(), 0, Scope::Scattered, freed);
    publisher.set_log(nullptr);
  }
  remove_logs(UINT64_MAX);
}

// --- the logs

// C3
void Checkpointer::demand_in_place() const {
  if (parts_.file.file().is_at(parts_.path)) return;
  throw StorageError(
      "Moved",
      fmt::format("'{}' is another file, or none, since the database was opened: it was renamed or "
                  "replaced. Its logs stay where they are, and no other is made. Move it back, or "
                  "close it: then all that was committed is in the file, wherever that is",
                  parts_.path));
}

std::unique_ptr<LogWriter> Checkpointer::create_log(const LogLink& link) {
  demand_in_place();
  LogIdentity identity{parts_.file.database_id(), new_database_id(parts_.options.environment), 0};
  {
    const std::lock_guard lock(mutex_);
    identity.number = std::max(highest_log_, parts_.file.base()->checkpoint()) + 1;
    highest_log_ = identity.number;
  }
  std::unique_ptr<LogWriter> log = LogWriter::create(
      *parts_.options.environment.files, log_path(parts_.path, identity.number), identity, link);
  const std::lock_guard lock(mutex_);
  logs_.push_back(identity.number);
  return log;
}

void Checkpointer::open_log() {
  Publisher& publisher = parts_.publisher;
  if (publisher.log()) return;
  KITH_ASSERT(publisher.published()->position() == recovered_end_.position);
  std::unique_ptr<LogWriter> log = create_log(recovered_end_);
  const std::uint64_t number = log->number();
  const bool chained = publisher.published()->base().fields().first_log != 0;
  if (!chained) name_log(number);
  publisher.set_log(std::move(log));
}

// The first log after a clean close: the meta page gets its number, and nothing else is new (C2).
void Checkpointer::name_log(std::uint64_t number) {
  Merged merged;
  try {
    BaseWriter writer(parts_.file);
    BaseFields fields = writer.from().fields();
    fields.first_log = number;
    writer.set_carry(writer.from().read_carry());
    parts_.publisher.freeze();
    merged.base = writer.commit(std::move(fields));
    parts_.publisher.swap(std::move(merged));
  } catch (const std::exception& error) {
    parts_.publisher.thaw();
    if (merged.base || parts_.file.failed()) parts_.publisher.fail(error.what());
    throw;
  }
}

// The number of the log that takes the commits after the frozen root. It is made before the meta
// page names it, and chained to the one before, so that either state of the meta page serves (C2).
std::uint64_t Checkpointer::rotate() {
  Publisher& publisher = parts_.publisher;
  LogWriter* const current = publisher.log();
  KITH_ASSERT(current);
  if (current->empty()) return current->number();
  std::unique_ptr<LogWriter> next =
      create_log({current->last_checksum(), current->number(), publisher.published()->position()});
  const std::uint64_t number = next->number();
  publisher.finish_log(number);
  {
    const std::lock_guard lock(mutex_);
    ended_bytes_ += current->bytes();
  }
  publisher.set_log(std::move(next));
  return number;
}

// C3
void Checkpointer::remove_logs(std::uint64_t below) {
  std::vector<std::uint64_t> gone;
  try {
    demand_in_place();
  } catch (const StorageError&) {  // they are recognised, by whoever opens what is there now
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto kept = std::partition(logs_.begin(), logs_.end(),
                                     [&](std::uint64_t number) { return number < below; });
    gone.assign(logs_.begin(), kept);
    logs_.erase(logs_.begin(), kept);
    ended_bytes_ = 0;
  }
  std::sort(gone.begin(), gone.end());
  for (const std::uint64_t number : gone) {
    try {
      parts_.options.environment.files->remove(log_path(parts_.path, number));
    } catch (const StorageError&) {  // it is recognised as not needed at the next open
    }
  }
}

Checkpointer::Status Checkpointer::status() const {
  Status status;
  status.log_bytes = log_bytes();
  const std::lock_guard lock(mutex_);
  status.running = busy_;
  status.logs = logs_.size();
  status.failure = failure_;
  return status;
}

}  // namespace kith::storage
