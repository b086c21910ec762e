// cypher/exec/evaluate_logic.cpp: NOT, AND, OR, XOR, IS NULL: three-valued.
//
// AND and OR evaluate an operand only for the rows that the operands before it have not decided.
#include <numeric>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

class NotEvaluator final : public Evaluator {
 public:
  NotEvaluator(EvaluatorPtr operand, Position at) : operand_(std::move(operand)), at_(at) {}

  Column evaluate(const Batch& batch) override {
    truths_.resize(batch.rows);
    read_truths(operand_->evaluate(batch), batch.rows, truths_, at_);
    for (Truth& t : truths_) {
      if (t != Truth::Unknown) t = truth(t == Truth::False);
    }
    write_truths(truths_, out_);
    return {&out_, nullptr, false};
  }

 private:
  EvaluatorPtr operand_;
  Position at_;
  std::vector<Truth> truths_;
  Vector out_;
};

// AND (decided by False) and OR (decided by True).
class JunctionEvaluator final : public Evaluator {
 public:
  JunctionEvaluator(const bound::Operation& node, Position at, Worker& worker)
      : decisive_(node.op == Operator::And ? Truth::False : Truth::True), at_(at) {
    for (const auto& operand : node.operands) operands_.emplace_back(*operand, worker);
  }

  Column evaluate(const Batch& batch) override {
    const Truth neutral = decisive_ == Truth::False ? Truth::True : Truth::False;
    truths_.assign(batch.rows, neutral);
    open_.resize(batch.rows);
    std::iota(open_.begin(), open_.end(), 0u);
    for (Narrowed& operand : operands_) {
      if (open_.empty()) break;
      take_operand(operand, batch);
    }
    write_truths(truths_, out_);
    return {&out_, nullptr, false};
  }

 private:
  void take_operand(Narrowed& operand, const Batch& batch) {
    const auto rows = static_cast<std::uint32_t>(open_.size());
    values_.resize(rows);
    read_truths(operand.evaluate(batch, open_), rows, values_, at_);
    std::size_t kept = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t row = open_[i];
      if (values_[i] == Truth::Unknown) truths_[row] = Truth::Unknown;
      if (values_[i] == decisive_) truths_[row] = decisive_;
      open_[kept] = row;
      kept += values_[i] == decisive_ ? 0 : 1;
    }
    open_.resize(kept);
  }

  Truth decisive_;
  Position at_;
  std::vector<Narrowed> operands_;
  std::vector<Truth> truths_, values_;
  std::vector<std::uint32_t> open_;  // rows not yet decided
  Vector out_;
};

class XorEvaluator final : public Evaluator {
 public:
  XorEvaluator(std::vector<EvaluatorPtr> operands, Position at)
      : operands_(std::move(operands)), at_(at) {}

  Column evaluate(const Batch& batch) override {
    truths_.assign(batch.rows, Truth::False);
    values_.resize(batch.rows);
    for (const auto& operand : operands_) {
      read_truths(operand->evaluate(batch), batch.rows, values_, at_);
      for (std::uint32_t i = 0; i < batch.rows; ++i) {
        const bool known = truths_[i] != Truth::Unknown && values_[i] != Truth::Unknown;
        truths_[i] = known ? truth(truths_[i] != values_[i]) : Truth::Unknown;
      }
    }
    write_truths(truths_, out_);
    return {&out_, nullptr, false};
  }

 private:
  std::vector<EvaluatorPtr> operands_;
  Position at_;
  std::vector<Truth> truths_, values_;
  Vector out_;
};

class NullTestEvaluator final : public Evaluator {
 public:
  NullTestEvaluator(EvaluatorPtr operand, bool wanted_null)
      : operand_(std::move(operand)), wanted_null_(wanted_null) {}

  Column evaluate(const Batch& batch) override {
    const Column column = operand_->evaluate(batch);
    const std::uint32_t rows = column.constant ? 1 : batch.rows;
    out_.reset(VectorType::Boolean, rows);
    auto* values = out_.data<std::uint8_t>();
    const bool nulls = may_have_nulls(column);
    for (std::uint32_t i = 0; i < rows; ++i) {
      const bool is_null = nulls && !column.valid(i);
      values[i] = is_null == wanted_null_ ? 1 : 0;
    }
    return {&out_, nullptr, column.constant};
  }

 private:
  EvaluatorPtr operand_;
  bool wanted_null_;
  Vector out_;
};

}  // namespace

EvaluatorPtr compile_logic(const bound::Operation& node, Position at, Worker& worker) {
  if (node.op == Operator::Not) {
    KITH_ASSERT(node.operands.size() == 1);
    return std::make_unique<NotEvaluator>(compile(*node.operands[0], worker), at);
  }
  KITH_ASSERT(node.operands.size() >= 2);
  if (node.op == Operator::Xor) {
    return std::make_unique<XorEvaluator>(compile(node.operands, worker), at);
  }
  return std::make_unique<JunctionEvaluator>(node, at, worker);
}

EvaluatorPtr compile_null_test(const bound::Operation& node, Worker& worker) {
  KITH_ASSERT(node.operands.size() == 1);
  return std::make_unique<NullTestEvaluator>(compile(*node.operands[0], worker),
                                             node.op == Operator::IsNull);
}

}  // namespace kith::exec
