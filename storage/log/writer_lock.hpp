// storage/log/writer_lock.hpp: one writer at a time.
//
// Unlike a mutex it is waited for with a limit, and may be released by another thread than took it:
// a transaction may wander between threads. While it is free whoever runs may take it: short
// transactions of many threads then follow each other without a change of threads in between. While
// transactions are shorter than such a change, who comes looks for it a while before he sleeps. Who
// has waited for longer than the patience gets it next, the first first: so a checkpoint gets its
// turn among busy writers, and none of them waits for long.
#pragma once

#include <algorithm>
#include <atomic>
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
    Clock::time_point now = Clock::now();
    if (may_take(now)) return take(now);
    if (spinning_ < kMostSpinning && usual_hold_ < kShort) {
      look_for_it(lock, now + kLongestLook);
      now = Clock::now();
      if (may_take(now)) return take(now);
      if (!taken_) tell_first();  // who is before us; he was not told when it was released
    }
    Waiter me{{}, now};
    queue_.push_back(&me);
    if (me.turn.wait_for(lock, timeout, [&] { return is_turn_of(me); })) return Hold(this);
    queue_.erase(std::find(queue_.begin(), queue_.end(), &me));
    if (!taken_) tell_first();
    return Hold();
  }

  struct State {
    std::uint64_t waiting = 0;
    std::optional<std::chrono::nanoseconds> held_for;  // by the running transaction
  };
  State state() const {
    const std::lock_guard lock(mutex_);
    State state{queue_.size(), std::nullopt};
    if (taken_) state.held_for = Clock::now() - since_;
    return state;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPatience{1};
  static constexpr std::chrono::microseconds kShort{30}, kLongestLook{50};
  static constexpr int kMostSpinning = 1;

  struct Waiter {
    std::condition_variable turn;
    Clock::time_point since;
    bool told = false;  // that the lock is free; he has not looked yet
    bool has_it = false;
  };
  static bool impatient(const Waiter& waiter, Clock::time_point now) {
    return now - waiter.since >= kPatience;
  }
  bool may_take(Clock::time_point now) const {
    return !taken_ && (queue_.empty() || !impatient(*queue_.front(), now));
  }
  Hold take(Clock::time_point now) {
    set_taken(now);
    return Hold(this);
  }
  void set_taken(Clock::time_point now) {
    KITH_ASSERT(!taken_);
    taken_ = true;
    since_ = now;
  }
  // Until it seems to be free. Whoever releases it meanwhile wakes nobody: it is looked at under
  // the mutex again before `spinning_` says that nobody looks.
  void look_for_it(std::unique_lock<std::mutex>& lock, Clock::time_point until) {
    ++spinning_;
    lock.unlock();
    while (taken_ && Clock::now() < until) pause();
    lock.lock();
    --spinning_;
    KITH_ASSERT(spinning_ >= 0);
  }
  static void pause() {
#if defined(__x86_64__)
    for (int i = 0; i < 8; ++i) __builtin_ia32_pause();
#endif
  }
  void give_to_first(Clock::time_point now) {
    set_taken(now);
    queue_.front()->has_it = true;
    queue_.pop_front();
  }
  bool is_turn_of(Waiter& waiter) {
    waiter.told = false;
    if (!waiter.has_it && !taken_ && queue_.front() == &waiter) give_to_first(Clock::now());
    return waiter.has_it;
  }
  // Under the mutex: the waiter may be gone as soon as he can look.
  void tell_first() {
    if (queue_.empty() || std::exchange(queue_.front()->told, true)) return;
    queue_.front()->turn.notify_one();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    KITH_ASSERT(taken_);
    const Clock::time_point now = Clock::now();
    usual_hold_ += (now - since_ - usual_hold_) / 8;
    taken_ = false;
    if (queue_.empty()) return;
    Waiter& first = *queue_.front();
    if (impatient(first, now)) {
      give_to_first(now);
      first.turn.notify_one();
    } else if (spinning_ == 0) {
      tell_first();
    }
  }

  mutable std::mutex mutex_;
  std::atomic<bool> taken_{false};  // changed under the mutex
  Clock::time_point since_;
  Clock::duration usual_hold_{0};  // of late, about
  int spinning_ = 0;
  std::deque<Waiter*> queue_;  // in the order of their coming
};

}  // namespace kith::storage
