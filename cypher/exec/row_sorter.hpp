// cypher/exec/row_sorter.hpp: sorting more rows than memory has room for.
//
// Rows are collected in memory; when they are too many they are sorted and written to a run. In the
// end the runs and the rows still in memory are merged. The last cell of a row is its position,
// which is different for each: the order does not depend on what was in which run (S1).
#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cypher/exec/context.hpp"
#include "cypher/exec/row_buffer.hpp"
#include "cypher/exec/row_stream.hpp"
#include "cypher/exec/sort_order.hpp"
#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

// One thread's.
class RowSorter {
 public:
  // `who`: for errors of the budget; a literal.
  RowSorter(SortOrder order, std::size_t columns, Execution& execution, std::string_view who);

  RowBuffer& rows() { return *rows_; }
  // After rows were added: spills if they are too many.
  void added() {
    if (!fits()) spill();
  }
  bool fits();
  // Writes the rows in memory to a run.
  void spill();
  bool has_spilled() const { return !runs_.empty(); }
  const SortOrder& order() const { return order_; }
  std::vector<Run>& runs() { return runs_; }

  std::unique_ptr<RowBuffer> take_rows();
  // All rows, of several sorters with one order, of which the first `limit` are wanted. They have
  // no rows afterwards.
  static RowStreamPtr merge(std::span<RowSorter* const> sorters,
                            std::uint64_t limit = ~std::uint64_t{0});
  RowStreamPtr sorted() {
    RowSorter* self = this;
    return merge({&self, 1});
  }

 private:
  std::unique_ptr<RowBuffer> new_buffer() const;

  SortOrder order_;
  std::size_t columns_;
  Execution& execution_;
  std::string_view who_;
  std::unique_ptr<RowBuffer> rows_;
  std::vector<Run> runs_;
};

// Merges runs, and sorted rows in memory.
class MergedRows final : public RowStream {
 public:
  MergedRows(SortOrder order, std::vector<Run> runs, std::vector<std::unique_ptr<RowBuffer>> sorted,
             Execution& execution, std::uint64_t limit);

  const Cell* next() override;
  std::uint64_t size() const override { return size_; }

 private:
  struct Source {
    std::unique_ptr<RunReader> reader;  // or, if there is none:
    std::span<Cell* const> rows;
    std::size_t at = 0;

    const Cell* next() {
      if (reader) return reader->next();
      return at == rows.size() ? nullptr : rows[at++];
    }
  };
  struct Head {
    const Cell* row;
    std::size_t source;
  };

  // Until so few are left that they can be read at the same time.
  void merge_some(Execution& execution);
  void begin(std::span<const Run> runs);
  const Cell* next_row();
  const Cell* pull();
  void end();

  SortOrder order_;
  const Execution& execution_;
  std::vector<Run> runs_;
  std::vector<std::unique_ptr<RowBuffer>> sorted_;
  std::uint64_t size_ = 0, given_ = 0;
  std::vector<Source> sources_;
  std::vector<Head> heap_;  // the least row first
  std::exception_ptr failure_;
  bool gave_top_ = false;  // heap_[0] was given, and its source is to be asked for the next
};

// Of rows whose first cell is the hash of the `keys` cells after it, sorted by hash and position:
// the first row of each key.
class FirstOfKey final : public RowStream {
 public:
  FirstOfKey(RowStreamPtr rows, std::size_t keys, MemoryBudget& budget);
  const Cell* next() override;
  std::uint64_t size() const override { return rows_->size(); }  // at most

 private:
  bool is_new(const Cell* row);

  RowStreamPtr rows_;
  RowBuffer seen_;  // keys with the hash of the last row
  std::uint64_t hash_ = 0;
};

}  // namespace kith::exec
