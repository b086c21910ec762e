// cypher/plan/rules/count_from_store.cpp: count(*) over one bare scan is a number the store keeps.
#include <algorithm>
#include <optional>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

// What a leaf counts, and the slots that are never null in it.
std::optional<StoreCount> count_of(const Node& leaf) {
  if (const auto* scan = as<NodeScan>(leaf); scan != nullptr && scan->labels.size() <= 1) {
    StoreCount count;
    if (!scan->labels.empty()) count.name = scan->labels[0];
    return count;
  }
  if (const auto* scan = as<RelationshipScan>(leaf)) {
    StoreCount count;
    count.relationships = true;
    count.name = scan->type;
    return count;
  }
  return std::nullopt;
}

bool counts_rows(const bound::AggregateCall& call, const Node& leaf) {
  if (call.function == nullptr || call.function->name != "count") return false;
  if (call.arguments.empty()) return true;
  const auto* element = as_variable(*call.arguments[0]);
  if (element == nullptr) return false;
  const auto* nodes = as<NodeScan>(leaf);
  const auto* relationships = as<RelationshipScan>(leaf);
  return (nodes != nullptr && nodes->node == element->slot) ||
         (relationships != nullptr && relationships->relationship == element->slot);
}

}  // namespace

void count_from_store(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) count_from_store(child, context);
  auto* aggregate = as<Aggregate>(*root);
  if (aggregate == nullptr || !aggregate->keys.empty() || aggregate->calls.empty()) return;
  const Node& leaf = *root->children[0];
  auto count = count_of(leaf);
  const auto& calls = aggregate->calls;
  if (!count || !std::all_of(calls.begin(), calls.end(),
                             [&](const auto& call) { return counts_rows(call, leaf); })) {
    return;
  }
  count->slot = calls[0].slot;
  std::vector<Item> others;
  for (std::size_t i = 1; i < calls.size(); ++i) {
    others.push_back({calls[i].slot, variable(count->slot, kIntegerType)});
  }
  root = make_node(*std::move(count), 1);
  if (!others.empty()) put_above(root, Project{std::move(others)});
}

}  // namespace kith::plan::rule
