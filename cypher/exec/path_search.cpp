// cypher/exec/path_search.cpp: bidirectional breadth-first search; enumeration by length where the
// least length is not enough.
#include "cypher/exec/path_search.hpp"

#include <algorithm>

namespace kith::exec {

namespace {

constexpr std::uint32_t kLinksBetweenWatches = 1 << 16;

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

void PathSearch::watch() const { watch_(forward_.bytes() + backward_.bytes()); }

void PathSearch::begin(std::uint64_t from, std::uint64_t to, const SearchLimits& limits) {
  limits_ = limits;
  from_ = from;
  to_ = to;
  mode_ = Mode::Done;
  if (limits.min > limits.max) return;
  if (from == to && limits.min == 0) {
    mode_ = Mode::Empty;
  } else if (limits.min > 1) {
    mode_ = Mode::Lengths;
    length_ = limits.min;
    any_ = any_arrived_ = false;
    taken_.clear();
    frames_.clear();
    push_frame(from);
  } else if (from == to) {
    mode_ = Mode::Circles;
    find_circles();
  } else if (meet(from, to, limits.max, kNoRelationship) != 0) {
    mode_ = Mode::Meeting;
  }
}

bool PathSearch::next(Trail& trail) {
  bool found = false;
  switch (mode_) {
    case Mode::Done:
      return false;
    case Mode::Empty:
      trail.clear();
      mode_ = Mode::Done;
      return true;
    case Mode::Meeting:
      found = next_meeting(trail);
      break;
    case Mode::Circles:
      found = next_circle(trail);
      break;
    case Mode::Lengths:
      found = next_of_length(trail);
      break;
  }
  if (!found || !limits_.all) mode_ = Mode::Done;
  return found;
}

// ---- from both ends

// From a node to another one, without `excluded`: the least length, or 0 if there is no way.
std::uint64_t PathSearch::meet(std::uint64_t from, std::uint64_t to, std::uint64_t max,
                               std::uint64_t excluded) {
  KITH_ASSERT(from != to);
  forward_.begin(from);
  backward_.begin(to);
  meeting_ = 0;
  on_meeting_ = is_met_early_ = false;
  while (std::uint64_t{forward_.depth} + backward_.depth < max) {
    if (forward_.width() == 0 || backward_.width() == 0) return 0;
    const bool back = goes_back();
    grow(back ? backward_ : forward_, back ? forward_ : backward_, back, excluded);
    if (is_met_early_ || have_met()) return std::uint64_t{forward_.depth} + backward_.depth;
  }
  return 0;
}

// The side with less to look at grows.
bool PathSearch::goes_back() {
  std::vector<std::uint64_t> nodes;
  level_of(forward_, nodes);
  const std::uint64_t ahead = work_(nodes, false);
  level_of(backward_, nodes);
  return work_(nodes, true) < ahead;
}

void PathSearch::level_of(const Side& side, std::vector<std::uint64_t>& nodes) const {
  nodes.clear();
  for (std::size_t i = side.level; i < side.visits.size(); ++i) {
    nodes.push_back(side.visits[i].node);
  }
}

void PathSearch::grow(Side& side, const Side& other, bool backward, std::uint64_t excluded) {
  const auto level = static_cast<std::uint32_t>(side.level);
  level_of(side, frontier_);
  side.level = side.visits.size();
  ++side.depth;
  steps_(frontier_, backward,
         [&](std::uint32_t row, std::uint64_t node, std::uint64_t relationship) {
           if (relationship == excluded) return true;
           const auto fresh = static_cast<std::uint32_t>(side.visits.size());
           const std::uint32_t visit = side.numbers.insert(node, fresh);
           if (visit == fresh) side.visits.push_back({node, side.depth, kNone});
           Visit& into = side.visits[visit];
           if (into.depth != side.depth || (into.links != kNone && !limits_.all)) return true;
           const auto link = static_cast<std::uint32_t>(side.links.size());
           side.links.push_back({level + row, into.links, relationship});
           into.links = link;
           if (link % kLinksBetweenWatches == 0) watch();
           if (limits_.all || other.numbers.find(node) == kNone) return true;
           is_met_early_ = true;
           return false;
         });
  watch();
}

bool PathSearch::have_met() const {
  const bool by_forward = forward_.width() <= backward_.width();
  const Side& nearer = by_forward ? forward_ : backward_;
  const Side& farther = by_forward ? backward_ : forward_;
  for (std::size_t i = nearer.level; i < nearer.visits.size(); ++i) {
    const std::uint32_t other = farther.numbers.find(nearer.visits[i].node);
    if (other != kNone && farther.visits[other].depth == farther.depth) return true;
  }
  return false;
}

bool PathSearch::next_meeting(Trail& trail) {
  const bool by_forward = forward_.width() <= backward_.width();
  const Side& nearer = by_forward ? forward_ : backward_;
  const Side& farther = by_forward ? backward_ : forward_;
  while (true) {
    if (on_meeting_) {
      if (!end_.next()) {
        on_meeting_ = start_.next();
        end_.begin(*end_.side, end_.visit);
        continue;
      }
      trail.assign(start_.part.rbegin(), start_.part.rend());
      trail.insert(trail.end(), end_.part.begin(), end_.part.end());
      return true;
    }
    if (nearer.level + meeting_ == nearer.visits.size()) return false;
    const std::size_t at = nearer.level + meeting_++;
    const std::uint32_t other = farther.numbers.find(nearer.visits[at].node);
    if (other == kNone || farther.visits[other].depth != farther.depth) continue;
    const auto mine = static_cast<std::uint32_t>(at);
    start_.begin(forward_, by_forward ? mine : other);
    end_.begin(backward_, by_forward ? other : mine);
    on_meeting_ = start_.next();
  }
}

void PathSearch::Way::begin(const Side& of, std::uint32_t at) {
  side = &of;
  visit = at;
  is_begun = false;
}

bool PathSearch::Way::next() {
  std::uint32_t at = visit;
  if (!is_begun) {
    taken.clear();
    part.clear();
    is_begun = true;
  } else {
    while (!taken.empty() && side->links[taken.back()].next == kNone) {
      taken.pop_back();
      part.pop_back();
    }
    if (taken.empty()) return false;
    taken.back() = side->links[taken.back()].next;
    part.back() = side->links[taken.back()].relationship;
    at = side->links[taken.back()].visit;
  }
  for (std::uint32_t link; (link = side->visits[at].links) != kNone;) {
    taken.push_back(link);
    part.push_back(side->links[link].relationship);
    at = side->links[link].visit;
  }
  return true;
}

// ---- back to where it began

void PathSearch::find_circles() {
  firsts_.clear();
  first_ = 0;
  on_first_ = false;
  steps_({from_}, false, [&](std::uint32_t, std::uint64_t node, std::uint64_t relationship) {
    firsts_.push_back({node, relationship});
    return true;
  });
  std::uint64_t least = limits_.max;
  for (Step& first : firsts_) {
    if (first.node == from_) {
      first.length = 1;
    } else if (least > 1) {
      const std::uint64_t rest = meet(first.node, from_, least - 1, first.relationship);
      first.length = rest == 0 ? 0 : rest + 1;
    }
    if (first.length != 0) least = std::min(least, first.length);
  }
  std::erase_if(firsts_, [&](const Step& first) { return first.length != least; });
}

bool PathSearch::next_circle(Trail& trail) {
  while (first_ < firsts_.size()) {
    const Step& first = firsts_[first_];
    if (first.node == from_) {
      ++first_;
      trail = {first.relationship};
      return true;
    }
    if (!on_first_) {
      on_first_ = meet(first.node, from_, first.length - 1, first.relationship) != 0;
      KITH_ASSERT(on_first_);
    }
    if (next_meeting(trail)) {
      trail.insert(trail.begin(), first.relationship);
      return true;
    }
    on_first_ = false;
    ++first_;
  }
  return false;
}

// ---- by length

void PathSearch::push_frame(std::uint64_t node) {
  frames_.emplace_back();
  steps_({node}, false, [&](std::uint32_t, std::uint64_t to, std::uint64_t relationship) {
    if (std::find(taken_.begin(), taken_.end(), relationship) == taken_.end()) {
      frames_.back().push_back({to, relationship});
    }
    return true;
  });
  std::reverse(frames_.back().begin(), frames_.back().end());
}

bool PathSearch::next_of_length(Trail& trail) {
  while (true) {
    if (frames_.empty()) {  // no more of this length
      if (!any_ || any_arrived_ || length_ == limits_.max) return false;
      ++length_;
      any_ = false;
      taken_.clear();
      push_frame(from_);
    }
    if (taken_.size() == frames_.size()) taken_.pop_back();
    if (frames_.back().empty()) {
      frames_.pop_back();
      continue;
    }
    const Step step = frames_.back().back();
    frames_.back().pop_back();
    taken_.push_back(step.relationship);
    if (taken_.size() < length_) {
      push_frame(step.node);
      continue;
    }
    any_ = true;
    if (step.node != to_) continue;
    any_arrived_ = true;
    trail = taken_;
    return true;
  }
}

}  // namespace kith::exec
