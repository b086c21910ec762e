// cypher/exec/reach_search.cpp: level by level, from whichever side is less work.
#include "cypher/exec/reach_search.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <numeric>

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"
#include "cypher/exec/fold_ends.hpp"
#include "storage/cursor_facts.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kNodesBetweenPolls = 4096;
// A level of fewer nodes is found without asking how many relationships they have.
constexpr std::size_t kLargeLevel = 32;
constexpr std::size_t kSampled = 4096;  // nodes whose degrees stand for those of a level
// A level is found from the other side if it has this share of the relationships that are left,
// and this share of all nodes; as a bitmap if there are so many relationships a node.
constexpr std::uint64_t kShareOfWork = 15, kShareOfNodes = 100, kShareOfWide = 8;
constexpr std::size_t kPushedAtOnce = 1024;  // by one thread
constexpr std::size_t kSegmentWords = kSegmentSlots / 64;
constexpr std::size_t kPulledAtOnce = 2048;  // nodes whose lists are asked for together

template <class Bits>
bool has_bit(const Bits& bits, std::uint64_t node) {
  return (bits[node / 64] >> node % 64 & 1) != 0;
}

// Calls see(node) for the bits of a word.
template <class See>
void each_bit(std::uint64_t word, std::uint64_t first, See&& see) {
  for (; word != 0; word &= word - 1) {
    see(first + static_cast<std::uint64_t>(std::countr_zero(word)));
  }
}

}  // namespace

ReachSearch::ReachSearch(Execution& execution, Options options)
    : execution_(execution),
      options_(std::move(options)),
      forward_(options_.threads),
      backward_(options_.threads) {
  KITH_ASSERT(options_.min <= 1 && options_.threads > 0);
  forward_[0] = std::make_unique<storage::NeighbourCursor>(execution.view, options_.direction,
                                                           options_.types);
}

std::uint64_t ReachSearch::bytes() const {
  const std::size_t words = frontier_.capacity() + given_.capacity() + next_.capacity() +
                            degrees_.capacity() + frontier_bits_.capacity() +
                            fresh_bits_.capacity();
  return reached_.bytes() + numbers_.bytes() + words * sizeof(std::uint64_t) +
         marks_.capacity() * sizeof(Mark);
}

void ReachSearch::begin(std::uint64_t source, bool forget) {
  if (forget) reached_.clear(execution_.view.node_id_limit());
  frontier_.clear();
  frontier_is_wide_ = false;
  level_ = {};
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
  if (!forget) return;
  unexplored_ = options_.types.empty() ? execution_.view.relationship_count() : 0;
  for (const TypeId type : options_.types) unexplored_ += execution_.view.relationship_count(type);
  if (both) unexplored_ *= 2;
}

bool ReachSearch::next() {
  level_ = {};
  while (level_.empty() && (is_source_due_ || (!frontier_.empty() && depth_ < options_.max))) {
    if (is_source_due_) {
      is_source_due_ = false;
      given_ = {source_};
      level_ = given_;
      return true;
    }
    next_.clear();
    const bool one_by_one = seeks_circle_ || options_.keep;
    if (one_by_one) {
      push_kept();
    } else {
      step();
    }
    ++depth_;
    frontier_.swap(next_);
    level_ = frontier_;
    if (!one_by_one) continue;
    given_ = frontier_;
    level_ = given_;
    // The source has been expanded.
    if (depth_ == 1 || options_.min == 1) std::erase(frontier_, source_);
  }
  return !level_.empty();
}

// ---- a level, whichever way is less work

void ReachSearch::step() {
  see_work();
  const std::uint64_t limit = execution_.view.node_id_limit();
  if (is_pull_better()) {
    pull();
  } else if (work_ > limit / kShareOfWide) {
    push_wide();
  } else {
    push();
  }
}

// What there is to look at, about.
void ReachSearch::see_work() {
  work_ = 0;
  if (frontier_.size() < kLargeLevel && depth_ == 0) return;
  const std::size_t apart = frontier_.size() / kSampled + 1;
  sample_.clear();
  for (std::size_t i = 0; i < frontier_.size(); i += apart) sample_.push_back(frontier_[i]);
  degrees_.resize(sample_.size());
  forward_[0]->degrees(sample_, degrees_);
  work_ = apart * std::accumulate(degrees_.begin(), degrees_.end(), std::uint64_t{0});
  unexplored_ -= std::min(unexplored_, work_);
}

bool ReachSearch::is_pull_better() {
  const std::uint64_t segments = execution_.view.node_id_limit() >> kSegmentBits;
  if (work_ <= unexplored_ / kShareOfWork || work_ <= segments) return false;
  find_segments();
  const std::uint64_t nodes =
      std::min(execution_.view.node_id_limit(), segments_.size() << kSegmentBits);
  return frontier_.size() > nodes / kShareOfNodes;
}

void ReachSearch::find_segments() {
  if (segments_are_known_) return;
  segments_ =
      storage::segments_with_lists(execution_.view, options_.types, turned(options_.direction));
  segments_are_known_ = true;
}

// Of all nodes there are, steps may lead to few.
void ReachSearch::clear(std::vector<std::uint64_t>& bits) const {
  KITH_ASSERT(segments_are_known_);
  const std::size_t words = reached_.words().size();
  if (bits.size() != words) return bits.assign(words, 0);
  for (const std::uint64_t segment : segments_) {
    const auto begin = bits.begin() + static_cast<std::ptrdiff_t>(segment * kSegmentWords);
    std::fill_n(begin, std::min(words - segment * kSegmentWords, kSegmentWords), 0);
  }
}

void ReachSearch::push() {
  frontier_is_wide_ = false;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < frontier_.size(); begin += kNodesBetweenPolls) {
    execution_.poll();
    const std::size_t size = std::min(kNodesBetweenPolls, frontier_.size() - begin);
    forward_[0]->each_list(
        std::span(frontier_).subspan(begin, size),
        [&](std::size_t, const storage::NeighbourList& list) {
          if (next_.size() < count + list.size) {
            next_.resize(2 * (count + list.size));
          }
          with_ids(list, [&](auto ids) { count += reached_.insert(ids, next_.data() + count); });
        });
  }
  next_.resize(count);
}

template <class Work>
void ReachSearch::share(Direction direction, std::size_t size, std::size_t piece, Work&& work) {
  auto& cursors = direction == options_.direction ? forward_ : backward_;
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::uint32_t thread) {
    Cursor& cursor = cursors[thread];
    for (std::size_t begin = next.fetch_add(piece); begin < size; begin = next.fetch_add(piece)) {
      execution_.poll();
      if (cursor == nullptr) {
        cursor =
            std::make_unique<storage::NeighbourCursor>(execution_.view, direction, options_.types);
      }
      work(*cursor, begin, std::min(size, begin + piece));
    }
  };
  options_.threads == 1 || size <= piece ? run(0) : execution_.scheduler.run(options_.threads, run);
}

void ReachSearch::push_wide() {
  find_segments();
  reached_.wide(execution_.view.node_id_limit());
  clear(fresh_bits_);
  auto see = [&](std::size_t, const storage::NeighbourList& list) {
    with_ids(list, [&](auto ids) { mark_fresh(ids); });
  };
  share(options_.direction, frontier_.size(), kPushedAtOnce,
        [&](storage::NeighbourCursor& cursor, std::size_t begin, std::size_t end) {
          cursor.each_list(std::span(frontier_).subspan(begin, end - begin), see);
        });
  take_fresh();
}

// Other threads may do the same.
template <class Id>
void ReachSearch::mark_fresh(std::span<const Id> ids) {
  const std::uint64_t* const reached = reached_.words().data();
  std::uint64_t* const fresh = fresh_bits_.data();
  const bool alone = options_.threads == 1;
  for (const std::uint64_t id : ids) {
    const std::uint64_t bit = std::uint64_t{1} << id % 64;
    if ((reached[id / 64] & bit) != 0) continue;
    if (alone) {
      fresh[id / 64] |= bit;
      continue;
    }
    const std::atomic_ref word(fresh[id / 64]);
    if ((word.load(std::memory_order_relaxed) & bit) == 0) {
      word.fetch_or(bit, std::memory_order_relaxed);
    }
  }
}

void ReachSearch::pull() {
  const std::uint64_t limit = execution_.view.node_id_limit();
  reached_.wide(limit);
  if (!frontier_is_wide_) {
    clear(frontier_bits_);
    for (const std::uint64_t node : frontier_) {
      frontier_bits_[node / 64] |= std::uint64_t{1} << node % 64;
    }
  }
  clear(fresh_bits_);
  static_assert(kSegmentSlots % kPulledAtOnce == 0 && kPulledAtOnce % 64 == 0,
                "no two threads write to one word");
  share(turned(options_.direction), segments_.size(), 1,
        [&](storage::NeighbourCursor& cursor, std::size_t begin, std::size_t) {
          const std::uint64_t first = segments_[begin] << kSegmentBits;
          const std::uint64_t end = std::min(limit, first + kSegmentSlots);
          for (std::uint64_t id = first; id < end; id += kPulledAtOnce) pull_some(cursor, id, end);
        });
  // The source may lie elsewhere.
  if (!frontier_is_wide_ && depth_ == 0) frontier_bits_[source_ / 64] = 0;
  take_fresh();
}

// Of the nodes from `first` on those that have not been reached, and that one of the frontier leads
// to.
void ReachSearch::pull_some(storage::NeighbourCursor& backward, std::uint64_t first,
                            std::uint64_t end) {
  const std::span<const std::uint64_t> reached = reached_.words();
  end = std::min(end, first + kPulledAtOnce);
  std::array<std::uint64_t, kPulledAtOnce> left;
  std::size_t count = 0;
  for (std::uint64_t word = first / 64; 64 * word < end; ++word) {
    each_bit(~reached[word], 64 * word, [&](std::uint64_t id) { left[count++] = id; });
  }
  while (count > 0 && left[count - 1] >= end) --count;
  backward.each_list(
      std::span(left).first(count), [&](std::size_t place, const storage::NeighbourList& list) {
        const std::uint64_t node = left[place];
        with_ids(list, [&](auto ids) {
          const bool found = std::any_of(ids.begin(), ids.end(), [&](std::uint64_t id) {
            return has_bit(frontier_bits_, id);
          });
          fresh_bits_[node / 64] |= std::uint64_t{found} << node % 64;
        });
      });
}

// The next level is what is in fresh_bits_.
void ReachSearch::take_fresh() {
  const std::span<std::uint64_t> reached = reached_.wide(execution_.view.node_id_limit());
  KITH_ASSERT(reached.size() == fresh_bits_.size());
  next_.clear();
  for (const std::uint64_t segment : segments_) {
    const std::size_t first = segment * kSegmentWords;
    for (std::size_t i = first; i < std::min(reached.size(), first + kSegmentWords); ++i) {
      if (fresh_bits_[i] == 0) continue;
      KITH_ASSERT((reached[i] & fresh_bits_[i]) == 0);
      reached[i] |= fresh_bits_[i];
      each_bit(fresh_bits_[i], 64 * i, [&](std::uint64_t id) { next_.push_back(id); });
    }
  }
  reached_.added(next_.size());
  frontier_bits_.swap(fresh_bits_);
  frontier_is_wide_ = true;
}

// ---- steps that have to be looked at one by one

void ReachSearch::push_kept() {
  const std::size_t limit = execution_.batch_rows;
  step_rows_.resize(limit);
  step_nodes_.resize(limit);
  step_relationships_.resize(limit);
  places_.resize(limit);
  forward_[0]->begin(frontier_);
  while (std::size_t count = forward_[0]->next(limit, step_rows_.data(), step_nodes_.data(),
                                               step_relationships_.data())) {
    execution_.poll();
    count = see_places(count);
    if (options_.keep) count = options_.keep(count, places_.data(), step_relationships_.data());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t node = step_nodes_[places_[i]];
      if (seeks_circle_) see_circle(step_rows_[places_[i]], node, step_relationships_[i]);
      if (reached_.insert(node)) next_.push_back(node);
    }
  }
}

// Those of some steps that need be looked at: all while a circle is sought, else those to nodes
// that have not been reached.
std::size_t ReachSearch::see_places(std::size_t count) {
  if (seeks_circle_) {
    std::iota(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(count),
              std::uint64_t{0});
    return count;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    places_[kept] = i;
    step_relationships_[kept] = step_relationships_[i];
    kept += reached_.has(step_nodes_[i]) ? 0 : 1;
  }
  return kept;
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
