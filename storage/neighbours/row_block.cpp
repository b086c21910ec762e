// storage/neighbours/row_block.cpp: see row_block.hpp.
#include "storage/neighbours/row_block.hpp"

#include <algorithm>

#include "storage/id_runs.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kShortestRun = 16;  // of nodes, that is worth knowing

bool is_as_base(const NodeChange* change, std::uint64_t node, Direction direction) {
  return !is_deleted(change) && !changes_lists(change, node, direction);
}

void copy(const NeighbourSpan& span, const Matches& out) {
  if (out.neighbours) {
    if (span.narrow()) {
      const std::uint32_t* const ids = span.neighbours32().data();
      for (std::uint64_t i = 0; i < span.count; ++i) out.neighbours[i] = ids[i];
    } else {
      span.copy_neighbours(0, span.count, out.neighbours);
    }
  }
  if (!out.relationships) return;
  if (span.relationship_bytes != nullptr) {
    span.copy_relationships(0, span.count, out.relationships);
  } else {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      out.relationships[i] = span.first_relationship + i;
    }
  }
}

}  // namespace

bool is_run(std::span<const std::uint64_t> nodes) {
  return nodes.size() >= kShortestRun && are_consecutive(nodes);
}

std::size_t in_one_segment(std::span<const std::uint64_t> nodes) {
  std::size_t count = 1;
  while (count < nodes.size() && (nodes[count] ^ nodes[0]) >> kSegmentBits == 0) ++count;
  return count;
}

void find_lists(const AdjacencyReader& reader, std::span<const std::uint64_t> nodes, bool run,
                std::uint64_t* firsts, std::uint64_t* sizes) {
  if (run) {
    reader.lists_from(slot_of(NodeId{nodes[0]}), nodes.size(), firsts, sizes);
  } else {
    reader.lists_of(nodes, firsts, sizes);
  }
}

// ---- whole lists

std::size_t ListBlock::open(const Root& root, ListCache& cache, Direction direction,
                            std::span<const std::uint64_t> nodes, const std::uint8_t* valid,
                            std::size_t row) {
  clear();
  first_row_ = row;
  const std::size_t most = std::min(nodes.size() - row, kRowsOfBlock);
  while (count_ < most) {
    const std::size_t at = row + count_;
    if (valid && valid[at] == 0) {
      sizes_[count_++] = 0;
      continue;
    }
    if (count_ > 0 && cache.replaces(nodes[at])) break;
    SegmentLists& lists = cache.at(root, nodes[at]);
    if (lists.base.size() > 1) break;
    std::size_t some = in_one_segment(nodes.subspan(at, most - count_));
    const auto is_free = [&](std::size_t i) {
      return (!valid || valid[i] != 0) &&
             (!lists.changes || is_as_base(lists.change_of(nodes[i]), nodes[i], direction));
    };
    if (valid || lists.changes) {
      std::size_t free = 0;
      while (free < some && is_free(at + free)) ++free;
      some = free;
    }
    if (some == 0) break;
    AdjacencyReader* const reader = lists.base.empty() ? nullptr : &lists.base[0].reader;
    if (reader == nullptr) {
      std::fill_n(sizes_.begin() + static_cast<std::ptrdiff_t>(count_), some, 0);
    } else {
      const auto found = nodes.subspan(at, some);
      find_lists(*reader, found, is_run(found), &firsts_[count_], &sizes_[count_]);
    }
    std::fill_n(readers_.begin() + static_cast<std::ptrdiff_t>(count_), some, reader);
    count_ += some;
  }
  return count_;
}

std::size_t ListBlock::next(std::size_t limit, const Matches& out) {
  std::size_t done = 0;
  while (at_ < count_ && done < limit) {
    if (sizes_[at_] == 0) {
      ++at_;
      continue;
    }
    const Matches here = out.from(done);
    std::uint64_t count = std::min<std::uint64_t>(sizes_[at_], limit - done);
    const std::uint64_t first = firsts_[at_];
    if (out.relationships) {
      const NeighbourSpan span = readers_[at_]->span(first, first + count);
      count = span.count;
      copy(span, here);
    } else if (out.neighbours) {
      const NeighbourSpan span = readers_[at_]->neighbours(first, first + count);
      count = span.count;
      copy(span, here);
    }
    if (out.rows) std::fill_n(here.rows, count, static_cast<std::uint32_t>(first_row_ + at_));
    done += count;
    firsts_[at_] += count;
    sizes_[at_] -= count;
    if (sizes_[at_] == 0) ++at_;
  }
  return done;
}

// ---- pairs

std::size_t PairBlock::give_up() {
  const std::size_t row = first_row_ + at_;
  clear();
  return row;
}

std::size_t PairBlock::open(const Root& root, const Sides& sides,
                            std::span<const std::uint64_t> nodes,
                            std::span<const std::uint64_t> others, std::size_t row) {
  clear();
  first_row_ = row;
  wants_relationships_ = sides.wants_relationships;
  const std::size_t most = std::min(nodes.size() - row, kRowsOfBlock);
  while (count_ < most && add_row(root, sides, nodes[row + count_], others[row + count_])) ++count_;
  search();
  return count_;
}

// False: the row is of another kind.
bool PairBlock::add_row(const Root& root, const Sides& sides, std::uint64_t node,
                        std::uint64_t other) {
  if (sides.forward.replaces(node) || sides.backward.replaces(other)) search();
  SegmentLists& from = sides.forward.at(root, node);
  SegmentLists& to = sides.backward.at(root, other);
  if (from.base.size() > 1) return false;
  if ((from.changes && !is_as_base(from.change_of(node), node, sides.direction)) ||
      (to.changes && !is_as_base(to.change_of(other), other, reverse(sides.direction)))) {
    return false;
  }
  found_[count_] = Found::None;
  if (from.base.empty()) return true;
  Wanted wanted{&from.base[0].reader, from.base[0].reader.list(slot_of(NodeId{node})), other,
                count_};
  if (wanted.list.size() > kLongList) {
    const auto turned = std::find_if(to.base.begin(), to.base.end(), [&](const BaseList& list) {
      return list.type == from.base[0].type;
    });
    if (turned == to.base.end()) return true;
    const AdjacencyReader::List there = turned->reader.list(slot_of(NodeId{other}));
    if (there.size() < wanted.list.size()) wanted = {&turned->reader, there, node, count_};
  }
  if (wanted.list.size() != 0) look_up(wanted);
  return true;
}

// Among others, if the list lies in one piece.
void PairBlock::look_up(const Wanted& wanted) {
  const auto& [reader, list, other, place] = wanted;
  const std::uint32_t* const ids = reader->ids(list, held_[waiting_]);
  if (ids == nullptr || list.size() > UINT32_MAX || other > UINT32_MAX) {
    search();  // the others' ids may not stay where they are
    return search_alone(wanted);
  }
  constexpr std::size_t kLine = 16, kSome = 4 * kLine;  // ids
  for (std::size_t i = 0; i < std::min(kSome, list.size()); i += kLine) __builtin_prefetch(ids + i);
  searches_[waiting_] = {ids, static_cast<std::uint32_t>(list.size()),
                         static_cast<std::uint32_t>(other)};
  waits_[waiting_++] = wanted;
  if (waiting_ == kSearchesAtOnce) search();
}

void PairBlock::search() {
  if (waiting_ == 0) return;
  std::array<std::uint32_t, kSearchesAtOnce> places;
  search_lists(searches_, waiting_, places);
  for (std::size_t i = 0; i < waiting_; ++i) {
    const auto& [ids, size, wanted] = searches_[i];
    const std::uint32_t at = places[i];
    if (at == size || ids[at] != wanted) continue;
    const Wanted& row = waits_[i];
    const bool is_alone = at + 1 == size || ids[at + 1] != wanted;
    found_[row.place] = is_alone ? Found::One : Found::Several;
    if (wants_relationships_ && is_alone) {
      relationships_[row.place] = row.reader->relationship(row.list.first + at);
    }
  }
  for (std::size_t i = 0; i < waiting_; ++i) held_[i].reset();
  waiting_ = 0;
}

void PairBlock::search_alone(const Wanted& wanted) {
  const auto& [reader, list, other, place] = wanted;
  const std::uint64_t at = reader->lower_bound(list, other);
  if (at == list.end || reader->neighbour(at) != other) return;
  const bool is_alone = at + 1 == list.end || reader->neighbour(at + 1) != other;
  found_[place] = is_alone ? Found::One : Found::Several;
  if (wants_relationships_ && is_alone) relationships_[place] = reader->relationship(at);
}

std::size_t PairBlock::next(std::size_t limit, std::span<const std::uint64_t> others,
                            const Matches& out) {
  KITH_ASSERT(at_ == count_ || !out.relationships || wants_relationships_);
  std::size_t done = 0;
  for (; at_ < count_ && done < limit; ++at_) {
    if (found_[at_] == Found::None) continue;
    if (found_[at_] == Found::Several) break;
    if (out.rows) out.rows[done] = static_cast<std::uint32_t>(first_row_ + at_);
    if (out.neighbours) out.neighbours[done] = others[first_row_ + at_];
    if (out.relationships) out.relationships[done] = relationships_[at_];
    ++done;
  }
  return done;
}

bool PairBlock::take_row_of_several(std::size_t& row) {
  if (at_ == count_ || found_[at_] != Found::Several) return false;
  row = first_row_ + at_++;
  return true;
}

}  // namespace kith::storage
