// storage/check/adjacency.cpp: the index of a chunk, and each of its lists.
#include "storage/check/adjacency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/assert.hpp"
#include "storage/graph/adjacency_layout.hpp"

namespace kith::storage::check {

namespace {

class ChunkCheck {
 public:
  ChunkCheck(Findings& findings, const std::string& where, const AdjacencyChunk& chunk,
             const NodeSegment& segment, std::uint64_t first, IdLimits limits, EdgeSum& sum)
      : findings_(findings),
        where_(where),
        header_(chunk.header),
        segment_(segment),
        first_(first),
        limits_(limits),
        sum_(sum),
        main_(findings.pool, chunk.chunk, BlockKind::Adjacency),
        reader_(findings.pool, chunk) {}

  void run() {
    if (header_.slots > segment_.slots())
      problem(fmt::format("lists of {} slots in a segment of {}", header_.slots, segment_.slots()));
    if (header_.form == ListForm::Ranked) ranks();
    if (header_.form == ListForm::Listed) listed_slots();
    if (!offsets()) return;
    lists();
  }

 private:
  void problem(std::string what) { findings_.problem(where_, std::move(what)); }

  template <class T>
  T load(std::size_t at, std::size_t bytes = sizeof(T)) const {
    T value{};
    KITH_ASSERT(at + bytes <= main_.size());
    std::memcpy(&value, main_.data() + at, bytes);
    return value;
  }

  void ranks() {
    std::uint32_t before = 0;
    for (std::uint32_t word = 0; word < kSetWords; ++word) {
      const auto rank = load<std::uint16_t>(kRankedBitmapBytes + std::size_t{word} * 2);
      if (rank != before) return problem(fmt::format("rank {} of its lists is wrong", word));
      before +=
          static_cast<std::uint32_t>(std::popcount(load<std::uint64_t>(std::size_t{word} * 8)));
    }
    if (before != header_.lists)
      problem(fmt::format("its bitmap has {} lists, its header {}", before, header_.lists));
  }

  void listed_slots() {
    for (std::uint32_t i = 0; i < header_.lists; ++i) {
      const auto slot = load<std::uint16_t>(std::size_t{i} * 2);
      const bool ascends = i == 0 || load<std::uint16_t>(std::size_t{i} * 2 - 2) < slot;
      if (slot >= header_.slots || !ascends)
        return problem(fmt::format("slot {} of its lists is out of order", i));
    }
  }

  // Offsets ascend from 0 to the number of edges.
  bool offsets() {
    if (header_.offset_width == 0) {
      if (header_.lists == header_.edges) return true;
      problem(fmt::format("{} lists of one relationship each, but {} relationships", header_.lists,
                          header_.edges));
      return false;
    }
    const std::size_t begin = list_slots_bytes(header_.form, header_.lists);
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i <= header_.lists; ++i) {
      const auto offset =
          load<std::uint64_t>(begin + std::size_t{i} * header_.offset_width, header_.offset_width);
      if (offset < before || (i == 0 && offset != 0) || offset > header_.edges) {
        problem(fmt::format("offset {} of its lists is out of order", i));
        return false;
      }
      before = offset;
    }
    if (before == header_.edges) return true;
    problem(fmt::format("its lists end at {} of {} relationships", before, header_.edges));
    return false;
  }

  void lists() {
    std::uint64_t seen = 0;
    for (std::uint32_t slot = reader_.next_list(0); slot < kSegmentSlots;
         slot = reader_.next_list(slot + 1)) {
      const AdjacencyReader::List list = reader_.list(slot);
      if (list.size() == 0) continue;
      ++findings_.counts().lists;
      seen += list.size();
      if (!segment_.exists(slot))
        problem(fmt::format("node {} has relationships, but does not exist", first_ + slot));
      one_list(slot, list);
    }
    findings_.counts().list_entries += seen;
    if (seen != header_.edges)
      problem(
          fmt::format("its lists hold {} relationships, its header says {}", seen, header_.edges));
  }

  void one_list(std::uint32_t slot, AdjacencyReader::List list) {
    std::pair<std::uint64_t, std::uint64_t> before{0, 0};
    bool in_order = true, in_bounds = true;
    for (std::uint64_t at = list.first; at < list.end;) {
      const NeighbourSpan span = reader_.span(at, list.end);
      for (std::uint64_t i = 0; i < span.count; ++i) {
        const std::pair entry{span.neighbour(i), span.relationship(i)};
        in_order = in_order && (at + i == list.first || before < entry);
        in_bounds =
            in_bounds && entry.first < limits_.nodes && entry.second < limits_.relationships;
        before = entry;
        add(first_ + slot, entry.first, entry.second);
      }
      at += span.count;
    }
    if (!in_order) problem(fmt::format("the list of node {} is not sorted", first_ + slot));
    if (!in_bounds)
      problem(fmt::format("the list of node {} has ids past the last", first_ + slot));
  }

  void add(std::uint64_t node, std::uint64_t neighbour, std::uint64_t relationship) {
    if (header_.incoming != 0)
      sum_.add(neighbour, node, relationship);
    else
      sum_.add(node, neighbour, relationship);
  }

  Findings& findings_;
  const std::string& where_;
  const AdjacencyHeader& header_;
  const NodeSegment& segment_;
  std::uint64_t first_;
  IdLimits limits_;
  EdgeSum& sum_;
  ChunkPin main_;
  AdjacencyReader reader_;
};

}  // namespace

bool check_adjacency(Findings& findings, const std::string& where, const AdjacencyChunk& chunk,
                     const NodeSegment& segment, std::uint64_t first, IdLimits limits,
                     EdgeSum& sum) {
  if (!findings.chunk(where, chunk.chunk, BlockKind::Adjacency, BlockKind::Adjacency)) return false;
  return findings.attempt(
      where, [&] { ChunkCheck(findings, where, chunk, segment, first, limits, sum).run(); });
}

}  // namespace kith::storage::check
