// cypher/exec/first_seen.hpp: where groups and distinct rows were first seen, and their order by
// it.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace kith::exec {

// Where a group's first row came in. Rows of one sequence are all one worker's, so its own count of
// groups orders them.
struct FirstSeen {
  std::uint64_t sequence = 0;
  std::uint64_t ordinal = 0;
  friend auto operator<=>(const FirstSeen&, const FirstSeen&) = default;
};
// Groups from first.size() to `count` came in with `sequence`. `before`: groups of the same worker
// that are no longer in the table.
void note_first(std::vector<FirstSeen>& first, std::uint32_t count, std::uint64_t sequence,
                std::uint64_t before = 0);

// The groups in the order of their first rows.
std::vector<std::uint32_t> in_order(std::span<const FirstSeen> first);

}  // namespace kith::exec
