// cypher/plan/rules/predicate_pushdown.cpp: conditions go down to where their variables come from.
//
// Only conditions that are not volatile and hold no subquery move; never through a write, a LIMIT,
// the inner side of an OPTIONAL or a condition that can fail. Of what can fail itself a copy moves
// that lets through where it does (bound::Tried).
#include <algorithm>
#include <map>

#include "core/assert.hpp"
#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

bool movable(const Expression& e) {
  return !condition_can_fail(e) && !is_volatile(e) && !has_subquery(e) && !slots_of(e).empty();
}

// No other condition may take rows from it: it would fail for fewer, or roll fewer dice.
bool must_see_all_rows(const ExpressionPtr& e) { return condition_can_fail(*e) || is_volatile(*e); }

// A value cheap enough to be computed twice, and safe to be computed earlier.
bool repeatable(const Expression& e) {
  if (as_variable(e) != nullptr) return true;
  const auto* property = std::get_if<bound::Property>(&e.node);
  return property != nullptr && as_variable(*property->subject) != nullptr && !can_fail(e);
}

// The condition in terms of the values that the items stand for; null if one cannot be repeated.
ExpressionPtr unfold(const ExpressionPtr& e, const std::vector<Item>& items) {
  std::map<Slot, ExpressionPtr> values;
  const SlotSet slots = slots_of(*e);
  for (const auto& item : items) {
    if (!slots.contains(item.slot)) continue;
    if (!repeatable(*item.value)) return nullptr;
    values.emplace(item.slot, item.value);
  }
  const ExpressionPtr unfolded = values.empty() ? e : substitute(e, values);
  return condition_can_fail(*unfolded) ? nullptr : unfolded;
}

class Pushdown {
 public:
  explicit Pushdown(Context& context) : context_(context) {}

  void visit(NodePtr& node) {
    for (auto& child : node->children) visit(child);
    auto* filter = as<Select>(*node);
    if (filter == nullptr) return;
    if (auto* lower = as<Select>(*node->children[0])) {  // two in a row are one
      filter->conjuncts.insert(filter->conjuncts.begin(), lower->conjuncts.begin(),
                               lower->conjuncts.end());
      NodePtr input = std::move(node->children[0]->children[0]);
      node->children[0] = std::move(input);
    }
    std::vector<ExpressionPtr> kept;
    for (const auto& e : filter->conjuncts) {
      if (movable(*e)) {
        if (!sink_below(e, *node->children[0])) kept.push_back(e);
      } else {
        kept.push_back(try_below(e, *node->children[0]));
      }
    }
    filter->conjuncts = std::move(kept);
    if (!filter->conjuncts.empty()) return;
    NodePtr input = std::move(node->children[0]);
    node = std::move(input);
  }

 private:
  // Of a condition that may fail what can be asked below; what is left to ask here.
  ExpressionPtr try_below(const ExpressionPtr& e, Node& below) {
    if (!may_be_tried(*e) || !gains_below(e, below)) return e;
    auto [early, rest] = tried(e);
    return sink_below(early, below) ? rest : e;
  }

  // Below projections there are as many rows.
  static bool gains_below(const ExpressionPtr& e, const Node& node) {
    if (const auto* project = as<Project>(node)) {
      const ExpressionPtr unfolded = unfold(tried(e).first, project->items);
      return unfolded != nullptr && gains_below(unfolded, *node.children[0]);
    }
    if (as<Select>(node) != nullptr) return gains_below(e, *node.children[0]);
    if (as<Aggregate>(node) != nullptr || as<Distinct>(node) != nullptr) return true;
    if (node.children.size() == 2) return true;
    return lets_through(node) && !introduces_slots(node).intersects(slots_of(*e));
  }

  // Puts the condition right above `place`, or deeper.
  void sink(const ExpressionPtr& e, NodePtr& place) {
    if (sink_below(e, *place)) return;
    const double share = selectivity(*e, {}, context_.statistics);
    if (auto* filter = as<Select>(*place)) {
      auto& list = filter->conjuncts;
      const auto last = std::find_if(list.rbegin(), list.rend(), must_see_all_rows);
      const auto at = std::find_if(last.base(), list.end(), [&](const ExpressionPtr& other) {
        return cost_of(*other) > cost_of(*e);
      });
      list.insert(at, e);
      place->rows *= share;
      return;
    }
    place = select_share(std::move(place), {e}, share);
  }

  // Whether the condition could be put somewhere below the node.
  bool sink_below(const ExpressionPtr& e, Node& node) {
    if (const auto* filter = as<Select>(node)) {
      const auto& list = filter->conjuncts;
      if (std::any_of(list.begin(), list.end(), must_see_all_rows)) return false;
      return sink_below(e, *node.children[0]);
    }
    const SlotSet slots = slots_of(*e);
    NodePtr* target = nullptr;
    ExpressionPtr condition = e;
    if (const auto* project = as<Project>(node)) {
      condition = unfold(e, project->items);
      target = &node.children[0];
    } else if (const auto* aggregate = as<Aggregate>(node)) {
      SlotSet keys;
      for (const auto& key : aggregate->keys) keys.insert(key.slot);
      condition = keys.contains_all(slots) ? unfold(e, aggregate->keys) : nullptr;
      target = &node.children[0];
    } else if (const auto* distinct = as<Distinct>(node)) {
      if (SlotSet(distinct->slots).contains_all(slots)) target = &node.children[0];
    } else if (node.children.size() == 2) {
      target = side_of(slots, node);
    } else if (lets_through(node) && !introduces_slots(node).intersects(slots)) {
      target = &node.children[0];
    }
    if (target == nullptr || condition == nullptr) return false;
    sink(condition, *target);
    node.rows *= selectivity(*e, {}, context_.statistics);
    return true;
  }

  static bool lets_through(const Node& node) {
    return as<Expand>(node) != nullptr || as<ExpandBound>(node) != nullptr ||
           as<VarExpand>(node) != nullptr || as<ShortestPath>(node) != nullptr ||
           as<PathExpand>(node) != nullptr || as<Intersect>(node) != nullptr ||
           as<Unwind>(node) != nullptr || as<Sort>(node) != nullptr ||
           ((as<NodeById>(node) != nullptr || as<IndexSeek>(node) != nullptr) &&
            as<Unit>(*node.children[0]) == nullptr);
  }

  static NodePtr* side_of(const SlotSet& slots, Node& node) {
    NodePtr& first = node.children[0];
    NodePtr& second = node.children[1];
    if (writes_anywhere(*second)) return nullptr;
    const auto* hashed = as<HashJoin>(node);
    const bool join = hashed != nullptr || as<CartesianProduct>(node) != nullptr;
    const auto* apply = as<Apply>(node);
    if (!join && apply == nullptr) return nullptr;
    if (available_slots(*first).contains_all(slots)) return &first;
    const bool cross = apply != nullptr && apply->kind == Apply::Kind::Cross;
    const bool adds_nulls = hashed != nullptr && hashed->kind == HashJoin::Kind::Left;
    if (!hands_on_second(node) || (!join && !cross) || adds_nulls) return nullptr;
    return available_slots(*second).contains_all(slots) ? &second : nullptr;
  }

  Context& context_;
};

}  // namespace

void predicate_pushdown(NodePtr& root, RuleContext& context) {
  Pushdown(context.context).visit(root);
}

}  // namespace kith::plan::rule
