// cypher/exec/search_side.hpp: a search breadth first from one node, by nodes alone, level by
// level.
//
// Lists of neighbours are read where they lie; each node knows the one that led there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cypher/exec/fold_ends.hpp"
#include "cypher/exec/node_set.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

struct SearchSide {
  // Told from time to time that the search goes on; throws to end it.
  using Watch = std::function<void()>;
  SearchSide(const storage::View& view, Direction direction, const std::vector<TypeId>& types)
      : cursor(view, direction, types) {}

  void begin(std::uint64_t node, std::uint64_t limit);
  std::uint64_t work();  // relationships of the last level
  void grow(const Watch& watch);
  std::uint64_t bytes() const;
  // Calls see(place of a node of the last level, where its relationships lead) until it says
  // false. The work of the level is known.
  template <class See>
  void each_list(const Watch& watch, See&& see);

  storage::NeighbourCursor cursor;
  NodeSet seen;
  std::vector<std::uint64_t> nodes;   // those, as they were found
  std::vector<std::uint32_t> before;  // the place of the one that led there; of the first: itself
  std::size_t level = 0;              // where the last level begins

 private:
  static constexpr std::size_t kNodesAtOnce = 256;
  std::uint64_t known_work_ = 0;
  bool is_work_known_ = false;
  std::vector<std::uint64_t> frontier_, degrees_;
};

template <class See>
void SearchSide::each_list(const Watch& watch, See&& see) {
  KITH_ASSERT(is_work_known_);
  const std::span<const std::uint64_t> frontier(frontier_);
  bool goes_on = true;
  for (std::size_t begin = 0; begin < frontier.size() && goes_on; begin += kNodesAtOnce) {
    const std::size_t size = std::min(kNodesAtOnce, frontier.size() - begin);
    const auto first = static_cast<std::uint32_t>(level + begin);
    cursor.each_list(frontier.subspan(begin, size),
                     [&](std::size_t place, const storage::NeighbourList& list) {
                       const auto from = first + static_cast<std::uint32_t>(place);
                       if (goes_on) with_ids(list, [&](auto ends) { goes_on = see(from, ends); });
                     });
    if (begin % (16 * kNodesAtOnce) == 0) watch();
  }
}

}  // namespace kith::exec
