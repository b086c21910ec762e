// cypher/exec/step_operator.cpp: see step_operator.hpp.
#include "cypher/exec/step_operator.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::exec {

StepOperator::StepOperator(const plan::Node& node, const Ends& ends, const Lowering& lowering)
    : Streaming(lower_input(node, lowering)),
      ends_(ends),
      carry_(node, lowering),
      execution_(lowering.execution()) {}

StepOperator::Ends StepOperator::ends_of(const plan::VarExpand& op) {
  return {op.from, op.to, op.into, "the start of a relationship", "the end of a relationship"};
}
StepOperator::Ends StepOperator::ends_of(const plan::PathExpand& op) {
  return {op.from, op.to, op.into, "the start of a path", "the end of a path"};
}

void StepOperator::open() {
  input_->open();
  in_.rows = row_ = 0;
  in_row_ = false;
  begin();
}

bool StepOperator::next(Batch& out) {
  rows_.clear();
  nodes_.clear();
  begin_output();
  while (!is_full()) {
    if (in_row_) {
      continue_row();
      continue;
    }
    if (row_ == in_.rows) {
      if (!rows_.empty()) break;
      if (!begin_batch()) return false;
      continue;
    }
    if (!from_.is_valid(row_) || (ends_.into && !to_.is_valid(row_))) {
      ++row_;
      continue;
    }
    in_row_ = true;
    begin_row();
  }
  picker_.pick(in_, rows_, carry_.of(in_), out);
  if (!ends_.into) {
    end_values_.reset(VectorType::Node, out.rows);
    std::copy(nodes_.begin(), nodes_.end(), end_values_.data<std::uint64_t>());
    out.set(ends_.to, end_values_);
  }
  end_output(out);
  return true;
}

bool StepOperator::begin_batch() {
  execution_.poll();
  row_ = 0;
  if (!input_->next(in_)) {
    in_.rows = 0;
    return false;
  }
  from_.read(in_[ends_.from], in_.rows, Kind::Node, ends_.start_name);
  if (ends_.into) to_.read(in_[ends_.to], in_.rows, Kind::Node, ends_.end_name);
  begin_input();
  return true;
}

void StepOperator::leave_row() {
  KITH_ASSERT(in_row_ && row_ < in_.rows);
  in_row_ = false;
  ++row_;
}

void StepOperator::give(std::uint64_t end) {
  KITH_ASSERT(in_row_ && (!ends_.into || end == goal()));
  rows_.push_back(row_);
  nodes_.push_back(end);
}

void StepOperator::give(std::span<const std::uint64_t> ends) {
  KITH_ASSERT(in_row_ && !ends_.into);
  rows_.insert(rows_.end(), ends.size(), row_);
  nodes_.insert(nodes_.end(), ends.begin(), ends.end());
}

}  // namespace kith::exec
