// storage/log/writer_lock.hpp: one writer at a time, in turn.
//
// Unlike a mutex it is waited for with a limit, and may be released by another thread than took it:
// a transaction may wander between threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
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

  // Empty if it was not free in time.
  Hold acquire(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!free_.wait_for(lock, timeout, [&] { return !taken_; })) return Hold();
    taken_ = true;
    return Hold(this);
  }

 private:
  void release() {
    {
      const std::lock_guard lock(mutex_);
      KITH_ASSERT(taken_);
      taken_ = false;
    }
    free_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
};

}  // namespace kith::storage
