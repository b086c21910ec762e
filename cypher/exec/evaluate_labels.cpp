// cypher/exec/evaluate_labels.cpp: n:A|B, r:T and x IS :: TYPE.
#include <algorithm>
#include <map>
#include <string>

#include "cypher/exec/dynamic_names.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/type_pattern.hpp"

namespace kith::exec {

namespace {

using bound::LabelExpression;

// A label expression over many nodes: one byte a node.
class NodeLabels {
 public:
  using Bytes = std::vector<std::uint8_t>;

  explicit NodeLabels(Worker& worker) : worker_(worker) {}

  void test(const LabelExpression& e, std::span<const std::uint64_t> nodes, Bytes& out) {
    const storage::View& view = worker_.view();
    out.assign(nodes.size(), 0);
    switch (e.op) {
      case LabelExpression::Op::Name:
        if (auto* reader = reader_of(e.name)) reader->read(nodes, out);
        return;
      case LabelExpression::Op::Any:
        for (std::size_t i = 0; i < nodes.size(); ++i) {
          out[i] = view.labels_of(NodeId{nodes[i]}).empty() ? 0 : 1;
        }
        return;
      case LabelExpression::Op::Not:
        test(e.operands.at(0), nodes, out);
        for (auto& byte : out) byte = byte == 0 ? 1 : 0;
        return;
      case LabelExpression::Op::Dynamic:
        KITH_ASSERT(false && "values of names are resolved");
        return;
      case LabelExpression::Op::And:
      case LabelExpression::Op::Or:
        junction(e, nodes, out);
        return;
    }
  }

 private:
  // Null: nobody has it.
  storage::LabelReader* reader_of(const std::string& name) {
    const auto make = [&]() -> std::unique_ptr<storage::LabelReader> {
      const auto label = worker_.view().catalog().find_label(name);
      if (!label) return nullptr;
      return std::make_unique<storage::LabelReader>(worker_.view(), *label);
    };
    return readers_[name].get(worker_.execution(), make);
  }

  void junction(const LabelExpression& e, std::span<const std::uint64_t> nodes, Bytes& out) {
    const bool all = e.op == LabelExpression::Op::And;
    out.assign(nodes.size(), all ? 1 : 0);
    Bytes one;
    for (const auto& operand : e.operands) {
      test(operand, nodes, one);
      combine(all, one, out);
    }
  }
  static void combine(bool all, const Bytes& more, Bytes& out) {
    const std::uint8_t* __restrict from = more.data();
    std::uint8_t* __restrict to = out.data();
    const std::size_t size = out.size();
    if (all) {
      for (std::size_t i = 0; i < size; ++i) to[i] &= from[i];
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] |= from[i];
    }
  }

  Worker& worker_;
  std::map<std::string, PerState<storage::LabelReader>, std::less<>> readers_;  // by label
};

bool type_matches(const LabelExpression& e, std::string_view type) {
  switch (e.op) {
    case LabelExpression::Op::Name:
      return e.name == type;
    case LabelExpression::Op::Any:
      return true;
    case LabelExpression::Op::Not:
      return !type_matches(e.operands.at(0), type);
    case LabelExpression::Op::Dynamic:
      KITH_ASSERT(false && "values of names are resolved");
      return false;
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

// A label expression with the values of its names in their places.
class ResolvedLabels {
 public:
  ResolvedLabels(const LabelExpression& expression, Worker& worker) : expression_(expression) {
    collect(expression, worker);
  }

  bool is_plain() const { return values_.empty(); }  // it names all its labels
  // Evaluates the names; true if they are the same for all rows.
  bool evaluate(const Batch& batch) {
    columns_.clear();
    for (const auto& value : values_) columns_.push_back(value->evaluate(batch));
    return std::all_of(columns_.begin(), columns_.end(),
                       [](const Column& column) { return column.constant; });
  }
  const LabelExpression& of(std::uint32_t row) {
    if (is_plain()) return expression_;
    std::size_t next = 0;
    resolved_ = resolve(expression_, row, next);
    return resolved_;
  }

 private:
  void collect(const LabelExpression& e, Worker& worker) {
    if (e.value) values_.push_back(compile(*e.value, worker));
    for (const auto& operand : e.operands) collect(operand, worker);
  }

  LabelExpression resolve(const LabelExpression& e, std::uint32_t row, std::size_t& next) const {
    LabelExpression result;
    result.op = e.op;
    result.name = e.name;
    if (e.value) {
      result.op = e.one_of ? LabelExpression::Op::Or : LabelExpression::Op::And;
      for (const auto name : names_of(columns_[next++].cell(row), e.value->at)) {
        result.operands.push_back(
            {LabelExpression::Op::Name, std::string(name), nullptr, false, {}});
      }
    }
    for (const auto& operand : e.operands) result.operands.push_back(resolve(operand, row, next));
    return result;
  }

  const LabelExpression& expression_;
  std::vector<EvaluatorPtr> values_;  // as the expression is walked
  std::vector<Column> columns_;
  LabelExpression resolved_;
};

class HasLabelsEvaluator final : public Evaluator {
 public:
  HasLabelsEvaluator(const bound::HasLabels& node, Position at, Worker& worker)
      : subject_(compile(*node.subject, worker)),
        labels_(node.labels, worker),
        at_(at),
        worker_(worker),
        tests_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const bool is_same = labels_.is_plain() || labels_.evaluate(batch);
    const bool constant = subject.constant && is_same;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    if (is_same) expression_ = &labels_.of(0);
    if (is_same && subject.vector->type() == VectorType::Node) {
      nodes(subject, rows);
    } else {
      cells(subject, rows, is_same);
    }
    return {&out_, nullptr, constant};
  }

 private:
  void nodes(const Column& subject, std::uint32_t rows) {
    ids_.read(subject, rows, Kind::Node, "the subject of a label test");
    if (worker_.execution().has_deletions()) {
      for (std::uint32_t i = 0; i < rows; ++i) {
        if (ids_.is_valid(i)) check_alive(worker_, Cell::of(NodeId{ids_.ids()[i]}), at_);
      }
    }
    tests_.test(*expression_, ids_.ids(), bytes_);
    out_.reset(VectorType::Boolean, rows);
    std::copy(bytes_.begin(), bytes_.end(), out_.data<std::uint8_t>());
    copy_nulls(subject, rows, out_);
  }

  void cells(const Column& subject, std::uint32_t rows, bool is_same) {
    out_.reset(VectorType::Boolean, rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell cell = subject.cell(i);
      out_.data<std::uint8_t>()[i] = 0;
      if (!is_same) expression_ = &labels_.of(i);
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
      tests_.test(*expression_, {&id, 1}, bytes_);
      return bytes_[0] != 0;
    }
    if (cell.kind == Kind::Relationship) {
      check_alive(worker_, cell, at_);
      return type_matches(*expression_,
                          view.catalog().name(storage::type_of(view, cell.relationship())));
    }
    throw TypeError("InvalidArgumentType",
                    "only a NODE or a RELATIONSHIP has labels, not a value of type " +
                        std::string(kind_name(cell.kind)),
                    at_);
  }

  EvaluatorPtr subject_;
  ResolvedLabels labels_;
  const LabelExpression* expression_ = nullptr;  // of the row, or of all rows
  Position at_;
  Worker& worker_;
  NodeLabels tests_;
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
