// cypher/plan/value_sample.hpp: what share of a property's values lies in a range, where no index
// says it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/cell.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::plan {

class Statistics;
struct QueryGraph;

// Ends of a range of values, as far as they are known when a statement is planned; null: that end
// is open, or not known.
struct ConstantRange {
  const Cell* lower = nullptr;
  const Cell* upper = nullptr;
  const Cell* prefix = nullptr;
  bool lower_inclusive = false, upper_inclusive = false;
};

// The values of one property of some nodes.
struct ValueSample {
  std::vector<OwnedCell> values;  // of those that have it
  std::size_t nodes = 0;          // all of them

  // Of the nodes, or of those that have the property.
  double share(const ConstantRange& range, bool of_all) const;
};

// `n.key < value` and its like, the value known when it is planned.
struct ValueRange {
  Slot node = 0;
  std::string key;
  ExpressionPtr lower = nullptr, upper = nullptr;  // one of them
  bool inclusive = false;
};
std::optional<ValueRange> as_value_range(const Expression& condition);

// The share of nodes with these labels that are in the range; in both, of the one and the other end
// of one property. Nothing if it cannot tell, or an index will.
std::optional<double> share_of_values(const ValueRange& range, const ValueRange* other,
                                      const std::vector<std::string>& labels,
                                      const Statistics& statistics);

// Where conjuncts ask for both ends of a range they are not independent of each other: the second
// gets what share it leaves of the first's.
void weigh_value_ranges(QueryGraph& graph, const Statistics& statistics);

}  // namespace kith::plan
