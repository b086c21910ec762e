// cypher/exec/evaluate.hpp: expressions over batches.
//
// compile() makes an evaluator of an expression; it owns what it needs for its results (vectors,
// property readers, compiled patterns), so each worker compiles its own.
//
//   V1  evaluate(batch) gives a column whose row i is the value for row i of the batch. It is valid
//       until the next evaluate() of the same evaluator, or until the batch's columns change.
//   V2  A batch given to evaluate() has at least one row.
//   V3  Operands that may not be needed (right sides of AND and OR, arms of CASE, arguments of
//       coalesce) are evaluated for those rows only that need them: see Narrowed.
//
// evaluate.cpp compiles; evaluate_<family>.cpp hold the evaluators.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/compare.hpp"
#include "core/vector.hpp"
#include "cypher/bind/expression.hpp"
#include "cypher/bind/walk.hpp"
#include "cypher/exec/context.hpp"

namespace kith::exec {

class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual Column evaluate(const Batch& batch) = 0;
};
using EvaluatorPtr = std::unique_ptr<Evaluator>;

// Memory for values that an evaluator makes, charged to the query.
class ValueArena : public Arena {
 public:
  explicit ValueArena(Worker& worker) { charge_to(worker.execution().budget); }
};

EvaluatorPtr compile(const bound::Expression& expression, Worker& worker);
std::vector<EvaluatorPtr> compile(std::span<const bound::ExpressionPtr> expressions,
                                  Worker& worker);

// An expression evaluated for some rows of a batch.
class Narrowed {
 public:
  Narrowed(const bound::Expression& expression, Worker& worker)
      : slots_(bound::free_slots(expression)), evaluator_(compile(expression, worker)) {}

  // Row i of the result is row rows[i] of the batch; `rows` ascend and are not empty.
  Column evaluate(const Batch& batch, std::span<const std::uint32_t> rows);

 private:
  std::vector<Slot> slots_, present_;
  EvaluatorPtr evaluator_;
  RowPicker picker_;
  Batch picked_;
};

// The value of an expression that reads no variables (SKIP, LIMIT), copied into `arena`.
Cell evaluate_once(const bound::Expression& expression, Worker& worker, Arena& arena);

// ---- the families
EvaluatorPtr compile_logic(const bound::Operation& node, Position at, Worker& worker);
EvaluatorPtr compile_null_test(const bound::Operation& node, Worker& worker);
EvaluatorPtr compile_comparison(const bound::Operation& node, Position at, Worker& worker);
EvaluatorPtr compile_in(const bound::Operation& node, Position at, Worker& worker);
EvaluatorPtr compile_text_test(const bound::Operation& node, Position at, Worker& worker);
EvaluatorPtr compile_matches(const bound::Operation& node, Position at, Worker& worker);
EvaluatorPtr compile_arithmetic(const bound::Operation& node, Position at, Worker& worker);
EvaluatorPtr compile_property(const bound::Property& node, Position at, Worker& worker);
EvaluatorPtr compile_index(const bound::Index& node, Position at, Worker& worker);
EvaluatorPtr compile_slice(const bound::Slice& node, Position at, Worker& worker);
EvaluatorPtr compile_has_labels(const bound::HasLabels& node, Position at, Worker& worker);
EvaluatorPtr compile_type_predicate(const bound::TypePredicate& node, Position at, Worker& worker);
EvaluatorPtr compile_list(const bound::List& node, Worker& worker);
EvaluatorPtr compile_map(const bound::Map& node, Worker& worker);
EvaluatorPtr compile_map_projection(const bound::MapProjection& node, Position at, Worker& worker);
EvaluatorPtr compile_path(const bound::MakePath& node, Worker& worker);
EvaluatorPtr compile_call(const bound::Call& node, Position at, Worker& worker);
// The evaluator of a call, or one that makes moments of many counts since the epoch before it asks
// that one.
EvaluatorPtr with_epoch(const bound::Call& node, EvaluatorPtr call, Worker& worker);
EvaluatorPtr compile_case(const bound::Case& node, Worker& worker);
EvaluatorPtr compile_list_comprehension(const bound::ListComprehension& node, Position at,
                                        Worker& worker);
EvaluatorPtr compile_quantifier(const bound::Quantifier& node, Position at, Worker& worker);
EvaluatorPtr compile_reduce(const bound::Reduce& node, Position at, Worker& worker);
EvaluatorPtr compile_tried(const bound::Tried& node, Position at, Worker& worker);
EvaluatorPtr compile_subquery(const bound::Subquery& node, Worker& worker);

// Runs `work`; an error of data that has no position gets this one.
template <class Work>
decltype(auto) at_position(Position at, Work&& work) {
  try {
    return work();
  } catch (const TypeError& e) {
    if (e.line() != 0) throw;
    throw TypeError(e.detail(), e.what(), at, e.phase());
  } catch (const QueryError& e) {
    if (e.line() != 0) throw;
    throw QueryError(e.type(), e.detail(), e.what(), at, e.phase(), e.retryable());
  }
}

// `a + b`, `a - b` … of two cells, as openCypher has it; null if one is null.
Cell arithmetic(bound::Operator op, const Cell& a, const Cell& b, Arena& arena, Position at);
[[noreturn]] void missing_parameter(const std::string& name, Position at);
// Whether a value of a list equals another, for IN.
Truth contains(std::span<const Cell> items, const Cell& wanted);

}  // namespace kith::exec
