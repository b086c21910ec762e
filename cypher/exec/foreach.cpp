// cypher/exec/foreach.cpp: FOREACH: the body for each element of a list, for its effects.
//
// A body of one clause gets the elements of many rows at once: such a clause writes in the order of
// its rows, each as if it were alone, so the elements need not come one by one. (What a subquery in
// it finds may depend on what it wrote for the element before: then they do.)
#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

bool is_one_clause(const plan::Node& body) {
  return writes(body) && !body.children.empty() &&
         std::holds_alternative<plan::Argument>(body.children[0]->op) &&
         !std::holds_alternative<plan::Foreach>(body.op);
}

class ForeachOperator final : public WritingOperator {
 public:
  ForeachOperator(const plan::Node& node, const plan::Foreach& op, const Lowering& lowering)
      : WritingOperator(node, lowering),
        slot_(op.slot),
        at_(op.list->at),
        list_(compile(*op.list, *lowering.worker)),
        at_once_(!op.asks_graph && is_one_clause(*node.children.at(1))),
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
    present_.clear();
    for (Slot slot = 0; slot < in.columns.size(); ++slot) {
      if (in.columns[slot].is_set()) present_.push_back(slot);
    }
    const std::size_t most = at_once_ ? execution().batch_rows : 1;
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      const Cell& list = lists[row].cell();
      if (list.is_null()) continue;
      if (list.kind != Kind::List) {
        run(in);
        throw TypeError(
            "InvalidArgumentType",
            "FOREACH needs a LIST, not a value of type " + std::string(kind_name(list.kind)), at_);
      }
      for (const Cell& element : list.items()) {
        rows_.push_back(row);
        elements_.push_back(element);
        if (rows_.size() == most) run(in);
      }
    }
    run(in);
    carry_.pass(in, out);
  }

  // The body for the elements so far, which are of these rows.
  void run(const Batch& in) {
    if (rows_.empty()) return;
    picker_.pick(in, rows_, present_, picked_);
    fill_narrow(elements_, value_);
    argument_.set_rows(picked_);
    argument_.set(slot_, value_);
    rows_.clear();
    elements_.clear();
    body_->open();
    while (body_->next(batch_)) worker().poll();
  }

  Slot slot_;
  Position at_;
  EvaluatorPtr list_;
  bool at_once_;
  Carry carry_;
  ArgumentRows argument_;
  OperatorPtr body_;
  std::vector<Slot> present_;
  std::vector<std::uint32_t> rows_;  // of elements_
  std::vector<Cell> elements_;
  RowPicker picker_;
  Vector value_;
  Batch picked_, batch_;
};

}  // namespace

OperatorPtr make_foreach(const plan::Node& node, const plan::Foreach& op,
                         const Lowering& lowering) {
  return std::make_unique<ForeachOperator>(node, op, lowering);
}

}  // namespace kith::exec
