// cypher/exec/reach_search.cpp: level by level, from whichever side is less work.
#include "cypher/exec/reach_search.hpp"

#include <algorithm>
#include <numeric>

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"
#include "cypher/exec/fold_ends.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kNodesBetweenPolls = 4096;
// A level of fewer nodes is not worth the look at all others.
constexpr std::size_t kLargeLevel = 4096;
// Relationships that are followed in the time in which one node is asked who leads to it.
constexpr std::uint64_t kStepsAPull = 12;
constexpr std::size_t kSampled = 4096;  // nodes whose degrees stand for those of a level

}  // namespace

ReachSearch::ReachSearch(Execution& execution, Options options)
    : execution_(execution),
      options_(std::move(options)),
      forward_(std::make_unique<storage::NeighbourCursor>(execution.view, options_.direction,
                                                          options_.types)) {
  KITH_ASSERT(options_.min <= 1);
}

std::uint64_t ReachSearch::bytes() const {
  const std::size_t words = frontier_.capacity() + given_.capacity() + next_.capacity() +
                            degrees_.capacity() + frontier_bits_.capacity();
  return reached_.bytes() + numbers_.bytes() + words * sizeof(std::uint64_t) +
         marks_.capacity() * sizeof(Mark);
}

void ReachSearch::begin(std::uint64_t source, bool forget) {
  if (forget) reached_.clear(execution_.view.node_id_limit());
  frontier_.clear();
  given_.clear();
  source_ = source;
  depth_ = 0;
  const bool both = options_.direction == Direction::Both;
  is_source_due_ = false;
  seeks_circle_ = both && options_.min == 1;
  if (reached_.has(source)) {  // by an earlier search, with all that lies behind it
    KITH_ASSERT(!forget);
    return;
  }
  if (options_.min == 0 || both) reached_.insert(source);
  is_source_due_ = options_.min == 0;
  frontier_.push_back(source);
  numbers_.clear();
  marks_.clear();
}

bool ReachSearch::next() {
  given_.clear();
  while (given_.empty() && (is_source_due_ || (!frontier_.empty() && depth_ < options_.max))) {
    if (is_source_due_) {
      is_source_due_ = false;
      given_.push_back(source_);
      return true;
    }
    next_.clear();
    if (seeks_circle_ || options_.keep) {
      push_kept();
    } else if (is_pull_better()) {
      pull();
    } else {
      push();
    }
    ++depth_;
    given_ = next_;
    frontier_.swap(next_);
    // The source has been expanded.
    if (depth_ == 1 || options_.min == 1) std::erase(frontier_, source_);
  }
  return !given_.empty();
}

void ReachSearch::push() {
  std::size_t since_poll = 0, count = 0;
  for (const std::uint64_t node : frontier_) {
    if (++since_poll % kNodesBetweenPolls == 0) execution_.poll();
    for (const storage::NeighbourList& list : forward_->lists(node)) {
      if (next_.size() < count + list.size) next_.resize(2 * (count + list.size));
      with_ids(list, [&](auto ids) { count += reached_.insert(ids, next_.data() + count); });
    }
  }
  next_.resize(count);
}

bool ReachSearch::is_pull_better() {
  if (frontier_.size() < kLargeLevel) return false;
  const std::uint64_t limit = execution_.view.node_id_limit();
  const std::uint64_t others = limit - std::min(limit, reached_.size());
  const std::size_t apart = frontier_.size() / kSampled + 1;
  sample_.clear();
  for (std::size_t i = 0; i < frontier_.size(); i += apart) sample_.push_back(frontier_[i]);
  degrees_.resize(sample_.size());
  forward_->degrees(sample_, degrees_);
  const auto steps = std::accumulate(degrees_.begin(), degrees_.end(), std::uint64_t{0});
  return steps * apart > others * kStepsAPull;
}

void ReachSearch::pull() {
  if (backward_ == nullptr) {
    backward_ = std::make_unique<storage::NeighbourCursor>(
        execution_.view, turned(options_.direction), options_.types);
  }
  const std::uint64_t limit = execution_.view.node_id_limit();
  frontier_bits_.assign(limit / 64 + 1, 0);
  for (const std::uint64_t node : frontier_) {
    frontier_bits_[node / 64] |= std::uint64_t{1} << node % 64;
  }
  const auto leads_here = [&](const storage::NeighbourList& list) {
    bool found = false;
    with_ids(list, [&](auto ids) {
      found = std::any_of(ids.begin(), ids.end(), [&](std::uint64_t id) {
        return (frontier_bits_[id / 64] >> id % 64 & 1) != 0;
      });
    });
    return found;
  };
  for (std::uint64_t node = 0; node < limit; ++node) {
    if (node % kNodesBetweenPolls == 0) execution_.poll();
    if (reached_.has(node)) continue;
    const auto lists = backward_->lists(node);
    if (std::any_of(lists.begin(), lists.end(), leads_here)) next_.push_back(node);
  }
  for (const std::uint64_t node : next_) reached_.insert(node);
}

// ---- steps that have to be looked at one by one

void ReachSearch::push_kept() {
  const std::size_t limit = execution_.batch_rows;
  step_rows_.resize(limit);
  step_nodes_.resize(limit);
  step_relationships_.resize(limit);
  places_.resize(limit);
  forward_->begin(frontier_);
  while (std::size_t count = forward_->next(limit, step_rows_.data(), step_nodes_.data(),
                                            step_relationships_.data())) {
    execution_.poll();
    std::iota(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(count),
              std::uint64_t{0});
    if (options_.keep) count = options_.keep(count, places_.data(), step_relationships_.data());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t node = step_nodes_[places_[i]];
      if (seeks_circle_) see_circle(step_rows_[places_[i]], node, step_relationships_[i]);
      if (reached_.insert(node)) next_.push_back(node);
    }
  }
}

// R2: a step from a node of the frontier, which is `depth_` steps from the start.
void ReachSearch::see_circle(std::uint32_t from, std::uint64_t node, std::uint64_t relationship) {
  std::uint64_t length = 0;  // of a circle that this step closes
  const auto fresh = static_cast<std::uint32_t>(marks_.size());
  if (depth_ == 0) {
    if (node == source_) {
      length = 1;
    } else if (numbers_.insert(node, fresh) != fresh) {
      length = 2;
    } else {
      marks_.push_back({relationship, 1});
    }
  } else {
    const std::uint32_t number = numbers_.find(frontier_[from]);
    KITH_ASSERT(number != IdMap::kNone);
    const Mark here = marks_[number];
    if (node == source_) {
      if (relationship != here.branch) length = depth_ + 1;
    } else if (const std::uint32_t other = numbers_.insert(node, fresh); other == fresh) {
      marks_.push_back({here.branch, depth_ + 1});
    } else if (marks_[other].branch != here.branch) {
      length = depth_ + marks_[other].depth + 1;
    }
  }
  if (length == 0 || length > options_.max) return;
  seeks_circle_ = false;
  next_.push_back(source_);
}

}  // namespace kith::exec
