// cypher/exec/evaluate_logic.cpp: NOT, AND, OR, XOR, IS NULL: three-valued.
//
// AND and OR evaluate an operand only for the rows that the operands before it have not decided.
#include <algorithm>
#include <cstring>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

// Eight truths, a byte each, OR and AND eight others.
constexpr std::uint64_t kLowBits = 0x0101010101010101;
std::uint64_t either_of_eight(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t any = a | b;  // True (1) outdoes Unknown (2)
  return any & ~((any & kLowBits) << 1);
}
std::uint64_t both_of_eight(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t neither_false = (a | a >> 1) & (b | b >> 1) & kLowBits;
  const std::uint64_t any = (a | b) & neither_false * 3;  // Unknown outdoes True
  return any & ~(any >> 1 & kLowBits);
}
static_assert(static_cast<int>(Truth::False) == 0 && static_cast<int>(Truth::True) == 1 &&
              static_cast<int>(Truth::Unknown) == 2);

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
    for (const auto& operand : node.operands) {
      operands_.push_back({Narrowed(*operand, worker), may_always_run(*operand)});
    }
  }

  Column evaluate(const Batch& batch) override {
    const Truth neutral = decisive_ == Truth::False ? Truth::True : Truth::False;
    truths_.assign(batch.rows, neutral);
    values_.resize(batch.rows);
    std::size_t undecided = batch.rows;
    for (Operand& operand : operands_) {
      if (undecided == 0) break;
      // Picking most of the rows costs more than what it saves.
      if (operand.may_always_run && undecided >= batch.rows / 2) {
        take_all(operand.value, batch);
      } else {
        take_open(operand.value, batch);
      }
      undecided = count_undecided();
    }
    write_truths(truths_, out_);
    return {&out_, nullptr, false};
  }

 private:
  struct Operand {
    Narrowed value;
    bool may_always_run;
  };

  // It cannot fail, nor be something else than a truth, and nobody can tell for which rows it was
  // asked.
  static bool may_always_run(const bound::Expression& operand) {
    return !plan::condition_can_fail(operand) && !plan::is_volatile(operand) &&
           !plan::has_subquery(operand);
  }

  void take_all(Narrowed& operand, const Batch& batch) {
    every_row_.resize(batch.rows);
    read_truths(operand.evaluate(batch, every_row_), batch.rows, values_, at_);
    std::uint32_t i = 0;
    for (; i + 8 <= batch.rows; i += 8) {
      std::uint64_t a = 0, b = 0;
      std::memcpy(&a, &truths_[i], 8);
      std::memcpy(&b, &values_[i], 8);
      a = decisive_ == Truth::True ? either_of_eight(a, b) : both_of_eight(a, b);
      std::memcpy(&truths_[i], &a, 8);
    }
    for (; i < batch.rows; ++i) truths_[i] = both(truths_[i], values_[i]);
  }
  void take_open(Narrowed& operand, const Batch& batch) {
    open_.resize(batch.rows);
    std::uint32_t rows = 0;  // no branches: which rows are open is hard to foresee
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      open_[rows] = i;
      rows += truths_[i] != decisive_ ? 1 : 0;
    }
    open_.resize(rows);
    read_truths(operand.evaluate(batch, open_), rows, std::span(values_).first(rows), at_);
    for (std::uint32_t i = 0; i < rows; ++i) {
      truths_[open_[i]] = both(truths_[open_[i]], values_[i]);
    }
  }
  std::size_t count_undecided() const {
    const std::uint64_t decided = decisive_ == Truth::True ? kLowBits : 0;
    std::size_t count = 0, i = 0;
    for (; i + 8 <= truths_.size(); i += 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, &truths_[i], 8);
      eight ^= decided;
      count += ((eight | eight >> 1) & kLowBits) * kLowBits >> 56;  // its bytes, summed up
    }
    for (; i < truths_.size(); ++i) count += truths_[i] != decisive_ ? 1 : 0;
    return count;
  }
  Truth both(Truth a, Truth b) const {
    if (a == decisive_ || b == decisive_) return decisive_;
    return b == Truth::Unknown ? b : a;
  }

  Truth decisive_;
  Position at_;
  std::vector<Operand> operands_;
  std::vector<Truth> truths_, values_;
  std::vector<std::uint32_t> open_;       // rows not yet decided
  std::vector<std::uint32_t> every_row_;  // as many as the batch has: none is picked
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

// The same of a property of a variable: where that is an element, its value is not read.
class PresenceEvaluator final : public Evaluator {
 public:
  PresenceEvaluator(const bound::Expression& operand, bool wanted_null, Worker& worker)
      : property_(std::get<bound::Property>(operand.node)),
        at_(operand.at),
        subject_(compile(*property_.subject, worker)),
        presence_(property_.key, worker),
        by_value_(compile(operand, worker), wanted_null),
        wanted_null_(wanted_null) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const VectorType type = subject.vector->type();
    const bool is_element = type == VectorType::Node || type == VectorType::Relationship;
    if (!is_element || subject.constant) return by_value_.evaluate(batch);
    const Column found = presence_.read_presence(subject, batch.rows, at_);
    if (!wanted_null_) return found;
    const auto* present = found.vector->data<std::uint8_t>();
    out_.reset(VectorType::Boolean, batch.rows);
    auto* values = out_.data<std::uint8_t>();
    for (std::uint32_t i = 0; i < batch.rows; ++i) values[i] = present[i] ^ 1u;
    return {&out_, nullptr, false};
  }

 private:
  const bound::Property& property_;
  Position at_;
  EvaluatorPtr subject_;
  ElementProperty presence_;
  NullTestEvaluator by_value_;
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
  const bound::Expression& operand = *node.operands[0];
  const bool wanted_null = node.op == Operator::IsNull;
  const auto* property = std::get_if<bound::Property>(&operand.node);
  if (property != nullptr && std::holds_alternative<bound::Variable>(property->subject->node)) {
    return std::make_unique<PresenceEvaluator>(operand, wanted_null, worker);
  }
  return std::make_unique<NullTestEvaluator>(compile(operand, worker), wanted_null);
}

}  // namespace kith::exec
