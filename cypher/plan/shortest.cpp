// cypher/plan/shortest.cpp: shortest paths on top of a match whose ends are bound.
#include "cypher/plan/shortest.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/assert.hpp"
#include "cypher/functions/function.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

class ShortestPlanner {
 public:
  ShortestPlanner(Context& context, Scope& scope, QueryGraph& graph, bound::ShortestPattern pattern,
                  const std::vector<PartRows>& parts)
      : context_(context),
        scope_(scope),
        graph_(graph),
        pattern_(std::move(pattern)),
        parts_(parts) {
    own_.insert(relationship().slot);
    for (const auto& path : graph_.paths) {
      if (slots_of(*path.path).contains(relationship().slot)) paths_.push_back(path);
    }
    for (const auto& path : paths_) own_.insert(path.slot);
  }

  void run() {
    KITH_ASSERT(scope_.bound.contains_all({relationship().left, relationship().right}));
    sort_conjuncts();
    KITH_ASSERT(relationship().length.has_value());
    if (whole_.empty() && of_nodes_.empty()) {
      search();
    } else if (is_searchable()) {
      search_with_conditions();
    } else {
      enumerate();
    }
    scope_.bound.insert(relationship().slot);
  }

 private:
  bound::PatternRelationship& relationship() { return pattern_.relationship; }

  // Which conditions the search itself answers, and which decide over the path as a whole.
  void sort_conjuncts() {
    for (auto& conjunct : graph_.conjuncts) {
      if (!conjunct.late || conjunct.answered || is_volatile(*conjunct.value)) continue;
      const SlotSet slots = slots_of(*conjunct.value);
      SlotSet sight = scope_.bound;
      sight.insert(own_);
      if (!slots.intersects(own_) || !sight.contains_all(slots)) continue;
      if (take_each(conjunct) || is_upper_bound(*conjunct.value)) continue;
      auto& list = is_of_each_node(*conjunct.value) ? of_nodes_ : whole_;
      list.push_back(conjunct.value);
      conjunct.answered = true;
    }
  }

  bool take_each(GraphConjunct& conjunct) {
    auto& r = relationship();
    const auto* test = std::get_if<bound::Quantifier>(&conjunct.value->node);
    if (test == nullptr || can_fail(*conjunct.value)) return false;
    if (!r.predicate) r.each = test->variable;
    const auto condition = each_condition(*conjunct.value, r.each, scope_.bound,
                                          [&](const Expression& list) { return is_trail(list); });
    if (condition == nullptr) return false;
    r.predicate = r.predicate ? operation(Operator::And, {r.predicate, condition}) : condition;
    conjunct.answered = true;
    return true;
  }

  bool is_trail(const Expression& list) {
    const Expression* of_path = argument_of(list, "relationships");
    const auto* name = as_variable(of_path == nullptr ? list : *of_path);
    return name != nullptr && own_.contains(name->slot) &&
           (of_path != nullptr) == (name->slot != relationship().slot);
  }

  // all(n IN nodes(p) WHERE …) and none(…).
  bool is_of_each_node(const Expression& e) const {
    const auto is_nodes = [&](const Expression& list) { return is_nodes_of_path(list); };
    const auto* test = std::get_if<bound::Quantifier>(&e.node);
    return test != nullptr && !can_fail(e) &&
           each_condition(e, test->variable, scope_.bound, is_nodes) != nullptr;
  }

  bool is_nodes_of_path(const Expression& list) const {
    const Expression* path = argument_of(list, "nodes");
    return path != nullptr && is_path(*path);
  }

  // length(p) < x: a shortest path passes if any does, so it may come after the search.
  bool is_upper_bound(const Expression& e) {
    const auto* o = std::get_if<bound::Operation>(&e.node);
    if (o == nullptr || o->operands.size() != 2) return false;
    const bool less = o->op == Operator::Less || o->op == Operator::LessEqual;
    const bool greater = o->op == Operator::Greater || o->op == Operator::GreaterEqual;
    if (!less && !greater) return false;
    const auto& length = *o->operands[less ? 0 : 1];
    const Expression* of = argument_of(length, "length");
    if (of == nullptr) of = argument_of(length, "size");
    const auto* name = of == nullptr ? nullptr : as_variable(*of);
    return name != nullptr && own_.contains(name->slot) &&
           !slots_of(*o->operands[less ? 1 : 0]).intersects(own_);
  }

  void search() {
    const auto& r = relationship();
    ShortestPath op{r.left,        r.slot,        r.right,      r.types, r.direction,
                    r.length->min, r.length->max, pattern_.all, r.each,  r.predicate};
    const double rows = scope_.rows();
    op.many = has_many_with_one_end(rows);
    scope_.plan = make_node(std::move(op), rows, std::move(scope_.plan));
  }

  // A plan of a subquery names the slots that it reads.
  bool is_searchable() const {
    return context_.optimise && std::none_of(whole_.begin(), whole_.end(),
                                             [](const auto& e) { return has_subquery(*e); });
  }

  // Breadth first from the left end, length by length: conditions on each node and relationship
  // are tested on the way, those on the path as a whole where one has been found.
  void search_with_conditions() {
    const auto& r = relationship();
    const Slot trail = context_.fresh_slot();
    bound::PathStretch stretch{.start = context_.fresh_slot(),
                               .times = bound::PathStretch::Times{r.length->min, r.length->max}};
    const bound::PathStep step{r.predicate ? r.each : context_.fresh_slot(), context_.fresh_slot(),
                               r.direction, r.types};
    stretch.steps.push_back(step);
    stretch.groups.push_back({step.relationship, trail, false});
    if (r.predicate) stretch.conjuncts.push_back(r.predicate);
    std::vector<ExpressionPtr> of_ends;
    for (const auto& e : of_nodes_) {
      stretch.conjuncts.push_back(node_condition(*e, step.node));
      of_ends.push_back(node_condition(*e, r.left));
    }
    scope_.plan = select_share(std::move(scope_.plan), std::move(of_ends), 1);
    bound::PathPattern path;
    path.stretches.push_back(std::move(stretch));
    path.selector = bound::PathSelector{.groups = pattern_.all, .count = nullptr};
    for (const auto& e : whole_) path.conjuncts.push_back(of_trail(e, trail));
    PathExpand op{.from = r.left,
                  .relationships = r.slot,
                  .to = r.right,
                  .into = true,
                  .path = std::move(path),
                  .distinct_from = {}};
    const double rows = scope_.rows();
    scope_.plan = make_node(std::move(op), rows, std::move(scope_.plan));
  }

  ExpressionPtr node_condition(const Expression& e, Slot node) const {
    const auto condition =
        each_condition(e, std::get<bound::Quantifier>(e.node).variable, scope_.bound,
                       [&](const Expression& list) { return is_nodes_of_path(list); });
    KITH_ASSERT(condition != nullptr);
    const Slot each = std::get<bound::Quantifier>(e.node).variable;
    return substitute(condition, {{each, variable(node, kNodeType)}});
  }

  // The same of the list of relationships that a search has found.
  ExpressionPtr of_trail(const ExpressionPtr& e, Slot trail) const {
    const Slot list = pattern_.relationship.slot;
    std::map<Slot, ExpressionPtr> values = {{list, variable(trail, kListType)}};
    for (const auto& path : paths_) values[path.slot] = substitute(path.path, values);
    return substitute(relationships_for_path(e), values);
  }
  ExpressionPtr relationships_for_path(const ExpressionPtr& e) const {
    const auto list = variable(pattern_.relationship.slot, kListType);
    if (const Expression* of = argument_of(*e, "relationships")) {
      if (is_path(*of)) return list;
    }
    if (const Expression* of = argument_of(*e, "length")) {
      if (is_path(*of)) return size_of(pattern_.relationship.slot);
    }
    return bound::map_children(
        e, [&](const ExpressionPtr& child) { return relationships_for_path(child); });
  }
  bool is_path(const Expression& e) const {
    const auto* name = as_variable(e);
    return name != nullptr && own_.contains(name->slot) && name->slot != pattern_.relationship.slot;
  }

  // Two sides that meet look at about as much as the square root of all relationships, each.
  bool has_many_with_one_end(double rows) const {
    double relationships = context_.statistics.relationships();
    if (!pattern_.relationship.types.empty()) {
      relationships = 0;
      for (const auto& type : pattern_.relationship.types) {
        relationships += context_.statistics.relationships(type);
      }
    }
    const auto& r = pattern_.relationship;
    const double fewest = std::min(rows_with(r.left, rows), rows_with(r.right, rows));
    const double others = rows / std::max(1.0, fewest);
    return 2 * others > std::sqrt(relationships);
  }

  double rows_with(Slot slot, double otherwise) const {
    const auto part = std::find_if(parts_.begin(), parts_.end(),
                                   [&](const PartRows& p) { return p.slots.contains(slot); });
    return part == parts_.end() ? otherwise : part->rows;
  }

  // All trails between the two ends that pass, the shortest of them kept.
  void enumerate() {
    const auto& r = relationship();
    whole_.insert(whole_.end(), of_nodes_.begin(), of_nodes_.end());
    SlotSet imports = {r.left, r.right};
    for (const auto& e : whole_) imports.insert(slots_of(*e).minus(own_));
    if (r.predicate) imports.insert(slots_of(*r.predicate).minus({r.each}));
    for (const auto& path : paths_) imports.insert(slots_of(*path.path).minus(own_));
    const SlotSet used = imports.common(scope_.bound);
    Scope inner = begin(used, scope_.labels, Scope::Repeats::Batch);
    const Slot found = context_.fresh_slot();
    put_above(inner.plan, step(found));
    // The conditions see the list and the paths by their own names (subqueries import them); above,
    // these are made anew.
    put_above(inner.plan, Project{{{r.slot, variable(found, kListType)}}});
    std::vector<Item> items;
    for (const auto& path : paths_) items.push_back({path.slot, path.path});
    if (!items.empty()) put_above(inner.plan, Project{std::move(items)});
    inner.plan = select_share(std::move(inner.plan), whole_, 1);
    keep_shortest(inner.plan, found);
    Apply apply;
    apply.kind = Apply::Kind::Cross;
    apply.imports = used.slots();
    const double rows = scope_.rows();
    scope_.plan = make_node(std::move(apply), rows, std::move(scope_.plan), std::move(inner.plan));
  }

  VarExpand step(Slot found) {
    const auto& r = relationship();
    return {r.left,        found, r.right, r.types,     r.direction, r.length->min,
            r.length->max, true,  r.each,  r.predicate, {},          false};
  }

  ExpressionPtr size_of(Slot list) const {
    const auto* size = find_function("size");
    KITH_ASSERT(size != nullptr);
    return bound::make(bound::Call{size, {variable(list, kListType)}}, kIntegerType, {});
  }

  void keep_shortest(NodePtr& plan, Slot found) {
    const Slot slot = relationship().slot;
    if (!pattern_.all) {
      put_above(plan, Top{{{size_of(found), true}}, nullptr, integer(1)});
      put_above(plan, Project{{{slot, variable(found, kListType)}}});
    } else {
      const Slot least = context_.fresh_slot(), every = context_.fresh_slot();
      Aggregate op;
      op.calls.push_back({least, find_aggregate("min"), false, {size_of(found)}});
      op.calls.push_back({every, find_aggregate("collect"), false, {variable(found, kListType)}});
      KITH_ASSERT(op.calls[0].function != nullptr && op.calls[1].function != nullptr);
      put_above(plan, std::move(op));
      put_above(plan, Unwind{slot, variable(every, kListType)});
      const auto least_value = variable(least, kIntegerType);
      put_above(plan, Select{{operation(Operator::Equal, {size_of(slot), least_value})}});
    }
  }

  Context& context_;
  Scope& scope_;
  QueryGraph& graph_;
  bound::ShortestPattern pattern_;
  const std::vector<PartRows>& parts_;
  std::vector<bound::PatternPath> paths_;  // those that this pattern is part of
  SlotSet own_;                            // its list and those paths
  std::vector<ExpressionPtr> whole_, of_nodes_;
};

}  // namespace

ExpressionPtr each_condition(const Expression& e, Slot each, const SlotSet& bound,
                             const std::function<bool(const Expression&)>& is_list) {
  const auto* q = std::get_if<bound::Quantifier>(&e.node);
  if (q == nullptr || !q->where || !is_list(*q->list)) return nullptr;
  const bool all = q->kind == bound::QuantifierKind::All;
  if (!all && q->kind != bound::QuantifierKind::None) return nullptr;
  if (is_volatile(*q->where) || has_subquery(*q->where)) return nullptr;
  if (!bound.contains_all(slots_of(*q->where).minus({q->variable}))) return nullptr;
  const auto condition = substitute(q->where, {{q->variable, variable(each, kRelationshipType)}});
  return all ? condition : operation(Operator::Not, {condition});
}

void plan_shortest(Context& context, Scope& scope, QueryGraph& graph,
                   const std::vector<PartRows>& parts) {
  for (const auto& pattern : graph.shortest) {
    ShortestPlanner(context, scope, graph, pattern, parts).run();
  }
}

}  // namespace kith::plan
