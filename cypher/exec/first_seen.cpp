// cypher/exec/first_seen.cpp: the order of groups by their first rows.
#include "cypher/exec/first_seen.hpp"

#include <algorithm>
#include <numeric>

#include "core/page_memory.hpp"
#include "core/radix_sort.hpp"

namespace kith::exec {

void note_first(std::vector<FirstSeen>& first, std::uint32_t count, std::uint64_t sequence,
                std::uint64_t before) {
  if (count > first.size()) make_room(first, count - first.size());
  while (first.size() < count) first.push_back({sequence, before + first.size()});
}

// Groups of one worker are in order as they are.
std::vector<std::uint32_t> in_order(std::span<const FirstSeen> first) {
  constexpr std::size_t kFew = 1024;
  std::vector<std::uint32_t> order(first.size());
  std::iota(order.begin(), order.end(), 0u);
  if (std::is_sorted(first.begin(), first.end())) return order;
  if (first.size() < kFew) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return first[a] < first[b]; });
    return order;
  }
  struct Place {
    FirstSeen first;
    std::uint32_t group;
  };
  std::vector<Place> places, scratch;
  reserve_large(places, first.size());
  for (const std::uint32_t group : order) places.push_back({first[group], group});
  radix_sort(std::span(places), scratch, [](const Place& p) { return p.first.ordinal; });
  radix_sort(std::span(places), scratch, [](const Place& p) { return p.first.sequence; });
  for (std::size_t i = 0; i < places.size(); ++i) order[i] = places[i].group;
  return order;
}

}  // namespace kith::exec
