// cypher/exec/aggregate_merge.hpp: the results of an aggregation of which parts are on disk.
#pragma once

#include <memory>
#include <vector>

#include "cypher/exec/aggregate_partial.hpp"

namespace kith::exec {

// Keys, results, and where the group's first row came in: groups in that order. The partials have
// no groups afterwards.
RowStreamPtr merge_aggregates(const plan::Aggregate& op, Execution& execution,
                              std::vector<std::unique_ptr<AggregatePartial>>& partials);

}  // namespace kith::exec
