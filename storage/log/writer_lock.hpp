// storage/log/writer_lock.hpp: one writer at a time, in the order of their coming.
//
// Unlike a mutex it is waited for with a limit, and may be released by another thread than took it:
// a transaction may wander between threads. Nobody overtakes: a checkpoint gets its turn among busy
// writers.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "core/assert.hpp"

namespace kith::storage {

class WriterLock {
 public:
  // Released when it ends.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& from) noexcept : lock_(std::exchange(from.lock_, nullptr)) {}
    Hold& operator=(Hold&& from) noexcept {
      std::swap(lock_, from.lock_);
      return *this;
    }
    ~Hold() { release(); }
    explicit operator bool() const { return lock_ != nullptr; }
    void release() {
      if (lock_) std::exchange(lock_, nullptr)->release();
    }

   private:
    friend class WriterLock;
    explicit Hold(WriterLock* lock) : lock_(lock) {}
    WriterLock* lock_ = nullptr;
  };

  // Empty if its turn did not come in time.
  Hold acquire(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_ticket_++;
    queue_.push_back(ticket);
    const bool mine =
        free_.wait_for(lock, timeout, [&] { return !taken_ && queue_.front() == ticket; });
    queue_.erase(std::find(queue_.begin(), queue_.end(), ticket));
    if (!mine) {
      lock.unlock();
      free_.notify_all();  // who came after may be first now
      return Hold();
    }
    taken_ = true;
    since_ = std::chrono::steady_clock::now();
    return Hold(this);
  }

  struct State {
    std::uint64_t waiting = 0;
    std::optional<std::chrono::nanoseconds> held_for;  // by the running transaction
  };
  State state() const {
    const std::lock_guard lock(mutex_);
    State state{queue_.size(), std::nullopt};
    if (taken_) state.held_for = std::chrono::steady_clock::now() - since_;
    return state;
  }

 private:
  void release() {
    {
      const std::lock_guard lock(mutex_);
      KITH_ASSERT(taken_);
      taken_ = false;
    }
    free_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
  std::chrono::steady_clock::time_point since_;
  std::uint64_t next_ticket_ = 0;
  std::deque<std::uint64_t> queue_;  // of those who wait
};

}  // namespace kith::storage
