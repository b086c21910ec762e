// cypher/exec/kept_columns.hpp: rows copied out of batches and kept column by column.
//
// A column is an array of words as long as all its values are integers, floats, nodes or
// relationships, of one of these kinds and not null; else it is an array of cells.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/memory_budget.hpp"
#include "core/vector.hpp"
#include "cypher/exec/context.hpp"

namespace kith::exec {

class KeptColumn {
 public:
  // The values of `column` at these rows; what they point to is copied into the arena.
  void append(const Column& column, std::span<const std::uint32_t> rows, Arena& arena);
  // A value; what it points to stays where it is.
  void append(const Cell& cell);
  // Values of such a type as words, each `step` behind the one before.
  void append(VectorType type, const std::uint64_t* words, std::size_t step, std::size_t count);
  std::size_t size() const { return cells_.empty() ? words_.size() : cells_.size(); }
  Cell cell(std::size_t row) const;
  std::uint64_t bytes() const {
    return words_.capacity() * sizeof(std::uint64_t) + cells_.capacity() * sizeof(Cell);
  }
  void clear() { *this = KeptColumn(); }

  // The narrowest type that holds all values, and whether some are null; no type before the first.
  std::optional<VectorType> type() const { return type_; }
  bool has_nulls() const { return has_nulls_; }
  bool are_words() const { return cells_.empty(); }
  const std::uint64_t* words() const { return words_.data(); }  // if they are
  // Puts values at their places in a vector of a type that holds them, if none is null.
  void copy(std::size_t first, std::size_t count, Vector& out, std::size_t to) const;

 private:
  bool append_words(const Column& column, std::span<const std::uint32_t> rows);
  void see(const Cell& cell);
  void become_cells();

  std::optional<VectorType> type_;
  bool has_nulls_ = false;
  std::vector<std::uint64_t> words_;
  std::vector<Cell> cells_;
};

// What the same column of several is, put together.
struct WholeColumn {
  std::optional<VectorType> type;
  bool has_nulls = false, are_words = true;

  void see(const KeptColumn& column);
};

// One worker's rows, in the order in which they came in.
class KeptColumns {
 public:
  // `who`: for errors of the budget; a literal. Its owner accounts for bytes().
  KeptColumns(std::size_t columns, MemoryBudget& budget, std::string_view who)
      : columns_(columns), reserved_(budget, who) {}

  void append(std::span<const Column> columns, std::span<const std::uint32_t> rows,
              std::uint64_t sequence);
  // Forgets the rows, not how many had the last sequence.
  void clear();

  std::size_t columns() const { return columns_.size(); }
  std::size_t size() const { return size_; }
  const KeptColumn& column(std::size_t i) const { return columns_[i]; }
  Cell cell(std::size_t row, std::size_t column) const { return columns_[column].cell(row); }
  std::uint64_t bytes() const;
  Reservation& reserved() { return reserved_; }

  // Rows that came in with one sequence; the first of them is its row `ordinal`.
  struct Stretch {
    std::uint64_t sequence, ordinal;
    std::size_t first;
  };
  std::span<const Stretch> stretches() const { return stretches_; }
  std::size_t end_of(const Stretch& stretch) const {
    const auto next = static_cast<std::size_t>(&stretch - stretches_.data()) + 1;
    return next < stretches_.size() ? stretches_[next].first : size_;
  }

  // The values are elsewhere: keeps only what they point to.
  void drop_values();

 private:
  std::vector<KeptColumn> columns_;
  std::vector<Stretch> stretches_;
  std::size_t size_ = 0;
  std::uint64_t sequence_ = ~std::uint64_t{0}, ordinal_ = 0;  // of the next row
  Arena arena_;
  Reservation reserved_;
};

// The rows of several workers in the order in which they came in, as a vector for each column.
// Strings and the like stay where they are. `sides` are then without values.
std::vector<Vector> put_together(std::span<const std::unique_ptr<KeptColumns>> sides,
                                 std::uint32_t workers, Execution& execution);

}  // namespace kith::exec
