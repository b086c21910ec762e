// cypher/exec/store_count.cpp: how many nodes or relationships there are: one row, from the counts
// that the store keeps.
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class StoreCountOperator final : public Operator {
 public:
  StoreCountOperator(const plan::StoreCount& op, const Lowering& lowering)
      : op_(op), execution_(lowering.execution()) {}

  void open() override { done_ = false; }
  bool next(Batch& out) override {
    if (done_) return false;
    done_ = true;
    count_.reset(VectorType::Integer, 1);
    count_.data<std::int64_t>()[0] = static_cast<std::int64_t>(count());
    out.columns.assign(execution_.slot_count, Column{});
    out.rows = 1;
    out.sequence = 0;
    out.set(op_.slot, count_);
    return true;
  }

 private:
  std::uint64_t count() const {
    const auto& view = execution_.view;
    if (!op_.name) return op_.relationships ? view.relationship_count() : view.node_count();
    if (op_.relationships) {
      const auto type = view.catalog().find_type(*op_.name);
      return type ? view.relationship_count(*type) : 0;
    }
    const auto label = view.catalog().find_label(*op_.name);
    return label ? view.node_count(*label) : 0;
  }

  const plan::StoreCount& op_;
  Execution& execution_;
  bool done_ = false;
  Vector count_;
};

}  // namespace

OperatorPtr make_store_count(const plan::StoreCount& op, const Lowering& lowering) {
  return std::make_unique<StoreCountOperator>(op, lowering);
}

}  // namespace kith::exec
