// cypher/exec/cell_index.hpp: which of some values equal another one, three-valued, by hash.
//
// Values of plain kinds (no null, NaN, list, map or path) are found by their hash, as equal values
// hash alike (C2, C3 of core/compare.cpp) and two of them are equal or not. What is not plain is
// compared one by one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compare.hpp"

namespace kith::exec {

class CellIndex {
 public:
  // `cells` stay where they are.
  void build(std::span<const Cell> cells);

  struct Count {
    std::uint64_t equal = 0, unknown = 0;
  };
  Count count(const Cell& wanted) const;
  // The positions of those that are equal, ascending, to the end of `into`; and of those of which
  // it is not known.
  void find(const Cell& wanted, bool with_unknown, std::vector<std::uint32_t>& into) const;

  static bool is_plain(const Cell& cell);
  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::uint64_t hash;
    std::uint32_t position;
  };
  // visit(position, truth) of all that may not be different, in no order.
  template <class Visit>
  void each(const Cell& wanted, Visit visit) const;
  std::size_t bucket_of(std::uint64_t hash) const { return hash & (begins_.size() - 2); }

  std::span<const Cell> cells_;
  std::vector<Entry> plain_;           // by buckets, in each by position
  std::vector<std::uint32_t> begins_;  // of the buckets, a power of two of them; and the end
  std::vector<std::uint32_t> others_;  // positions: lists, maps, paths, NaN
  std::vector<std::uint32_t> nulls_;
};

}  // namespace kith::exec
