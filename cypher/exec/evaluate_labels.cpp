// cypher/exec/evaluate_labels.cpp: n:A|B, r:T and x IS :: TYPE.
#include <algorithm>
#include <string>

#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/type_pattern.hpp"

namespace kith::exec {

namespace {

using bound::LabelExpression;

// A label expression over many nodes: one byte a node.
class NodeLabels {
 public:
  explicit NodeLabels(const LabelExpression& expression) : expression_(expression) {}

  void test(const storage::View& view, std::span<const std::uint64_t> nodes,
            std::vector<std::uint8_t>& out) const {
    test(expression_, view, nodes, out);
  }

 private:
  using Bytes = std::vector<std::uint8_t>;

  static void test(const LabelExpression& e, const storage::View& view,
                   std::span<const std::uint64_t> nodes, Bytes& out) {
    out.assign(nodes.size(), 0);
    switch (e.op) {
      case LabelExpression::Op::Name:
        if (const auto label = view.catalog().find_label(e.name)) {
          storage::has_label(view, *label, nodes, out);
        }
        return;
      case LabelExpression::Op::Any:
        for (std::size_t i = 0; i < nodes.size(); ++i) {
          out[i] = view.labels_of(NodeId{nodes[i]}).empty() ? 0 : 1;
        }
        return;
      case LabelExpression::Op::Not:
        test(e.operands.at(0), view, nodes, out);
        for (auto& byte : out) byte = byte == 0 ? 1 : 0;
        return;
      case LabelExpression::Op::And:
      case LabelExpression::Op::Or:
        junction(e, view, nodes, out);
        return;
    }
  }

  static void junction(const LabelExpression& e, const storage::View& view,
                       std::span<const std::uint64_t> nodes, Bytes& out) {
    const bool all = e.op == LabelExpression::Op::And;
    out.assign(nodes.size(), all ? 1 : 0);
    Bytes one;
    for (const auto& operand : e.operands) {
      test(operand, view, nodes, one);
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = all ? (out[i] & one[i]) : (out[i] | one[i]);
      }
    }
  }

  const LabelExpression& expression_;
};

bool type_matches(const LabelExpression& e, std::string_view type) {
  switch (e.op) {
    case LabelExpression::Op::Name:
      return e.name == type;
    case LabelExpression::Op::Any:
      return true;
    case LabelExpression::Op::Not:
      return !type_matches(e.operands.at(0), type);
    case LabelExpression::Op::And:
    case LabelExpression::Op::Or:
      break;
  }
  const bool all = e.op == LabelExpression::Op::And;
  for (const auto& operand : e.operands) {
    if (type_matches(operand, type) != all) return !all;
  }
  return all;
}

class HasLabelsEvaluator final : public Evaluator {
 public:
  HasLabelsEvaluator(const bound::HasLabels& node, Position at, Worker& worker)
      : subject_(compile(*node.subject, worker)),
        expression_(node.labels),
        labels_(expression_),
        at_(at),
        worker_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const std::uint32_t rows = subject.constant ? 1 : batch.rows;
    if (subject.vector->type() == VectorType::Node) {
      nodes(subject, rows);
    } else {
      cells(subject, rows);
    }
    return {&out_, nullptr, subject.constant};
  }

 private:
  void nodes(const Column& subject, std::uint32_t rows) {
    ids_.read(subject, rows, Kind::Node, "the subject of a label test");
    if (worker_.execution().has_deletions()) {
      for (std::uint32_t i = 0; i < rows; ++i) {
        if (ids_.is_valid(i)) check_alive(worker_, Cell::of(NodeId{ids_.ids()[i]}), at_);
      }
    }
    labels_.test(worker_.view(), ids_.ids(), bytes_);
    out_.reset(VectorType::Boolean, rows);
    std::copy(bytes_.begin(), bytes_.end(), out_.data<std::uint8_t>());
    copy_nulls(subject, rows, out_);
  }

  void cells(const Column& subject, std::uint32_t rows) {
    out_.reset(VectorType::Boolean, rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell cell = subject.cell(i);
      out_.data<std::uint8_t>()[i] = 0;
      if (cell.is_null()) {
        out_.set_null(i);
      } else {
        out_.data<std::uint8_t>()[i] = one(cell) ? 1 : 0;
      }
    }
  }

  bool one(const Cell& cell) {
    const auto& view = worker_.view();
    if (cell.kind == Kind::Node) {
      check_alive(worker_, cell, at_);
      const std::uint64_t id = cell.word;
      labels_.test(view, {&id, 1}, bytes_);
      return bytes_[0] != 0;
    }
    if (cell.kind == Kind::Relationship) {
      check_alive(worker_, cell, at_);
      return type_matches(expression_,
                          view.catalog().name(storage::type_of(view, cell.relationship())));
    }
    throw TypeError("InvalidArgumentType",
                    "only a NODE or a RELATIONSHIP has labels, not a value of type " +
                        std::string(kind_name(cell.kind)),
                    at_);
  }

  EvaluatorPtr subject_;
  const LabelExpression& expression_;
  NodeLabels labels_;
  Position at_;
  Worker& worker_;
  IdColumn ids_;
  std::vector<std::uint8_t> bytes_;
  Vector out_;
};

class TypePredicateEvaluator final : public Evaluator {
 public:
  TypePredicateEvaluator(EvaluatorPtr subject, cypher::TypePattern type, bool negated)
      : subject_(std::move(subject)), type_(std::move(type)), negated_(negated) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const std::uint32_t rows = subject.constant ? 1 : batch.rows;
    out_.reset(VectorType::Boolean, rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
      out_.data<std::uint8_t>()[i] = type_.matches(subject.cell(i)) != negated_ ? 1 : 0;
    }
    return {&out_, nullptr, subject.constant};
  }

 private:
  EvaluatorPtr subject_;
  cypher::TypePattern type_;
  bool negated_;
  Vector out_;
};

}  // namespace

EvaluatorPtr compile_has_labels(const bound::HasLabels& node, Position at, Worker& worker) {
  return std::make_unique<HasLabelsEvaluator>(node, at, worker);
}

EvaluatorPtr compile_type_predicate(const bound::TypePredicate& node, Position at, Worker& worker) {
  return std::make_unique<TypePredicateEvaluator>(
      compile(*node.subject, worker), cypher::TypePattern::parse(node.type, at), node.negated);
}

}  // namespace kith::exec
