// cypher/plan/rules/dead_variables.cpp: says which slots each node hands on, and drops what only
// made others.
//
// Top down: what is wanted of a node's rows, less what it introduces, plus what it reads, is wanted
// of its input. Projections and aggregates nobody wants go; an Apply around nothing but its
// argument goes; imports shrink to what the inner side reads.
#include <unordered_map>

#include "core/assert.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

class Pruner {
 public:
  void run(NodePtr& root, const SlotSet& wanted) {
    find_available(*root);
    visit(root, wanted);
  }

 private:
  const SlotSet& find_available(const Node& node) {
    SlotSet slots = introduces_slots(node);
    std::vector<const SlotSet*> below;
    for (const auto& child : node.children) below.push_back(&find_available(*child));
    const bool starts_anew = as<Aggregate>(node) != nullptr || as<Union>(node) != nullptr;
    if (!starts_anew && !below.empty()) slots.insert(*below[0]);
    if (hands_on_second(node)) slots.insert(*below[1]);
    return available_.emplace(&node, std::move(slots)).first->second;
  }
  const SlotSet& available(const Node& node) const { return available_.at(&node); }

  void visit(NodePtr& node, const SlotSet& wanted) {
    if (replace(node, wanted)) return visit(node, wanted);
    node->live = wanted.common(available(*node)).slots();
    if (as<Apply>(*node) != nullptr) {
      visit_apply(*node, wanted);
    } else if (as<CallInTransactions>(*node) != nullptr) {
      visit_transactions(*node, wanted);
    } else if (as<Merge>(*node) != nullptr) {
      visit_merge(*node, wanted);
    } else if (as<Foreach>(*node) != nullptr) {
      visit_foreach(*node, wanted);
    } else if (const auto* all = as<Union>(*node)) {
      KITH_ASSERT(all->inputs.size() == node->children.size());
      for (std::size_t i = 0; i < all->inputs.size(); ++i) {
        visit(node->children[i], SlotSet(all->inputs[i]));
      }
    } else if (node->children.size() == 2) {
      visit_join(*node, wanted);
    } else if (!node->children.empty()) {
      const bool starts_anew = as<Aggregate>(*node) != nullptr;
      SlotSet needed = starts_anew ? SlotSet() : wanted.minus(introduces_slots(*node));
      needed.insert(reads_slots(*node));
      visit(node->children[0], needed);
    } else if (auto* argument = as<Argument>(*node)) {
      argument->slots = node->live;
    }
  }

  // Puts the child in the node's place if the node does nothing that is wanted.
  bool replace(NodePtr& node, const SlotSet& wanted) {
    if (auto* project = as<Project>(*node)) {
      std::erase_if(project->items, [&](const Item& i) { return !wanted.contains(i.slot); });
      if (!project->items.empty()) return false;
      node = std::move(NodePtr(std::move(node))->children[0]);
      return true;
    }
    if (auto* aggregate = as<Aggregate>(*node)) {
      std::erase_if(aggregate->calls, [&](const auto& c) { return !wanted.contains(c.slot); });
    }
    const auto* fold = as<Fold>(*node);
    if (fold != nullptr && fold->keeps_all && !wanted.contains(fold->weight)) {
      node = std::move(NodePtr(std::move(node))->children[0]);
      return true;
    }
    const auto* apply = as<Apply>(*node);
    if (apply == nullptr || apply->kind != Apply::Kind::Cross) return false;
    const bool is_row = as<Argument>(*node->children[0]) != nullptr;
    const bool is_unit = as<Unit>(*node->children[0]) != nullptr;
    const SlotSet needed = wanted.common(available(*node));
    if ((!is_row && !is_unit) || !available(*node->children[1]).contains_all(needed)) return false;
    if (is_unit) unit_for_argument(*node->children[1]);
    node = std::move(NodePtr(std::move(node))->children[1]);
    return true;
  }

  // Leaves Argument of an Apply over Unit: there is no row around any more.
  static void unit_for_argument(Node& node) {
    if (const auto* argument = as<Argument>(node)) {
      KITH_ASSERT(argument->slots.empty());
      node.op = Unit{};
    }
    const bool own_scope = has_inner(node);
    for (std::size_t i = 0; i < node.children.size() && (i == 0 || !own_scope); ++i) {
      unit_for_argument(*node.children[i]);
    }
  }

  void visit_apply(Node& node, const SlotSet& wanted) {
    auto& op = *as<Apply>(node);
    const SlotSet outer = available(*node.children[0]);
    const SlotSet inner = available(*node.children[1]).minus(outer);
    visit(node.children[1], hands_on_second(node) ? wanted.common(inner) : SlotSet());
    op.imports = argument_slots(*node.children[1]).slots();
    if (op.kind == Apply::Kind::Optional) op.introduced = node.children[1]->live;
    SlotSet needed = wanted.common(outer);
    needed.insert(SlotSet(op.imports));
    visit(node.children[0], needed);
  }

  void visit_transactions(Node& node, const SlotSet& wanted) {
    auto& op = *as<CallInTransactions>(node);
    const SlotSet outer = available(*node.children[0]);
    const SlotSet inner = available(*node.children[1]).minus(outer);
    visit(node.children[1], op.returns ? wanted.common(inner) : SlotSet());
    op.imports = argument_slots(*node.children[1]).slots();
    SlotSet needed = wanted.common(outer);
    needed.insert(SlotSet(op.imports));
    visit(node.children[0], needed);
  }

  void visit_merge(Node& node, const SlotSet& wanted) {
    auto& op = *as<Merge>(node);
    SlotSet used = wanted;
    for (const auto& item : op.on_match) {
      if (item.subject) used.insert(slots_of(*item.subject));
      if (item.value) used.insert(slots_of(*item.value));
    }
    visit(node.children[1], used.common(introduces_slots(node)));
    op.imports = argument_slots(*node.children[1]).slots();
    SlotSet needed = wanted.minus(introduces_slots(node));
    needed.insert(reads_slots(node));
    visit(node.children[0], needed);
  }

  void visit_foreach(Node& node, const SlotSet& wanted) {
    auto& op = *as<Foreach>(node);
    visit(node.children[1], {});
    op.imports = argument_slots(*node.children[1]).minus({op.slot}).slots();
    SlotSet needed = wanted;
    needed.insert(reads_slots(node));
    visit(node.children[0], needed);
  }

  void visit_join(Node& node, const SlotSet& wanted) {
    const SlotSet first = available(*node.children[0]);
    SlotSet of_first = wanted.common(first);
    SlotSet of_second;
    if (hands_on_second(node)) {
      of_second = wanted.common(available(*node.children[1])).minus(first);
    }
    if (const auto* join = as<HashJoin>(node)) {
      for (const auto& [one, two] : join->keys) {
        of_first.insert(slots_of(*one));
        of_second.insert(slots_of(*two));
      }
    }
    visit(node.children[0], of_first);
    visit(node.children[1], of_second);
  }

  std::unordered_map<const Node*, SlotSet> available_;
};

}  // namespace

void dead_variables(NodePtr& root, RuleContext& context) { Pruner().run(root, context.wanted); }

}  // namespace kith::plan::rule
