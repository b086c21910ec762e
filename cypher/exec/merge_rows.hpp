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
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/cell.hpp"
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

// Rows of values by equality (M3).
class EqualRows {
 public:
  // `values`: row by row, `width` each; they stay where they are until the next begin().
  void begin(std::span<const Cell> values, std::size_t width);
  // The first row, of those that were given, that has the same values: this one, if there is none.
  std::uint32_t first_like(std::uint32_t row);

 private:
  std::span<const Cell> of(std::uint32_t row) const {
    return values_.subspan(row * width_, width_);
  }
  std::span<const Cell> values_;
  std::size_t width_ = 0;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
};

}  // namespace kith::exec
