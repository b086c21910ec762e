// cypher/exec/in_pieces.hpp: work that is cut into pieces for several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/scheduler.hpp"
#include "cypher/exec/context.hpp"

namespace kith::exec {

// Calls work(i) for each i below `count`, on so many threads.
template <class Work>
void on_all(std::uint32_t workers, std::size_t count, Execution& execution, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto some = [&](std::uint32_t) {
    for (std::size_t i = next++; i < count; i = next++) {
      execution.poll();
      work(i);
    }
  };
  if (workers == 1 || count <= 1) return some(0);
  execution.scheduler.run(workers, some);
}

// Of rows that are worked on at once.
inline constexpr std::size_t kRowsOfPiece = 32 * 1024;

}  // namespace kith::exec
