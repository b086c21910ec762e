// core/scheduler.cpp: parallel work on a TBB arena; no TBB exception or type leaves this file.
#include "core/scheduler.hpp"

#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith {

struct Scheduler::Arena {
  explicit Arena(std::uint32_t threads) : tasks(static_cast<int>(threads)) {}
  tbb::task_arena tasks;
};

namespace {

constexpr std::uint32_t kMostThreads = 1024;

std::uint32_t threads_or_cores(std::uint32_t threads) {
  const int cores = tbb::info::default_concurrency();
  if (threads == 0) return cores < 1 ? 1 : static_cast<std::uint32_t>(cores);
  return threads < kMostThreads ? threads : kMostThreads;
}

// The first exception of any worker; after it, work not yet begun is left undone.
class FirstFailure {
 public:
  template <class Work>
  void guard(Work&& work) noexcept {
    if (failed_.load(std::memory_order_relaxed)) return;
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      failed_.store(true, std::memory_order_relaxed);
    }
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void Cancellation::check() const {
  if (state_.load(std::memory_order_relaxed) != 0) {
    throw Interrupted("Cancelled", "the query was cancelled");
  }
  const std::int64_t deadline = deadline_ns_.load(std::memory_order_relaxed);
  if (deadline == 0) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  if (std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() >= deadline) {
    throw Interrupted("Timeout", "the query took longer than its time limit");
  }
}

Scheduler::Scheduler(std::uint32_t threads) : threads_(threads_or_cores(threads)) {
  if (threads_ > 1) arena_ = std::make_unique<Arena>(threads_);
}

Scheduler::~Scheduler() = default;

void Scheduler::run(std::uint32_t workers, const std::function<void(std::uint32_t)>& work) {
  KITH_ASSERT(work != nullptr);
  if (workers <= 1 || arena_ == nullptr) {
    for (std::uint32_t i = 0; i < workers; ++i) work(i);
    return;
  }
  FirstFailure failure;
  arena_->tasks.execute([&] {
    // Isolated: while this thread waits it takes no task of another query, which might be long or
    // want a lock that this thread holds.
    tbb::this_task_arena::isolate([&] {
      tbb::task_group group;
      for (std::uint32_t i = 1; i < workers; ++i) {
        group.run([&, i] { failure.guard([&] { work(i); }); });
      }
      failure.guard([&] { work(0); });
      group.wait();
    });
  });
  failure.rethrow();
}

}  // namespace kith
