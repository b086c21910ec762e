// cypher/exec/evaluate.cpp: from bound expressions to evaluators.
#include "cypher/exec/evaluate.hpp"

#include <string>

#include "cypher/exec/columns.hpp"
#include "cypher/plan/premises.hpp"

namespace kith::exec {

namespace {

using bound::Operator;

class ConstantEvaluator final : public Evaluator {
 public:
  explicit ConstantEvaluator(const Cell& value) { fill_narrow(std::span(&value, 1), out_); }
  Column evaluate(const Batch&) override { return {&out_, nullptr, true}; }

 private:
  Vector out_;
};

class VariableEvaluator final : public Evaluator {
 public:
  explicit VariableEvaluator(Slot slot) : slot_(slot) {}
  Column evaluate(const Batch& batch) override { return batch[slot_]; }

 private:
  Slot slot_;
};

// Or of a literal that the plan leaves open. Its value is another one each time the run begins.
class ParameterEvaluator final : public Evaluator {
 public:
  ParameterEvaluator(const bound::Parameter& node, Position at, const Execution& execution)
      : node_(node), at_(at), execution_(execution) {
    read();
  }
  Column evaluate(const Batch&) override {
    if (read_at_ != execution_.times_begun) read();
    return {&out_, nullptr, true};
  }

 private:
  void read() {
    const Cell value = node_.is_literal() ? plan::value_of_literal(node_, execution_.literals)
                                          : value_of_parameter();
    fill_narrow(std::span(&value, 1), out_);
    read_at_ = execution_.times_begun;
  }
  Cell value_of_parameter() const {
    const auto found = execution_.parameters.find(node_.name);
    if (found == execution_.parameters.end()) missing_parameter(node_.name, at_);
    return found->second;
  }

  const bound::Parameter& node_;  // the plan's
  Position at_;
  const Execution& execution_;
  std::uint32_t read_at_ = 0;
  Vector out_;
};

EvaluatorPtr compile_operation(const bound::Operation& node, Position at, Worker& worker) {
  switch (node.op) {
    case Operator::Not:
    case Operator::And:
    case Operator::Or:
    case Operator::Xor:
      return compile_logic(node, at, worker);
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual:
      return compile_comparison(node, at, worker);
    case Operator::Add:
    case Operator::Subtract:
    case Operator::Multiply:
    case Operator::Divide:
    case Operator::Modulo:
    case Operator::Power:
    case Operator::Negate:
    case Operator::Concat:
      return compile_arithmetic(node, at, worker);
    case Operator::In:
      return compile_in(node, at, worker);
    case Operator::StartsWith:
    case Operator::EndsWith:
    case Operator::Contains:
      return compile_text_test(node, at, worker);
    case Operator::Matches:
      return compile_matches(node, at, worker);
    case Operator::IsNull:
    case Operator::IsNotNull:
      return compile_null_test(node, worker);
  }
  KITH_ASSERT(false && "an operator that does not exist");
  return nullptr;
}

}  // namespace

void missing_parameter(const std::string& name, Position at) {
  throw QueryError("ParameterMissing", "MissingParameter",
                   "the parameter $" + name + " was not given", at, Phase::CompileTime);
}

EvaluatorPtr compile(const bound::Expression& expression, Worker& worker) {
  const Position at = expression.at;
  return std::visit(
      Overload{
          [&](const bound::Constant& n) -> EvaluatorPtr {
            return std::make_unique<ConstantEvaluator>(n.value.cell());
          },
          [&](const bound::Parameter& n) -> EvaluatorPtr {
            return std::make_unique<ParameterEvaluator>(n, at, worker.execution());
          },
          [&](const bound::Variable& n) -> EvaluatorPtr {
            return std::make_unique<VariableEvaluator>(n.slot);
          },
          [&](const bound::Property& n) { return compile_property(n, at, worker); },
          [&](const bound::Index& n) { return compile_index(n, at, worker); },
          [&](const bound::Slice& n) { return compile_slice(n, at, worker); },
          [&](const bound::List& n) { return compile_list(n, worker); },
          [&](const bound::Map& n) { return compile_map(n, worker); },
          [&](const bound::MapProjection& n) { return compile_map_projection(n, at, worker); },
          [&](const bound::Operation& n) { return compile_operation(n, at, worker); },
          [&](const bound::HasLabels& n) { return compile_has_labels(n, at, worker); },
          [&](const bound::TypePredicate& n) { return compile_type_predicate(n, at, worker); },
          [&](const bound::Call& n) { return compile_call(n, at, worker); },
          [&](const bound::Case& n) { return compile_case(n, worker); },
          [&](const bound::ListComprehension& n) {
            return compile_list_comprehension(n, at, worker);
          },
          [&](const bound::Quantifier& n) { return compile_quantifier(n, at, worker); },
          [&](const bound::Reduce& n) { return compile_reduce(n, at, worker); },
          [&](const bound::MakePath& n) { return compile_path(n, worker); },
          [&](const bound::Subquery& n) { return compile_subquery(n, worker); },
          [&](const bound::Tried& n) { return compile_tried(n, at, worker); },
      },
      expression.node);
}

std::vector<EvaluatorPtr> compile(std::span<const bound::ExpressionPtr> expressions,
                                  Worker& worker) {
  std::vector<EvaluatorPtr> result;
  result.reserve(expressions.size());
  for (const auto& expression : expressions) result.push_back(compile(*expression, worker));
  return result;
}

Column Narrowed::evaluate(const Batch& batch, std::span<const std::uint32_t> rows) {
  KITH_ASSERT(!rows.empty() && rows.size() <= batch.rows);
  if (rows.size() == batch.rows) return evaluator_->evaluate(batch);
  present_.clear();
  for (const Slot slot : slots_) {
    if (batch.columns[slot].is_set()) present_.push_back(slot);
  }
  picker_.pick(batch, rows, present_, picked_);
  return evaluator_->evaluate(picked_);
}

Cell evaluate_once(const bound::Expression& expression, Worker& worker, Arena& arena) {
  Batch unit(worker.execution().slot_count);
  unit.rows = 1;
  const auto evaluator = compile(expression, worker);
  return copy_into(arena, evaluator->evaluate(unit).cell(0));
}

}  // namespace kith::exec
