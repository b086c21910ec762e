// core/scheduler.cpp: parallel work on a TBB arena; no TBB exception or type leaves this file.
#include "core/scheduler.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith {

struct Scheduler::Arena {
  explicit Arena(std::uint32_t threads) : tasks(static_cast<int>(threads)) {
    // TBB has one pool of workers for the process, one a core. Who asks for more threads than
    // cores gets them: such a limit only ever raises the pool's size.
    if (threads > cores()) more_workers.emplace(kLimit, threads);
  }
  static std::uint32_t cores() {
    const int found = tbb::info::default_concurrency();
    return found < 1 ? 1 : static_cast<std::uint32_t>(found);
  }
  static constexpr auto kLimit = tbb::global_control::max_allowed_parallelism;
  std::optional<tbb::global_control> more_workers;
  tbb::task_arena tasks;
};

namespace {

constexpr std::uint32_t kMostThreads = 1024;

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

// Says in our own code what TBB sees to: a task begins after what came before its group, and what
// it did comes before the end of the wait. ThreadSanitizer does not see into TBB's library.
class Handover {
 public:
  void before_tasks() { begun_.store(true, std::memory_order_release); }
  void task_begins() const { (void)begun_.load(std::memory_order_acquire); }
  void task_ends() { ended_.fetch_add(1, std::memory_order_release); }
  void after_tasks() const { (void)ended_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> begun_{false};
  std::atomic<std::uint32_t> ended_{0};
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

Scheduler::Scheduler(std::uint32_t threads)
    : threads_(threads == 0 ? Arena::cores() : std::min(threads, kMostThreads)) {
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
  Handover handover;
  const auto task = [&](std::uint32_t worker) {
    handover.task_begins();
    failure.guard([&] { work(worker); });
    handover.task_ends();
  };
  handover.before_tasks();
  arena_->tasks.execute([&] {
    // Isolated: while this thread waits it takes no task of another query, which might be long or
    // want a lock that this thread holds.
    tbb::this_task_arena::isolate([&] {
      tbb::task_group group;
      for (std::uint32_t i = 1; i < workers; ++i) {
        group.run([&task, i] { task(i); });
      }
      task(0);
      group.wait();
    });
  });
  handover.after_tasks();
  failure.rethrow();
}

}  // namespace kith
