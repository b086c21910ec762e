// cypher/exec/pair_search.cpp: the side with less to look at grows by a level, until both have met.
#include "cypher/exec/pair_search.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"
#include "cypher/exec/fold_ends.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kNodesAtOnce = 256;

}  // namespace

PairSearch::PairSearch(const storage::View& view, Direction direction,
                       const std::vector<TypeId>& types, Watch watch)
    : limit_(view.node_id_limit()),
      forward_(view, direction, types),
      backward_(view, turned(direction), types),
      watch_(std::move(watch)) {}

void PairSearch::Side::begin(std::uint64_t node, std::uint64_t limit) {
  seen.clear(limit);
  seen.insert(node);
  nodes = {node};
  before = {0};
  level = 0;
  is_work_known = false;
}

std::size_t PairSearch::Side::place_of(std::uint64_t node) const {
  const auto found = std::find(nodes.begin(), nodes.end(), node);
  KITH_ASSERT(found != nodes.end());
  return static_cast<std::size_t>(found - nodes.begin());
}

std::uint64_t PairSearch::Side::work() {
  if (is_work_known) return known_work;
  frontier.assign(nodes.begin() + static_cast<std::ptrdiff_t>(level), nodes.end());
  degrees.resize(frontier.size());
  cursor.degrees(frontier, degrees);
  known_work = std::accumulate(degrees.begin(), degrees.end(), std::uint64_t{0});
  is_work_known = true;
  return known_work;
}

std::uint64_t PairSearch::bytes() const {
  std::uint64_t total = 0;
  for (const Side* side : {&forward_, &backward_}) {
    const std::size_t words =
        side->nodes.capacity() + side->frontier.capacity() + side->degrees.capacity();
    total += side->seen.bytes() + words * sizeof(std::uint64_t) +
             side->before.capacity() * sizeof(std::uint32_t);
  }
  return total;
}

const std::vector<std::uint64_t>& PairSearch::find(std::uint64_t from, std::uint64_t to,
                                                   std::uint64_t max) {
  KITH_ASSERT(from != to);
  forward_.begin(from, limit_);
  backward_.begin(to, limit_);
  way_.clear();
  for (std::uint64_t depth = 0; depth < max; ++depth) {
    const std::uint64_t forward_work = forward_.work(), backward_work = backward_.work();
    if (forward_work == 0 || backward_work == 0) return way_;
    const bool ahead = forward_work <= backward_work;
    Side& side = ahead ? forward_ : backward_;
    if (meets(side, ahead ? backward_ : forward_)) {
      read_way(ahead);
      return way_;
    }
    grow(side);
    watch_(bytes());
  }
  return way_;
}

// Looks for the other side before it notes anything: the last level is the largest.
bool PairSearch::meets(Side& side, const Side& other) {
  bool is_met = false;
  each_list(side, side.level, [&](std::uint32_t from, auto ends) {
    const std::size_t found = other.seen.find_first(ends);
    if (found == ends.size()) return true;
    met_from_ = from;
    met_ = ends[found];
    is_met = true;
    return false;
  });
  return is_met;
}

void PairSearch::grow(Side& side) {
  const std::size_t level = side.level;
  std::size_t count = side.nodes.size();
  side.level = count;
  side.is_work_known = false;
  each_list(side, level, [&](std::uint32_t from, auto ends) {
    if (side.nodes.size() < count + ends.size()) side.nodes.resize(2 * (count + ends.size()));
    count += side.seen.insert(ends, side.nodes.data() + count);
    side.before.resize(count, from);
    return true;
  });
  side.nodes.resize(count);
}

// Calls see(place of a node of the frontier, where its relationships lead) until it says false.
template <class See>
void PairSearch::each_list(Side& side, std::size_t level, See&& see) {
  const std::span<const std::uint64_t> frontier(side.frontier);
  bool goes_on = true;
  for (std::size_t begin = 0; begin < frontier.size() && goes_on; begin += kNodesAtOnce) {
    const std::size_t size = std::min(kNodesAtOnce, frontier.size() - begin);
    const auto first = static_cast<std::uint32_t>(level + begin);
    side.cursor.each_list(frontier.subspan(begin, size),
                          [&](std::size_t place, const storage::NeighbourList& list) {
                            const auto from = first + static_cast<std::uint32_t>(place);
                            if (goes_on)
                              with_ids(list, [&](auto ends) { goes_on = see(from, ends); });
                          });
    if (begin % (16 * kNodesAtOnce) == 0) watch_(bytes());
  }
}

// `ahead`: it was the forward side that came upon the other.
void PairSearch::read_way(bool ahead) {
  const auto read = [&](const Side& side, std::uint32_t at) {
    for (; side.before[at] != at; at = side.before[at]) way_.push_back(side.nodes[at]);
    way_.push_back(side.nodes[at]);
  };
  const Side& other = ahead ? backward_ : forward_;
  const auto there = static_cast<std::uint32_t>(other.place_of(met_));
  read(forward_, ahead ? met_from_ : there);
  std::reverse(way_.begin(), way_.end());
  read(backward_, ahead ? there : met_from_);
}

}  // namespace kith::exec
