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
    : forward_(view, direction, types),
      backward_(view, turned(direction), types),
      watch_(std::move(watch)) {}

void PairSearch::Side::begin(std::uint64_t node) {
  numbers.clear();
  nodes = {node};
  before = {0};
  numbers.insert(node, 0);
  level = 0;
  is_work_known = false;
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
    total += side->numbers.bytes() + words * sizeof(std::uint64_t) +
             side->before.capacity() * sizeof(std::uint32_t);
  }
  return total;
}

const std::vector<std::uint64_t>& PairSearch::find(std::uint64_t from, std::uint64_t to,
                                                   std::uint64_t max) {
  KITH_ASSERT(from != to);
  forward_.begin(from);
  backward_.begin(to);
  is_met_ = false;
  way_.clear();
  for (std::uint64_t depth = 0; depth < max && !is_met_; ++depth) {
    const std::uint64_t ahead = forward_.work(), behind = backward_.work();
    if (ahead == 0 || behind == 0) return way_;
    behind < ahead ? grow(backward_, forward_) : grow(forward_, backward_);
    watch_(bytes());
  }
  if (is_met_) read_way();
  return way_;
}

void PairSearch::grow(Side& side, const Side& other) {
  const auto level = static_cast<std::uint32_t>(side.level);
  side.level = side.nodes.size();
  side.is_work_known = false;
  const std::span<const std::uint64_t> frontier(side.frontier);
  for (std::size_t begin = 0; begin < frontier.size() && !is_met_; begin += kNodesAtOnce) {
    const std::size_t size = std::min(kNodesAtOnce, frontier.size() - begin);
    const auto first = level + static_cast<std::uint32_t>(begin);
    side.cursor.each_list(frontier.subspan(begin, size),
                          [&](std::size_t place, const storage::NeighbourList& list) {
                            const auto from = first + static_cast<std::uint32_t>(place);
                            with_ids(list, [&](auto ids) {
                              for (std::size_t i = 0; i < ids.size() && !is_met_; ++i) {
                                see(side, other, from, ids[i]);
                              }
                            });
                          });
    if (begin % (16 * kNodesAtOnce) == 0) watch_(bytes());
  }
}

inline void PairSearch::see(Side& side, const Side& other, std::uint32_t from, std::uint64_t node) {
  const auto fresh = static_cast<std::uint32_t>(side.nodes.size());
  if (side.numbers.insert(node, fresh) != fresh) return;
  side.nodes.push_back(node);
  side.before.push_back(from);
  if (other.numbers.find(node) == kNone) return;
  is_met_ = true;
  meeting_ = node;
}

void PairSearch::read_way() {
  const auto read = [&](const Side& side) {
    std::uint32_t at = side.numbers.find(meeting_);
    for (; side.before[at] != at; at = side.before[at]) way_.push_back(side.nodes[at]);
    way_.push_back(side.nodes[at]);
  };
  read(forward_);
  std::reverse(way_.begin(), way_.end());
  way_.pop_back();  // the other side has it, too
  read(backward_);
}

}  // namespace kith::exec
