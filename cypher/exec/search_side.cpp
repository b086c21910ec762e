// cypher/exec/search_side.cpp: a level is found from the lists of the one before.
#include "cypher/exec/search_side.hpp"

#include <numeric>

namespace kith::exec {

void SearchSide::begin(std::uint64_t node, std::uint64_t limit) {
  seen.clear(limit);
  seen.insert(node);
  nodes = {node};
  before = {0};
  level = 0;
  is_work_known_ = false;
}

std::uint64_t SearchSide::work() {
  if (is_work_known_) return known_work_;
  frontier_.assign(nodes.begin() + static_cast<std::ptrdiff_t>(level), nodes.end());
  degrees_.resize(frontier_.size());
  cursor.degrees(frontier_, degrees_);
  known_work_ = std::accumulate(degrees_.begin(), degrees_.end(), std::uint64_t{0});
  is_work_known_ = true;
  return known_work_;
}

void SearchSide::grow(const Watch& watch) {
  work();
  std::size_t count = nodes.size();
  const std::size_t behind = count;
  each_list(watch, [&](std::uint32_t from, auto ends) {
    if (nodes.size() < count + ends.size()) nodes.resize(2 * (count + ends.size()));
    count += seen.insert(ends, nodes.data() + count);
    before.resize(count, from);
    return true;
  });
  nodes.resize(count);
  level = behind;
  is_work_known_ = false;
}

std::uint64_t SearchSide::bytes() const {
  const std::size_t words = nodes.capacity() + frontier_.capacity() + degrees_.capacity();
  return seen.bytes() + words * sizeof(std::uint64_t) + before.capacity() * sizeof(std::uint32_t);
}

}  // namespace kith::exec
