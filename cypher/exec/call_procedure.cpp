// cypher/exec/call_procedure.cpp: CALL: a procedure's rows for each row of the input.
#include <string>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class CallProcedureOperator final : public Operator {
 public:
  CallProcedureOperator(const plan::Node& node, const plan::CallProcedure& op,
                        const Lowering& lowering)
      : input_(lower_input(node, lowering)),
        op_(op),
        arguments_(compile(op.arguments, *lowering.worker)),
        carry_(node, lowering),
        worker_(*lowering.worker) {
    KITH_ASSERT(worker_.execution().procedures != nullptr);
    procedure_ = worker_.execution().procedures->find(op.name);
    if (procedure_ == nullptr) {
      throw Error("ProcedureError", "ProcedureNotFound", "there is no procedure " + op.name, {},
                  Phase::CompileTime);
    }
    values_.resize(op.yields.size());
  }

  void open() override { input_->open(); }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      worker_.poll();
      call_all();
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      for (std::size_t i = 0; i < op_.yields.size(); ++i) {
        cells_.clear();
        const std::uint32_t column = op_.yields[i].column;
        for (const ProcedureRow* row : results_) cells_.push_back(row->at(column).cell());
        fill_narrow(cells_, values_[i]);
        out.set(op_.yields[i].slot, values_[i]);
      }
      return true;
    }
    return false;
  }

 private:
  void call_all() {
    columns_.clear();
    for (const auto& argument : arguments_) columns_.push_back(argument->evaluate(in_));
    rows_.clear();
    results_.clear();
    given_.clear();
    arena_.reset();
    const ArenaScope scope(worker_, arena_);
    std::vector<Cell> arguments(columns_.size());
    for (std::uint32_t row = 0; row < in_.rows; ++row) {
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        arguments[i] = checked(i, columns_[i].cell(row));
      }
      given_.push_back(procedure_->run(worker_, arguments));
      if (op_.is_void) rows_.push_back(row);
      if (op_.is_void) continue;
      rows_.insert(rows_.end(), given_.back().size(), row);
    }
    if (op_.is_void) return;
    for (const auto& rows : given_) {
      for (const ProcedureRow& row : rows) results_.push_back(&row);
    }
  }

  Cell checked(std::size_t i, const Cell& cell) const {
    if (i >= procedure_->inputs.size() || cell.is_null()) return cell;
    const ProcedureField& field = procedure_->inputs[i];
    if (field.types.may_be(cell.kind)) return cell;
    if (cell.kind == Kind::Integer && field.types.may_be(Kind::Float)) {
      return Cell::of(static_cast<double>(cell.integer));
    }
    throw TypeError("InvalidArgumentType", "the argument '" + field.name + "' of " + op_.name +
                                               " is of type " + field.type + ", not " +
                                               std::string(kind_name(cell.kind)));
  }

  OperatorPtr input_;
  const plan::CallProcedure& op_;
  std::vector<EvaluatorPtr> arguments_;
  Carry carry_;
  Worker& worker_;
  std::shared_ptr<const ProcedureDef> procedure_;  // shared: may be replaced while this runs
  Batch in_;
  std::vector<Column> columns_;
  std::vector<std::vector<ProcedureRow>> given_;  // by input row
  std::vector<const ProcedureRow*> results_;
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> cells_;
  std::vector<Vector> values_;
  Arena arena_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_call_procedure(const plan::Node& node, const plan::CallProcedure& op,
                                const Lowering& lowering) {
  return std::make_unique<CallProcedureOperator>(node, op, lowering);
}

}  // namespace kith::exec
