// core/parallel.hpp: loops over independent items on a scheduler.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "core/scheduler.hpp"

namespace kith {

// Calls work(i, worker) for i = 0 … count - 1, in any order, worker < scheduler.threads(). Worker 0
// is the calling thread.
template <class Work>
void for_each_item(Scheduler& scheduler, std::uint64_t count, Work&& work) {
  std::atomic<std::uint64_t> next{0};
  const auto workers =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max(1u, scheduler.threads()), count));
  scheduler.run(workers, [&](std::uint32_t worker) {
    for (std::uint64_t i = next.fetch_add(1, std::memory_order_relaxed); i < count;
         i = next.fetch_add(1, std::memory_order_relaxed))
      work(i, worker);
  });
}

}  // namespace kith
