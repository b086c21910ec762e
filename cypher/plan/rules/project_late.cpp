// cypher/plan/rules/project_late.cpp: what a Top or Limit does not look at is computed above it,
// for the few rows that remain.
#include <algorithm>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

void project_late(NodePtr& root, RuleContext& context) {
  for (auto& child : root->children) project_late(child, context);
  if (as<Top>(*root) == nullptr && as<Limit>(*root) == nullptr) return;
  NodePtr& below = root->children[0];
  auto* project = as<Project>(*below);
  if (project == nullptr) return;
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
