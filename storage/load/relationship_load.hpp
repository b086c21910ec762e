// storage/load/relationship_load.hpp: relationships of one type in a bulk load.
//
// Rows are gathered by the segments of their start nodes. Sorting them by (start, end) gives the
// order of their ids: position p has id first_segment * kSegmentSlots + p. Both adjacency
// directions and the relationship segments are then written node segment by node segment, in
// parallel. What does not fit into memory is sorted on disk instead: spooled_load.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "storage/bulk_load.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/load/node_load.hpp"
#include "storage/load/row_pool.hpp"
#include "storage/load/spool.hpp"
#include "storage/load/value_store.hpp"

namespace kith::storage {

// What the sorting needs to know of its surroundings.
struct RelationshipTarget {
  BaseWriter& writer;
  NodeLoad& nodes;
  Scheduler& scheduler;
  AdjacencyLimits limits;
  std::uint64_t first_segment;
  // Called by the thread that called write(), with the number of steps done: three a row.
  std::function<void(std::uint64_t)> progress;
};

// Where rows go that do not fit: a file beside `path`.
struct LoadMemory {
  MemoryBudget& budget;
  Scheduler& scheduler;
  Spool& spool;  // for what comes before finish()
  Environment environment;
  std::string path;
};

// Counts steps of all threads, and tells of them from the calling one.
class Steps {
 public:
  explicit Steps(const std::function<void(std::uint64_t)>& tell) : tell_(tell) {}
  void add(std::uint64_t steps, std::uint32_t worker) {
    const std::uint64_t done = done_.fetch_add(steps, std::memory_order_relaxed) + steps;
    if (worker == 0 && tell_) tell_(done);
  }

 private:
  const std::function<void(std::uint64_t)>& tell_;
  std::atomic<std::uint64_t> done_{0};
};

class SpooledLoad;

class RelationshipLoad {
 public:
  virtual ~RelationshipLoad() = default;
  // One for each row of `picked`. How many values are not null.
  virtual std::uint64_t add(std::span<const std::uint64_t> starts,
                            std::span<const std::uint64_t> ends,
                            std::span<const std::uint32_t> picked,
                            std::span<const BulkColumn> columns) = 0;
  virtual std::uint64_t rows() const = 0;
  virtual std::uint64_t bytes() const = 0;  // of memory it holds
  // Writes everything, and gives back the memory it needed.
  virtual void write(const RelationshipTarget& target) = 0;

  std::uint64_t segments() const { return (rows() + kSegmentSlots - 1) >> kSegmentBits; }
};

// Rows in memory.
class MemoryLoad : public RelationshipLoad {
 public:
  // The most that it holds while write() runs.
  virtual std::uint64_t bytes_to_write() const = 0;
  // Gives all rows away, those with the same ends in order of arrival, and the memory as it goes.
  virtual void drain(SpooledLoad& to) = 0;
};

// Node ids and rows below 2^32 take half the memory. Rows take theirs from `pool`.
std::unique_ptr<MemoryLoad> make_memory_load(TypeId type, std::uint64_t node_id_limit,
                                             RowPool& pool);

}  // namespace kith::storage
