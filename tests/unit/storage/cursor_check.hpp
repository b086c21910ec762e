// tests/unit/storage/cursor_check.hpp: reads a view through every cursor and compares with a model.
#pragma once

#include "storage/view.hpp"
#include "tests/unit/storage/graph_model.hpp"

namespace kith::storage::test {

// REQUIREs that all cursors, single reads and counts of `view` show `graph`. `seed` varies batch
// sizes and orders.
void check_view(const View& view, const GraphModel& graph, std::uint64_t seed);

}  // namespace kith::storage::test
