// cypher/exec/seek_values.hpp: the values of an index seek, row by row, as ranges of the index.
//
//   K1  The elements in a row's ranges are exactly those for which all the seek's comparisons are
//       true: null and NaN equal nothing, `<` and the like hold between values of one type.
//   K2  A row is Unknown where no range says that: a value is a list and compared by `<`, or it
//       cannot be computed. Whoever asks then has to compare each element.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cypher/exec/evaluate.hpp"
#include "cypher/plan/logical.hpp"
#include "storage/index.hpp"

namespace kith::exec {

class SeekValues {
 public:
  SeekValues(const plan::IndexSeek& op, Worker& worker);

  // Computes the values for a batch, which has to stay as it is until the next one.
  void evaluate(const Batch& batch);

  enum class Row : std::uint8_t { Nothing, Ranges, Unknown };
  // Begins a row of the batch; then next() gives its ranges, in the order that the seek wants.
  Row begin(std::uint32_t row);
  // A range is valid until the next one.
  bool next(storage::IndexRange& range);

  // All rows of the batch as lookups by equality: the values of each key. Nothing if that is not
  // all that the seek asks for.
  std::span<const std::span<const Cell>> lookups();

 private:
  struct Value {
    const bound::Expression* expression;
    EvaluatorPtr evaluator;
    std::unique_ptr<Narrowed> by_row;  // made when a batch has failed
    Column column;
  };
  Value make(const bound::ExpressionPtr& expression);
  std::optional<Cell> cell_of(Value& value, std::uint32_t row);
  Row take_equal(std::size_t key, const Cell& cell);
  Row take_list(std::size_t key, const Cell& cell);
  Row take_range(std::uint32_t row);

  const plan::IndexSeek& op_;
  Worker& worker_;
  std::vector<Value> equal_;
  std::optional<Value> lower_, upper_, prefix_;
  const Batch* batch_ = nullptr;
  bool failed_ = false;  // the batch as a whole

  // Of the row that has begun.
  std::vector<std::vector<Cell>> choices_;  // of each equality
  std::vector<std::size_t> chosen_;
  std::vector<Cell> equal_cells_;  // of the range that was given
  std::optional<Cell> low_, high_, begins_with_;
  bool done_ = true;

  // Of lookups().
  std::vector<std::vector<Cell>> lookup_cells_;
  std::vector<std::span<const Cell>> lookup_columns_;
};

}  // namespace kith::exec
