// cypher/exec/by_id.cpp: nodes and relationships by their ids: an integer, or a list of them.
#include <algorithm>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class ByIdOperator final : public Streaming {
 public:
  ByIdOperator(const plan::Node& node, Kind kind, Slot slot, const bound::Expression& ids,
               const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        kind_(kind),
        slot_(slot),
        ids_(compile(ids, *lowering.worker)),
        carry_(node, lowering),
        execution_(lowering.execution()) {}

  void open() override { input_->open(); }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      execution_.poll();
      find();
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      fill_narrow(found_, values_);
      out.set(slot_, values_);
      return true;
    }
    return false;
  }

 private:
  void find() {
    rows_.clear();
    found_.clear();
    const Column ids = ids_->evaluate(in_);
    for (std::uint32_t row = 0; row < in_.rows; ++row) {
      const Cell cell = ids.cell(row);
      if (cell.kind != Kind::List) {
        add(cell, row);
        continue;
      }
      // each element once, as `id(n) IN list` is true once
      std::vector<Cell> items(cell.items().begin(), cell.items().end());
      std::erase_if(items, [](const Cell& item) { return item.kind != Kind::Integer; });
      std::sort(items.begin(), items.end(),
                [](const Cell& a, const Cell& b) { return a.integer < b.integer; });
      const auto end = std::unique(items.begin(), items.end(), [](const Cell& a, const Cell& b) {
        return a.integer == b.integer;
      });
      std::for_each(items.begin(), end, [&](const Cell& item) { add(item, row); });
    }
  }

  void add(const Cell& id, std::uint32_t row) {
    if (id.kind != Kind::Integer || id.integer < 0) return;
    const auto number = static_cast<std::uint64_t>(id.integer);
    const auto& view = execution_.view;
    const bool is_node = kind_ == Kind::Node;
    if (is_node ? !view.exists(NodeId{number}) : !view.exists(RelationshipId{number})) return;
    rows_.push_back(row);
    found_.push_back(is_node ? Cell::of(NodeId{number}) : Cell::of(RelationshipId{number}));
  }

  Kind kind_;
  Slot slot_;
  EvaluatorPtr ids_;
  Carry carry_;
  Execution& execution_;
  Batch in_;
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> found_;
  Vector values_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_by_id(const plan::Node& node, const plan::NodeById& op, const Lowering& lowering) {
  return std::make_unique<ByIdOperator>(node, Kind::Node, op.node, *op.ids, lowering);
}

OperatorPtr make_by_id(const plan::Node& node, const plan::RelationshipById& op,
                       const Lowering& lowering) {
  return std::make_unique<ByIdOperator>(node, Kind::Relationship, op.relationship, *op.ids,
                                        lowering);
}

}  // namespace kith::exec
