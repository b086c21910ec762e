// core/in_order.cpp: see in_order.hpp.
#include "core/in_order.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

#include "core/assert.hpp"

namespace kith {
namespace {

// What the threads share. Each does the first of these that there is to do: take the oldest item
// when it is ready, make one and work on it, help, wait.
class Line {
 public:
  Line(std::uint32_t in_flight, const InOrder& stages) : in_flight_(in_flight), stages_(stages) {}

  void run() {
    std::unique_lock lock(mutex_);
    while (!failure_ && !(ended_ && items_.empty())) {
      if (!taking_ && !items_.empty() && items_.front().ready) {
        take(lock);
      } else if (!making_ && !ended_ && items_.size() < in_flight_) {
        make_and_work(lock);
      } else if (!help(lock)) {
        changed_.wait(lock);
      }
    }
    changed_.notify_all();
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  struct Item {
    void* item;
    bool ready = false;
  };

  // Without the lock. False if it failed.
  template <class Stage>
  bool guarded(std::unique_lock<std::mutex>& lock, const Stage& stage) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      stage();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !failure_) failure_ = failure;
    ++changes_;
    changed_.notify_all();
    return !failure;
  }

  void take(std::unique_lock<std::mutex>& lock) {
    KITH_ASSERT(!taking_);
    taking_ = true;
    void* const item = items_.front().item;
    guarded(lock, [&] { stages_.take(item); });
    taking_ = false;
    items_.pop_front();
  }

  void make_and_work(std::unique_lock<std::mutex>& lock) {
    KITH_ASSERT(!making_);
    making_ = true;
    void* made = nullptr;
    const bool good = guarded(lock, [&] { made = stages_.make(); });
    making_ = false;
    if (!good) return;
    if (made == nullptr) {
      ended_ = true;
      return;
    }
    Item& item = items_.emplace_back(Item{made});  // stays where it is while others come and go
    if (guarded(lock, [&] { stages_.work(made); })) item.ready = true;
  }

  // False: there is nothing to do before the next change. Helping changes nothing for the others.
  bool help(std::unique_lock<std::mutex>& lock) {
    if (!stages_.help) return false;
    const std::uint64_t before = changes_;
    bool helped = false;
    lock.unlock();
    try {
      helped = stages_.help();
    } catch (...) {
      lock.lock();
      if (!failure_) failure_ = std::current_exception();
      changed_.notify_all();
      return true;
    }
    lock.lock();
    return helped || changes_ != before;
  }

  const std::uint32_t in_flight_;
  const InOrder& stages_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  bool making_ = false, taking_ = false, ended_ = false;
  std::uint64_t changes_ = 0;  // stages that have ended
  std::exception_ptr failure_;
};

}  // namespace

void run_in_order(Scheduler& scheduler, std::uint32_t in_flight, const InOrder& stages) {
  KITH_ASSERT(in_flight > 0 && stages.make && stages.work && stages.take);
  Line line(in_flight, stages);
  scheduler.run(std::max(1u, scheduler.threads()), [&](std::uint32_t) { line.run(); });
  line.rethrow();
}

}  // namespace kith
