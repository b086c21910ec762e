// cypher/plan/rules/index_extremes.cpp: min() and max() of an indexed property are at the ends of
// the index.
//
// `MATCH (n:L) RETURN min(n.k), max(n.k)` reads one entry for each, also behind equalities and
// ranges that the index itself answers.
#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

using Order = IndexSeek::Order;

// The key of `element` whose least or greatest value a call asks for.
const std::string* key_of(const AggregateCall& call, Slot element) {
  if (call.function == nullptr || call.arguments.size() != 1) return nullptr;
  if (call.function->name != "min" && call.function->name != "max") return nullptr;
  const auto* property = std::get_if<bound::Property>(&call.arguments[0]->node);
  const auto* owner = property == nullptr ? nullptr : as_variable(*property->subject);
  return owner != nullptr && owner->slot == element ? &property->key : nullptr;
}

Order order_of(const AggregateCall& call) {
  return call.function->name == "min" ? Order::Ascending : Order::Descending;
}

// A scan of a label as a scan of the index on the key.
std::optional<IndexSeek> end_of_scan(const NodeScan& scan, const AggregateCall& call,
                                     const Statistics& statistics) {
  const std::string* key = key_of(call, scan.node);
  if (key == nullptr || scan.labels.size() != 1) return std::nullopt;
  for (const IndexFacts& index : statistics.indexes()) {
    if (index.on != ElementKind::Node || index.token != scan.labels[0]) continue;
    if (index.keys.size() != 1 || index.keys[0] != *key) continue;
    IndexSeek seek;
    seek.index = index.name;
    seek.unique = index.unique;
    seek.token = index.token;
    seek.keys = index.keys;
    seek.element = scan.node;
    seek.order = order_of(call);
    return seek;
  }
  return std::nullopt;
}

// The seek in the order of the key, if that is the one behind its equalities.
std::optional<IndexSeek> end_of_seek(const IndexSeek& found, const AggregateCall& call) {
  const std::string* key = key_of(call, found.element);
  const bool has_list = std::any_of(found.equal.begin(), found.equal.end(),
                                    [](const IndexSeek::Value& value) { return value.any_of; });
  const std::size_t at = found.equal.size();
  if (key == nullptr || has_list || at >= found.keys.size() || found.keys[at] != *key) {
    return std::nullopt;
  }
  IndexSeek seek = found;
  seek.order = order_of(call);
  return seek;
}

std::optional<IndexSeek> end_for(const Node& leaf, const AggregateCall& call,
                                 const Statistics& statistics) {
  if (const auto* scan = as<NodeScan>(leaf)) return end_of_scan(*scan, call, statistics);
  const auto* seek = as<IndexSeek>(leaf);
  if (seek == nullptr || as<Unit>(*leaf.children[0]) == nullptr) return std::nullopt;
  return end_of_seek(*seek, call);
}

NodePtr extreme(IndexSeek seek, const AggregateCall& call) {
  NodePtr plan = make_node(std::move(seek), 1, make_node(Unit{}, 1));
  put_above(plan, Limit{nullptr, integer(1)});
  Aggregate aggregate;
  aggregate.calls.push_back(call);
  put_above(plan, std::move(aggregate));
  return plan;
}

}  // namespace

void index_extremes(NodePtr& root, RuleContext& context) {
  const Statistics& statistics = context.context.statistics;
  if (statistics.indexes().empty()) return;
  for (auto& child : root->children) index_extremes(child, context);
  const auto* aggregate = as<Aggregate>(*root);
  if (aggregate == nullptr || !aggregate->keys.empty() || aggregate->calls.empty()) return;
  std::vector<NodePtr> ends;
  for (const auto& call : aggregate->calls) {
    auto seek = end_for(*root->children[0], call, statistics);
    if (!seek) return;
    ends.push_back(extreme(*std::move(seek), call));
  }
  NodePtr plan = std::move(ends[0]);
  for (std::size_t i = 1; i < ends.size(); ++i) {
    plan = make_node(CartesianProduct{}, 1, std::move(plan), std::move(ends[i]));
  }
  root = std::move(plan);
}

}  // namespace kith::plan::rule
