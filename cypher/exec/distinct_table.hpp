// cypher/exec/distinct_table.hpp: the distinct rows of one worker, of which some may be on disk.
//
// A row of its runs is: hash of the keys, keys, what the row carries besides, whether the row was
// given out already, position. The runs are sorted by hash and position.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/group_table.hpp"
#include "cypher/exec/row_sorter.hpp"

namespace kith::exec {

class DistinctTable {
 public:
  DistinctTable(std::size_t keys, Execution& execution);

  std::uint32_t size() const { return table_.size(); }
  // Groups of size() before the call and more are new.
  void find_or_add(std::span<const Column> columns, const Batch& batch,
                   std::vector<std::uint32_t>& groups);
  bool fits();

  // Before the first spill(): how many cells a row carries besides its keys.
  void carry(std::size_t columns);
  // What the new rows carry, in their order.
  RowBuffer& carried() { return *carried_; }
  // Writes all rows to a run. `given`: they have been given out.
  void spill(bool given);
  bool has_spilled() const { return !runs_.empty(); }

  // The rows that were not given out, in the order in which they came in: keys, what they carry,
  // position.
  RowStreamPtr merge_runs();

 private:
  std::size_t width() const { return 1 + keys_ + carried_->columns() + 2; }
  void clear();

  Execution& execution_;
  std::size_t keys_;
  GroupTable table_;
  std::vector<FirstSeen> first_;
  std::unique_ptr<RowBuffer> carried_;
  std::uint64_t sequence_ = 0, before_ = 0;  // the last batch's; rows written since it began
  Reservation reserved_;
  std::vector<Run> runs_;
};

}  // namespace kith::exec
