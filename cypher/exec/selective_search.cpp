// cypher/exec/selective_search.cpp: the shortest paths of a pattern from one node.
#include "cypher/exec/selective_search.hpp"

#include <algorithm>
#include <limits>

#include "core/assert.hpp"

namespace kith::exec {

namespace {

constexpr std::uint32_t kLinksBetweenWatches = 1 << 14;
constexpr std::uint32_t kWaysBetweenWatches = 1 << 12;
constexpr std::uint32_t kLongest = std::numeric_limits<std::uint32_t>::max() - 1;

}  // namespace

void SelectiveSearch::begin(std::uint64_t from, std::optional<std::uint64_t> goal,
                            const WantedPaths& wanted) {
  KITH_ASSERT(wanted.count > 0);
  from_ = from;
  goal_ = goal;
  wanted_ = wanted;
  goals_.clear();
  restart(wanted.count == 1 ? Mode::First : Mode::All);
}

void SelectiveSearch::restart(Mode mode) {
  mode_ = mode;
  for (KnownState& state : states_) state.places.clear();
  places_.clear();
  links_.clear();
  relationships_.clear();
  relationship_numbers_.clear();
  is_on_way_.clear();
  way_.clear();
  way_relationships_.clear();
  lengths_.clear();
  level_.clear();
  fresh_.clear();
  ends_.clear();
  length_ = 0;
  length_bytes_ = 0;
  is_pruned_ = false;
  on_goal_ = false;
  for (const auto& move : automaton_.begin()) {
    if (!passes(move, from_)) continue;
    const std::uint32_t at = place(from_, state_number(move.to), 0);
    places_[at].is_start = true;
    if (mode_ == Mode::All) lengths_[at].push_back(0);
    level_.push_back(at);
  }
  offer_goals(level_);
}

bool SelectiveSearch::passes(const PathAutomaton::Move& move, std::uint64_t node) const {
  return std::all_of(move.checks.begin(), move.checks.end(),
                     [&](std::uint32_t stretch) { return graph_.passes(stretch, node); });
}

// ---- places

std::uint32_t SelectiveSearch::state_number(PathAutomaton::State state) {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (states_[i].state == state) return i;
  }
  states_.push_back({state, automaton_.moves(state), {}, {}});
  return static_cast<std::uint32_t>(states_.size() - 1);
}

void SelectiveSearch::find_targets(std::uint32_t state) {
  const auto moves = states_[state].moves;  // a copy: states_ may grow
  std::vector<std::uint32_t> targets;
  for (const auto& move : moves) targets.push_back(state_number(move.to));
  states_[state].targets = std::move(targets);
}

std::uint32_t SelectiveSearch::place(std::uint64_t node, std::uint32_t state,
                                     std::uint32_t length) {
  const auto next = static_cast<std::uint32_t>(places_.size());
  const std::uint32_t found = states_[state].places.insert(node, next);
  if (found != next) return found;
  places_.push_back({.node = node, .state = state, .length = length});
  if (mode_ == Mode::All) lengths_.emplace_back();
  if (is_end(next)) {
    const bool may_be_goal = !goal_ || *goal_ == node;
    if (may_be_goal) {
      ends_.push_back(next);
      goals_.try_emplace(node);
    }
  } else {
    fresh_.push_back(next);
  }
  return next;
}

void SelectiveSearch::link(std::uint32_t from, std::uint32_t to, std::uint64_t relationship) {
  const auto made = static_cast<std::uint32_t>(links_.size());
  const auto fresh = static_cast<std::uint32_t>(relationships_.size());
  const std::uint32_t number = relationship_numbers_.insert(relationship, fresh);
  if (number == fresh) {
    relationships_.push_back(relationship);
    is_on_way_.push_back(0);
  }
  links_.push_back({from, to, places_[to].in, places_[from].out, number});
  places_[to].in = made;
  places_[from].out = made;
  if (made % kLinksBetweenWatches == 0) watch();
}

void SelectiveSearch::arrive(std::uint32_t from, std::uint64_t node, std::uint64_t relationship) {
  const std::uint32_t length = places_[from].length + 1;
  const std::uint32_t state = places_[from].state;
  if (states_[state].targets.empty()) find_targets(state);
  for (std::size_t i = 0; i < states_[state].targets.size(); ++i) {
    if (!passes(states_[state].moves[i], node)) continue;
    const std::uint32_t to = place(node, states_[state].targets[i], length);
    if (mode_ == Mode::First && places_[to].length != length) continue;  // S1
    link(from, to, relationship);
  }
}

// Takes the steps of all the places, those at one position together.
void SelectiveSearch::expand(std::span<const std::uint32_t> places) {
  for (std::uint32_t position = 0; position < automaton_.end(); ++position) {
    members_.clear();
    nodes_.clear();
    for (const std::uint32_t at : places) {
      if (states_[places_[at].state].state.position != position) continue;
      members_.push_back(at);
      nodes_.push_back(places_[at].node);
    }
    if (members_.empty()) continue;
    graph_.steps(position, nodes_,
                 [&](std::uint32_t number, std::uint64_t node, std::uint64_t relationship) {
                   arrive(members_[number], node, relationship);
                 });
  }
  watch();
}

// ---- lengths

bool SelectiveSearch::has_length(std::uint32_t place, std::uint32_t length) const {
  if (length == 0) return places_[place].is_start;
  if (mode_ == Mode::First) return places_[place].length == length && !places_[place].is_start;
  return std::binary_search(lengths_[place].begin(), lengths_[place].end(), length);
}

bool SelectiveSearch::wants(std::uint32_t place) {
  const auto goal = goals_.find(places_[place].node);
  return goal != goals_.end() && !goal->second.done;
}

void SelectiveSearch::offer_goals(std::span<const std::uint32_t> places) {
  offered_.clear();
  next_offered_ = 0;
  for (const std::uint32_t at : places) {
    if (is_end(at) && wants(at)) offered_.push_back(at);
  }
}

bool SelectiveSearch::any_goal_open() {
  return std::any_of(ends_.begin(), ends_.end(), [&](std::uint32_t at) { return wants(at); });
}

// To the next length. False: there are no more paths.
bool SelectiveSearch::advance() {
  if (goal_) {
    const auto goal = goals_.find(*goal_);
    if (goal != goals_.end() && goal->second.done) return false;
  }
  return mode_ == Mode::First ? advance_first() : advance_all();
}

bool SelectiveSearch::advance_first() {
  const bool may_go_on = length_ < automaton_.max_length() && length_ < kLongest;
  if (fresh_.empty() || !may_go_on) {
    if (!any_goal_open()) return false;
    restart(Mode::All);  // S1
    return true;
  }
  const std::size_t before = places_.size();
  level_ = std::move(fresh_);
  fresh_.clear();
  expand(level_);
  ++length_;
  level_.clear();
  for (std::size_t at = before; at < places_.size(); ++at) {
    level_.push_back(static_cast<std::uint32_t>(at));
  }
  offer_goals(level_);
  return true;
}

bool SelectiveSearch::advance_all() {
  if (level_.empty() || length_ >= automaton_.max_length() || length_ >= kLongest) return false;
  if (!fresh_.empty()) {
    const std::vector<std::uint32_t> found = std::move(fresh_);
    fresh_.clear();
    expand(found);
  }
  if (fresh_.empty()) {
    if (!any_goal_open()) return false;
    find_useful();
  }
  ++length_;
  next_level_.clear();
  for (const std::uint32_t at : level_) {
    for (std::uint32_t l = places_[at].out; l != kNone; l = links_[l].next_out) {
      Place& to = places_[links_[l].to];
      if (to.marked == length_ + 1 || !to.is_useful) continue;
      to.marked = length_ + 1;
      if (!wanted_.repeats && !has_way(links_[l].to, length_)) continue;
      next_level_.push_back(links_[l].to);
    }
  }
  for (const std::uint32_t at : next_level_) {
    lengths_[at].push_back(length_);
    length_bytes_ += 2 * sizeof(std::uint32_t);
  }
  level_.swap(next_level_);
  watch();
  offer_goals(level_);
  return true;
}

// S2. Backwards from the goals that want more; again when half of them have got theirs.
void SelectiveSearch::find_useful() {
  std::vector<std::uint32_t> reached;
  for (const std::uint32_t at : ends_) {
    if (wants(at)) reached.push_back(at);
  }
  if (is_pruned_ && reached.size() * 2 > open_when_pruned_) return;
  is_pruned_ = true;
  open_when_pruned_ = reached.size();
  for (Place& place : places_) place.is_useful = false;
  for (const std::uint32_t at : reached) places_[at].is_useful = true;
  while (!reached.empty()) {
    const std::uint32_t at = reached.back();
    reached.pop_back();
    for (std::uint32_t l = places_[at].in; l != kNone; l = links_[l].next_in) {
      Place& from = places_[links_[l].from];
      if (from.is_useful) continue;
      from.is_useful = true;
      reached.push_back(links_[l].from);
    }
  }
}

// ---- ways back

void SelectiveSearch::begin_way(std::uint32_t place, std::uint32_t length) {
  while (!way_.empty()) pop_way();
  way_.push_back({place, length, places_[place].in});
  KITH_ASSERT(way_relationships_.empty());
}

void SelectiveSearch::push_way(std::uint32_t place, std::uint32_t length,
                               std::uint32_t relationship) {
  is_on_way_[relationship] = 1;
  way_relationships_.push_back(relationship);
  way_.push_back({place, length, places_[place].in});
}

void SelectiveSearch::pop_way() {
  way_.pop_back();
  if (way_.empty()) return;
  is_on_way_[way_relationships_.back()] = 0;
  way_relationships_.pop_back();
}

// Depth first along the links, over places that have the length that is left. True: way_ leads to a
// start.
bool SelectiveSearch::next_way() {
  while (!way_.empty()) {
    if (++ways_tried_ % kWaysBetweenWatches == 0) watch();
    Frame& top = way_.back();
    if (top.link == kNone || top.length == 0) {
      pop_way();
      continue;
    }
    const Link& taken = links_[top.link];
    top.link = taken.next_in;
    const std::uint32_t length = top.length - 1;
    if (!has_length(taken.from, length)) continue;
    if (!wanted_.repeats && is_on_way_[taken.relationship] != 0) continue;
    push_way(taken.from, length, taken.relationship);
    if (length == 0) return true;
  }
  return false;
}

bool SelectiveSearch::has_way(std::uint32_t place, std::uint32_t length) {
  begin_way(place, length);
  return next_way();
}

void SelectiveSearch::read_path() {
  path_ = {};
  for (auto frame = way_.rbegin(); frame != way_.rend(); ++frame) {
    const Place& place = places_[frame->place];
    path_.positions.push_back(states_[place.state].state.position);
    path_.nodes.push_back(place.node);
  }
  for (auto number = way_relationships_.rbegin(); number != way_relationships_.rend(); ++number) {
    path_.relationships.push_back(relationships_[*number]);
  }
  KITH_ASSERT(path_.nodes.size() == path_.relationships.size() + 1);
}

// ---- paths

bool SelectiveSearch::next() {
  while (true) {
    if (!on_goal_) {
      if (next_offered_ == offered_.size()) {
        if (!advance()) return false;
        continue;
      }
      const std::uint32_t at = offered_[next_offered_++];
      paths_before_ = goals_[places_[at].node].paths;
      on_goal_ = true;
      begin_way(at, length_);
      if (length_ != 0) continue;
      way_.back().link = kNone;  // the path of no relationship
      read_path();
      if (graph_.accepts(path_)) {
        ++goals_[places_[at].node].paths;
        return true;
      }
      continue;
    }
    Goal& goal = goals_[places_[offered_[next_offered_ - 1]].node];
    const bool enough = !wanted_.groups && goal.paths >= wanted_.count;
    if (enough || !next_way()) {
      end_goal();
      continue;
    }
    read_path();
    if (!graph_.accepts(path_)) continue;
    ++goal.paths;
    return true;
  }
}

void SelectiveSearch::end_goal() {
  on_goal_ = false;
  Goal& goal = goals_[places_[offered_[next_offered_ - 1]].node];
  if (goal.paths != paths_before_) ++goal.lengths;
  goal.done = (wanted_.groups ? goal.lengths : goal.paths) >= wanted_.count;
}

void SelectiveSearch::watch() {
  std::uint64_t bytes = places_.capacity() * sizeof(Place) + links_.capacity() * sizeof(Link) +
                        relationships_.capacity() * 9 + relationship_numbers_.bytes() +
                        lengths_.capacity() * sizeof(lengths_[0]) + length_bytes_ +
                        goals_.size() * 4 * sizeof(Goal);
  for (const KnownState& state : states_) bytes += state.places.bytes();
  graph_.watch(bytes);
}

}  // namespace kith::exec
