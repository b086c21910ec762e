// cypher/exec/evaluate_collection.cpp: [a, b], {k: v}, subject {.*, k: v} and paths.
#include <string>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"

namespace kith::exec {

namespace {

// What the evaluators of this file share: a cell for each row, made by make_cell(row).
class RowwiseEvaluator : public Evaluator {
 public:
  explicit RowwiseEvaluator(Worker& worker) : arena_(worker) {}
  Column evaluate(const Batch& batch) final {
    arena_.reset();
    prepare(batch);
    out_.reset(VectorType::Any, batch.rows);
    for (std::uint32_t i = 0; i < batch.rows; ++i) out_.data<Cell>()[i] = make_cell(i);
    return {&out_, nullptr, false};
  }

 protected:
  virtual void prepare(const Batch& batch) = 0;
  virtual Cell make_cell(std::uint32_t row) = 0;
  ValueArena arena_;

 private:
  Vector out_;
};

class ListEvaluator final : public RowwiseEvaluator {
 public:
  ListEvaluator(std::vector<EvaluatorPtr> items, Worker& worker)
      : RowwiseEvaluator(worker), items_(std::move(items)) {}

 private:
  void prepare(const Batch& batch) override {
    columns_.clear();
    for (const auto& item : items_) columns_.push_back(item->evaluate(batch));
    cells_.resize(items_.size());
  }
  Cell make_cell(std::uint32_t row) override {
    for (std::size_t i = 0; i < columns_.size(); ++i) cells_[i] = columns_[i].cell(row);
    return make_list(arena_, cells_);
  }

  std::vector<EvaluatorPtr> items_;
  std::vector<Column> columns_;
  std::vector<Cell> cells_;
};

class MapEvaluator final : public RowwiseEvaluator {
 public:
  MapEvaluator(const bound::Map& node, Worker& worker) : RowwiseEvaluator(worker) {
    for (const auto& [key, value] : node.entries) {
      entries_.push_back({key, Cell::null()});
      values_.push_back(compile(*value, worker));
    }
  }

 private:
  void prepare(const Batch& batch) override {
    columns_.clear();
    for (const auto& value : values_) columns_.push_back(value->evaluate(batch));
  }
  Cell make_cell(std::uint32_t row) override {
    for (std::size_t i = 0; i < columns_.size(); ++i) entries_[i].value = columns_[i].cell(row);
    return make_map(arena_, entries_);
  }

  std::vector<MapEntry> entries_;  // keys point into the plan
  std::vector<EvaluatorPtr> values_;
  std::vector<Column> columns_;
};

class MapProjectionEvaluator final : public RowwiseEvaluator {
 public:
  MapProjectionEvaluator(const bound::MapProjection& node, Position at, Worker& worker)
      : RowwiseEvaluator(worker),
        node_(node),
        subject_(compile(*node.subject, worker)),
        at_(at),
        worker_(worker) {
    for (const auto& item : node.items) {
      values_.push_back(item.all ? nullptr : compile(*item.value, worker));
    }
  }

 private:
  void prepare(const Batch& batch) override {
    subjects_ = subject_->evaluate(batch);
    columns_.clear();
    for (const auto& value : values_) {
      columns_.push_back(value ? value->evaluate(batch) : Column{});
    }
  }

  Cell make_cell(std::uint32_t row) override {
    const Cell subject = subjects_.cell(row);
    if (subject.is_null()) return subject;
    entries_.clear();
    for (std::size_t i = 0; i < node_.items.size(); ++i) {
      if (node_.items[i].all) {
        add_all(subject);
      } else {
        entries_.push_back({node_.items[i].key, columns_[i].cell(row)});
      }
    }
    return make_map(arena_, entries_);
  }

  void add_all(const Cell& subject) {
    if (subject.kind == Kind::Map) {
      entries_.insert(entries_.end(), subject.entries().begin(), subject.entries().end());
      return;
    }
    if (subject.kind != Kind::Node && subject.kind != Kind::Relationship) {
      throw TypeError(
          "InvalidArgumentType",
          "a map projection needs a MAP, a NODE or a RELATIONSHIP, not a value of type " +
              std::string(kind_name(subject.kind)),
          at_);
    }
    check_alive(worker_, subject, at_);
    const auto& view = worker_.view();
    const auto properties = subject.kind == Kind::Node
                                ? view.properties_of(subject.node(), arena_)
                                : view.properties_of(subject.relationship(), arena_);
    for (const auto& property : properties) {
      entries_.push_back({arena_.copy(view.catalog().name(property.key)), property.value});
    }
  }

  const bound::MapProjection& node_;
  EvaluatorPtr subject_;
  Position at_;
  Worker& worker_;
  std::vector<EvaluatorPtr> values_;
  Column subjects_;
  std::vector<Column> columns_;
  std::vector<MapEntry> entries_;
};

// A path of a start node and steps. Nodes inside a variable-length step follow from its
// relationships' ends.
class PathEvaluator final : public RowwiseEvaluator {
 public:
  PathEvaluator(const bound::MakePath& node, Worker& worker)
      : RowwiseEvaluator(worker), node_(node), worker_(worker) {}

 private:
  void prepare(const Batch& batch) override { batch_ = &batch; }

  Cell make_cell(std::uint32_t row) override {
    nodes_.clear();
    relationships_.clear();
    const Cell start = (*batch_)[node_.start].cell(row);
    if (start.is_null()) return start;
    nodes_.push_back(start.node());
    for (const auto& step : node_.steps) {
      const Cell relationship = (*batch_)[step.relationship].cell(row);
      const Cell node = (*batch_)[step.node].cell(row);
      if (relationship.is_null() || node.is_null()) return Cell::null();
      if (relationship.kind == Kind::List) {
        for (const Cell& item : relationship.items()) follow(item.relationship());
        KITH_ASSERT(nodes_.back() == node.node());
      } else {
        relationships_.push_back(relationship.relationship());
        nodes_.push_back(node.node());
      }
    }
    return make_path(arena_, nodes_, relationships_);
  }

  void follow(RelationshipId id) {
    const auto relationship = worker_.view().relationship(id);
    const NodeId from = nodes_.back();
    KITH_ASSERT(relationship.start == from || relationship.end == from);
    relationships_.push_back(id);
    nodes_.push_back(relationship.start == from ? relationship.end : relationship.start);
  }

  const bound::MakePath& node_;
  Worker& worker_;
  const Batch* batch_ = nullptr;
  std::vector<NodeId> nodes_;
  std::vector<RelationshipId> relationships_;
};

}  // namespace

EvaluatorPtr compile_list(const bound::List& node, Worker& worker) {
  return std::make_unique<ListEvaluator>(compile(node.items, worker), worker);
}

EvaluatorPtr compile_map(const bound::Map& node, Worker& worker) {
  return std::make_unique<MapEvaluator>(node, worker);
}

EvaluatorPtr compile_map_projection(const bound::MapProjection& node, Position at, Worker& worker) {
  return std::make_unique<MapProjectionEvaluator>(node, at, worker);
}

EvaluatorPtr compile_path(const bound::MakePath& node, Worker& worker) {
  return std::make_unique<PathEvaluator>(node, worker);
}

}  // namespace kith::exec
