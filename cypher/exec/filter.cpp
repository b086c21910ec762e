// cypher/exec/filter.cpp: keeps the rows for which all conjuncts are true.
//
// A conjunct is evaluated for the rows that passed those before it. Rows are picked by index; no
// value is copied.
#include <algorithm>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class FilterOperator final : public Streaming {
 public:
  FilterOperator(const plan::Node& node, const plan::Select& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        carry_(node, lowering),
        execution_(lowering.execution()) {
    for (const auto& conjunct : op.conjuncts) {
      conjuncts_.push_back({Narrowed(*conjunct, *lowering.worker), conjunct->at});
    }
  }

  void open() override { input_->open(); }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      execution_.poll();
      filter();
      if (kept_.empty()) continue;
      if (kept_.size() == in_.rows) {
        carry_.pass(in_, out);
      } else {
        picker_.pick(in_, kept_, carry_.of(in_), out);
      }
      return true;
    }
    return false;
  }

 private:
  struct Conjunct {
    Narrowed condition;
    Position at;
  };

  void filter() {
    kept_.resize(in_.rows);
    for (std::uint32_t i = 0; i < in_.rows; ++i) kept_[i] = i;
    for (Conjunct& conjunct : conjuncts_) {
      if (kept_.empty()) return;
      const auto rows = static_cast<std::uint32_t>(kept_.size());
      const Column result = conjunct.condition.evaluate(in_, kept_);
      const Vector& vector = *result.vector;
      const bool plain = vector.type() == VectorType::Boolean && !vector.may_have_nulls() &&
                         !result.constant && result.index == nullptr;
      std::size_t count = 0;
      if (plain) {
        const auto* passed = vector.data<std::uint8_t>();
        for (std::uint32_t i = 0; i < rows; ++i) {
          kept_[count] = kept_[i];
          count += passed[i];
        }
        kept_.resize(count);
        continue;
      }
      truths_.resize(rows);
      read_truths(result, rows, truths_, conjunct.at);
      for (std::uint32_t i = 0; i < rows; ++i) {
        kept_[count] = kept_[i];
        count += truths_[i] == Truth::True ? 1 : 0;
      }
      kept_.resize(count);
    }
  }

  Carry carry_;
  Execution& execution_;
  std::vector<Conjunct> conjuncts_;
  Batch in_;
  std::vector<std::uint32_t> kept_;
  std::vector<Truth> truths_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_filter(const plan::Node& node, const plan::Select& op, const Lowering& lowering) {
  return std::make_unique<FilterOperator>(node, op, lowering);
}

}  // namespace kith::exec
