// cypher/exec/equal_elements.cpp: elements of lists by hash.
#include "cypher/exec/equal_elements.hpp"

#include <algorithm>

#include "core/identical.hpp"
#include "cypher/exec/columns.hpp"

namespace kith::exec {

namespace {

bool depends_on(const bound::Expression& expression, Slot variable) {
  const auto slots = bound::free_slots(expression);
  return std::find(slots.begin(), slots.end(), variable) != slots.end();
}

// Of the element, and of nothing else.
bool is_key(const bound::Expression& expression, Slot variable) {
  const auto slots = bound::free_slots(expression);
  return slots.size() == 1 && slots[0] == variable && !bound::has_subquery(expression);
}

const bound::Expression* first_conjunct(const bound::Expression& where) {
  const auto* operation = std::get_if<bound::Operation>(&where.node);
  if (operation == nullptr || operation->op != bound::Operator::And) return &where;
  return operation->operands[0].get();
}

}  // namespace

std::unique_ptr<EqualElements> EqualElements::of(const bound::Expression& where, Slot variable,
                                                 Worker& worker) {
  if (bound::is_volatile(where)) return nullptr;
  const bound::Expression* first = first_conjunct(where);
  const auto* comparison = std::get_if<bound::Operation>(&first->node);
  if (comparison == nullptr) return nullptr;
  const bool is_contrary = comparison->op == bound::Operator::NotEqual;
  if (comparison->op != bound::Operator::Equal && !(is_contrary && first == &where)) return nullptr;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const bound::Expression& key = *comparison->operands[side];
    const bound::Expression& wanted = *comparison->operands[1 - side];
    if (!is_key(key, variable) || depends_on(wanted, variable)) continue;
    std::unique_ptr<EqualElements> found(new EqualElements(key, wanted, variable, worker));
    found->is_whole_ = first == &where;
    found->is_contrary_ = is_contrary;
    return found;
  }
  return nullptr;
}

EqualElements::EqualElements(const bound::Expression& key, const bound::Expression& wanted,
                             Slot variable, Worker& worker)
    : variable_(variable),
      key_is_element_(std::holds_alternative<bound::Variable>(key.node)),
      key_(compile(key, worker)),
      wanted_of_(wanted, worker),
      worker_(worker),
      key_memory_(worker),
      reserved_(worker.execution().budget, "the elements of a list by their hashes") {
  const auto* property = std::get_if<bound::Property>(&key.node);
  key_is_property_ =
      property != nullptr && std::holds_alternative<bound::Variable>(property->subject->node);
}

bool EqualElements::are_worth_it(const Batch& batch, const Column& lists) {
  asking_.clear();
  std::uint64_t asked = 0, different = 0;
  const ListData* last = nullptr;
  for (std::uint32_t i = 0; i < batch.rows; ++i) {
    const Cell list = lists.cell(i);
    if (list.is_null() || list.items().empty()) continue;
    asking_.push_back(i);
    asked += list.list->size;
    if (list.list != last) different += list.list->size;
    last = list.list;
  }
  return asked != 0 && asked >= kRowsOfList * different;
}

bool EqualElements::begin(const Batch& batch, const Column& lists) {
  if (!are_worth_it(batch, lists)) return false;
  batch_ = &batch;
  lists_ = lists;
  prepared_ = nullptr;
  const Column values = wanted_of_.evaluate(batch, asking_);
  wanted_.resize(batch.rows);
  for (std::uint32_t i = 0; i < asking_.size(); ++i) wanted_[asking_[i]] = values.cell(i);
  return true;
}

// Whether the keys of a list are the same whatever becomes of the graph.
bool EqualElements::stays_same(std::span<const Cell> items) const {
  if (key_is_element_) return true;
  return key_is_property_ && std::all_of(items.begin(), items.end(),
                                         [](const Cell& item) { return item.kind == Kind::Map; });
}

void EqualElements::prepare(std::uint32_t row) {
  const Cell list = lists_.cell(row);
  if (list.list == prepared_) return;
  prepared_ = list.list;
  if (may_keep_ && identical(list_.cell(), list)) return;
  list_ = OwnedCell(list);
  const auto items = list_.cell().items();
  may_keep_ = stays_same(items);
  if (!key_is_element_) compute_keys(items);
  index_.build(key_is_element_ ? items : std::span<const Cell>(keys_));
  reserved_.grow_to(list_.heap_bytes() + index_.bytes() + keys_.capacity() * sizeof(Cell));
}

void EqualElements::compute_keys(std::span<const Cell> items) {
  keys_.clear();
  key_memory_.reset();
  Vector values;
  Batch inner(batch_->columns.size());
  for (std::size_t begin = 0; begin < items.size(); begin += kBatchRows) {
    worker_.poll();
    const auto some = items.subspan(begin, std::min<std::size_t>(kBatchRows, items.size() - begin));
    fill_narrow(some, values);
    inner.rows = static_cast<std::uint32_t>(some.size());
    inner.set(variable_, values);
    const Column keys = key_->evaluate(inner);
    for (std::uint32_t i = 0; i < inner.rows; ++i) {
      keys_.push_back(copy_into(key_memory_, keys.cell(i)));
    }
  }
}

CellIndex::Count EqualElements::count(std::uint32_t row) {
  KITH_ASSERT(is_whole_);
  prepare(row);
  return index_.count(wanted_[row]);
}

void EqualElements::find(std::uint32_t row, std::vector<std::uint32_t>& into) {
  prepare(row);
  into.clear();
  index_.find(wanted_[row], !is_whole_, into);
}

}  // namespace kith::exec
