// cypher/plan/query_graph.cpp: from patterns to a graph with counts on it.
#include "cypher/plan/query_graph.hpp"

#include <algorithm>
#include <limits>

#include "core/assert.hpp"
#include "cypher/plan/index_use.hpp"
#include "cypher/plan/path_pattern.hpp"
#include "cypher/plan/selective.hpp"
#include "cypher/plan/shortest.hpp"
#include "cypher/plan/value_sample.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

class Builder {
 public:
  Builder(Context& context, const SlotSet& bound, const Labels& labels)
      : context_(context), bound_(bound) {
    graph_.labels = labels;
    graph_.statistics = &context.statistics;
  }

  void add(const bound::Pattern& pattern, std::uint32_t group) {
    note_labels(pattern.conjuncts);
    SlotSet found;  // nodes that a search finds
    for (const auto& r : pattern.relationships) {
      if (is_search(r)) add_search(r, pattern, found);
    }
    for (const auto& node : pattern.nodes) {
      if (!found.contains(node.slot)) add_node(node.slot);
    }
    for (const auto& relationship : pattern.relationships) {
      if (!is_search(relationship)) add_edge(relationship, group);
    }
    for (auto shortest : pattern.shortest) {
      auto& relationship = shortest.relationship;
      add_node(relationship.left);
      add_node(relationship.right);
      relationship.predicate = ready(context_, graph_.labels, relationship.predicate);
      late_slots_.insert(relationship.slot);
      graph_.shortest.push_back(std::move(shortest));
    }
    for (const auto& path : pattern.paths) {
      late_slots_.insert(path.slot);
      graph_.paths.push_back(path);
    }
    for (const auto& hint : pattern.hints) {
      graph_.hints.push_back(std::make_unique<const bound::Hint>(hint));
    }
    SlotSet waited_for;
    for (const auto& before : graph_.conjuncts) waited_for.insert(before.needs);
    for (const auto& conjunct : with_early_tests(pattern.conjuncts, waited_for, late_slots_)) {
      if (take_each(pattern, *conjunct)) continue;
      follow_list(*conjunct);
      add_conjunct(conjunct);
    }
  }

  QueryGraph finish() {
    require_lonely_nodes();
    ask_of_whole_matches();
    count_nodes();
    count_edges();
    weigh_conjuncts();
    weigh_value_ranges(graph_, context_.statistics);
    find_ids();
    if (context_.optimise) find_indexes();
    return std::move(graph_);
  }

 private:
  std::size_t add_node(Slot slot) {
    const auto found = std::find_if(graph_.nodes.begin(), graph_.nodes.end(),
                                    [&](const auto& node) { return node.slot == slot; });
    if (found != graph_.nodes.end()) {
      return static_cast<std::size_t>(found - graph_.nodes.begin());
    }
    GraphNode node{.slot = slot, .bound = bound_.contains(slot)};
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }

  void add_edge(const bound::PatternRelationship& written, std::uint32_t group) {
    GraphEdge edge{.pattern = written,
                   .left = add_node(written.left),
                   .right = add_node(written.right),
                   .group = group};
    edge.pattern.bound_before = bound_.contains(written.slot);
    edge.pattern.predicate = ready(context_, graph_.labels, written.predicate);
    KITH_ASSERT(!edge.pattern.bound_before || !edge.is_list());
    if (auto& path = edge.pattern.path) {
      each_expression(*path, [&](auto& e) { e = ready(context_, graph_.labels, e); });
      edge.needs = needed_slots(*path, written.left, written.right);
      edge.adds = added_slots(*path, written.left, written.right);
    }
    if (edge.pattern.predicate) {
      edge.needs = slots_of(*edge.pattern.predicate).minus({edge.pattern.each});
    }
    graph_.edges.push_back(std::move(edge));
  }

  static bool is_search(const bound::PatternRelationship& r) { return r.path && r.path->selector; }

  // Its variables, and the end that it finds itself, come after everything else.
  void add_search(bound::PatternRelationship r, const bound::Pattern& pattern, SlotSet& found) {
    const auto ends = choose_ends(estimate_end(r.left, r, pattern),
                                  estimate_end(r.right, r, pattern), context_.optimise);
    if (r.left != r.right) {
      if (!ends.left) found.insert(r.left);
      if (!ends.right) found.insert(r.right);
    }
    late_slots_.insert(found);
    late_slots_.insert(r.slot);
    late_slots_.insert(added_slots(*r.path, r.left, r.right));
    each_expression(*r.path, [&](auto& e) { e = ready(context_, graph_.labels, e); });
    graph_.searches.push_back(std::move(r));
  }

  EndEstimate estimate_end(Slot end, const bound::PatternRelationship& search,
                           const bound::Pattern& pattern) const {
    if (bound_.contains(end)) return {1, true};
    EndEstimate estimate;
    estimate.fixed = std::any_of(
        pattern.relationships.begin(), pattern.relationships.end(), [&](const auto& other) {
          return other.slot != search.slot && (other.left == end || other.right == end);
        });
    const auto known = graph_.labels.find(end);
    estimate.rows = known == graph_.labels.end() ? context_.statistics.nodes()
                                                 : node_count(context_.statistics, known->second);
    for (const auto& e : pattern.conjuncts) {
      const SlotSet slots = slots_of(*e);
      if (!slots.contains(end) || !bound_.contains_all(slots.minus({end}))) continue;
      if (std::holds_alternative<bound::HasLabels>(e->node)) continue;
      estimate.rows *= selectivity(*e, graph_.labels, context_.statistics);
    }
    return estimate;
  }

  void note_labels(const std::vector<ExpressionPtr>& conjuncts) {
    for (const auto& e : conjuncts) {
      const auto* test = std::get_if<bound::HasLabels>(&e->node);
      const auto* owner = test == nullptr ? nullptr : as_variable(*test->subject);
      if (owner == nullptr) continue;
      auto& known = graph_.labels[owner->slot];
      for (auto& label : plain_labels(test->labels)) {
        if (std::find(known.begin(), known.end(), label) == known.end()) {
          known.push_back(std::move(label));
        }
      }
    }
  }

  void require_of_each(GraphEdge& edge, const ExpressionPtr& condition) {
    auto& r = edge.pattern;
    r.predicate = r.predicate ? operation(Operator::And, {r.predicate, condition}) : condition;
    edge.needs = slots_of(*r.predicate).minus({r.each});
  }

  // all(r IN list WHERE …) over a variable-length relationship prunes its trails as they grow.
  bool take_each(const bound::Pattern& pattern, const Expression& conjunct) {
    const auto* test = std::get_if<bound::Quantifier>(&conjunct.node);
    if (!context_.optimise || test == nullptr || can_fail(conjunct)) return false;
    SlotSet sight = bound_;
    for (const auto& node : graph_.nodes) sight.insert(node.slot);
    for (auto& edge : graph_.edges) {
      auto& r = edge.pattern;
      if (!edge.is_list() || r.path) continue;
      const Slot each = r.predicate ? r.each : test->variable;
      const auto condition = each_condition(conjunct, each, sight, [&](const Expression& list) {
        return is_trail(pattern, r.slot, list);
      });
      if (condition == nullptr) continue;
      r.each = each;
      require_of_each(edge, condition);
      return true;
    }
    return false;
  }

  // A trail that must equal a list known before takes relationships of that list only.
  void follow_list(const Expression& conjunct) {
    const auto* equal = as_operation(conjunct, Operator::Equal);
    if (equal == nullptr) return;
    for (const bool first : {true, false}) {
      const auto* trail = as_variable(*equal->operands[first ? 0 : 1]);
      const auto& list = equal->operands[first ? 1 : 0];
      if (trail == nullptr || !bound_.contains_all(slots_of(*list)) || has_subquery(*list))
        continue;
      if (can_fail(*list) || !list->types.is_only(kListType | kNullType)) continue;
      for (auto& edge : graph_.edges) {
        if (edge.pattern.slot != trail->slot || !edge.is_list() || edge.pattern.path) continue;
        if (!edge.pattern.predicate) edge.pattern.each = context_.fresh_slot();
        const auto each = variable(edge.pattern.each, kRelationshipType);
        require_of_each(edge, operation(Operator::In, {each, list}));
      }
    }
  }

  // The variable itself, or the relationships of a path that has no other step.
  static bool is_trail(const bound::Pattern& pattern, Slot slot, const Expression& list) {
    if (const auto* name = as_variable(list)) return name->slot == slot;
    const Expression* of_path = argument_of(list, "relationships");
    const auto* name = of_path == nullptr ? nullptr : as_variable(*of_path);
    return name != nullptr &&
           std::any_of(pattern.paths.begin(), pattern.paths.end(), [&](const auto& path) {
             const auto* steps = std::get_if<bound::MakePath>(&path.path->node);
             return path.slot == name->slot && steps != nullptr && steps->steps.size() == 1 &&
                    steps->steps[0].relationship == slot;
           });
  }

  void add_conjunct(const ExpressionPtr& written) {
    GraphConjunct conjunct;
    conjunct.value = ready(context_, graph_.labels, written);
    conjunct.needs = slots_of(*conjunct.value);
    conjunct.late = is_volatile(*conjunct.value) || conjunct.needs.intersects(late_slots_);
    conjunct.fixed = conjunct.late || condition_can_fail(*conjunct.value);
    if (conjunct.fixed) {  // Q1
      for (const auto& before : graph_.conjuncts) {
        conjunct.needs.insert(before.needs);
        conjunct.late |= before.late;
      }
    }
    conjunct.cost = cost_of(*conjunct.value);
    graph_.conjuncts.push_back(std::move(conjunct));
  }

  // Q2
  void ask_of_whole_matches() {
    SlotSet all;
    for (const auto& node : graph_.nodes) all.insert(node.slot);
    for (const auto& edge : graph_.edges) {
      all.insert(edge.pattern.slot);
      all.insert(edge.adds);
    }
    bool behind = false;
    for (auto& conjunct : graph_.conjuncts) {
      behind = behind || may_be_no_truth(*conjunct.value);
      if (conjunct.fixed && behind) conjunct.needs.insert(all);
    }
  }

  // A bound node that no relationship visits must at least be there.
  void require_lonely_nodes() {
    SlotSet visited;
    for (const auto& edge : graph_.edges) {
      visited.insert(edge.pattern.left);
      visited.insert(edge.pattern.right);
    }
    for (const auto& node : graph_.nodes) {
      if (!node.bound || visited.contains(node.slot)) continue;
      add_conjunct(operation(Operator::IsNotNull, {variable(node.slot, kNodeType)}));
    }
  }

  void count_nodes() {
    const Statistics& statistics = context_.statistics;
    for (auto& node : graph_.nodes) {
      const auto known = graph_.labels.find(node.slot);
      if (known != graph_.labels.end()) node.labels = known->second;
      std::sort(node.labels.begin(), node.labels.end(), [&](const auto& a, const auto& b) {
        return statistics.nodes(a) < statistics.nodes(b);
      });
      node.count = node_count(statistics, node.labels);
      node.population = std::max(1.0, node.count);
    }
    for (const auto& edge : graph_.edges) {
      for (const bool left : {true, false}) {
        auto& node = graph_.nodes[left ? edge.left : edge.right];
        if (!node.labels.empty()) continue;
        node.population = std::min(node.population, end_population(edge.pattern, left, statistics));
      }
    }
  }

  void count_edges() {
    const Statistics& statistics = context_.statistics;
    for (auto& edge : graph_.edges) {
      const auto& left = graph_.nodes[edge.left];
      const auto& right = graph_.nodes[edge.right];
      const double both =
          matching_relationships(edge.pattern, left.labels, right.labels, statistics);
      const double by_left = matching_relationships(edge.pattern, left.labels, {}, statistics);
      const double by_right = matching_relationships(edge.pattern, {}, right.labels, statistics);
      edge.all = matching_relationships(edge.pattern, {}, {}, statistics);
      edge.fan_left = by_left / left.population;
      edge.fan_right = by_right / right.population;
      edge.selectivity = both / (left.population * right.population);
      if (edge.is_list()) count_trails(edge, both, by_left);
      if (edge.pattern.bound_before) {
        edge.selectivity = 1 / (left.population * right.population);
        edge.fan_left = edge.fan_right = 1;
      }
    }
  }

  void count_trails(GraphEdge& edge, double both, double by_left) {
    const Statistics& statistics = context_.statistics;
    double passing = 1;
    if (edge.pattern.predicate) {
      passing = selectivity(*edge.pattern.predicate, graph_.labels, statistics);
    }
    const double from_left = edge.all / end_population(edge.pattern, true, statistics) * passing;
    const double from_right = edge.all / end_population(edge.pattern, false, statistics) * passing;
    edge.fan_left = trails(*edge.pattern.length, edge.fan_left * passing, from_left);
    edge.fan_right = trails(*edge.pattern.length, edge.fan_right * passing, from_right);
    const double kept = by_left > 0 ? both / by_left : 0;
    edge.selectivity = edge.fan_left * kept / graph_.nodes[edge.right].population;
  }

  void weigh_conjuncts() {
    for (std::size_t i = 0; i < graph_.conjuncts.size(); ++i) {
      auto& conjunct = graph_.conjuncts[i];
      conjunct.selectivity = selectivity(*conjunct.value, graph_.labels, context_.statistics);
      const auto* test = std::get_if<bound::HasLabels>(&conjunct.value->node);
      const auto* owner = test == nullptr ? nullptr : as_variable(*test->subject);
      if (owner == nullptr || conjunct.fixed) continue;
      const auto names = plain_labels(test->labels);
      for (auto& node : graph_.nodes) {
        if (node.slot != owner->slot || names.empty()) continue;
        conjunct.selectivity = 1;  // nodes and edges count it already
        node.label_conjuncts.push_back(i);
        for (const auto& name : node.labels) {
          const bool asked = std::find(names.begin(), names.end(), name) != names.end();
          const bool known = std::find(node.scan_labels.begin(), node.scan_labels.end(), name) !=
                             node.scan_labels.end();
          if (asked && !known) node.scan_labels.push_back(name);
        }
      }
    }
    for (auto& node : graph_.nodes) {
      std::sort(node.scan_labels.begin(), node.scan_labels.end(),
                [&](const auto& a, const auto& b) {
                  return context_.statistics.nodes(a) < context_.statistics.nodes(b);
                });
    }
  }

  // id(n) = value, value = id(n), id(n) IN list, where the other side is known beforehand.
  void find_ids() {
    for (std::size_t i = 0; i < graph_.conjuncts.size(); ++i) {
      const auto& conjunct = graph_.conjuncts[i];
      if (conjunct.late) continue;
      const Expression& condition = without_trial(*conjunct.value);
      if (const auto* equal = as_operation(condition, Operator::Equal)) {
        for (const bool first : {true, false}) {
          const auto& value = equal->operands[first ? 1 : 0];
          const auto list = bound::make(bound::List{{value}}, kListType, value->at);
          offer_ids(i, *equal->operands[first ? 0 : 1], list, 1);
        }
      }
      if (const auto* in = as_operation(condition, Operator::In)) {
        const double share = conjunct.selectivity * std::max(1.0, context_.statistics.nodes());
        offer_ids(i, *in->operands[0], in->operands[1], std::max(2.0, share));
      }
    }
  }

  void offer_ids(std::size_t conjunct, const Expression& side, const ExpressionPtr& ids,
                 double count) {
    const Expression* subject = argument_of(side, "id");
    const auto* owner = subject == nullptr ? nullptr : as_variable(*subject);
    if (owner == nullptr || !bound_.contains_all(slots_of(*ids)) || has_subquery(*ids)) return;
    const auto& condition = graph_.conjuncts[conjunct];
    const bool may_fail = condition.fixed || as_tried(*condition.value) != nullptr;
    if (may_fail && !std::holds_alternative<bound::Parameter>(ids->node)) return;
    for (auto& node : graph_.nodes) {
      if (node.slot != owner->slot || node.bound || node.id_conjunct) continue;
      node.id_conjunct = conjunct;
      node.ids = ids;
      node.id_count = count;
    }
  }

  // ---- indexes
  void find_indexes() {
    weigh_by_indexes(graph_, context_.statistics);
    for (const auto& hint : graph_.hints) {
      for (auto& node : graph_.nodes) {
        if (node.slot == hint->slot && !node.bound) node.hint = hint.get();
      }
      for (auto& edge : graph_.edges) {
        if (edge.pattern.slot == hint->slot && !edge.pattern.bound_before) edge.hint = hint.get();
      }
    }
    for (auto& node : graph_.nodes) {
      if (!node.bound)
        node.index = find_index_use(graph_, context_.statistics, sought(node), {}, false);
    }
    for (auto& edge : graph_.edges) {
      const auto what = sought(edge);
      if (what) edge.index = find_index_use(graph_, context_.statistics, *what, {}, false);
    }
  }

  Context& context_;
  const SlotSet& bound_;
  SlotSet late_slots_;  // of paths and shortest paths
  QueryGraph graph_;
};

}  // namespace

std::vector<std::string> plain_labels(const bound::LabelExpression& e) {
  using Op = bound::LabelExpression::Op;
  if (e.op == Op::Name) return {e.name};
  std::vector<std::string> names;
  if (e.op != Op::And) return names;
  for (const auto& operand : e.operands) {
    if (operand.op != Op::Name) return {};
    names.push_back(operand.name);
  }
  return names;
}

std::size_t QueryGraph::node_at(Slot slot) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].slot == slot) return i;
  }
  KITH_ASSERT(false);
  return nodes.size();
}

void check_afterwards(QueryGraph& graph, const std::vector<std::size_t>& edges) {
  for (const std::size_t e : edges) {
    auto& edge = graph.edges[e];
    auto& r = edge.pattern;
    if (edge.needs.empty() || r.path) continue;
    GraphConjunct conjunct;
    const auto list = variable(r.slot, kListType);
    conjunct.value = bound::make(
        bound::Quantifier{bound::QuantifierKind::All, r.each, list, r.predicate}, kBooleanType, {});
    conjunct.needs = slots_of(*conjunct.value);
    conjunct.fixed = can_fail(*conjunct.value);
    conjunct.cost = cost_of(*conjunct.value);
    for (const auto& before : graph.conjuncts) {
      if (conjunct.fixed && !before.late) conjunct.needs.insert(before.needs);  // Q1
    }
    graph.conjuncts.push_back(std::move(conjunct));
    r.predicate = nullptr;
    edge.needs = {};
  }
}

bool may_coincide(const GraphEdge& a, const GraphEdge& b) {
  if (a.group != b.group || a.pattern.repeats || b.pattern.repeats) return false;
  const auto& left = a.pattern.types;
  const auto& right = b.pattern.types;
  if (left.empty() || right.empty()) return true;
  return std::any_of(left.begin(), left.end(), [&](const auto& type) {
    return std::find(right.begin(), right.end(), type) != right.end();
  });
}

ExpressionPtr take_alone(const QueryGraph& graph, std::vector<std::size_t>& list, Slot slot) {
  ExpressionPtr all;
  std::erase_if(list, [&](std::size_t i) {
    const auto& conjunct = graph.conjuncts[i];
    const bool is_alone = conjunct.needs.slots() == std::vector<Slot>{slot} && !conjunct.fixed &&
                          !has_subquery(*conjunct.value);
    if (!is_alone) return false;
    all = all ? operation(Operator::And, {all, conjunct.value}) : conjunct.value;
    return true;
  });
  return all;
}

namespace {

// Both sides may be keys of a join, which asks it as early as anything could be.
bool may_be_key(const Expression& e) {
  const auto* equal = as_operation(e, Operator::Equal);
  return equal != nullptr && !slots_of(*equal->operands[0]).empty() &&
         !slots_of(*equal->operands[1]).empty();
}

}  // namespace

std::vector<ExpressionPtr> with_early_tests(const std::vector<ExpressionPtr>& conjuncts,
                                            SlotSet waited_for, const SlotSet& late) {
  std::vector<ExpressionPtr> all;
  bool waits = false;
  for (const auto& e : conjuncts) {
    const SlotSet slots = slots_of(*e);
    const auto* before = all.empty() ? nullptr : as_operation(*all.back(), Operator::NotEqual);
    const bool has_one = before != nullptr && before->operands[0] == e;
    const bool can_be_early = !waits && !has_one && !is_volatile(*e) && !has_subquery(*e);
    if (can_be_early && may_be_no_truth(*e) && !slots.empty()) {
      all.push_back(unless_false(e));
      all.push_back(e);
    } else if (may_be_tried(*e) && !may_be_no_truth(*e) && !slots.contains_all(waited_for) &&
               !slots.intersects(late) && !may_be_key(*e)) {
      auto [early, rest] = tried(e);
      all.push_back(std::move(early));
      all.push_back(std::move(rest));
    } else {
      all.push_back(e);
    }
    waits = waits || condition_can_fail(*e) || is_volatile(*e);
    waited_for.insert(slots);
  }
  return all;
}

std::vector<std::size_t> newly_possible(const QueryGraph& graph, const SlotSet& slots,
                                        const SlotSet* first, const SlotSet* second) {
  std::vector<std::size_t> possible;
  for (std::size_t i = 0; i < graph.conjuncts.size(); ++i) {
    const auto& conjunct = graph.conjuncts[i];
    if (conjunct.late || conjunct.answered || !slots.contains_all(conjunct.needs)) continue;
    if (first != nullptr && first->contains_all(conjunct.needs)) continue;
    if (second != nullptr && second->contains_all(conjunct.needs)) continue;
    possible.push_back(i);
  }
  std::stable_sort(possible.begin(), possible.end(), [&](std::size_t a, std::size_t b) {
    const auto& left = graph.conjuncts[a];
    const auto& right = graph.conjuncts[b];
    if (left.fixed != right.fixed) return right.fixed;  // fallible ones last, in their order
    return !left.fixed && left.cost < right.cost;
  });
  return possible;
}

QueryGraph make_query_graph(Context& context, const std::vector<const bound::Pattern*>& run,
                            const SlotSet& bound, const Labels& labels) {
  Builder builder(context, bound, labels);
  std::uint32_t group = 0;
  for (const auto* pattern : run) builder.add(*pattern, group++);
  return builder.finish();
}

}  // namespace kith::plan
