// cypher/exec/union.cpp: the rows of several inputs, one input after the other.
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class UnionOperator final : public Operator {
 public:
  UnionOperator(const plan::Node& node, const plan::Union& op, const Lowering& lowering)
      : op_(op), execution_(lowering.execution()) {
    KITH_ASSERT(op.inputs.size() == node.children.size());
    for (const auto& child : node.children) {
      inputs_.push_back(make_gather(*child, lowering_of_inputs(node, lowering)));
    }
  }

  // Each input is opened when the one before it has ended: it may write, and then no cursor of
  // another may be open (W2).
  void open() override {
    at_ = 0;
    inputs_[0]->open();
  }

  bool next(Batch& out) override {
    while (at_ < inputs_.size()) {
      if (inputs_[at_]->next(in_)) {
        give(out);
        return true;
      }
      if (++at_ < inputs_.size()) inputs_[at_]->open();
    }
    return false;
  }

 private:
  void give(Batch& out) const {
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = in_.rows;
    out.sequence = (std::uint64_t{at_} << 48) + in_.sequence;
    for (std::size_t i = 0; i < op_.slots.size(); ++i) {
      out.columns[op_.slots[i]] = in_.columns[op_.inputs[at_][i]];
    }
  }

  const plan::Union& op_;
  Execution& execution_;
  std::vector<OperatorPtr> inputs_;
  std::size_t at_ = 0;
  Batch in_;
};

}  // namespace

OperatorPtr make_union(const plan::Node& node, const plan::Union& op, const Lowering& lowering) {
  return std::make_unique<UnionOperator>(node, op, lowering);
}

}  // namespace kith::exec
