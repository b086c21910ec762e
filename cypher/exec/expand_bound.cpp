// cypher/exec/expand_bound.cpp: a pattern step whose relationship is known already: its ends become
// the step's nodes, or must be them.
#include <algorithm>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/trail.hpp"

namespace kith::exec {

namespace {

class ExpandBoundOperator final : public Streaming {
 public:
  ExpandBoundOperator(const plan::Node& node, const plan::ExpandBound& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        trail_(op.distinct_from),
        carry_(node, lowering),
        worker_(*lowering.worker) {}

  void open() override {
    input_->open();
    types_ = find_types(worker_.view(), op_.types);
  }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      worker_.poll();
      match();
      if (rows_.empty()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      if (!op_.from_bound) give(op_.from, from_cells_, from_, out);
      if (!op_.to_bound) give(op_.to, to_cells_, to_, out);
      return true;
    }
    return false;
  }

 private:
  static void give(Slot slot, const std::vector<Cell>& cells, Vector& vector, Batch& out) {
    fill_narrow(cells, vector);
    out.set(slot, vector);
  }

  void match() {
    rows_.clear();
    from_cells_.clear();
    to_cells_.clear();
    if (!types_) return;
    if (trail_.is_needed()) trail_.begin(in_);
    const Column& relationships = in_[op_.relationship];
    for (std::uint32_t row = 0; row < in_.rows; ++row) {
      const Cell cell = relationships.cell(row);
      if (cell.is_null()) continue;
      if (cell.kind != Kind::Relationship) {
        throw TypeError("InvalidArgumentType",
                        "the relationship of a pattern cannot be a value of type " +
                            std::string(kind_name(cell.kind)));
      }
      match_row(row, cell.relationship());
    }
  }

  void match_row(std::uint32_t row, RelationshipId id) {
    if (!worker_.view().exists(id)) return;
    const auto relationship = worker_.view().relationship(id);
    const auto& types = *types_;
    if (!types.empty() && std::find(types.begin(), types.end(), relationship.type) == types.end()) {
      return;
    }
    if (trail_.is_needed() && trail_.has(row, id.value)) return;
    if (op_.direction != Direction::In) add(row, relationship.start, relationship.end);
    const bool loop = relationship.start == relationship.end;
    if (op_.direction == Direction::In || (op_.direction == Direction::Both && !loop)) {
      add(row, relationship.end, relationship.start);
    }
  }

  void add(std::uint32_t row, NodeId from, NodeId to) {
    if (op_.from_bound && !is_node(in_[op_.from].cell(row), from)) return;
    if (op_.to_bound && !is_node(in_[op_.to].cell(row), to)) return;
    if (!op_.from_bound && !op_.to_bound && op_.from == op_.to && from != to) return;
    rows_.push_back(row);
    from_cells_.push_back(Cell::of(from));
    to_cells_.push_back(Cell::of(to));
  }

  static bool is_node(const Cell& cell, NodeId id) {
    return cell.kind == Kind::Node && cell.node() == id;
  }

  const plan::ExpandBound& op_;
  TrailCheck trail_;
  Carry carry_;
  Worker& worker_;
  std::optional<std::vector<TypeId>> types_;
  Batch in_;
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> from_cells_, to_cells_;
  Vector from_, to_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_expand_bound(const plan::Node& node, const plan::ExpandBound& op,
                              const Lowering& lowering) {
  return std::make_unique<ExpandBoundOperator>(node, op, lowering);
}

}  // namespace kith::exec
