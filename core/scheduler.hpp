// core/scheduler.hpp: threads and cancellation.
//
// One Scheduler per database: a TBB arena with its own thread count. The calling thread takes part.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace kith {

// Polled by every pipeline at batch boundaries. Thread-safe.
class Cancellation {
 public:
  void cancel() noexcept { state_.store(1, std::memory_order_relaxed); }
  void reset() noexcept {
    state_.store(0, std::memory_order_relaxed);
    deadline_ns_ = 0;
  }
  // Monotonic clock; 0: none.
  void set_deadline(std::int64_t monotonic_ns) noexcept { deadline_ns_ = monotonic_ns; }
  // Throws kith::Interrupted ("Cancelled" or "Timeout").
  void check() const;

 private:
  std::atomic<int> state_{0};
  std::atomic<std::int64_t> deadline_ns_{0};
};

class Scheduler {
 public:
  explicit Scheduler(std::uint32_t threads);  // 0: one per core
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  std::uint32_t threads() const { return threads_; }
  // Calls work(0) … work(workers - 1), at most threads() at once, and waits for all. The first
  // exception is thrown here after the others have ended.
  void run(std::uint32_t workers, const std::function<void(std::uint32_t)>& work);

 private:
  struct Arena;
  std::uint32_t threads_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace kith
