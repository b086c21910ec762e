// cypher/exec/path_automaton.cpp: a path pattern as an automaton that reads relationships.
#include "cypher/exec/path_automaton.hpp"

#include <algorithm>
#include <limits>

#include "core/assert.hpp"

namespace kith::exec {

namespace {

constexpr auto kNoEnd = std::numeric_limits<std::uint64_t>::max();

}  // namespace

PathAutomaton::PathAutomaton(const bound::PathPattern& path) : path_(path) {
  length_counts_ = path.stretches.size() == 1;
  for (std::uint32_t s = 0; s < path.stretches.size(); ++s) {
    const auto& stretch = path.stretches[s];
    first_.push_back(static_cast<std::uint32_t>(positions_.size()));
    const auto steps = static_cast<std::uint32_t>(stretch.steps.size());
    for (std::uint32_t i = 0; i < steps; ++i) positions_.push_back({s, i});
    const std::uint64_t often = !stretch.times ? 1 : stretch.times->max.value_or(kNoEnd);
    const std::uint64_t most = steps != 0 && often > kNoEnd / steps ? kNoEnd : often * steps;
    max_length_ = most > kNoEnd - max_length_ ? kNoEnd : max_length_ + most;
  }
  KITH_ASSERT(!positions_.empty());
}

std::vector<PathAutomaton::Move> PathAutomaton::begin() const {
  std::vector<Move> out;
  enter(0, {}, out);
  return out;
}

void PathAutomaton::enter(std::uint32_t stretch, std::vector<std::uint32_t> checks,
                          std::vector<Move>& out) const {
  for (std::uint32_t s = stretch; s < path_.stretches.size(); ++s) {
    const auto& next = path_.stretches[s];
    if (next.steps.empty()) {
      checks.push_back(s);
      continue;
    }
    out.push_back({{first_[s], 0}, checks});
    if (!next.times || next.times->min > 0) return;
  }
  out.push_back({{end(), 0}, std::move(checks)});
}

// Counts that lead to the same future are one: beyond the minimum, unless there is a maximum. Where
// the length of the path tells the count, a search need not: it stops at max_length().
std::uint64_t PathAutomaton::counted(const bound::PathStretch::Times& times,
                                     std::uint64_t done) const {
  return times.max && !length_counts_ ? done : std::min(done, times.min);
}

std::vector<PathAutomaton::Move> PathAutomaton::moves(State from) const {
  std::vector<Move> out;
  if (from.position == end()) return out;
  const auto [s, step] = positions_[from.position];
  const auto& stretch = path_.stretches[s];
  if (step + 1 < stretch.steps.size()) {
    out.push_back({{from.position + 1, from.count}, {}});
    return out;
  }
  if (!stretch.times) {
    enter(s + 1, {}, out);
    return out;
  }
  const std::uint64_t done = from.count + 1;
  const bool more = length_counts_ || !stretch.times->max || done < *stretch.times->max;
  if (more) out.push_back({{first_[s], counted(*stretch.times, done)}, {}});
  if (done >= stretch.times->min) enter(s + 1, {}, out);
  return out;
}

}  // namespace kith::exec
