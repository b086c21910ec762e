// cypher/exec/closed_triples.cpp: numbering nodes, reading their lists, counting.
#include "cypher/exec/closed_triples.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"
#include "cypher/exec/fold_ends.hpp"
#include "cypher/exec/set_kernels.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kNodesAtOnce = 4096;  // read, or counted from, by one thread
constexpr std::size_t kRanksAtOnce = 64;
// Degrees above are not told apart by the order of nodes.
constexpr std::uint32_t kMostDegree = 1 << 20;
// Words of a row that take as long to intersect as one item of a list does to be looked up.
constexpr std::size_t kWordsAnItem = 4;
// Beyond this no list fills enough of the numbers before its node.
constexpr std::uint32_t kMostRows = 1 << 17;
constexpr std::size_t kAhead = 12;  // lists whose place is asked for before they are needed

// About nanoseconds: a relationship that is read, numbered and kept; node by node, a list to be
// intersected, and an item of it. Short lists of hubs leave a part of those items to be looked at.
constexpr double kRead = 55, kMiddle = 70, kItem = 1, kItemsLeft = 0.125;
constexpr std::size_t kSample = 512, kMiddlesOfOne = 64;
// So few are counted before a sample is taken.
constexpr std::uint64_t kFewRelationships = 4096;

std::size_t words_of(std::size_t bits) { return bits / 64 + 1; }

}  // namespace

ClosedTriples::ClosedTriples(const TriplePattern& pattern, Execution& execution,
                             std::uint32_t threads)
    : pattern_(pattern),
      execution_(execution),
      threads_(threads),
      count_both_(set_kernels().count_both),
      reserved_(execution.budget, "counting triangles") {
  KITH_ASSERT(threads > 0 && !pattern.sets.empty());
  make_passes();
}

std::optional<Matches> ClosedTriples::count() {
  if (execution_.view.node_id_limit() >= kNoRank) return std::nullopt;
  number_nodes();
  if (!refused_) read_lists();
  for (Side& side : sides_) {
    if (!refused_) make_rows(side);
  }
  if (refused_ || !take(threads_ * sides_.size() * words_of(count_) * sizeof(std::uint64_t))) {
    return std::nullopt;
  }
  std::atomic<Matches> total{0};
  std::atomic<Rank> next{0};
  const auto work = [&](std::uint32_t) {
    std::vector<std::vector<std::uint64_t>> bits(sides_.size(),
                                                 std::vector<std::uint64_t>(words_of(count_)));
    Matches sum = 0;
    for (Rank begin = next.fetch_add(kRanksAtOnce); begin < count_;
         begin = next.fetch_add(kRanksAtOnce)) {
      execution_.poll();
      sum = sum_of(sum, count_from(begin, std::min<Rank>(count_, begin + kRanksAtOnce), bits));
    }
    total += sum;
  };
  threads_ == 1 ? work(0) : execution_.scheduler.run(threads_, work);
  return std::min<Matches>(total, kTooMany);
}

template <class Work>
void ClosedTriples::share(std::size_t size, std::size_t piece, Work&& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::uint32_t) {
    for (std::size_t begin = next.fetch_add(piece); begin < size && !refused_;
         begin = next.fetch_add(piece)) {
      execution_.poll();
      work(begin, std::min(size, begin + piece));
    }
  };
  threads_ == 1 || size <= piece ? run(0) : execution_.scheduler.run(threads_, run);
}

bool ClosedTriples::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!reserved_.try_resize(reserved_.bytes() + bytes)) refused_ = true;
  return !refused_;
}

// ---- what is counted

// The number of the side that leads from one role to another.
std::size_t ClosedTriples::side(std::size_t from, std::size_t to) {
  const auto& tie = pattern_.ties[from + to == 1 ? 0 : from + to == 3 ? 1 : 2];
  Side wanted{tie.types, from < to ? tie.direction : turned(tie.direction), pattern_.set_of[to]};
  const auto found = std::find(sides_.begin(), sides_.end(), wanted);
  if (found != sides_.end()) return static_cast<std::size_t>(found - sides_.begin());
  sides_.push_back(std::move(wanted));
  return sides_.size() - 1;
}

void ClosedTriples::make_passes() {
  std::map<Pass, Matches> passes;
  for (std::size_t last = 0; last < 3; ++last) {
    for (std::size_t middle = 0; middle < 3; ++middle) {
      if (middle == last) continue;
      const std::size_t first = 3 - last - middle;
      ++passes[{side(last, middle), side(last, first), side(middle, first), pattern_.set_of[last]}];
    }
  }
  for (const auto& [pass, times] : passes) passes_.push_back({pass, times});
}

std::unique_ptr<storage::NeighbourCursor> ClosedTriples::cursor(const Side& side) const {
  return std::make_unique<storage::NeighbourCursor>(execution_.view, side.direction, side.types);
}
std::unique_ptr<storage::NeighbourCursor> ClosedTriples::cursor(
    const TriplePattern::Tie& tie) const {
  return std::make_unique<storage::NeighbourCursor>(execution_.view, tie.direction, tie.types);
}

// ---- what it takes

std::uint64_t ClosedTriples::relationships_to_read() const {
  const storage::View& view = execution_.view;
  std::uint64_t total = 0;
  for (const Side& side : sides_) {
    if (side.types.empty()) total += view.relationship_count();
    for (const TypeId type : side.types) total += view.relationship_count(type);
  }
  return total;
}

// From the first role by way of each node of the second, whose list is intersected with another.
double ClosedTriples::work_node_by_node() const {
  const auto& roots = pattern_.sets[pattern_.set_of[0]];
  const std::size_t count = std::min(roots.size(), kSample);
  const auto first = cursor(pattern_.ties[0]), second = cursor(pattern_.ties[1]);
  std::vector<std::uint64_t> middles, degrees;
  double work = 0;
  for (std::size_t i = 0; i < count; ++i) {
    middles.clear();
    for (const auto& list : first->lists(roots[i * roots.size() / count])) {
      with_ids(list, [&](auto ids) { middles.insert(middles.end(), ids.begin(), ids.end()); });
    }
    if (middles.empty()) continue;
    const std::size_t all = middles.size(), some = std::min(all, kMiddlesOfOne);
    for (std::size_t m = 0; m < some; ++m) middles[m] = middles[m * all / some];
    middles.resize(some);
    degrees.resize(some);
    second->degrees(middles, degrees);
    const auto items = std::accumulate(degrees.begin(), degrees.end(), std::uint64_t{0});
    work += static_cast<double>(all) *
            (kMiddle + kItem * static_cast<double>(items) / static_cast<double>(some));
  }
  return count == 0 ? 0 : work * static_cast<double>(roots.size()) / static_cast<double>(count);
}

bool ClosedTriples::is_worth_it() const {
  const std::uint64_t reads = relationships_to_read();
  if (reads < kFewRelationships) return true;
  const double other = work_node_by_node();
  return kRead * static_cast<double>(reads) + kItemsLeft * other < other;
}

// By falling degree; without those that have fewer than two relationships: they are in no triangle,
// and have no self-loop, but where one list leads both ways and shows it once.
void ClosedTriples::number_nodes() {
  for (const auto& set : pattern_.sets) {
    std::vector<std::uint64_t> merged;
    merged.reserve(domain_.size() + set.size());
    std::set_union(domain_.begin(), domain_.end(), set.begin(), set.end(),
                   std::back_inserter(merged));
    domain_ = std::move(merged);
  }
  const std::uint64_t limit = execution_.view.node_id_limit();
  if (!take(domain_.size() * sizeof(std::uint64_t) + limit * sizeof(Rank))) return;
  std::vector<std::uint32_t> degrees(domain_.size());
  std::vector<const Side*> asked;  // lists that differ in where they may lead have one degree
  for (const Side& side : sides_) {
    const bool known = std::any_of(asked.begin(), asked.end(), [&](const Side* other) {
      return other->types == side.types && other->direction == side.direction;
    });
    if (!known) asked.push_back(&side);
  }
  share(domain_.size(), kNodesAtOnce, [&](std::size_t begin, std::size_t end) {
    std::vector<std::uint64_t> some(end - begin);
    for (const Side* side : asked) {
      cursor(*side)->degrees({domain_.data() + begin, end - begin}, some);
      for (std::size_t i = begin; i < end; ++i) {
        degrees[i] = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(kMostDegree, degrees[i] + some[i - begin]));
      }
    }
  });
  std::vector<Rank> next(std::size_t{kMostDegree} + 2);  // by degree, where its nodes begin
  const std::uint32_t least = asked.size() == 1 ? 1 : 2;
  KITH_ASSERT(least == 2 || asked[0]->direction == Direction::Both);
  for (const std::uint32_t degree : degrees) {
    if (degree >= least) ++next[degree - 1];
  }
  for (std::size_t degree = kMostDegree; degree-- > 0;) next[degree] += next[degree + 1];
  count_ = next[0];
  ranks_.assign(limit, kNoRank);
  for (std::size_t i = 0; i < domain_.size(); ++i) {
    if (degrees[i] >= least) ranks_[domain_[i]] = next[degrees[i]]++;
  }
  if (pattern_.sets.size() < 2) return;
  for (const auto& set : pattern_.sets) {
    auto& bits = members_.emplace_back(words_of(count_));
    for (const std::uint64_t node : set) {
      const Rank rank = ranks_[node];
      if (rank != kNoRank) bits[rank / 64] |= std::uint64_t{1} << rank % 64;
    }
  }
}

// ---- lists

void ClosedTriples::read_lists() {
  if (!take(sides_.size() * count_ * sizeof(List))) return;
  for (Side& side : sides_) side.lists.resize(count_);
  share(domain_.size(), kNodesAtOnce, [&](std::size_t begin, std::size_t end) {
    read_chunk({domain_.data() + begin, end - begin});
  });
}

void ClosedTriples::read_chunk(std::span<const std::uint64_t> nodes) {
  std::vector<Rank> read;
  for (Side& side : sides_) {
    const auto neighbours = cursor(side);
    read.clear();
    std::vector<std::pair<Rank, std::size_t>> ends;  // of each node that has a list
    for (const std::uint64_t node : nodes) {
      const Rank rank = ranks_[node];
      if (rank == kNoRank) continue;
      if (!append(side, neighbours->lists(node), node, read)) refused_ = true;
      ends.emplace_back(rank, read.size());
    }
    if (refused_ || !take(read.size() * sizeof(Rank))) return;
    std::vector<Rank> kept(read);  // no larger than it has to be
    std::size_t begin = 0;
    for (const auto& [rank, end] : ends) {
      side.lists[rank] = {kept.data() + begin, static_cast<std::uint32_t>(end - begin)};
      begin = end;
    }
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(kept));
  }
}

// False: T1.
bool ClosedTriples::append(const Side& side, std::span<const storage::NeighbourList> lists,
                           std::uint64_t node, std::vector<Rank>& out) {
  const Rank own = ranks_[node];
  const std::size_t begin = out.size();
  bool is_simple = true;
  for (const auto& list : lists) {
    with_ids(list, [&](auto ids) {
      for (const auto id : ids) {
        const Rank rank = ranks_[id];
        is_simple = is_simple && id != node;
        if (rank < own && is_in(side.set, rank)) out.push_back(rank);
      }
    });
  }
  const auto first = out.begin() + static_cast<std::ptrdiff_t>(begin);
  if (lists.size() > 1) std::sort(first, out.end());
  return is_simple && std::adjacent_find(first, out.end()) == out.end();
}

// Rows of bits for lists that fill much of the numbers before them.
void ClosedTriples::make_rows(Side& side) {
  std::vector<Rank> nodes;
  std::size_t words = 0;
  for (Rank rank = 0; rank < std::min(count_, kMostRows); ++rank) {
    List& list = side.lists[rank];
    const std::size_t own = words_of(rank);
    if (list.size * kWordsAnItem <= own) continue;
    side.row_at.push_back(words);
    nodes.push_back(rank);
    list.row = static_cast<std::uint32_t>(nodes.size());
    words += own;
  }
  if (!take(words * sizeof(std::uint64_t))) return;
  side.rows.resize(words);
  share(nodes.size(), kNodesAtOnce, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::uint64_t* row = side.rows.data() + side.row_at[i];
      for (const Rank item : side.lists[nodes[i]].items()) {
        row[item / 64] |= std::uint64_t{1} << item % 64;
      }
    }
  });
}

// ---- counting

// A pass for one last node.
struct ClosedTriples::Active {
  const List& own;            // its neighbours in the first role
  const std::uint64_t* bits;  // the same
  const Side& middle;
  Matches times, sum = 0;
};

// What the lists of the last node and of one in the middle have in common.
inline Matches ClosedTriples::common(const Active& pass, Rank other) const {
  const List& list = pass.middle.lists[other];
  if (list.size == 0) return 0;
  if (list.row == 0) return count_set(list.items(), pass.bits);
  const std::size_t words = words_of(other);
  const std::uint64_t* row = pass.middle.rows.data() + pass.middle.row_at[list.row - 1];
  if (pass.own.size >= words / kWordsAnItem) return count_both_(pass.bits, row, words);
  if (list.size <= pass.own.size) return count_set(list.items(), pass.bits);
  Matches total = 0;
  for (const Rank item : pass.own.items()) {
    if (item < other) total += row[item / 64] >> item % 64 & 1;
  }
  return total;
}

// All passes with the same nodes in the middle, at once: what they look at there is the same.
Matches ClosedTriples::count_middles(std::span<const Rank> middles,
                                     std::span<Active> passes) const {
  for (std::size_t i = 0; i < middles.size(); ++i) {
    const Side* asked = nullptr;
    for (const Active& pass : passes) {
      if (&pass.middle == asked) continue;
      asked = &pass.middle;
      const auto& lists = pass.middle.lists;
      if (i + kAhead < middles.size()) __builtin_prefetch(&lists[middles[i + kAhead]]);
      if (i + kAhead / 2 < middles.size()) {
        __builtin_prefetch(lists[middles[i + kAhead / 2]].first);
      }
    }
    for (Active& pass : passes) pass.sum += common(pass, middles[i]);
  }
  Matches total = 0;
  for (const Active& pass : passes) total = sum_of(total, product_of(pass.sum, pass.times));
  return total;
}

Matches ClosedTriples::count_from(Rank begin, Rank end,
                                  std::vector<std::vector<std::uint64_t>>& bits) {
  Matches total = 0;
  std::vector<bool> is_set(sides_.size());
  std::vector<Active> active;
  for (Rank node = begin; node < end; ++node) {
    is_set.assign(sides_.size(), false);
    for (std::size_t p = 0; p < passes_.size();) {
      const std::size_t middle = passes_[p].pass.middle;
      active.clear();
      for (; p < passes_.size() && passes_[p].pass.middle == middle; ++p) {
        const auto& [pass, times] = passes_[p];
        const List& own = sides_[pass.last_first].lists[node];
        if (own.size == 0 || !is_in(pass.set, node)) continue;
        if (!is_set[pass.last_first]) mark(own, bits[pass.last_first]);
        is_set[pass.last_first] = true;
        active.push_back({own, bits[pass.last_first].data(), sides_[pass.middle_first], times});
      }
      total = sum_of(total, count_middles(sides_[middle].lists[node].items(), active));
    }
    for (std::size_t s = 0; s < sides_.size(); ++s) {
      if (!is_set[s]) continue;
      for (const Rank item : sides_[s].lists[node].items()) bits[s][item / 64] = 0;
    }
  }
  return total;
}

void ClosedTriples::mark(const List& list, std::vector<std::uint64_t>& bits) {
  for (const Rank item : list.items()) bits[item / 64] |= std::uint64_t{1} << item % 64;
}

}  // namespace kith::exec
