// cypher/exec/group_results.hpp: what an aggregation gives for its groups, column by column: keys,
// then results.
//
// That is for groups whose keys are words; others have rows of cells already.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cypher/exec/groups.hpp"
#include "cypher/exec/kept_columns.hpp"
#include "cypher/exec/row_source.hpp"

namespace kith::exec {

// What is asked for.
struct WantedResults {
  std::vector<bool> columns;  // keys, then results: whether somebody needs it
  bool in_order = true;       // of the groups' first rows

  std::size_t count() const { return static_cast<std::size_t>(std::ranges::count(columns, true)); }
  bool any() const { return std::ranges::find(columns, true) != columns.end(); }
};

// Of the groups of one table, whose states are complete.
struct GroupResults {
  std::vector<KeptColumn> columns;     // those that are wanted; the others are empty
  std::unique_ptr<RowBuffer> strings;  // what values point to
  std::uint32_t groups = 0;
};
GroupResults results_of(Groups& groups, const WantedResults& wanted, MemoryBudget& budget);

// Puts results of several tables into columns of all rows.
class ResultColumns {
 public:
  // Of a row in results and in the columns of all of them.
  static std::uint64_t bytes_per_row(const WantedResults& wanted) {
    return 2 * wanted.count() * sizeof(std::uint64_t);
  }

  // `rows` in all, which become those of `out`.
  ResultColumns(std::span<const GroupResults> parts, std::uint64_t rows, ComputedRows& out);

  // A group, by the number of its part in the high half and its own in the low one.
  static constexpr std::uint64_t place(std::size_t part, std::uint32_t group) {
    return std::uint64_t{part} << 32 | group;
  }
  // Rows from `first` on are the groups place_of(0) … place_of(count - 1). By many threads at once,
  // each for other rows and with a list of its own, for those that are null.
  using Nulls = std::vector<std::pair<std::size_t, std::uint32_t>>;  // columns and rows
  template <class PlaceOf>
  void put(std::size_t first, std::size_t count, const PlaceOf& place_of, Nulls& nulls) const {
    for (std::size_t c = 0; c < wholes_.size(); ++c) {
      if (!wholes_[c].type && !wholes_[c].has_nulls) continue;
      if (wholes_[c].are_words) {
        put_words(c, first, count, place_of);
      } else {
        put_cells(c, first, count, place_of, nulls);
      }
    }
  }
  // After all rows: the lists that put() filled.
  void set_nulls(const Nulls& nulls);

 private:
  const KeptColumn& column_of(std::uint64_t place, std::size_t column) const {
    return parts_[place >> 32].columns[column];
  }

  template <class PlaceOf>
  void put_words(std::size_t column, std::size_t first, std::size_t count,
                 const PlaceOf& place_of) const {
    constexpr std::size_t kAhead = 12;
    auto* out = out_.columns[column].data<std::uint64_t>() + first;
    const auto at = [&](std::size_t i) {
      const std::uint64_t place = place_of(i);
      return column_of(place, column).words() + static_cast<std::uint32_t>(place);
    };
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kAhead < count) __builtin_prefetch(at(i + kAhead));
      out[i] = *at(i);
    }
  }

  template <class PlaceOf>
  void put_cells(std::size_t column, std::size_t first, std::size_t count, const PlaceOf& place_of,
                 Nulls& nulls) const {
    Vector& out = out_.columns[column];
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t place = place_of(i);
      const Cell cell = column_of(place, column).cell(static_cast<std::uint32_t>(place));
      const auto row = static_cast<std::uint32_t>(first + i);
      put_cell(out, row, cell);
      if (cell.is_null() && out.type() != VectorType::Any) nulls.emplace_back(column, row);
    }
  }
  static void put_cell(Vector& out, std::uint32_t row, const Cell& cell);

  std::span<const GroupResults> parts_;
  ComputedRows& out_;
  std::vector<WholeColumn> wholes_;
};

}  // namespace kith::exec
