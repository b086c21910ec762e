// cypher/exec/source_tree.cpp: places of nodes by their ids; relationships looked up in blocks.
#include "cypher/exec/source_tree.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::exec {

void SourceTree::begin(std::uint64_t source) {
  if (!ends_.empty() && side_.nodes[0] == source) return;
  side_.begin(source, limit_);
  ends_ = {1};
  works_.clear();
  by_.assign(1, kUnknown);
  few_.clear();
  note_places(0);
}

std::uint64_t SourceTree::work(std::uint64_t depth) {
  KITH_ASSERT(depth < ends_.size() && depth <= works_.size());
  if (depth == works_.size()) works_.push_back(side_.work());
  return works_[depth];
}

void SourceTree::grow_to(std::uint64_t depth, const SearchSide::Watch& watch) {
  while (ends_.size() <= depth) {
    work(ends_.size() - 1);
    side_.grow(watch);
    by_.resize(side_.nodes.size(), kUnknown);
    note_places(ends_.back());
    ends_.push_back(side_.nodes.size());
  }
}

void SourceTree::note_places(std::size_t begin) {
  const std::vector<std::uint64_t>& nodes = side_.nodes;
  if (places_.empty() && nodes.size() > limit_ / kFewShare) {
    places_.resize(limit_);
    begin = 0;
  }
  for (std::size_t i = begin; i < nodes.size(); ++i) {
    const auto place = static_cast<std::uint32_t>(i);
    if (places_.empty()) {
      few_.insert(nodes[i], place);
    } else {
      if (nodes[i] >= places_.size()) places_.resize(nodes[i] + 1);
      places_[nodes[i]] = place;
    }
  }
}

void SourceTree::read_way(std::uint64_t node, std::vector<std::uint64_t>& relationships) {
  KITH_ASSERT(has(node, ends_.size() - 1));
  relationships.clear();
  for (std::uint32_t at = place_of(node); side_.before[at] != at; at = side_.before[at]) {
    if (by_[at] == kUnknown) look_up(at);
    relationships.push_back(by_[at]);
  }
}

// Its neighbours in the tree come mostly from the same lists, and will be asked for as well.
void SourceTree::look_up(std::size_t place) {
  const std::size_t begin = std::max<std::size_t>(1, place - place % kLookedUpAtOnce);
  const std::size_t end =
      std::min(side_.nodes.size(), place - place % kLookedUpAtOnce + kLookedUpAtOnce);
  from_.clear();
  to_.clear();
  for (std::size_t i = begin; i < end; ++i) {
    from_.push_back(side_.nodes[side_.before[i]]);
    to_.push_back(side_.nodes[i]);
  }
  rows_.resize(kLookedUpAtOnce);
  found_.resize(kLookedUpAtOnce);
  side_.cursor.begin_between(from_, to_);
  while (const std::size_t count =
             side_.cursor.next(kLookedUpAtOnce, rows_.data(), nullptr, found_.data())) {
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t& by = by_[begin + rows_[i]];
      if (by == kUnknown) by = found_[i];
    }
  }
  KITH_ASSERT(by_[place] != kUnknown);
}

std::uint64_t SourceTree::bytes() const {
  return side_.bytes() + few_.bytes() + by_.capacity() * sizeof(std::uint64_t) +
         places_.capacity() * sizeof(std::uint32_t);
}

}  // namespace kith::exec
