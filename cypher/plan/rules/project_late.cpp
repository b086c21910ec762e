// cypher/plan/rules/project_late.cpp: what a Top or Limit does not look at is computed above it,
// for the few rows that remain. A Top computes its keys itself: those behind the first for the rows
// only that the first leaves.
#include <algorithm>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

// Nobody can tell for which rows it is computed, nor how often.
bool may_be_computed_later(const Expression& e) {
  return !can_fail(e) && !is_volatile(e) && !has_subquery(e);
}

void take_keys(Top& top, const std::vector<Item>& items) {
  for (SortKey& key : top.keys) {
    const auto* name = as_variable(*key.value);
    if (name == nullptr) continue;
    for (const Item& item : items) {
      if (item.slot == name->slot && may_be_computed_later(*item.value)) key.value = item.value;
    }
  }
}

}  // namespace

void project_late(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) project_late(child, context);
  if (as<Top>(*root) == nullptr && as<Limit>(*root) == nullptr) return;
  NodePtr& below = root->children[0];
  auto* project = as<Project>(*below);
  if (project == nullptr) return;
  if (auto* top = as<Top>(*root)) take_keys(*top, project->items);
  const SlotSet needed = reads_slots(*root);
  const auto first_late = std::stable_partition(
      project->items.begin(), project->items.end(),
      [&](const Item& item) { return needed.contains(item.slot) || is_volatile(*item.value); });
  std::vector<Item> late(first_late, project->items.end());
  if (late.empty()) return;
  project->items.erase(first_late, project->items.end());
  if (project->items.empty()) {
    NodePtr input = std::move(below->children[0]);
    below = std::move(input);
  }
  put_above(root, Project{std::move(late)});
}

}  // namespace kith::plan::rule
