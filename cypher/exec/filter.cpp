// cypher/exec/filter.cpp: keeps the rows for which all conjuncts are true.
//
// A conjunct is evaluated for the rows that passed those before it. Rows are picked by index; no
// value is copied.
#include <span>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_kernels.hpp"

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
      if (count_ == 0) continue;
      if (count_ == in_.rows) {
        carry_.pass(in_, out);
      } else {
        picker_.pick(in_, kept(), carry_.of(in_), out);
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

  // Of these, as many as rows of in_ are not looked at: they are all of them.
  std::span<const std::uint32_t> kept() const { return {kept_.data(), count_}; }

  void filter() {
    if (kept_.size() < in_.rows) kept_.resize(in_.rows);
    count_ = in_.rows;
    for (Conjunct& conjunct : conjuncts_) {
      if (count_ == 0) return;
      const bool all = count_ == in_.rows;
      const Column result = conjunct.condition.evaluate(in_, kept());
      const Vector& vector = *result.vector;
      const bool plain = vector.type() == VectorType::Boolean && !vector.may_have_nulls() &&
                         !result.constant && result.index == nullptr;
      if (plain) {
        const std::span<const std::uint8_t> passed(vector.data<std::uint8_t>(), count_);
        count_ = all ? row_kernels().select(passed, kept_.data())
                     : row_kernels().keep(passed, kept_.data());
      } else {
        keep_true(result, all, conjunct.at);
      }
    }
  }

  void keep_true(const Column& result, bool all, Position at) {
    const auto rows = static_cast<std::uint32_t>(count_);
    truths_.resize(rows);
    read_truths(result, rows, truths_, at);
    count_ = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
      kept_[count_] = all ? i : kept_[i];
      count_ += truths_[i] == Truth::True ? 1 : 0;
    }
  }

  Carry carry_;
  Execution& execution_;
  std::vector<Conjunct> conjuncts_;
  Batch in_;
  std::vector<std::uint32_t> kept_;  // rows of in_, ascending; the first count_ of them
  std::size_t count_ = 0;
  std::vector<Truth> truths_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_filter(const plan::Node& node, const plan::Select& op, const Lowering& lowering) {
  return std::make_unique<FilterOperator>(node, op, lowering);
}

}  // namespace kith::exec
