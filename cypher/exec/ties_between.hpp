// cypher/exec/ties_between.hpp: the relationships between two nodes a row, where one of the two
// stays the same for many rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/node_ties.hpp"

namespace kith::exec {

// As a cursor's begin_between() and next(): what it held of a node is asked about the others.
class TiesBetween {
 public:
  TiesBetween(const storage::View& view, Direction direction, const std::vector<TypeId>& types,
              MemoryBudget& budget);

  // Whether one side stays the same for long enough.
  static bool has_long_runs(std::span<const std::uint64_t> nodes,
                            std::span<const std::uint64_t> others);
  // The spans stay valid until the end.
  void begin(std::span<const std::uint64_t> nodes, std::span<const std::uint64_t> others);
  std::size_t next(std::size_t limit, std::uint32_t* rows, std::uint64_t* relationships);

 private:
  FoldAccount account_;
  NodeTies from_, to_;
  NodeTies* held_ = nullptr;                       // from_ or to_
  std::span<const std::uint64_t> nodes_, others_;  // the side that is held, and the other
  std::size_t row_ = 0;                            // the next
  NodeTies::Places left_;                          // of the row before
};

}  // namespace kith::exec
