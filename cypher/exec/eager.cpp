// cypher/exec/eager.cpp: reads all of its input before it gives the first row.
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_source.hpp"

namespace kith::exec {

namespace {

class EagerOperator final : public RowSource {
 public:
  EagerOperator(const plan::Node& node, const Lowering& lowering)
      : RowSource(node, lowering, emitted(node)),
        live_(node.live),
        input_(lower_input(node, lowering)) {}

 private:
  static std::vector<Emitted> emitted(const plan::Node& node) {
    std::vector<Emitted> columns;
    for (const Slot slot : node.live) columns.push_back({slot, columns.size()});
    return columns;
  }

  void compute(Rows& rows) override {
    rows.owners.push_back(std::make_unique<RowBuffer>(live_.size(), execution().budget, "Eager"));
    input_->open();
    Batch in(execution().slot_count);
    std::vector<Column> columns;
    while (input_->next(in)) {
      columns.clear();
      for (const Slot slot : live_) columns.push_back(in[slot]);
      rows.owners[0]->append(columns, in.rows);
    }
    rows.order = std::move(rows.owners[0]->pointers());
  }

  std::vector<Slot> live_;
  OperatorPtr input_;
};

}  // namespace

OperatorPtr make_eager(const plan::Node& node, const Lowering& lowering) {
  return std::make_unique<EagerOperator>(node, lowering);
}

}  // namespace kith::exec
