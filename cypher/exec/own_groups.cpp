// cypher/exec/own_groups.cpp: aggregations in which each row is a group of its own.
//
// `MATCH (a:A)-[:T]->() RETURN a.id, count(*)` has one row for each node, with the weight of its
// fold. If a constraint says that no two nodes with the label have the same id, no two rows are of
// one group: nothing has to be kept and looked up, rows pass as they come. It has to be certain
// that ids differ as groups do: a node without id is not compared by the constraint, nor is NaN
// equal to itself. That is asked of segments when the statement runs, and of nodes where segments
// changed.
#include <algorithm>
#include <array>
#include <optional>

#include "cypher/exec/aggregate_partial.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "storage/cursor_facts.hpp"

namespace kith::exec {

namespace {

// The scan whose nodes the rows have, each once.
const plan::NodeScan* scan_of_rows(const plan::Node& node) {
  if (const auto* scan = std::get_if<plan::NodeScan>(&node.op)) return scan;
  const bool passes = std::holds_alternative<plan::Select>(node.op) ||
                      std::holds_alternative<plan::Project>(node.op) ||
                      std::holds_alternative<plan::Fold>(node.op);
  return passes ? scan_of_rows(*node.children.at(0)) : nullptr;
}

const bound::Variable* as_variable(const bound::Expression& e) {
  return std::get_if<bound::Variable>(&e.node);
}

// The property of the node that is a key of the groups; null: it is none.
const std::string* property_of(const plan::Item& key, Slot node) {
  const auto* property = std::get_if<bound::Property>(&key.value->node);
  const auto* owner = property == nullptr ? nullptr : as_variable(*property->subject);
  return owner != nullptr && owner->slot == node ? &property->key : nullptr;
}

bool has_node_as_key(const plan::Aggregate& op, Slot node) {
  return std::any_of(op.keys.begin(), op.keys.end(), [&](const plan::Item& key) {
    const auto* variable = as_variable(*key.value);
    return variable != nullptr && variable->slot == node;
  });
}

// Values of one of these kinds are of one group only if they are equal.
bool is_plain(Kind kind) {
  return kind == Kind::Integer || kind == Kind::String || kind == Kind::Date;
}

// All nodes of the segment with the label have such a value under the key.
bool have_plain_values(const storage::View& view, LabelId label, KeyId key, std::uint64_t segment) {
  std::array<std::uint64_t, kSegmentSlots / 64> bits;
  if (storage::nodes_with(view, label, segment, bits) == storage::LabelShare::None) return true;
  if (const auto zone = storage::node_zone(view, key, segment)) {
    return !zone->may_be_null && zone->kind && is_plain(*zone->kind);
  }
  storage::NodeScan scan(view, {label});
  scan.begin({segment << kSegmentBits, (segment + 1) << kSegmentBits});
  storage::PropertyReader reader(view, storage::ElementKind::Node, key);
  std::array<std::uint64_t, kBatchRows> ids;
  Vector values;
  while (const std::size_t count = scan.next(ids)) {
    reader.read({ids.data(), count}, nullptr, values);
    const bool is_native =
        values.type() == VectorType::Integer || values.type() == VectorType::String;
    if (!is_native || values.may_have_nulls()) return false;
  }
  return true;
}

bool have_plain_values(const storage::View& view, LabelId label, KeyId key) {
  const std::uint64_t end = (view.node_id_limit() + kSegmentSlots - 1) >> kSegmentBits;
  for (std::uint64_t segment = 0; segment < end; ++segment) {
    if (!have_plain_values(view, label, key, segment)) return false;
  }
  return true;
}

// No two nodes with all of the scan's labels have the same values under the keys of the groups.
bool keys_differ(const storage::View& view, const plan::NodeScan& scan, const plan::Aggregate& op) {
  std::vector<KeyId> keys;
  for (const plan::Item& key : op.keys) {
    const std::string* name = property_of(key, scan.node);
    const auto id = name == nullptr ? std::nullopt : view.catalog().find_key(*name);
    if (id) keys.push_back(*id);
  }
  const auto is_key = [&](KeyId key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const std::string& name : scan.labels) {
    const auto label = view.catalog().find_label(name);
    if (!label) continue;
    for (const auto* constraint : view.schema().constraints_on(storage::SchemaToken::of(*label))) {
      if (!constraint->owns_index()) continue;
      const auto& unique = constraint->keys;
      if (!std::all_of(unique.begin(), unique.end(), is_key)) continue;
      if (std::all_of(unique.begin(), unique.end(),
                      [&](KeyId key) { return have_plain_values(view, *label, key); })) {
        return true;
      }
    }
  }
  return false;
}

// Each row is a group.
class OwnGroupsOperator final : public Operator {
 public:
  OwnGroupsOperator(const plan::Aggregate& op, OperatorPtr input,
                    const std::vector<const plan::Expand*>& steps, Worker& worker)
      : input_(std::move(input)), each_(op, steps, worker), execution_(worker.execution()) {}

  void open() override { input_->open(); }
  std::size_t morsels() const override { return input_->morsels(); }
  void pause_after(Time time) override { input_->pause_after(time); }
  bool is_paused() const override { return input_->is_paused(); }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      out.columns.assign(execution_.slot_count, Column{});
      if (each_.give_each(in_, out)) return true;
    }
    return false;
  }

 private:
  OperatorPtr input_;
  AggregatePartial each_;
  Execution& execution_;
  Batch in_;
};

}  // namespace

bool has_own_groups(const plan::Aggregate& op, const Execution& execution,
                    const plan::Node& input) {
  const plan::NodeScan* scan = scan_of_rows(input);
  // A statement that writes may break a constraint until its end.
  if (scan == nullptr || op.keys.empty() || execution.transaction != nullptr) return false;
  return has_node_as_key(op, scan->node) || keys_differ(execution.view, *scan, op);
}

OperatorPtr make_own_groups(const plan::Node& node, const plan::Aggregate& op,
                            const Lowering& lowering, const plan::Node& input,
                            const std::vector<const plan::Expand*>& steps) {
  if (!has_own_groups(op, lowering.execution(), input)) return nullptr;
  return std::make_unique<OwnGroupsOperator>(op, lower(input, lowering_of_inputs(node, lowering)),
                                             steps, *lowering.worker);
}

}  // namespace kith::exec
