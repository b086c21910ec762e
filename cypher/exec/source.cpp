// cypher/exec/source.cpp: the sources without storage: one empty row, and the rows of an Argument.
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class UnitOperator final : public Operator {
 public:
  explicit UnitOperator(const Lowering& lowering) : execution_(lowering.execution()) {}

  void open() override { done_ = false; }
  bool next(Batch& out) override {
    if (done_) return false;
    done_ = true;
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = 1;
    out.sequence = 0;
    return true;
  }

 private:
  const Execution& execution_;
  bool done_ = false;
};

class ArgumentOperator final : public Operator {
 public:
  explicit ArgumentOperator(const Lowering& lowering) : rows_(*lowering.argument) {}

  void open() override { done_ = false; }
  bool next(Batch& out) override {
    if (done_ || rows_.rows().rows == 0) return false;
    done_ = true;
    out.columns = rows_.rows().columns;
    out.rows = rows_.rows().rows;
    out.sequence = 0;
    return true;
  }

 private:
  const ArgumentRows& rows_;
  bool done_ = false;
};

}  // namespace

OperatorPtr make_unit(const Lowering& lowering) { return std::make_unique<UnitOperator>(lowering); }

OperatorPtr make_argument(const Lowering& lowering) {
  KITH_ASSERT(lowering.argument != nullptr);
  return std::make_unique<ArgumentOperator>(lowering);
}

}  // namespace kith::exec
