// cypher/exec/create.cpp: CREATE: new nodes and relationships, as if made row by row in the order
// written.
//
// Nodes of a batch are made at once where that gives them the same ids, and names the same numbers.
#include <algorithm>
#include <set>

#include "core/page_memory.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/dynamic_names.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

// Ids are given by sets of labels: two patterns with the same one take turns.
bool labels_differ(const plan::Create& op) {
  std::set<std::set<std::string>> seen;
  return std::all_of(op.nodes.begin(), op.nodes.end(), [&](const plan::CreateNode& node) {
    return node.dynamic_labels.empty() &&
           seen.insert({node.labels.begin(), node.labels.end()}).second;
  });
}

// Likewise by types.
bool types_differ(const plan::Create& op) {
  std::set<std::string> seen;
  return std::all_of(op.relationships.begin(), op.relationships.end(),
                     [&](const plan::CreateRelationship& relationship) {
                       return !relationship.dynamic_type && seen.insert(relationship.type).second;
                     });
}

}  // namespace

PatternCreator::PatternCreator(const plan::Create& op, Worker& worker)
    : worker_(worker),
      by_row_(refers_to_itself(op)),
      at_once_(!by_row_ && labels_differ(op)),
      edges_at_once_(types_differ(op)) {
  for (const auto& node : op.nodes) {
    nodes_.push_back({&node,
                      NewProperties(node.properties, worker),
                      compile(node.dynamic_labels, worker),
                      {},
                      {},
                      {}});
  }
  for (const auto& relationship : op.relationships) {
    EvaluatorPtr name =
        relationship.dynamic_type ? compile(*relationship.dynamic_type, worker) : nullptr;
    relationships_.push_back({&relationship,
                              NewProperties(relationship.properties, worker),
                              std::move(name),
                              {},
                              {},
                              {}});
  }
  for (const NewNode& node : nodes_) at_once_ &= node.properties.is_written_out();
  for (const NewRelationship& made : relationships_) at_once_ &= made.properties.is_written_out();
}

bool PatternCreator::refers_to_itself(const plan::Create& op) {
  std::vector<Slot> made, read;
  const auto reads = [&](const bound::ExpressionPtr& value) {
    if (!value) return;
    const auto slots = bound::free_slots(*value);
    read.insert(read.end(), slots.begin(), slots.end());
  };
  for (const auto& node : op.nodes) {
    made.push_back(node.slot);
    reads(node.properties);
    for (const auto& label : node.dynamic_labels) reads(label);
  }
  for (const auto& relationship : op.relationships) {
    made.push_back(relationship.slot);
    reads(relationship.properties);
    reads(relationship.dynamic_type);
  }
  return std::any_of(read.begin(), read.end(), [&](Slot slot) {
    return std::find(made.begin(), made.end(), slot) != made.end();
  });
}

void PatternCreator::evaluate(NewNode& node, const Batch& batch) {
  node.properties.evaluate(batch);
  node.named.clear();
  for (const EvaluatorPtr& name : node.names) node.named.push_back(name->evaluate(batch));
}

void PatternCreator::evaluate(NewRelationship& relationship, const Batch& batch) {
  relationship.properties.evaluate(batch);
  if (relationship.name) relationship.named = relationship.name->evaluate(batch);
}

std::span<const LabelId> PatternCreator::labels_of(NewNode& node, std::uint32_t row) {
  if (node.names.empty()) return node.labels;
  row_labels_ = node.labels;
  for (std::size_t i = 0; i < node.named.size(); ++i) {
    for (const auto name : names_of(node.named[i].cell(row), node.op->dynamic_labels[i]->at)) {
      const LabelId label = worker_.execution().transaction->intern_label(name);
      if (std::find(row_labels_.begin(), row_labels_.end(), label) == row_labels_.end()) {
        row_labels_.push_back(label);
      }
    }
  }
  return row_labels_;
}

TypeId PatternCreator::type_of(const NewRelationship& relationship, std::uint32_t row) const {
  if (!relationship.name) return relationship.type;
  const auto name = type_name_of(relationship.named.cell(row), relationship.op->dynamic_type->at);
  return worker_.execution().transaction->intern_type(name);
}

// Columns for the new elements, names looked up; properties, too, if they do not read what is made.
void PatternCreator::prepare(const Batch& in, Batch& out) {
  auto& transaction = *worker_.execution().transaction;
  out.columns = in.columns;
  out.columns.resize(worker_.execution().slot_count);
  out.rows = in.rows;
  out.sequence = in.sequence;
  for (NewNode& node : nodes_) {
    node.labels.clear();
    for (const auto& label : node.op->labels)
      node.labels.push_back(transaction.intern_label(label));
    node.ids.reset(VectorType::Node, in.rows);
    if (!by_row_) evaluate(node, in);
  }
  for (NewRelationship& relationship : relationships_) {
    if (!relationship.name) relationship.type = transaction.intern_type(relationship.op->type);
    relationship.ids.reset(VectorType::Relationship, in.rows);
    if (!by_row_) evaluate(relationship, in);
  }
  for (NewNode& node : nodes_) out.set(node.op->slot, node.ids);
  for (NewRelationship& relationship : relationships_) {
    out.set(relationship.op->slot, relationship.ids);
  }
}

NodeId PatternCreator::end_of(const Batch& batch, Slot slot, std::uint32_t row) const {
  const Cell cell = batch[slot].cell(row);
  if (cell.kind == Kind::Node) return cell.node();
  if (cell.is_null()) {
    throw QueryError("EntityNotFound", "MissingNode",
                     "a relationship cannot be created: one of its nodes is null");
  }
  throw TypeError("InvalidArgumentType",
                  "the end of a new relationship must be a NODE, not a value of type " +
                      std::string(kind_name(cell.kind)));
}

void PatternCreator::create_row(const Batch& out, std::uint32_t row) {
  auto& transaction = *worker_.execution().transaction;
  for (NewNode& node : nodes_) {
    if (by_row_) evaluate(node, out);
    node.ids.data<std::uint64_t>()[row] =
        transaction.create_node(labels_of(node, row), node.properties.of(row)).value;
    if (by_row_) worker_.execution().changed();
  }
  create_relationships(out, row);
}

void PatternCreator::create_relationships(const Batch& out, std::uint32_t row) {
  auto& transaction = *worker_.execution().transaction;
  for (NewRelationship& relationship : relationships_) {
    const NodeId start = end_of(out, relationship.op->start, row);
    const NodeId end = end_of(out, relationship.op->end, row);
    if (by_row_) evaluate(relationship, out);
    relationship.ids.data<std::uint64_t>()[row] =
        transaction
            .create_relationship(type_of(relationship, row), start, end,
                                 relationship.properties.of(row))
            .value;
    if (by_row_) worker_.execution().changed();
  }
}

// Keys get their numbers in the order in which rows need them.
void PatternCreator::intern_keys(std::uint32_t rows) {
  first_uses_.clear();
  for (NewNode& node : nodes_) node.properties.first_uses(rows, first_uses_);
  for (NewRelationship& made : relationships_) made.properties.first_uses(rows, first_uses_);
  std::stable_sort(first_uses_.begin(), first_uses_.end(),
                   [](const auto& a, const auto& b) { return a.row < b.row; });
  for (const auto& use : first_uses_)
    use.entry->id = worker_.execution().transaction->intern_key(use.entry->key);
}

bool PatternCreator::is_made(Slot slot) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [slot](const NewNode& node) { return node.op->slot == slot; });
}

// False: one of the ends is not a node, or perhaps not any more.
bool PatternCreator::can_take_ends(const Batch& out) const {
  if (worker_.execution().has_deletions()) return false;
  for (const NewRelationship& made : relationships_)
    for (const Slot slot : {made.op->start, made.op->end}) {
      if (is_made(slot)) continue;
      for (std::uint32_t row = 0; row < out.rows; ++row)
        if (out[slot].cell(row).kind != Kind::Node) return false;
    }
  return true;
}

// All of a batch, or nothing: false. Then a row may fail, and by row it will be the first.
bool PatternCreator::create_at_once(const Batch& out) {
  if (!can_take_ends(out)) return false;
  const std::uint32_t rows = out.rows;
  intern_keys(rows);
  const auto is_storable = [rows](auto& made) {
    return made.properties.all(rows, made.keys, made.values);
  };
  if (!std::all_of(nodes_.begin(), nodes_.end(), is_storable) ||
      !std::all_of(relationships_.begin(), relationships_.end(), is_storable))
    return false;
  for (NewNode& node : nodes_)
    worker_.execution().transaction->create_nodes({node.labels, node.keys, node.values, rows},
                                                  {node.ids.data<std::uint64_t>(), rows});
  if (gathers_ && gather_rows(out)) return true;
  if (edges_at_once_) {
    create_relationships(out);
  } else {
    for (std::uint32_t row = 0; row < rows; ++row) create_relationships(out, row);
  }
  return true;
}

void PatternCreator::create_relationships(const Batch& out) {
  for (NewRelationship& made : relationships_) {
    made.starts.clear();
    made.ends.clear();
    for (std::uint32_t row = 0; row < out.rows; ++row) {
      made.starts.push_back(out[made.op->start].cell(row).node());
      made.ends.push_back(out[made.op->end].cell(row).node());
    }
    worker_.execution().transaction->create_relationships(
        {made.type, made.starts, made.ends, made.keys, made.values},
        {made.ids.data<std::uint64_t>(), out.rows});
  }
}

// One relationship that nobody reads, made of what creating others does not change.
void PatternCreator::gather(const std::vector<Slot>& live) {
  gathers_ = edges_at_once_ && nodes_.empty() && relationships_.size() == 1;
  if (!gathers_) return;
  const plan::CreateRelationship& made = *relationships_.front().op;
  const bool fixed = !made.properties || !reads_changes(*made.properties, {}, false);
  gathers_ =
      fixed && !made.dynamic_type && std::find(live.begin(), live.end(), made.slot) == live.end();
}

void PatternCreator::create_gathered() {
  auto& [type, starts, ends, keys, values] = to_come_;
  if (starts.empty()) return;
  std::vector<std::uint64_t> ids(starts.size());
  worker_.execution().transaction->create_relationships({type, starts, ends, keys, values}, ids);
  starts.clear();
  ends.clear();
  values.clear();
}

// False: it must be made now.
bool PatternCreator::gather_rows(const Batch& out) {
  const NewRelationship& made = relationships_.front();
  const bool alone = std::all_of(made.values.begin(), made.values.end(),
                                 [](const Cell& value) { return bytes_beside(value) == 0; });
  if (!alone || to_come_.type != made.type || to_come_.keys != made.keys) create_gathered();
  if (!alone) return false;
  to_come_.type = made.type;
  to_come_.keys = made.keys;
  make_room(to_come_.starts, out.rows);
  make_room(to_come_.ends, out.rows);
  make_room(to_come_.values, made.values.size());
  for (std::uint32_t row = 0; row < out.rows; ++row) {
    to_come_.starts.push_back(out[made.op->start].cell(row).node());
    to_come_.ends.push_back(out[made.op->end].cell(row).node());
  }
  to_come_.values.insert(to_come_.values.end(), made.values.begin(), made.values.end());
  if (to_come_.starts.size() >= worker_.execution().transaction->rows_at_once()) create_gathered();
  return true;
}

void PatternCreator::create(const Batch& in, Batch& out) {
  prepare(in, out);
  if (at_once_ && in.rows >= kFewRows && create_at_once(out)) return;
  create_gathered();
  for (std::uint32_t row = 0; row < in.rows; ++row) create_row(out, row);
}

void PatternCreator::refuse_unmatchable(const Batch& row) {
  const auto refuse = [&](NewProperties& properties, const bound::ExpressionPtr& expression) {
    properties.evaluate(row);
    if (!properties.has_null(0)) return;
    throw QueryError("SemanticError", "MergeReadOwnWrites",
                     "MERGE cannot use a property that is null: nothing would ever match it",
                     expression->at);
  };
  if (by_row_) return;
  for (NewNode& node : nodes_) refuse(node.properties, node.op->properties);
  for (NewRelationship& relationship : relationships_) {
    refuse(relationship.properties, relationship.op->properties);
    if (!relationship.name) continue;
    type_name_of(relationship.name->evaluate(row).cell(0), relationship.op->dynamic_type->at);
  }
}

template <class Made>
bool PatternCreator::take_values(Made& made, const Batch& in) {
  evaluate(made, in);
  for (std::uint32_t row = 0; row < in.rows; ++row)
    if (made.properties.has_null(row)) return false;
  intern_keys(in.rows);
  return made.properties.all(in.rows, made.keys, made.values);
}

const std::vector<Cell>* PatternCreator::values_of_one(const Batch& in, bool either_way) {
  KITH_ASSERT(at_once_ && nodes_.size() + relationships_.size() == 1);
  if (!nodes_.empty()) return take_values(nodes_.front(), in) ? &nodes_.front().values : nullptr;
  NewRelationship& made = relationships_.front();
  if (!can_take_ends(in) || !take_values(made, in)) return nullptr;
  const std::size_t keys = made.values.size() / in.rows;
  with_ends_.clear();
  with_ends_.reserve(in.rows * (keys + 2));
  for (std::uint32_t row = 0; row < in.rows; ++row) {
    Cell from = in[made.op->start].cell(row), to = in[made.op->end].cell(row);
    if (either_way && to.word < from.word) std::swap(from, to);
    with_ends_.push_back(from);
    with_ends_.push_back(to);
    const auto values = made.values.begin() + static_cast<std::ptrdiff_t>(row * keys);
    with_ends_.insert(with_ends_.end(), values, values + static_cast<std::ptrdiff_t>(keys));
  }
  return &with_ends_;
}

namespace {

class CreateOperator final : public WritingOperator {
 public:
  CreateOperator(const plan::Node& node, const plan::Create& op, const Lowering& lowering)
      : WritingOperator(node, lowering), creator_(op, *lowering.worker) {
    creator_.gather(node.live);
  }

 private:
  void write(const Batch& in, Batch& out) override { creator_.create(in, out); }
  void finish() override { creator_.create_gathered(); }

  PatternCreator creator_;
};

// Properties read what the clause itself makes: one row at a time.
class CreateByRowOperator final : public WritingOperator {
 public:
  CreateByRowOperator(const plan::Node& node, const plan::Create& op, const Lowering& lowering)
      : WritingOperator(node, lowering), creator_(op, *lowering.worker), made_(0) {}

 private:
  void write(const Batch& in, Batch&) override {
    present_.clear();
    for (Slot slot = 0; slot < in.columns.size(); ++slot) {
      if (in.columns[slot].is_set()) present_.push_back(slot);
    }
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      picker_.pick(in, {&row, 1}, present_, one_);
      creator_.create(one_, made_);
      keep(made_);
    }
  }

  PatternCreator creator_;
  std::vector<Slot> present_;
  RowPicker picker_;
  Batch one_, made_;
};

}  // namespace

OperatorPtr make_create(const plan::Node& node, const plan::Create& op, const Lowering& lowering) {
  if (PatternCreator::refers_to_itself(op)) {
    return std::make_unique<CreateByRowOperator>(node, op, lowering);
  }
  return std::make_unique<CreateOperator>(node, op, lowering);
}

}  // namespace kith::exec
