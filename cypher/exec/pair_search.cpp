// cypher/exec/pair_search.cpp: the side with less to look at grows by a level, until both have met.
#include "cypher/exec/pair_search.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"

namespace kith::exec {

namespace {

std::size_t place_of(const SearchSide& side, std::uint64_t node) {
  const auto found = std::find(side.nodes.begin(), side.nodes.end(), node);
  KITH_ASSERT(found != side.nodes.end());
  return static_cast<std::size_t>(found - side.nodes.begin());
}

}  // namespace

PairSearch::PairSearch(const storage::View& view, Direction direction,
                       const std::vector<TypeId>& types, Watch watch)
    : limit_(view.node_id_limit()),
      forward_(view, direction, types),
      backward_(view, turned(direction), types),
      watch_(std::move(watch)) {}

const std::vector<std::uint64_t>& PairSearch::find(std::uint64_t from, std::uint64_t to,
                                                   std::uint64_t max) {
  KITH_ASSERT(from != to);
  forward_.begin(from, limit_);
  backward_.begin(to, limit_);
  way_.clear();
  looked_at_ = 0;
  for (std::uint64_t depth = 0; depth < max; ++depth) {
    const std::uint64_t forward_work = forward_.work(), backward_work = backward_.work();
    if (forward_work == 0 || backward_work == 0) return way_;
    const bool ahead = forward_work <= backward_work;
    looked_at_ += std::min(forward_work, backward_work);
    SearchSide& side = ahead ? forward_ : backward_;
    if (meets(side, ahead ? backward_ : forward_)) {
      read_way(ahead);
      return way_;
    }
    side.grow(watch_);
    watch_();
  }
  return way_;
}

// Looks for the other side before it notes anything: the last level is the largest.
bool PairSearch::meets(SearchSide& side, const SearchSide& other) {
  bool is_met = false;
  side.each_list(watch_, [&](std::uint32_t from, auto ends) {
    const std::size_t found = other.seen.find_first(ends);
    if (found == ends.size()) return true;
    met_from_ = from;
    met_ = ends[found];
    is_met = true;
    return false;
  });
  return is_met;
}

// `ahead`: it was the forward side that came upon the other.
void PairSearch::read_way(bool ahead) {
  const auto read = [&](const SearchSide& side, std::uint32_t at) {
    for (; side.before[at] != at; at = side.before[at]) way_.push_back(side.nodes[at]);
    way_.push_back(side.nodes[at]);
  };
  const SearchSide& other = ahead ? backward_ : forward_;
  const auto there = static_cast<std::uint32_t>(place_of(other, met_));
  read(forward_, ahead ? met_from_ : there);
  std::reverse(way_.begin(), way_.end());
  read(backward_, ahead ? there : met_from_);
}

}  // namespace kith::exec
