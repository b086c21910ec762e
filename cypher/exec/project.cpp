// cypher/exec/project.cpp: computes columns.
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class ProjectOperator final : public Streaming {
 public:
  ProjectOperator(const plan::Node& node, const plan::Project& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)), carry_(node, lowering) {
    for (const auto& item : op.items) {
      items_.push_back({item.slot, compile(*item.value, *lowering.worker)});
    }
  }

  void open() override { input_->open(); }

  bool next(Batch& out) override {
    if (!input_->next(in_)) return false;
    values_.clear();
    for (const Item& item : items_) values_.push_back(item.value->evaluate(in_));
    carry_.pass(in_, out);
    for (std::size_t i = 0; i < items_.size(); ++i) out.columns[items_[i].slot] = values_[i];
    return true;
  }

 private:
  struct Item {
    Slot slot;
    EvaluatorPtr value;
  };

  Carry carry_;
  std::vector<Item> items_;
  Batch in_;
  std::vector<Column> values_;
};

}  // namespace

OperatorPtr make_project(const plan::Node& node, const plan::Project& op,
                         const Lowering& lowering) {
  return std::make_unique<ProjectOperator>(node, op, lowering);
}

}  // namespace kith::exec
