// cypher/exec/writing.cpp: reading the input of a write, properties of new elements.
#include "cypher/exec/writing.hpp"

#include <algorithm>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

template <class... Ops>
bool is_one_of(const plan::Node& node) {
  return (std::holds_alternative<Ops>(node.op) || ...);
}

bool is_write(const plan::Node& node) {
  return is_one_of<plan::Create, plan::Set, plan::Delete, plan::Merge, plan::Foreach,
                   plan::CallInTransactions, plan::SchemaCommand>(node);
}

bool has_subquery(const plan::Node& node) {
  bool found = false;
  const auto look = [&](const bound::ExpressionPtr& e) {
    found |= e != nullptr && bound::has_subquery(*e);
  };
  if (const auto* select = std::get_if<plan::Select>(&node.op)) {
    for (const auto& conjunct : select->conjuncts) look(conjunct);
  } else if (const auto* project = std::get_if<plan::Project>(&node.op)) {
    for (const auto& item : project->items) look(item.value);
  } else if (const auto* unwind = std::get_if<plan::Unwind>(&node.op)) {
    look(unwind->list);
  } else if (const auto* load = std::get_if<plan::LoadCsv>(&node.op)) {
    look(load->source);
  }
  return found;
}

OperatorPtr lower_written(const plan::Node& node, const Lowering& lowering) {
  const plan::Node& input = *node.children.at(0);
  // W1: a write below has put its rows aside. Eager has, too.
  if (is_write(input) || is_one_of<plan::Eager>(input) || is_blind(input))
    return lower_input(node, lowering);
  return make_read_first(node, lowering);
}

}  // namespace

bool is_blind(const plan::Node& node) {
  if (is_one_of<plan::Unit>(node)) return true;
  if (!is_one_of<plan::Unwind, plan::LoadCsv, plan::Project, plan::Select>(node)) return false;
  return !has_subquery(node) && is_blind(*node.children.at(0));
}

bool writes(const plan::Node& node) {
  return is_write(node) || std::any_of(node.children.begin(), node.children.end(),
                                       [](const auto& child) { return writes(*child); });
}

WritingOperator::WritingOperator(const plan::Node& node, const Lowering& lowering)
    : input_(lower_written(node, lowering)),
      worker_(*lowering.worker),
      rows_(node.live, lowering.execution(), "the rows after a write") {}

void WritingOperator::open() {
  KITH_ASSERT(execution().transaction != nullptr);
  rows_.clear();
  input_->open();
  begin();
  Batch in(execution().slot_count), out(execution().slot_count);
  while (input_->next(in)) {
    worker_.poll();
    out.rows = 0;
    write(in, out);
    execution().changed();
    if (out.rows != 0) rows_.add(out);
  }
  finish();
  execution().changed();
}

NewProperties::NewProperties(const bound::ExpressionPtr& expression, Worker& worker)
    : worker_(worker) {
  if (!expression) return;
  at_ = expression->at;
  const auto* map = std::get_if<bound::Map>(&expression->node);
  if (map == nullptr) {
    map_ = compile(*expression, worker);
    return;
  }
  for (const auto& [key, value] : map->entries) {
    std::erase_if(entries_, [&key = key](const Entry& entry) { return entry.key == key; });
    entries_.push_back({key, compile(*value, worker), value->at, {}, {}});
  }
}

void NewProperties::evaluate(const Batch& batch) {
  for (Entry& entry : entries_) {
    entry.column = entry.value->evaluate(batch);
    entry.id.reset();
  }
  if (map_) maps_ = map_->evaluate(batch);
}

bool NewProperties::has_null(std::uint32_t row) const {
  for (const Entry& entry : entries_) {
    if (!entry.column.valid(row)) return true;
  }
  if (!map_) return false;
  const Cell map = maps_.cell(row);
  if (map.kind != Kind::Map) return map.is_null();
  const auto entries = map.entries();
  return std::any_of(entries.begin(), entries.end(),
                     [](const MapEntry& entry) { return entry.value.is_null(); });
}

void NewProperties::first_uses(std::uint32_t rows, std::vector<FirstUse>& out) {
  KITH_ASSERT(is_written_out());
  for (Entry& entry : entries_) {
    std::uint32_t row = 0;
    while (row < rows && !entry.column.valid(row)) ++row;
    if (row < rows) out.push_back({row, &entry});
  }
}

namespace {

// Each row's value to every `step`-th cell. False: a property cannot hold one of them.
bool put_storable(const Column& column, std::uint32_t rows, std::size_t step, Cell* to) {
  const Vector& vector = *column.vector;
  if (column.constant) {
    const Cell value = vector.cell(0);
    for (std::uint32_t row = 0; row < rows; ++row, to += step) *to = value;
    return value.is_null() || storage::is_storable(value);
  }
  if (vector.type() == VectorType::Integer && !vector.may_have_nulls()) {
    const auto* numbers = vector.data<std::int64_t>();
    for (std::uint32_t row = 0; row < rows; ++row, to += step)
      *to = Cell::of(numbers[column.at(row)]);
    return true;
  }
  for (std::uint32_t row = 0; row < rows; ++row, to += step) {
    *to = column.cell(row);
    if (!to->is_null() && !storage::is_storable(*to)) return false;
  }
  return true;
}

}  // namespace

bool NewProperties::all(std::uint32_t rows, std::vector<KeyId>& keys, std::vector<Cell>& values) {
  KITH_ASSERT(is_written_out());
  std::vector<const Entry*> used;
  for (const Entry& entry : entries_)
    if (entry.id) used.push_back(&entry);
  std::sort(used.begin(), used.end(),
            [](const Entry* a, const Entry* b) { return *a->id < *b->id; });
  keys.clear();
  for (const Entry* entry : used) keys.push_back(*entry->id);
  values.resize(rows * used.size());
  for (std::size_t k = 0; k < used.size(); ++k)
    if (!put_storable(used[k]->column, rows, used.size(), values.data() + k)) return false;
  return true;
}

void NewProperties::add(KeyId key, const Cell& value, Position at) {
  at_position(at, [&] { storage::check_storable(value); });
  properties_.push_back({key, value});
}

std::span<const storage::Property> NewProperties::of(std::uint32_t row) {
  auto& transaction = *worker_.execution().transaction;
  properties_.clear();
  for (Entry& entry : entries_) {
    const Cell value = entry.column.cell(row);
    if (value.is_null()) continue;  // a key that nobody needs gets no number
    if (!entry.id) entry.id = transaction.intern_key(entry.key);
    add(*entry.id, value, entry.at);
  }
  if (!map_) return properties_;
  const Cell map = maps_.cell(row);
  if (map.is_null()) return properties_;
  if (map.kind != Kind::Map) {
    throw TypeError(
        "InvalidArgumentType",
        "properties must be a MAP, not a value of type " + std::string(kind_name(map.kind)), at_);
  }
  for (const MapEntry& entry : map.entries()) {
    if (!entry.value.is_null()) add(transaction.intern_key(entry.key), entry.value, at_);
  }
  return properties_;
}

}  // namespace kith::exec
