// cypher/exec/delete.cpp: DELETE and DETACH DELETE of nodes, relationships and paths.
//
// A node may be deleted while it has relationships, as long as none is left when the statement
// ends: Transaction::end_statement() sees to that.
//
// What many batches of rows delete goes together, if the targets are variables: those that were
// read before anything went.
#include <algorithm>

#include "core/page_memory.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

class DeleteOperator final : public WritingOperator {
 public:
  DeleteOperator(const plan::Node& node, const plan::Delete& op, const Lowering& lowering)
      : WritingOperator(node, lowering), op_(op), carry_(node, lowering) {
    targets_ = compile(op.targets, *lowering.worker);
    gathers_ = std::all_of(op.targets.begin(), op.targets.end(), [](const auto& target) {
      return std::holds_alternative<bound::Variable>(target->node);
    });
  }

 private:
  void write(const Batch& in, Batch& out) override {
    columns_.clear();
    for (const auto& target : targets_) columns_.push_back(target->evaluate(in));
    const bool gathered = columns_.size() == 1 && gather(columns_.front(), in.rows);
    for (std::uint32_t row = 0; row < in.rows && !gathered; ++row) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        remove(columns_[i].cell(row), op_.targets[i]->at);
      }
    }
    const std::size_t most = transaction().rows_at_once();
    const bool full = nodes_.size() >= most || relationships_.size() >= std::min(most, kMostEdges);
    if (!gathers_ || full) remove_all();
    carry_.pass(in, out);
  }
  void finish() override { remove_all(); }

  // Of a column of ids without nulls: all rows.
  bool gather(const Column& column, std::uint32_t rows) {
    const Vector& vector = *column.vector;
    if (vector.may_have_nulls()) return false;
    if (vector.type() == VectorType::Node) return append(column, rows, nodes_);
    return vector.type() == VectorType::Relationship && append(column, rows, relationships_);
  }
  template <class I>
  static bool append(const Column& column, std::uint32_t rows, std::vector<I>& to) {
    const auto* ids = column.vector->data<std::uint64_t>();
    make_room(to, rows);
    for (std::uint32_t row = 0; row < rows; ++row) to.push_back(I{ids[column.at(row)]});
    return true;
  }

  void remove(const Cell& target, Position at) {
    switch (target.kind) {
      case Kind::Null:
        return;
      case Kind::Node:
        return nodes_.push_back(target.node());
      case Kind::Relationship:
        return relationships_.push_back(target.relationship());
      case Kind::Path:
        for (std::uint64_t i = 0; i < target.path->length; ++i) {
          relationships_.push_back(target.path->relationships[i]);
        }
        for (std::uint64_t i = 0; i <= target.path->length; ++i) {
          nodes_.push_back(target.path->nodes[i]);
        }
        return;
      default:
        throw TypeError("InvalidArgumentType",
                        "DELETE needs a NODE, a RELATIONSHIP or a PATH, not a value of type " +
                            std::string(kind_name(target.kind)),
                        at);
    }
  }

  // What is there twice goes once, and the order does not matter: relationships first.
  void remove_all() {
    if (!relationships_.empty()) transaction().delete_relationships(relationships_);
    if (!nodes_.empty()) transaction().delete_nodes(nodes_, op_.detach);
    relationships_.clear();
    nodes_.clear();
    execution().deleted();
  }

  // Relationships need not go by the million, as nodes: what is noted of so many is memory anew.
  static constexpr std::size_t kMostEdges = 512 * 1024;

  const plan::Delete& op_;
  Carry carry_;
  std::vector<EvaluatorPtr> targets_;
  std::vector<Column> columns_;
  bool gathers_ = false;                       // no target depends on what has gone
  std::vector<RelationshipId> relationships_;  // to go
  std::vector<NodeId> nodes_;                  // to go
};

}  // namespace

OperatorPtr make_delete(const plan::Node& node, const plan::Delete& op, const Lowering& lowering) {
  return std::make_unique<DeleteOperator>(node, op, lowering);
}

}  // namespace kith::exec
