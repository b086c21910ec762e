// cypher/exec/spilled_join.hpp: a join by hash whose kept side is on disk.
//
// The rows of the other side are all read, and sorted by the hash of their keys as the kept side
// is: rows that match come together. The pairs are sorted by where their rows came in, so that they
// are given in the order of a join in memory (S1): rows of the first input in theirs, the matches
// of each in the order of the second.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cypher/exec/join_side.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/exec/row_store.hpp"

namespace kith::exec {

// `a = b` of join keys; neither is null.
bool keys_are_equal(const Cell& a, const Cell& b);

// One worker's.
class SpilledJoin {
 public:
  using Kind = plan::HashJoin::Kind;
  // `carried`: what rows of the first input have in the result.
  SpilledJoin(const JoinSide& side, Kind kind, std::span<const Slot> carried, Execution& execution);

  // All rows of the first input, with their keys.
  void add(const Batch& batch, std::span<const Column> keys);
  // Then the pairs, or the rows.
  bool next(Batch& out);

 private:
  void join();
  void read_group(RunReader& others, std::int64_t hash);
  void join_row(const Cell* row, RowStore::Reader& group);
  void give_pair(const Cell* row, const Cell* other /* null: there is none */);

  Kind kind_;
  Execution& execution_;
  const Run& others_;
  std::size_t keys_, slots_;
  std::vector<Slot> carried_;
  std::vector<Emitted> emitted_;

  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> kept_;
  Vector hash_values_, positions_;
  std::vector<Column> columns_;
  std::uint64_t sequence_ = ~std::uint64_t{0}, ordinal_ = 0;
  RowSorter rows_;  // hash, keys, carried, position

  const Cell* other_ = nullptr;  // the next of the kept side that was read
  // Those with one hash: keys, slots, position as two integers. While joining.
  std::optional<RowStore> group_;
  std::vector<Cell> cells_;

  RowSorter pairs_;  // position of the one as two integers, carried, slots, position of the other
  RowStreamPtr sorted_pairs_;
  StreamedBatch streamed_;
};

}  // namespace kith::exec
