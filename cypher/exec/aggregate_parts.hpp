// cypher/exec/aggregate_parts.hpp: merging the groups of all workers by parts, on all of them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/aggregate_partial.hpp"
#include "cypher/exec/group_results.hpp"

namespace kith::exec {

// Rows in the order in which groups were first seen (in any order, if nobody can tell), keys and
// results. The partials, which can seal, have no groups afterwards. False, and nothing has changed,
// if there is no room for that.
bool merge_parts(std::span<const std::unique_ptr<AggregatePartial>> partials, Execution& execution,
                 const WantedResults& wanted, ComputedRows& out);

}  // namespace kith::exec
