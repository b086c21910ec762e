// cypher/exec/step_operator.hpp: steps that give any number of rows, one after the other, for each
// row of their input: variable-length ones, and those of path patterns.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"

namespace kith::exec {

// Goes through the input row by row. A row that is begun is gone on with until it is left, over as
// many batches as it takes; a batch never has rows of two batches of the input.
class StepOperator : public Streaming {
 public:
  // `into`: the end is bound. The names stand in errors.
  struct Ends {
    Slot from, to;
    bool into;
    std::string_view start_name, end_name;
  };
  StepOperator(const plan::Node& node, const Ends& ends, const Lowering& lowering);
  static Ends ends_of(const plan::VarExpand& op);
  static Ends ends_of(const plan::PathExpand& op);

  void open() final;
  bool next(Batch& out) override;

 protected:
  virtual void begin() = 0;         // open()
  virtual void begin_output() {}    // nothing is in the batch that is made
  virtual void begin_input() {}     // in() is another batch
  virtual void begin_row() = 0;     // its ends are nodes; it may be left at once
  virtual void continue_row() = 0;  // until is_full() or leave_row(), or a part of it
  virtual bool is_full() const { return given() >= execution_.batch_rows; }
  virtual void end_output(Batch&) {}  // columns of the step's own

  void leave_row();
  void give(std::uint64_t end);
  void give(std::span<const std::uint64_t> ends);

  Execution& execution() const { return execution_; }
  const Batch& in() const { return in_; }
  std::uint32_t row() const { return row_; }
  std::uint64_t start() const { return from_.ids()[row_]; }
  std::uint64_t goal() const { return to_.ids()[row_]; }  // of a step into
  std::size_t given() const { return rows_.size(); }      // in the batch that is made

 private:
  bool begin_batch();

  const Ends ends_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  IdColumn from_, to_;
  std::uint32_t row_ = 0;  // of in_
  bool in_row_ = false;    // it is begun
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint64_t> nodes_;
  Vector end_values_;
  RowPicker picker_;
};

}  // namespace kith::exec
