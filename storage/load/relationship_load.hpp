// storage/load/relationship_load.hpp: relationships of one type in a bulk load.
//
// Rows are gathered as columns. Sorting them by (start, end) gives the order of their ids: position
// p has id first_segment * kSegmentSlots + p. Both adjacency directions and the relationship
// segments are then written node segment by node segment, in parallel.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "core/scheduler.hpp"
#include "storage/bulk_load.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/load/node_load.hpp"
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

class RelationshipLoad {
 public:
  virtual ~RelationshipLoad() = default;
  virtual void add(std::span<const std::uint64_t> starts, std::span<const std::uint64_t> ends) = 0;
  virtual std::uint64_t rows() const = 0;
  // Writes everything, and gives back the memory it needed.
  virtual void write(const RelationshipTarget& target) = 0;

  std::uint64_t segments() const { return (rows() + kSegmentSlots - 1) >> kSegmentBits; }
  // Values of the rows that come with the next add(); how many are not null.
  std::uint64_t add_values(std::span<const BulkColumn> columns, std::uint32_t count);

 protected:
  std::map<KeyId, ValueStore> values_;
};

// Node ids and rows below 2^32 take half the memory.
std::unique_ptr<RelationshipLoad> make_relationship_load(TypeId type, std::uint64_t node_id_limit);

}  // namespace kith::storage
