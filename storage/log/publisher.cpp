// storage/log/publisher.cpp: group commit.
#include "storage/log/publisher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

constexpr std::chrono::nanoseconds kLongestGathering = std::chrono::milliseconds(5);
constexpr const char* kNoMemory = "there was not enough memory to show it";

}  // namespace

void Publisher::outcome_unknown(const std::string& reason) {
  throw StorageError(
      "OutcomeUnknown",
      fmt::format("whether this transaction was committed is unknown: {}. Do not simply run it "
                  "again; reopen the database and look first",
                  reason));
}

Publisher::Publisher(std::shared_ptr<const Root> first, bool sync)
    : published_(std::move(first)),
      tip_(published_),
      published_to_(published_->position()),
      sync_(sync) {}

std::shared_ptr<const Root> Publisher::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

std::shared_ptr<const Root> Publisher::tip() const {
  const std::lock_guard lock(mutex_);
  return tip_;
}

Publisher::Start Publisher::start() const {
  const std::lock_guard lock(mutex_);
  return {tip_, moving_};
}

void Publisher::append(const RecordBuffer& transaction, std::shared_ptr<const Root> next,
                       const Moving& moving) {
  // The running writer built on what may be lost.
  if (const auto reason = failure()) outcome_unknown(*reason);
  KITH_ASSERT(log_);
  bool appended = false;
  try {
    log_->append(transaction.parts());
    appended = true;
    if (!sync_) log_->write();
  } catch (const StorageError& error) {
    if (!appended && error.detail() == "NoSpace")
      throw StorageError("NoSpace",
                         fmt::format("the transaction was not committed: {}", error.what()));
    fail(error.what());
    outcome_unknown(error.what());
  }
  const std::lock_guard lock(mutex_);
  if (failure_) outcome_unknown(*failure_);
  KITH_ASSERT(next->position() == tip_->position() + 1);
  try {
    tip_ = on_newest_base(std::move(next), moving);
    if (!sync_) publish(tip_);
  } catch (const std::bad_alloc&) {  // the log has it: nothing may follow under its position
    fail_locked(kNoMemory);
    outcome_unknown(kNoMemory);
  }
  if (wanted_ == tip_->position()) gathered_.notify_one();
}

// P4
std::shared_ptr<const Root> Publisher::on_newest_base(std::shared_ptr<const Root> root,
                                                      const Moving& moving) const {
  if (root->shared_base() == published_->shared_base()) return root;
  KITH_ASSERT(moving && moving->base == published_->shared_base());
  return std::make_shared<const Root>(root->rebased(*moving));
}

void Publisher::wait_durable(std::uint64_t position) {
  while (published_to_.load(std::memory_order_acquire) < position) {
    std::unique_lock lock(mutex_);
    if (published_->position() >= position) return;
    if (failure_) outcome_unknown(*failure_);
    if (syncing_) {
      wait_turn(lock, position);
    } else {
      lead(lock);
    }
  }
}

void Publisher::wait_turn(std::unique_lock<std::mutex>& lock, std::uint64_t position) {
  KITH_ASSERT(syncing_);
  const bool is_next = position > synced_to_;
  const bool is_leader = is_next && !std::exchange(leader_waits_, true);
  const std::size_t turn = (sync_number_ + (is_next ? 1 : 0)) % 2;
  if (!is_leader) somebody_waits_[turn] = true;
  auto& word = is_leader ? next_leader_ : ended_[turn];
  const std::uint32_t seen = word.load();
  lock.unlock();
  word.wait(seen);
}

// Those whose commits the last sync was for, and those who came during it, are likely to come
// again: waiting a little for them makes one sync of two. A single writer never waits.
void Publisher::gather(std::unique_lock<std::mutex>& lock) {
  KITH_ASSERT(syncing_);
  if (expected_ < 2) return;
  wanted_ = published_->position() + expected_;
  gathered_.wait_for(lock, std::min(sync_time_ / 2, kLongestGathering),
                     [&] { return failure_ || tip_->position() >= wanted_; });
  wanted_ = 0;
}

// One sync for everything appended so far.
void Publisher::lead(std::unique_lock<std::mutex>& lock) {
  KITH_ASSERT(!syncing_ && log_);
  syncing_ = true;
  ++sync_number_;
  synced_to_ = std::numeric_limits<std::uint64_t>::max();  // who comes meanwhile is among them
  gather(lock);
  std::shared_ptr<const Root> target = tip_;  // shared: it is published when synced
  synced_to_ = target->position();
  const Moving moving = moving_;
  lock.unlock();
  const auto begun = std::chrono::steady_clock::now();
  std::optional<std::string> error;
  try {
    log_->sync();
  } catch (const StorageError& caught) {
    error = caught.what();
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  lock.lock();
  sync_time_ += (took - sync_time_) / 8;
  expected_ = tip_->position() - published_->position();
  if (error) {
    fail_locked(*error);
  } else if (!failure_) {
    try {
      const bool is_tip = tip_->position() == target->position();
      publish(is_tip ? tip_ : on_newest_base(std::move(target), moving));
    } catch (const std::bad_alloc&) {
      fail_locked(kNoMemory);
    }
  }
  WaitWord& ended = ended_[sync_number_ % 2];
  const bool waited = std::exchange(somebody_waits_[sync_number_ % 2], false);
  ended.change();
  let_next_lead(lock);
  if (waited) ended.wake();
}

// He is told before those who are done: the disk waits for him.
void Publisher::let_next_lead(std::unique_lock<std::mutex>& lock) {
  KITH_ASSERT(syncing_);
  syncing_ = false;
  const bool has_leader = std::exchange(leader_waits_, false);
  if (has_leader) next_leader_.change();
  idle_.notify_all();
  lock.unlock();
  if (has_leader) next_leader_.wake();
}

// As if it were a sync: the log stays, and nobody writes to it.
void Publisher::claim() {
  std::unique_lock lock(mutex_);
  if (syncing_ || failure_ || !log_ || tip_->position() != published_->position()) return;
  syncing_ = true;
  lock.unlock();
  std::optional<std::string> error;
  try {
    log_->claim();
  } catch (const StorageError& caught) {
    error = caught.what();
  }
  lock.lock();
  if (error) fail_locked(*error);
  let_next_lead(lock);
}

void Publisher::finish_log(std::uint64_t next) {
  KITH_ASSERT(log_);
  try {
    log_->sync();
    log_->claim(next);
    log_->sync();
  } catch (const StorageError& error) {
    fail(error.what());
    throw;
  }
}

void Publisher::publish(std::shared_ptr<const Root> root) {
  KITH_ASSERT(root->position() >= published_->position());  // P2
  std::erase_if(past_, [](const Past& past) { return past.root.expired(); });
  past_.push_back({published_, std::chrono::steady_clock::now()});
  if (announce_) announce_(*root);
  published_ = std::move(root);
  published_to_.store(published_->position(), std::memory_order_release);
}

void Publisher::set_log(std::unique_ptr<LogWriter> log) {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return !syncing_; });
  KITH_ASSERT(tip_ == published_);
  log_ = std::move(log);
}

void Publisher::jump(std::shared_ptr<const Root> root, std::unique_ptr<LogWriter> log) {
  KITH_ASSERT(log && log->empty());
  set_log(std::move(log));
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(root->position() == published_->position() + 1 && !moving_);
  publish(std::move(root));
  tip_ = published_;
}

std::uint64_t Publisher::log_bytes() const {
  const std::lock_guard lock(mutex_);
  return log_ ? log_->bytes() : 0;
}

std::shared_ptr<const Root> Publisher::freeze() {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(tip_ == published_ && !moving_);
  moving_ = std::make_shared<Merged>();
  return published_;
}

void Publisher::thaw() {
  const std::lock_guard lock(mutex_);
  moving_.reset();
}

void Publisher::swap(Merged merged) {
  std::shared_ptr<const Root> published, tip;  // shared: first the old ones, then the new
  const auto take = [&] { published = published_, tip = tip_; };
  const auto rebase = [&](const Merged& by) {
    const bool one = tip == published;
    published = std::make_shared<const Root>(published->rebased(by));
    tip = one ? published : std::make_shared<const Root>(tip->rebased(by));
  };
  // Without the lock first: nobody waits unless a commit comes between.
  std::unique_lock lock(mutex_);
  KITH_ASSERT(moving_ && !moving_->base);
  take();
  const auto seen = std::pair(published, tip);
  lock.unlock();
  rebase(merged);
  lock.lock();
  if (seen != std::pair(published_, tip_)) {
    take();
    rebase(merged);
  }
  *moving_ = std::move(merged);
  const auto done = std::exchange(moving_, nullptr);  // let go of without the lock, like `seen`
  if (tip_->position() == published_->position()) tip = published;
  publish(std::move(published));
  tip_ = std::move(tip);
  lock.unlock();
}

void Publisher::fail(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  fail_locked(reason);
}

void Publisher::fail_locked(const std::string& reason) {
  if (!failure_) failure_ = reason;
  failed_ = true;
  tip_ = published_;
  leader_waits_ = false;
  for (WaitWord* word : {&next_leader_, &ended_[0], &ended_[1]}) {
    word->change();
    word->wake();
  }
}

std::optional<std::string> Publisher::failure() const {
  if (!failed_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return failure_;
}

Publisher::Readers Publisher::readers() const {
  const std::lock_guard lock(mutex_);
  const long own = tip_ == published_ ? 2 : 1;
  Readers readers;
  readers.oldest_position = published_->position();
  const long now = published_.use_count() - own;
  readers.snapshots = now > 0 ? static_cast<std::uint64_t>(now) : 0;
  readers.oldest_checkpoint = published_->base().checkpoint();
  for (const Past& past : past_) {
    const std::shared_ptr<const Root> root = past.root.lock();  // shared: only to look at it
    if (!root) continue;
    readers.snapshots += static_cast<std::uint64_t>(root.use_count() - 1);
    readers.oldest_position = std::min(readers.oldest_position, root->position());
    readers.oldest_checkpoint = std::min(readers.oldest_checkpoint, root->base().checkpoint());
    readers.oldest_age = std::max<std::chrono::nanoseconds>(
        readers.oldest_age, std::chrono::steady_clock::now() - past.replaced);
  }
  return readers;
}

}  // namespace kith::storage
