// cypher/plan/rules/path_lengths.cpp: the length of a path of one variable-length step is the size
// of its list.
//
// So `length(p)` needs no path, which has all of its nodes looked up; where nothing else looks at
// the path it is not made.
#include "core/assert.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

// Null if the path is anything but one such step: a path of a relationship is null where that is.
ExpressionPtr length_of(const bound::MakePath& path) {
  if (path.steps.size() != 1 || !path.steps[0].is_list) return nullptr;
  const auto* size = find_function("size");
  KITH_ASSERT(size != nullptr);
  const auto list = variable(path.steps[0].relationship, kListType);
  return bound::make(bound::Call{size, {list}}, kIntegerType, {});
}

// The path that the node's rows have in a slot, if nothing but conditions and values lies between.
const bound::MakePath* path_in(const Node& node, Slot slot) {
  for (const Node* at = &node; as<Select>(*at) != nullptr || as<Project>(*at) != nullptr;
       at = at->children[0].get()) {
    const auto* project = as<Project>(*at);
    if (project == nullptr) continue;
    for (const Item& item : project->items) {
      if (item.slot == slot) return std::get_if<bound::MakePath>(&item.value->node);
    }
  }
  return nullptr;
}

ExpressionPtr measured(const ExpressionPtr& e, const Node& input) {
  if (const Expression* of = argument_of(*e, "length")) {
    const auto* name = as_variable(*of);
    const auto* path = name == nullptr ? nullptr : path_in(input, name->slot);
    const auto length = path == nullptr ? nullptr : length_of(*path);
    return length == nullptr ? e : length;
  }
  if (as_subquery(*e) != nullptr) return e;
  return bound::map_children(e, [&](const ExpressionPtr& child) { return measured(child, input); });
}

}  // namespace

void path_lengths(NodePtr& root, RuleContext&) {
  for_each_node(*root, [](Node& node) {
    if (node.children.size() != 1) return;
    edit_expressions(node, [&](ExpressionPtr& e) { e = measured(e, *node.children[0]); });
  });
}

}  // namespace kith::plan::rule
