// cypher/exec/set.cpp: SET and REMOVE. Each row's items in order; a row sees what earlier ones set.
//
// Values are computed for a batch at once where none of them can read what the clause writes; what
// becomes of them is in set_rows.cpp.
#include <algorithm>
#include <optional>
#include <set>

#include "core/cell_copy.hpp"
#include "cypher/exec/dynamic_names.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

// What an element has as a property is no element, nor are there any in it.
bool may_hold_elements(const bound::Expression& expression) {
  constexpr TypeSet kElement =
      TypeSet::of(Kind::Null) | TypeSet::of(Kind::Node) | TypeSet::of(Kind::Relationship);
  if (!expression.types.overlaps(kMayHoldElements)) return false;
  const auto* property = std::get_if<bound::Property>(&expression.node);
  return property == nullptr || !property->subject->types.is_only(kElement);
}

// True if it may read any property, or labels, other than by its name.
bool reads_unnamed(const bound::Expression& e) {
  if (const auto* call = std::get_if<bound::Call>(&e.node)) {
    return std::any_of(call->arguments.begin(), call->arguments.end(),
                       [](const auto& argument) { return may_hold_elements(*argument); });
  }
  return std::holds_alternative<bound::HasLabels>(e.node) ||
         std::holds_alternative<bound::Index>(e.node) ||
         std::holds_alternative<bound::MapProjection>(e.node) ||
         std::holds_alternative<bound::Subquery>(e.node);
}

}  // namespace

bool reads_changes(const bound::Expression& expression, const std::set<std::string>& keys,
                   bool any_key) {
  return bound::any_in(expression, [&](const bound::Expression& e) {
    if (const auto* property = std::get_if<bound::Property>(&e.node)) {
      return any_key || keys.count(property->key) != 0;
    }
    return reads_unnamed(e);
  });
}

namespace {

using ItemKind = plan::SetItem::Kind;

std::optional<Slot> slot_of(const bound::Expression& expression) {
  const auto* variable = std::get_if<bound::Variable>(&expression.node);
  return variable ? std::optional(variable->slot) : std::nullopt;
}

bool must_go_by_row(const std::vector<plan::SetItem>& items) {
  std::set<std::string> keys;
  bool any_key = false;
  for (const auto& item : items) {
    keys.insert(item.key);
    any_key |= item.kind == ItemKind::Replace || item.kind == ItemKind::Merge || item.dynamic_key;
  }
  return std::any_of(items.begin(), items.end(), [&](const auto& item) {
    const bool copies_element =
        item.value && (item.kind == ItemKind::Replace || item.kind == ItemKind::Merge) &&
        item.value->types.overlaps(TypeSet::of(Kind::Node) | TypeSet::of(Kind::Relationship));
    const auto reads = [&](const bound::ExpressionPtr& e) {
      return e != nullptr && reads_changes(*e, keys, any_key);
    };
    return copies_element || reads(item.value) || reads(item.subject) || reads(item.dynamic_key) ||
           std::any_of(item.dynamic_labels.begin(), item.dynamic_labels.end(), reads);
  });
}

// True if all items set or remove a property of the same variable, each another one.
bool sets_one_each(const std::vector<plan::SetItem>& items) {
  std::set<std::string> keys;
  return std::all_of(items.begin(), items.end(), [&](const plan::SetItem& item) {
    const bool one = item.kind == ItemKind::Property || item.kind == ItemKind::RemoveProperty;
    return one && !item.dynamic_key && slot_of(*item.subject) &&
           slot_of(*item.subject) == slot_of(*items.front().subject) &&
           keys.insert(item.key).second;
  });
}

// Of items that set one each: what the values read of what the clause sets is of the element itself
// and not set by an item before, or of these variables, if they are maps. So the rows of different
// elements may be evaluated together. Nothing: it may be otherwise.
std::optional<std::vector<Slot>> maps_read(const std::vector<plan::SetItem>& items) {
  std::set<std::string> keys, before;
  for (const plan::SetItem& item : items) keys.insert(item.key);
  std::vector<Slot> maps;
  for (const plan::SetItem& item : items) {
    if (!item.value) continue;
    const bool other = bound::any_in(*item.value, [&](const bound::Expression& e) {
      const auto* property = std::get_if<bound::Property>(&e.node);
      if (property == nullptr) return reads_unnamed(e);
      if (keys.count(property->key) == 0) return false;
      const std::optional<Slot> slot = slot_of(*property->subject);
      if (!slot) return true;
      if (slot == slot_of(*item.subject)) return before.count(property->key) != 0;
      maps.push_back(*slot);
      return false;
    });
    if (other) return std::nullopt;
    before.insert(item.key);
  }
  return maps;
}

// What the map of `n += map` or `n = map` reads of what may be set, if that is of n itself, or of
// these variables if they are maps: then rows of different elements may be evaluated together.
struct MergeReads {
  std::vector<Slot> maps;
  bool own = false;
};
std::optional<MergeReads> merge_reads(const std::vector<plan::SetItem>& items) {
  if (items.size() != 1) return std::nullopt;
  const plan::SetItem& item = items.front();
  const bool replaces = item.kind == ItemKind::Replace;
  if (!replaces && item.kind != ItemKind::Merge) return std::nullopt;
  const std::optional<Slot> own = slot_of(*item.subject);
  if (!own) return std::nullopt;
  const auto* written = std::get_if<bound::Map>(&item.value->node);
  const auto may_set = [&](const std::string& key) {
    return replaces || written == nullptr ||
           std::any_of(written->entries.begin(), written->entries.end(),
                       [&](const auto& entry) { return entry.first == key; });
  };
  MergeReads reads;
  const bool other = bound::any_in(*item.value, [&](const bound::Expression& e) {
    const auto* property = std::get_if<bound::Property>(&e.node);
    if (property == nullptr) return reads_unnamed(e);
    if (!may_set(property->key)) return false;
    const std::optional<Slot> slot = slot_of(*property->subject);
    if (slot == own) {
      reads.own = true;
    } else if (slot) {
      reads.maps.push_back(*slot);
    }
    return !slot;
  });
  return other ? std::nullopt : std::optional(std::move(reads));
}

// True if all items add labels that are written out, or take them away.
bool sets_labels(const std::vector<plan::SetItem>& items) {
  return std::all_of(items.begin(), items.end(), [&](const plan::SetItem& item) {
    const bool labels = item.kind == ItemKind::AddLabels || item.kind == ItemKind::RemoveLabels;
    return labels && item.dynamic_labels.empty() && slot_of(*item.subject);
  });
}

// True if no row of these variables is an element.
bool are_maps(const Batch& batch, const std::vector<Slot>& slots) {
  return std::all_of(slots.begin(), slots.end(), [&](Slot slot) {
    if (slot >= batch.columns.size() || !batch.columns[slot].is_set()) return false;
    for (std::uint32_t row = 0; row < batch.rows; ++row) {
      const Kind kind = batch[slot].cell(row).kind;
      if (kind == Kind::Node || kind == Kind::Relationship) return false;
    }
    return true;
  });
}

bool all_differ(std::vector<std::uint64_t> ids) {
  if (!std::is_sorted(ids.begin(), ids.end())) std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

void check_value(const Cell& value, Position at) {
  if (!value.is_null() && !storage::is_storable(value))
    at_position(at, [&] { storage::check_storable(value); });
}

[[noreturn]] void cannot_set(const Cell& subject, Position at) {
  throw TypeError("InvalidArgumentType",
                  "SET and REMOVE need a NODE or a RELATIONSHIP, not a value of type " +
                      std::string(kind_name(subject.kind)),
                  at);
}

}  // namespace

ItemSetter::ItemSetter(const std::vector<plan::SetItem>& items, Worker& worker)
    : worker_(worker),
      by_row_(must_go_by_row(items)),
      one_each_(sets_one_each(items)),
      labels_(sets_labels(items)) {
  if (by_row_ && one_each_) maps_read_ = maps_read(items);
  if (auto reads = merge_reads(items)) {
    maps_merged_ = std::move(reads->maps);
    merge_reads_ = reads->own;
  }
  for (const auto& item : items) {
    items_.push_back({&item,
                      compile(*item.subject, worker),
                      item.value ? compile(*item.value, worker) : nullptr,
                      item.dynamic_key ? compile(*item.dynamic_key, worker) : nullptr,
                      compile(item.dynamic_labels, worker),
                      {},
                      {},
                      {},
                      {},
                      {}});
  }
}

void ItemSetter::evaluate(Item& item, const Batch& batch) {
  item.id.reset();
  item.subjects = item.subject->evaluate(batch);
  if (item.value) item.values = item.value->evaluate(batch);
  if (item.key) item.keys = item.key->evaluate(batch);
  item.named.clear();
  for (const EvaluatorPtr& name : item.names) item.named.push_back(name->evaluate(batch));
}

void ItemSetter::set(const Batch& batch) {
  if (items_.empty() || batch.rows == 0) return;
  if (maps_merged_ && batch.rows >= kFewRows && are_maps(batch, *maps_merged_)) {
    evaluate(items_.front(), batch);
    if (merge_at_once(batch)) return worker_.execution().changed();
  }
  if (!by_row_) {
    for (Item& item : items_) evaluate(item, batch);
    if (one_each_ && batch.rows >= kFewRows && set_at_once(batch))
      return worker_.execution().changed();
    if (labels_ && batch.rows >= kFewRows && label_at_once(batch.rows))
      return worker_.execution().changed();
    set_gathered();
    for (std::uint32_t row = 0; row < batch.rows; ++row) {
      for (Item& item : items_) apply(item, row);
    }
    worker_.execution().changed();
    return;
  }
  if (maps_read_ && batch.rows >= kFewRows && are_maps(batch, *maps_read_)) {
    for (Item& item : items_) evaluate(item, batch);
    if (set_at_once(batch)) return worker_.execution().changed();
  }
  std::vector<Slot> present;
  for (Slot slot = 0; slot < batch.columns.size(); ++slot) {
    if (batch.columns[slot].is_set()) present.push_back(slot);
  }
  for (std::uint32_t row = 0; row < batch.rows; ++row) {
    picked_.assign(1, row);
    picker_.pick(batch, picked_, present, row_);
    for (Item& item : items_) {
      evaluate(item, row_);
      apply(item, 0);
      worker_.execution().changed();
    }
  }
}

// All rows, or nothing: false. Then it is not that simple, or a row will fail.
bool ItemSetter::set_at_once(const Batch& batch) {
  if (worker_.execution().has_deletions()) return false;
  std::size_t bytes = 0;
  bool removes = false;
  if (!take_subjects(items_.front().subjects, batch.rows)) return false;
  if (!take_values(batch, bytes, removes)) return false;
  if ((by_row_ || removes) && !all_differ(elements_)) return false;
  if (elements_.empty()) return true;
  row_keys_.clear();
  for (Item& item : items_) row_keys_.push_back(key_of(item, 0));
  set_elements(kind_, bytes == 0 && !removes);
  return true;
}

// The same for labels; all or nothing, too.
bool ItemSetter::label_at_once(std::uint32_t rows) {
  if (worker_.execution().has_deletions()) return false;
  auto& transaction = *worker_.execution().transaction;
  for (const Item& item : items_) {
    if (!take_subjects(item.subjects, rows) || kind_ == Kind::Relationship) return false;
  }
  std::vector<NodeId> nodes;
  for (const Item& item : items_) {
    take_subjects(item.subjects, rows);
    nodes.clear();
    for (const std::uint64_t element : elements_) nodes.push_back(NodeId{element});
    const bool add = item.op->kind == ItemKind::AddLabels;
    for (const auto& name : item.op->labels) {
      const auto known = worker_.view().catalog().find_label(name);
      if (nodes.empty() || (!known && !add)) continue;
      transaction.set_label(nodes, known ? *known : transaction.intern_label(name), add);
    }
  }
  return true;
}

// The same for n += map and n = map, where all maps have the same keys.
bool ItemSetter::merge_at_once(const Batch& batch) {
  if (worker_.execution().has_deletions()) return false;
  const Item& item = items_.front();
  Kind kind = Kind::Null;
  std::size_t bytes = 0;
  elements_.clear();
  row_values_.clear();
  map_keys_.clear();
  for (std::uint32_t row = 0; row < batch.rows; ++row) {
    const Cell subject = item.subjects.cell(row);
    if (subject.is_null()) continue;
    if (kind == Kind::Null) kind = subject.kind;
    if (subject.kind != kind || bytes > kMostBytesAtOnce) return false;
    if (!take_map(item.values.cell(row), bytes)) return false;
    elements_.push_back(subject.word);
  }
  const bool replaces = item.op->kind == ItemKind::Replace;
  if ((merge_reads_ || replaces) && !all_differ(elements_)) return false;
  if (elements_.empty()) return true;
  if (kind != Kind::Node && kind != Kind::Relationship) return false;
  row_keys_.clear();
  auto& transaction = *worker_.execution().transaction;
  for (const std::string_view key : map_keys_) row_keys_.push_back(transaction.intern_key(key));
  if (replaces) kind == Kind::Node ? remove_others<NodeId>() : remove_others<RelationshipId>();
  set_elements(kind, false);
  return true;
}

// What elements_ have under other keys than row_keys_.
template <class I>
void ItemSetter::remove_others() {
  set_gathered();
  const auto& view = worker_.view();
  std::set<KeyId> keys;
  for (const std::uint64_t element : elements_) {
    Arena arena;
    for (const storage::Property& property : view.properties_of(I{element}, arena))
      keys.insert(property.key);
  }
  for (const KeyId key : row_keys_) keys.erase(key);
  if (keys.empty()) return;
  const std::vector<KeyId> others(keys.begin(), keys.end());
  set_rows<I>(elements_, others, std::vector<Cell>(elements_.size() * others.size(), Cell::null()));
}

// One row's values. False: it is no map, or not like the first, or its values are not all there.
bool ItemSetter::take_map(const Cell& map, std::size_t& bytes) {
  if (map.kind != Kind::Map || map.entries().empty()) return false;
  const auto entries = map.entries();
  if (elements_.empty())
    for (const MapEntry& entry : entries) map_keys_.push_back(entry.key);
  if (entries.size() != map_keys_.size()) return false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Cell& value = entries[i].value;
    if (entries[i].key != map_keys_[i]) return false;
    if (value.is_null() || !storage::is_storable(value)) return false;
    bytes += bytes_beside(value);
    row_values_.push_back(value);
  }
  return true;
}

KeyId ItemSetter::key_of(Item& item, std::uint32_t row) {
  auto& transaction = *worker_.execution().transaction;
  if (item.key)
    return transaction.intern_key(key_name_of(item.keys.cell(row), item.op->dynamic_key->at));
  if (!item.id) item.id = transaction.intern_key(item.op->key);
  return *item.id;
}

void ItemSetter::apply(Item& item, std::uint32_t row) {
  const Position at = item.op->subject->at;
  const Cell subject = item.subjects.cell(row);
  if (subject.is_null()) return;
  if (subject.kind != Kind::Node && subject.kind != Kind::Relationship) cannot_set(subject, at);
  check_alive(worker_, subject, at);
  const Cell value = item.value ? item.values.cell(row) : Cell::null();
  switch (item.op->kind) {
    case ItemKind::Property:
    case ItemKind::RemoveProperty: {
      const KeyId key = key_of(item, row);
      check_value(value, item.op->value ? item.op->value->at : at);
      return set_property(subject, key, value);
    }
    case ItemKind::Replace:
      return replace(item, subject, value, false);
    case ItemKind::Merge:
      return replace(item, subject, value, true);
    case ItemKind::AddLabels:
      return change_labels(item, subject, row, true);
    case ItemKind::RemoveLabels:
      return change_labels(item, subject, row, false);
  }
}

void ItemSetter::set_property(const Cell& element, KeyId key, const Cell& value) {
  auto& transaction = *worker_.execution().transaction;
  if (element.kind == Kind::Node) {
    transaction.set_property(element.node(), key, value);
  } else {
    transaction.set_property(element.relationship(), key, value);
  }
}

// n = map, n += map; the properties of another element serve as a map.
void ItemSetter::replace(const Item& item, const Cell& element, const Cell& value,
                         bool keep_others) {
  const Position at = item.op->value->at;
  const auto& view = worker_.view();
  Arena arena;
  const auto properties_of = [&](const Cell& of) {
    return of.kind == Kind::Node ? view.properties_of(of.node(), arena)
                                 : view.properties_of(of.relationship(), arena);
  };
  std::vector<std::pair<std::string, Cell>> wanted;
  if (value.kind == Kind::Map) {
    for (const MapEntry& entry : value.entries()) wanted.emplace_back(entry.key, entry.value);
  } else if (value.kind == Kind::Node || value.kind == Kind::Relationship) {
    check_alive(worker_, value, at);
    for (const auto& property : properties_of(value)) {
      wanted.emplace_back(view.catalog().name(property.key), property.value);
    }
  } else if (!value.is_null()) {
    throw TypeError("InvalidArgumentType",
                    "properties are set from a MAP, a NODE or a RELATIONSHIP, not from a value of "
                    "type " +
                        std::string(kind_name(value.kind)),
                    at);
  }
  if (!keep_others) {
    for (const auto& property : properties_of(element)) {
      const auto& name = view.catalog().name(property.key);
      const bool stays = std::any_of(wanted.begin(), wanted.end(),
                                     [&](const auto& entry) { return entry.first == name; });
      if (!stays) set_property(element, property.key, Cell::null());
    }
  }
  for (const auto& [key, entry] : wanted) {
    check_value(entry, at);
    set_property(element, worker_.execution().transaction->intern_key(key), entry);
  }
}

void ItemSetter::change_labels(const Item& item, const Cell& element, std::uint32_t row, bool add) {
  if (element.kind != Kind::Node) cannot_set(element, item.op->subject->at);
  for (const auto& name : item.op->labels) change_label(element.node(), name, add);
  for (std::size_t i = 0; i < item.named.size(); ++i) {
    for (const auto name : names_of(item.named[i].cell(row), item.op->dynamic_labels[i]->at)) {
      change_label(element.node(), name, add);
    }
  }
}

void ItemSetter::change_label(NodeId node, std::string_view name, bool add) {
  auto& transaction = *worker_.execution().transaction;
  if (add) {
    transaction.add_label(node, transaction.intern_label(name));
  } else if (const auto label = worker_.view().catalog().find_label(name)) {
    transaction.remove_label(node, *label);
  }
}

namespace {

class SetOperator final : public WritingOperator {
 public:
  SetOperator(const plan::Node& node, const plan::Set& op, const Lowering& lowering)
      : WritingOperator(node, lowering),
        setter_(op.items, *lowering.worker),
        carry_(node, lowering) {
    setter_.gather();
  }

 private:
  void write(const Batch& in, Batch& out) override {
    setter_.set(in);
    carry_.pass(in, out);
  }
  void finish() override { setter_.set_gathered(); }

  ItemSetter setter_;
  Carry carry_;
};

}  // namespace

OperatorPtr make_set(const plan::Node& node, const plan::Set& op, const Lowering& lowering) {
  return std::make_unique<SetOperator>(node, op, lowering);
}

}  // namespace kith::exec
