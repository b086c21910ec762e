// storage/graph/pool_memory.hpp: how much of whose memory an open data file may use.
#pragma once

#include <cstdint>
#include <memory>

#include "core/memory_budget.hpp"

namespace kith::storage {

struct PoolMemory {
  std::shared_ptr<MemoryBudget> budget;  // shared: with all others who take memory
  std::uint64_t pool_floor = 0;          // the pool's own
  std::uint64_t directories = 0;         // the most that directories nobody uses may keep

  // A budget of its own.
  PoolMemory(std::uint64_t limit_bytes) : PoolMemory(std::make_shared<MemoryBudget>(limit_bytes)) {}
  // The shares of a database that is read and written.
  explicit PoolMemory(std::shared_ptr<MemoryBudget> of)
      : budget(std::move(of)), pool_floor(budget->limit() / 4), directories(budget->limit() / 8) {}
};

}  // namespace kith::storage
