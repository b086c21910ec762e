// cypher/plan/rules/path_lengths.cpp: the relationships of a path of one variable-length step are
// its list, the path's length the size of that.
//
// So `length(p)` and `relationships(p)` need no path, which has all of its nodes looked up; where
// nothing else looks at the path it is not made.
#include "core/assert.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

// Null if the path is anything but one such step: a path of a relationship is null where that is.
ExpressionPtr list_of(const bound::MakePath& path) {
  if (path.steps.size() != 1 || !path.steps[0].is_list) return nullptr;
  return variable(path.steps[0].relationship, kListType);
}

ExpressionPtr size_of(const ExpressionPtr& list) {
  const auto* size = find_function("size");
  KITH_ASSERT(size != nullptr);
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

ExpressionPtr list_of(const Expression& of, const Node& input) {
  const auto* name = as_variable(of);
  const auto* path = name == nullptr ? nullptr : path_in(input, name->slot);
  return path == nullptr ? nullptr : list_of(*path);
}

ExpressionPtr without_path(const ExpressionPtr& e, const Node& input) {
  if (const Expression* of = argument_of(*e, "length")) {
    const auto list = list_of(*of, input);
    return list == nullptr ? e : size_of(list);
  }
  if (const Expression* of = argument_of(*e, "relationships")) {
    const auto list = list_of(*of, input);
    return list == nullptr ? e : list;
  }
  if (as_subquery(*e) != nullptr) return e;
  return bound::map_children(
      e, [&](const ExpressionPtr& child) { return without_path(child, input); });
}

}  // namespace

void path_lengths(NodePtr& root, RuleContext&) {
  for_each_node(*root, [](Node& node) {
    if (node.children.size() != 1) return;
    edit_expressions(node, [&](ExpressionPtr& e) { e = without_path(e, *node.children[0]); });
  });
}

}  // namespace kith::plan::rule
