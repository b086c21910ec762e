// cypher/exec/merge_rows.hpp: when MERGE may look for a whole batch of rows before it makes what is
// missing.
//
//   M1  What a row finds in the graph depends on its own values alone, and no row changes what
//       another looks for: the pattern is one node with properties, or one relationship between
//       nodes that the row has, and nothing sets one of its properties.
//   M2  What is set for a row depends on the row and on the merged element alone. So it is enough
//       that the changes of each element are made in the order of the rows.
//   M3  Two rows want the same element exactly if their values are equal, one by one, and the ends
//       of a relationship are the same. If the graph has none, the first makes it and the others
//       find that.
//   M4  So rows need not see in the graph what earlier ones made, if they see it in a table beside
//       it. What a join keeps of the graph serves all rows then, whatever is made meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/memory_budget.hpp"
#include "core/vector.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::exec {

// The one element that a MERGE finds or makes.
struct MergedElement {
  Slot slot;
  VectorType type;
  bool either_way = false;  // a relationship that may run either way
};
// If M1 and M2 hold.
std::optional<MergedElement> merged_at_once(const plan::Node& node, const plan::Merge& op);

// Values that rows had, by equality (M3): each has a place, 0, 1, 2 … in the order of the first
// rows.
class EqualRows {
 public:
  explicit EqualRows(MemoryBudget& budget) : reserved_(budget, "what a MERGE made") {
    arena_.charge_to(budget);
  }
  void clear();
  std::uint32_t places() const { return places_; }
  std::uint64_t bytes() const { return reserved_.bytes() + arena_.bytes(); }
  // `row`: as many values each time. They are copied if nobody had them before.
  std::uint32_t place_of(std::span<const Cell> row);

 private:
  Arena arena_;
  std::vector<Cell> values_;  // place by place
  std::uint32_t places_ = 0;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
  Reservation reserved_;  // of values_ and by_hash_
};

}  // namespace kith::exec
