// cypher/exec/foreach.cpp: FOREACH: the body for each element of a list, for its effects.
#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

class ForeachOperator final : public WritingOperator {
 public:
  ForeachOperator(const plan::Node& node, const plan::Foreach& op, const Lowering& lowering)
      : WritingOperator(node, lowering),
        slot_(op.slot),
        at_(op.list->at),
        list_(compile(*op.list, *lowering.worker)),
        carry_(node, lowering) {
    Lowering own;
    own.worker = lowering.worker;
    own.shared = false;
    own.argument = &argument_;
    body_ = lower(*node.children.at(1), own);
  }

 private:
  void write(const Batch& in, Batch& out) override {
    std::vector<OwnedCell> lists;  // the body may change what they were read from
    const Column column = list_->evaluate(in);
    for (std::uint32_t row = 0; row < in.rows; ++row) lists.emplace_back(column.cell(row));
    for (std::uint32_t row = 0; row < in.rows; ++row) run_row(in, row, lists[row].cell());
    carry_.pass(in, out);
  }

  void run_row(const Batch& in, std::uint32_t row, const Cell& list) {
    if (list.is_null()) return;
    if (list.kind != Kind::List) {
      throw TypeError(
          "InvalidArgumentType",
          "FOREACH needs a LIST, not a value of type " + std::string(kind_name(list.kind)), at_);
    }
    argument_.set_row(in, row);
    for (const Cell& element : list.items()) {
      fill_narrow({&element, 1}, value_);
      argument_.set(slot_, value_);
      body_->open();
      while (body_->next(batch_)) worker().poll();
    }
  }

  Slot slot_;
  Position at_;
  EvaluatorPtr list_;
  Carry carry_;
  ArgumentRows argument_;
  OperatorPtr body_;
  Vector value_;
  Batch batch_;
};

}  // namespace

OperatorPtr make_foreach(const plan::Node& node, const plan::Foreach& op,
                         const Lowering& lowering) {
  return std::make_unique<ForeachOperator>(node, op, lowering);
}

}  // namespace kith::exec
