// cypher/exec/prefix_sort.hpp: sorting rows by 64 bits of their keys at a time.
//
// Rows are sorted by a number that has the order of the first key, or of the first bytes of it;
// rows whose numbers are the same then by the next bytes, the next key, and in the end by where
// they came in. Comparing cells is for small groups, and for keys that no number stands for.
#pragma once

#include <vector>

#include "cypher/exec/sort_order.hpp"

namespace kith::exec {

void sort_by_prefixes(std::vector<Cell*>& rows, const SortOrder& order);
// The same by several threads: what lies between some of the numbers is one thread's.
void sort_by_prefixes(std::vector<Cell*>& rows, const SortOrder& order, std::uint32_t threads,
                      Scheduler& scheduler);

}  // namespace kith::exec
