// cypher/functions/aggregate_statistics.hpp: the states of deviations and percentiles.
#pragma once

#include <memory>

#include "cypher/functions/function.hpp"

namespace kith {

std::unique_ptr<AggregateState> make_sample_deviation();
std::unique_ptr<AggregateState> make_population_deviation();
std::unique_ptr<AggregateState> make_percentile_between();
std::unique_ptr<AggregateState> make_percentile_of_values();

}  // namespace kith
