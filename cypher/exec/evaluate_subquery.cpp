// cypher/exec/evaluate_subquery.cpp: EXISTS {}, COUNT {}, COLLECT {}, pattern predicates and
// pattern comprehensions, by running the planned body for the rows of the batch.
#include <algorithm>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/lower.hpp"

namespace kith::exec {

namespace {

using Kind = bound::Subquery::Kind;

class SubqueryEvaluator final : public Evaluator {
 public:
  SubqueryEvaluator(const bound::Subquery& node, Worker& worker)
      : node_(node),
        execution_(worker.execution()),
        reserved_(worker.execution().budget, "the rows of a subquery"),
        arena_(worker) {
    KITH_ASSERT(node.plan != nullptr);
    Lowering lowering;
    lowering.worker = &worker;
    lowering.shared = false;
    plan_ = lower_inner(*node.plan, lowering);
  }

  Column evaluate(const Batch& batch) override {
    counts_.assign(batch.rows, 0);
    items_.clear();
    arena_.reset();
    if (plan_.batched) {
      all_rows(batch);
    } else {
      for (std::uint32_t row = 0; row < batch.rows; ++row) one_row(batch, row);
    }
    give();
    return {&out_, nullptr, false};
  }

 private:
  // Rows of one outer row come together, in the order of the outer rows.
  void all_rows(const Batch& batch) {
    plan_.argument->set_all(batch, plan_.ordinal);
    plan_.root->open();
    std::uint32_t missing = batch.rows;
    while (plan_.root->next(inner_)) {
      const auto numbers = operand<std::int64_t>(inner_[plan_.ordinal], inner_.rows, scratch_);
      for (std::uint32_t i = 0; i < inner_.rows; ++i) {
        std::uint64_t& count = counts_[static_cast<std::size_t>(numbers[i])];
        missing -= count == 0 ? 1 : 0;
        ++count;
      }
      if (node_.kind == Kind::Collect) collect();
      if (node_.kind == Kind::Exists && missing == 0) return;
    }
  }

  void one_row(const Batch& batch, std::uint32_t row) {
    execution_.poll();
    plan_.argument->set_row(batch, row);
    plan_.root->open();
    while (plan_.root->next(inner_)) {
      counts_[row] += inner_.rows;
      if (node_.kind == Kind::Collect) collect();
      if (node_.kind == Kind::Exists) return;
    }
  }

  void collect() {
    const Column& column = inner_[node_.result];
    for (std::uint32_t i = 0; i < inner_.rows; ++i) {
      items_.push_back(copy_into(arena_, column.cell(i)));
    }
    reserved_.grow_to(items_.capacity() * sizeof(Cell));
  }

  void give() {
    const auto rows = static_cast<std::uint32_t>(counts_.size());
    if (node_.kind == Kind::Exists) {
      out_.reset(VectorType::Boolean, rows);
      for (std::uint32_t i = 0; i < rows; ++i) {
        out_.data<std::uint8_t>()[i] = counts_[i] != 0 ? 1 : 0;
      }
    } else if (node_.kind == Kind::Count) {
      out_.reset(VectorType::Integer, rows);
      for (std::uint32_t i = 0; i < rows; ++i) {
        out_.data<std::int64_t>()[i] = static_cast<std::int64_t>(counts_[i]);
      }
    } else {
      out_.reset(VectorType::Any, rows);
      std::size_t begin = 0;
      for (std::uint32_t i = 0; i < rows; ++i) {
        out_.data<Cell>()[i] = make_list(arena_, std::span(items_).subspan(begin, counts_[i]));
        begin += counts_[i];
      }
    }
  }

  const bound::Subquery& node_;
  Execution& execution_;
  InnerPlan plan_;
  Batch inner_;
  std::vector<std::uint64_t> counts_;  // by row
  std::vector<Cell> items_;            // Collect: of all rows, one after the other
  std::vector<std::int64_t> scratch_;
  Reservation reserved_;  // of items_
  ValueArena arena_;
  Vector out_;
};

}  // namespace

EvaluatorPtr compile_subquery(const bound::Subquery& node, Worker& worker) {
  return std::make_unique<SubqueryEvaluator>(node, worker);
}

}  // namespace kith::exec
