// storage/log/publisher.cpp: group commit.
#include "storage/log/publisher.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void outcome_unknown(const std::string& reason) {
  throw StorageError(
      "OutcomeUnknown",
      fmt::format("whether this transaction was committed is unknown: {}. Do not simply run it "
                  "again; reopen the database and look first",
                  reason));
}

}  // namespace

Publisher::Publisher(std::shared_ptr<const Root> first, bool sync)
    : published_(std::move(first)), tip_(published_), sync_(sync) {
  KITH_ASSERT(published_);
}

std::shared_ptr<const Root> Publisher::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

std::shared_ptr<const Root> Publisher::tip() const {
  const std::lock_guard lock(mutex_);
  return tip_;
}

void Publisher::append(std::string_view transaction, std::shared_ptr<const Root> next) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) outcome_unknown(*failure_);  // the running writer built on what may be lost
    KITH_ASSERT(log_ && next->position() == tip_->position() + 1);
  }
  try {
    log_->append(transaction);
  } catch (const StorageError& error) {
    if (error.detail() == "NoSpace")
      throw StorageError("NoSpace",
                         fmt::format("the transaction was not committed: {}", error.what()));
    fail(error.what());
    outcome_unknown(error.what());
  }
  const std::lock_guard lock(mutex_);
  if (failure_) outcome_unknown(*failure_);
  tip_ = std::move(next);
  if (!sync_) publish(tip_);
}

void Publisher::wait_durable(std::uint64_t position) {
  std::unique_lock lock(mutex_);
  while (published_->position() < position) {
    if (failure_) outcome_unknown(*failure_);
    if (syncing_) {
      changed_.wait(lock);
    } else {
      lead(lock);
    }
  }
}

// One sync for everything appended so far.
void Publisher::lead(std::unique_lock<std::mutex>& lock) {
  KITH_ASSERT(!syncing_ && log_);
  syncing_ = true;
  const std::shared_ptr<const Root> target = tip_;  // shared: it is published when synced
  lock.unlock();
  std::optional<std::string> error;
  try {
    log_->sync();
  } catch (const StorageError& caught) {
    error = caught.what();
  }
  lock.lock();
  if (error) {
    fail_locked(*error);
  } else if (!failure_) {
    publish(target);
    changed_.notify_all();
    if (tip_ == target) claim_idle(lock);
  }
  syncing_ = false;
  changed_.notify_all();
}

// Nobody's frames will carry the claim soon.
void Publisher::claim_idle(std::unique_lock<std::mutex>& lock) {
  KITH_ASSERT(syncing_);
  lock.unlock();
  std::optional<std::string> error;
  try {
    log_->claim();
  } catch (const StorageError& caught) {
    error = caught.what();
  }
  lock.lock();
  if (error) fail_locked(*error);
}

void Publisher::finish_log() {
  KITH_ASSERT(log_);
  try {
    log_->sync();
    log_->claim();
    log_->sync();
  } catch (const StorageError& error) {
    fail(error.what());
    throw;
  }
}

void Publisher::publish(std::shared_ptr<const Root> root) {
  KITH_ASSERT(root->position() >= published_->position());  // P2
  std::erase_if(past_, [](const std::weak_ptr<const Root>& past) { return past.expired(); });
  past_.push_back(published_);
  published_ = std::move(root);
}

void Publisher::set_log(std::unique_ptr<LogWriter> log) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !syncing_; });
  KITH_ASSERT(tip_ == published_);
  log_ = std::move(log);
}

std::uint64_t Publisher::log_bytes() const {
  const std::lock_guard lock(mutex_);
  return log_ ? log_->bytes() : 0;
}

void Publisher::replace(std::shared_ptr<const Root> same) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(tip_ == published_ && same->position() == published_->position());
  KITH_ASSERT(same->node_count() == published_->node_count());
  KITH_ASSERT(same->relationship_count() == published_->relationship_count());
  publish(std::move(same));
  tip_ = published_;
}

void Publisher::fail(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  fail_locked(reason);
}

void Publisher::fail_locked(const std::string& reason) {
  if (!failure_) failure_ = reason;
  tip_ = published_;
  changed_.notify_all();
}

std::optional<std::string> Publisher::failure() const {
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
  for (const std::weak_ptr<const Root>& past : past_) {
    const std::shared_ptr<const Root> root = past.lock();  // shared: only to look at it
    if (!root) continue;
    readers.snapshots += static_cast<std::uint64_t>(root.use_count() - 1);
    readers.oldest_position = std::min(readers.oldest_position, root->position());
  }
  return readers;
}

}  // namespace kith::storage
