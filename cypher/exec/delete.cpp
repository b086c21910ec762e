// cypher/exec/delete.cpp: DELETE and DETACH DELETE of nodes, relationships and paths.
//
// A node may be deleted while it has relationships, as long as none is left when the statement
// ends: Transaction::end_statement() sees to that.
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

class DeleteOperator final : public WritingOperator {
 public:
  DeleteOperator(const plan::Node& node, const plan::Delete& op, const Lowering& lowering)
      : WritingOperator(node, lowering), op_(op), carry_(node, lowering) {
    targets_ = compile(op.targets, *lowering.worker);
  }

 private:
  void write(const Batch& in, Batch& out) override {
    columns_.clear();
    for (const auto& target : targets_) columns_.push_back(target->evaluate(in));
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        remove(columns_[i].cell(row), op_.targets[i]->at);
      }
    }
    execution().deleted();
    carry_.pass(in, out);
  }

  void remove(const Cell& target, Position at) {
    switch (target.kind) {
      case Kind::Null:
        return;
      case Kind::Node:
        return remove_node(target.node());
      case Kind::Relationship:
        return remove_relationship(target.relationship());
      case Kind::Path:
        for (std::uint64_t i = 0; i < target.path->length; ++i) {
          remove_relationship(target.path->relationships[i]);
        }
        for (std::uint64_t i = 0; i <= target.path->length; ++i) {
          remove_node(target.path->nodes[i]);
        }
        return;
      default:
        throw TypeError("InvalidArgumentType",
                        "DELETE needs a NODE, a RELATIONSHIP or a PATH, not a value of type " +
                            std::string(kind_name(target.kind)),
                        at);
    }
  }

  void remove_node(NodeId node) {
    if (op_.detach) {
      transaction().detach_delete_node(node);
    } else {
      transaction().delete_node(node);
    }
  }

  void remove_relationship(RelationshipId id) {
    const auto& view = worker().view();
    if (!view.exists(id)) return;
    execution().types_of_deleted.try_emplace(id.value,
                                             view.catalog().name(view.relationship(id).type));
    transaction().delete_relationship(id);
  }

  const plan::Delete& op_;
  Carry carry_;
  std::vector<EvaluatorPtr> targets_;
  std::vector<Column> columns_;
};

}  // namespace

OperatorPtr make_delete(const plan::Node& node, const plan::Delete& op, const Lowering& lowering) {
  return std::make_unique<DeleteOperator>(node, op, lowering);
}

}  // namespace kith::exec
