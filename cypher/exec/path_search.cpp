// cypher/exec/path_search.cpp: bidirectional breadth-first search; enumeration by length where the
// least length is not enough.
#include "cypher/exec/path_search.hpp"

#include <algorithm>

namespace kith::exec {

namespace {

constexpr std::uint32_t kLinksBetweenWatches = 1 << 16;
constexpr std::uint64_t kTrailsBetweenWatches = 1 << 10;

}  // namespace

void PathSearch::Side::begin(std::uint64_t node) {
  numbers.clear();
  visits.clear();
  links.clear();
  level = 0;
  depth = 0;
  numbers.insert(node, 0);
  visits.push_back({node, 0, kNone});
}

std::vector<Trail> PathSearch::find(std::uint64_t from, std::uint64_t to,
                                    const SearchLimits& limits) {
  trail_bytes_ = trails_made_ = 0;
  if (limits.min > limits.max) return {};
  if (from == to && limits.min == 0) return {Trail{}};
  if (limits.min > 1) return by_length(from, to, limits);
  if (from == to) return closed(from, limits);
  std::vector<Trail> trails;
  search(from, to, limits.max, limits.all, kNoRelationship, trails);
  return trails;
}

std::uint64_t PathSearch::search(std::uint64_t from, std::uint64_t to, std::uint64_t max, bool all,
                                 std::uint64_t excluded, std::vector<Trail>& trails) {
  KITH_ASSERT(from != to);
  forward_.begin(from);
  backward_.begin(to);
  while (std::uint64_t{forward_.depth} + backward_.depth < max) {
    if (forward_.width() == 0 || backward_.width() == 0) return 0;
    const bool go_back = backward_.width() < forward_.width();
    grow(go_back ? backward_ : forward_, go_back, all, excluded);
    const std::size_t before = trails.size();
    collect(all, trails);
    if (trails.size() != before) return trails.back().size();
  }
  return 0;
}

void PathSearch::grow(Side& side, bool backward, bool all, std::uint64_t excluded) {
  const auto level = static_cast<std::uint32_t>(side.level);
  frontier_.clear();
  for (std::size_t i = level; i < side.visits.size(); ++i) frontier_.push_back(side.visits[i].node);
  side.level = side.visits.size();
  ++side.depth;
  steps_(frontier_, backward,
         [&](std::uint32_t row, std::uint64_t node, std::uint64_t relationship) {
           if (relationship == excluded) return;
           const auto fresh = static_cast<std::uint32_t>(side.visits.size());
           const std::uint32_t visit = side.numbers.insert(node, fresh);
           if (visit == fresh) side.visits.push_back({node, side.depth, kNone});
           Visit& into = side.visits[visit];
           if (into.depth != side.depth || (into.links != kNone && !all)) return;
           const auto link = static_cast<std::uint32_t>(side.links.size());
           side.links.push_back({level + row, into.links, relationship});
           into.links = link;
           if (link % kLinksBetweenWatches == 0) watch();
         });
  watch();
}

// Before a trail is kept.
void PathSearch::made(const Trail& trail) {
  trail_bytes_ += sizeof(Trail) + trail.size() * sizeof(std::uint64_t);
  if (++trails_made_ % kTrailsBetweenWatches == 0) watch();
}

void PathSearch::collect(bool all, std::vector<Trail>& trails) {
  const bool by_forward = forward_.width() <= backward_.width();
  const Side& nearer = by_forward ? forward_ : backward_;
  const Side& farther = by_forward ? backward_ : forward_;
  std::vector<Trail> starts, ends;
  for (std::size_t i = nearer.level; i < nearer.visits.size(); ++i) {
    const std::uint32_t other = farther.numbers.find(nearer.visits[i].node);
    if (other == kNone || farther.visits[other].depth != farther.depth) continue;
    const auto mine = static_cast<std::uint32_t>(i);
    starts.clear();
    ends.clear();
    parts(forward_, by_forward ? mine : other, all, starts);
    parts(backward_, by_forward ? other : mine, all, ends);
    for (const Trail& start : starts) {
      for (const Trail& end : ends) {
        Trail trail(start.rbegin(), start.rend());
        trail.insert(trail.end(), end.begin(), end.end());
        made(trail);
        trails.push_back(std::move(trail));
      }
    }
    if (!all) return;
  }
}

// The relationships from a visit back to where its side began, one way or all ways.
void PathSearch::parts(const Side& side, std::uint32_t visit, bool all, std::vector<Trail>& out) {
  std::vector<std::uint32_t> taken;
  Trail part;
  std::uint32_t at = visit;
  while (true) {
    if (const std::uint32_t link = side.visits[at].links; link != kNone) {
      taken.push_back(link);
      part.push_back(side.links[link].relationship);
      at = side.links[link].visit;
      continue;
    }
    made(part);
    out.push_back(part);
    if (!all) return;
    while (!taken.empty() && side.links[taken.back()].next == kNone) {
      taken.pop_back();
      part.pop_back();
    }
    if (taken.empty()) return;
    taken.back() = side.links[taken.back()].next;
    part.back() = side.links[taken.back()].relationship;
    at = side.links[taken.back()].visit;
  }
}

std::vector<Trail> PathSearch::closed(std::uint64_t node, const SearchLimits& limits) {
  struct Step {
    std::uint64_t node, relationship;
  };
  std::vector<Step> firsts;
  steps_({node}, false, [&](std::uint32_t, std::uint64_t to, std::uint64_t relationship) {
    firsts.push_back({to, relationship});
  });
  std::vector<Trail> best;
  std::uint64_t least = limits.max;
  for (const Step& first : firsts) {
    std::vector<Trail> rests;
    if (first.node == node) {
      rests.push_back({});
    } else if (least > 1) {
      search(first.node, node, least - 1, limits.all, first.relationship, rests);
    }
    for (Trail& rest : rests) {
      rest.insert(rest.begin(), first.relationship);
      if (!best.empty() && rest.size() < best[0].size()) best.clear();
      if (!best.empty() && (rest.size() > best[0].size() || !limits.all)) continue;
      least = rest.size();
      best.push_back(std::move(rest));
    }
  }
  return best;
}

std::vector<Trail> PathSearch::by_length(std::uint64_t from, std::uint64_t to,
                                         const SearchLimits& limits) {
  std::vector<Trail> trails;
  for (std::uint64_t length = limits.min; length <= limits.max; ++length) {
    if (!of_length(from, to, length, limits.all, trails) || !trails.empty()) break;
  }
  return trails;
}

// Trails of exactly this length. False if there is none at all, to whatever end.
bool PathSearch::of_length(std::uint64_t from, std::uint64_t to, std::uint64_t length, bool all,
                           std::vector<Trail>& trails) {
  struct Step {
    std::uint64_t node, relationship;
  };
  std::vector<std::vector<Step>> frames;
  Trail taken;
  const auto push = [&](std::uint64_t node) {
    frames.emplace_back();
    steps_({node}, false, [&](std::uint32_t, std::uint64_t next, std::uint64_t relationship) {
      if (std::find(taken.begin(), taken.end(), relationship) != taken.end()) return;
      frames.back().push_back({next, relationship});
    });
    std::reverse(frames.back().begin(), frames.back().end());
  };
  bool any = false;
  push(from);
  while (!frames.empty()) {
    if (taken.size() == frames.size()) taken.pop_back();
    if (frames.back().empty()) {
      frames.pop_back();
      continue;
    }
    const Step step = frames.back().back();
    frames.back().pop_back();
    taken.push_back(step.relationship);
    if (taken.size() < length) {
      push(step.node);
      continue;
    }
    any = true;
    if (step.node != to) continue;
    made(taken);
    trails.push_back(taken);
    if (!all) return true;
  }
  return any;
}

}  // namespace kith::exec
