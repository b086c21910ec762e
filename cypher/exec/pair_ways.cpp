// cypher/exec/pair_ways.cpp: searches from both ends, or a tree at the end that stays.
#include "cypher/exec/pair_ways.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/exec/direction.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kSearch = 64;  // relationships that could be looked at in the time in
                                       // which a search begins and its way is read
constexpr std::uint64_t kUnknown = UINT64_MAX;

// Where the run of equal values ends that begins there.
std::size_t run_end(std::span<const std::uint64_t> values, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < values.size() && values[end] == values[begin]) ++end;
  return end;
}

}  // namespace

PairWays::PairWays(Execution& execution, Options options, Reservation& reserved)
    : execution_(execution),
      options_(std::move(options)),
      reserved_(reserved),
      pairs_(execution.view, options_.direction, options_.types, [this] { watch(); }) {}

void PairWays::watch() {
  execution_.poll();
  std::uint64_t bytes = pairs_.bytes();
  for (const auto& tree : trees_) bytes += tree == nullptr ? 0 : tree->bytes();
  reserved_.grow_to(bytes);
}

void PairWays::begin(std::span<const std::uint64_t> from, std::span<const std::uint64_t> to) {
  KITH_ASSERT(from.size() == to.size());
  from_ = from;
  to_ = to;
  run_begin_ = run_end_ = 0;
}

void PairWays::begin_run(std::size_t pair) {
  const std::size_t end_of_from = run_end(from_, pair), end_of_to = run_end(to_, pair);
  holds_to_ = end_of_to > end_of_from;
  run_begin_ = pair;
  run_end_ = std::max(end_of_from, end_of_to);
  is_long_ = run_end_ - pair >= kLongRun;
  tried_ = options_.many ? kTried : 0;
  budget_ = options_.many ? UINT64_MAX : 0;
  spent_ = depth_ = 0;
}

SourceTree& PairWays::tree() {
  auto& tree = trees_[holds_to_ ? 1 : 0];
  if (tree == nullptr) {
    const Direction direction = holds_to_ ? turned(options_.direction) : options_.direction;
    tree = std::make_unique<SourceTree>(execution_.view, direction, options_.types);
  }
  tree->begin((holds_to_ ? to_ : from_)[run_begin_]);
  return *tree;
}

bool PairWays::find(std::size_t pair, std::vector<std::uint64_t>& relationships) {
  KITH_ASSERT(pair < from_.size() && pair >= run_begin_);
  if (pair >= run_end_) begin_run(pair);
  if (!is_long_) return search(pair, relationships);
  if (tried_ < kTried) {
    const bool is_found = search(pair, relationships);
    ++tried_;
    spent_ += kSearch + pairs_.looked_at();
    if (tried_ == kTried) budget_ = spent_ * (run_end_ - pair) / kTried;
    return is_found;
  }
  SourceTree& tree = this->tree();
  const std::uint64_t other = (holds_to_ ? from_ : to_)[pair];
  while (!tree.has(other, depth_)) {
    const std::uint64_t work = tree.work(depth_);
    if (depth_ >= options_.max || work == 0) return false;
    if (work > budget_) return search(pair, relationships);
    budget_ -= work;
    tree.grow_to(++depth_, [this] { watch(); });
    watch();
  }
  tree.read_way(other, relationships);
  if (!holds_to_) std::reverse(relationships.begin(), relationships.end());
  return true;
}

bool PairWays::search(std::size_t pair, std::vector<std::uint64_t>& relationships) {
  const std::span<const std::uint64_t> nodes(pairs_.find(from_[pair], to_[pair], options_.max));
  if (nodes.empty()) return false;
  const std::size_t steps = nodes.size() - 1;
  relationships.assign(steps, kUnknown);
  storage::NeighbourCursor& neighbours = pairs_.relationships();
  neighbours.begin_between(nodes.first(steps), nodes.subspan(1));
  rows_.resize(execution_.batch_rows);
  found_.resize(execution_.batch_rows);
  while (const std::size_t count =
             neighbours.next(execution_.batch_rows, rows_.data(), nullptr, found_.data())) {
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t& relationship = relationships[rows_[i]];
      if (relationship == kUnknown) relationship = found_[i];
    }
  }
  KITH_ASSERT(std::find(relationships.begin(), relationships.end(), kUnknown) ==
              relationships.end());
  return true;
}

}  // namespace kith::exec
