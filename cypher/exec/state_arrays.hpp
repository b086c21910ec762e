// cypher/exec/state_arrays.hpp: states of groups in an array by group: merged by ranges, and
// renumbered.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "cypher/exec/accumulator.hpp"

namespace kith::exec {

// The states of groups by their new numbers. `heir`: gets the memory in which they were.
template <class State>
void renumber_states(std::vector<State>& states, std::span<const std::uint32_t> numbers,
                     std::vector<State>* heir = nullptr) {
  KITH_ASSERT(states.size() <= numbers.size());
  std::vector<State> renumbered;
  reserve_large(renumbered, numbers.size());
  renumbered.resize(numbers.size());
  for (std::size_t g = 0; g < states.size(); ++g) renumbered[numbers[g]] = std::move(states[g]);
  states.swap(renumbered);
  if (heir == nullptr) return;
  renumbered.clear();
  *heir = std::move(renumbered);
}

// Calls take(mine, theirs) for groups `first` and after of `from`, as far as it has states of them.
template <class State, class Take>
void merge_states(std::vector<State>& mine, std::vector<State>& from, std::uint32_t first,
                  std::span<const std::uint32_t> into, std::uint32_t group_count, Take take) {
  if (first >= from.size()) return;
  mine.resize(std::max<std::size_t>(mine.size(), group_count));
  const auto count = static_cast<std::uint32_t>(std::min(into.size(), from.size() - first));
  const GroupedRows places{.rows = count, .groups = into.data(), .group_count = group_count};
  for (std::uint32_t i = 0; i < count; ++i) {
    fetch_early(mine, places, i);
    take(mine[into[i]], from[first + i]);
  }
}

}  // namespace kith::exec
