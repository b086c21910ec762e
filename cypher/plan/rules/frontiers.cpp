// cypher/plan/rules/frontiers.cpp: where rows are looked at as a set, nodes are expanded once.
//
// Under DISTINCT, EXISTS, min(), max() it does not matter how often a row is there. So what leads
// to a node on many ways needs to be followed from there once: rows that have nothing but that node
// (and perhaps where they began) pass a Sieve before they are expanded, and a variable-length step
// whose trail nobody looks at finds its ends breadth first. Where that gives no row twice, DISTINCT
// has nothing to do; and pairs of a scan's node with an end are told apart by a Sieve, too.
#include <algorithm>

#include "cypher/plan/rewrite.hpp"

namespace kith::plan::rule {

namespace {

bool ignores_repeats(const Aggregate& op) {
  return op.weights.empty() && std::all_of(op.calls.begin(), op.calls.end(), [](const auto& call) {
           if (call.function == nullptr) return false;
           return call.distinct || call.function->name == "min" || call.function->name == "max";
         });
}

bool is_steady(const Node& node) {
  bool steady = true;
  for_each_expression(node, [&](const ExpressionPtr& e) { steady = steady && !is_volatile(*e); });
  return steady;
}

bool is_step(const Node& node) {
  return as<Expand>(node) != nullptr || as<ExpandBound>(node) != nullptr ||
         as<VarExpand>(node) != nullptr || as<PathExpand>(node) != nullptr;
}

// What its input's rows are to an operator whose own rows are looked at as a set.
bool hands_down(const Node& node) {
  const bool plain = is_step(node) || as<Select>(node) != nullptr || as<Project>(node) != nullptr ||
                     as<Unwind>(node) != nullptr || as<ShortestPath>(node) != nullptr ||
                     as<Sort>(node) != nullptr || as<Eager>(node) != nullptr ||
                     as<Distinct>(node) != nullptr || as<HashJoin>(node) != nullptr ||
                     as<CartesianProduct>(node) != nullptr || as<Union>(node) != nullptr ||
                     as<NodeById>(node) != nullptr || as<IndexSeek>(node) != nullptr ||
                     as<Apply>(node) != nullptr;
  return plain && is_steady(node);
}

class Marker {
 public:
  explicit Marker(const Statistics& statistics) : statistics_(statistics) {}

  // `as_set`: whoever is above looks at the node's rows as a set.
  void visit(NodePtr& at, bool as_set) {
    Node& node = *at;
    bool below = as_set && hands_down(node);
    if (const auto* aggregate = as<Aggregate>(node)) {
      below = ignores_repeats(*aggregate) && is_steady(node);
    } else if (as<Distinct>(node) != nullptr) {
      below = true;
    }
    bool inner = below;
    if (const auto* apply = as<Apply>(node)) {
      using Kind = Apply::Kind;
      inner = inner || apply->kind == Kind::Semi || apply->kind == Kind::Anti ||
              apply->kind == Kind::Mark;
    }
    if (const auto* join = as<HashJoin>(node)) {
      using Kind = HashJoin::Kind;
      inner = inner || join->kind == Kind::Semi || join->kind == Kind::Anti;
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      visit(node.children[i], i == 0 ? below : inner);
    }
    if (as_set) {
      take_path(node);
      if (auto* expand = as<VarExpand>(node)) search(node, *expand);
      if (is_step(node)) sieve(node);
    }
    if (is_distinct_already(node)) {
      NodePtr input = std::move(node.children[0]);
      at = std::move(input);
      return;
    }
    prune_distinct(node);
    prune_counted(node);
  }

 private:
  static void search(const Node& node, VarExpand& op) {
    const bool is_list_wanted =
        std::find(node.live.begin(), node.live.end(), op.relationships) != node.live.end();
    op.each_end_once =
        !is_list_wanted && op.min <= 1 && op.distinct_from.empty() && is_steady(node);
  }

  // A quantified part of one relationship that nobody looks into is such a step.
  static void take_path(Node& node) {
    const auto* op = as<PathExpand>(node);
    if (op == nullptr || op->path.selector || op->path.repeats || !op->distinct_from.empty() ||
        !op->path.conjuncts.empty() || op->path.stretches.size() != 1 || !is_steady(node)) {
      return;
    }
    const auto& stretch = op->path.stretches[0];
    if (!stretch.times || stretch.times->min > 1 || stretch.steps.size() != 1) return;
    if (SlotSet(node.live).intersects(introduces_slots(node).minus({op->to}))) return;
    auto step = as_step(*op);
    if (step) node.op = std::move(*step);
  }

  // Nothing if a condition looks at more than one element of the step.
  static std::optional<VarExpand> as_step(const PathExpand& op) {
    const auto& stretch = op.path.stretches[0];
    const auto& step = stretch.steps[0];
    VarExpand made{op.from,
                   op.relationships,
                   op.to,
                   step.types,
                   step.direction,
                   stretch.times->min,
                   stretch.times->max,
                   op.into,
                   step.relationship,
                   nullptr,
                   {},
                   op.reversed};
    made.each_end_once = true;
    made.before.node = stretch.start;
    made.behind.node = step.node;
    const auto require = [](ExpressionPtr& all, const ExpressionPtr& e) {
      all = all == nullptr ? e : operation(bound::Operator::And, {all, e});
    };
    for (const ExpressionPtr& e : stretch.conjuncts) {
      if (has_subquery(*e)) return std::nullopt;
      const SlotSet own = slots_of(*e).common({stretch.start, step.relationship, step.node});
      if (own == SlotSet{step.relationship}) {
        require(made.predicate, e);
      } else if (own == SlotSet{stretch.start}) {
        require(made.before.predicate, e);
      } else if (own == SlotSet{step.node}) {
        require(made.behind.predicate, e);
      } else {
        return std::nullopt;
      }
    }
    // A circle is found from both of its sides: what is before on one is behind on the other.
    const bool is_two_way = step.direction == Direction::Both && made.min == 1;
    if (is_two_way && (made.before.predicate || made.behind.predicate)) return std::nullopt;
    return made;
  }

  // A Distinct of the two ends of a step that gives each end once for each of its starts, of which
  // no two are the same.
  static bool is_distinct_already(const Node& node) {
    const auto* distinct = as<Distinct>(node);
    if (distinct == nullptr) return false;
    const Node& maker = below_filters(*node.children[0]);
    const auto* step = as<VarExpand>(maker);
    if (step == nullptr || !step->each_end_once || step->into) return false;
    const auto holds = [&](Slot slot) {
      const auto& slots = distinct->slots;
      return std::find(slots.begin(), slots.end(), slot) != slots.end();
    };
    return holds(step->from) && holds(step->to) &&
           gives_once(below_filters(*maker.children[0]), step->from);
  }
  // Rows of one node of a scan come one after the other: which ends it has been with is asked of
  // those alone, without a table of all pairs.
  static void prune_distinct(Node& node) {
    const auto* distinct = as<Distinct>(node);
    if (distinct == nullptr || distinct->slots.size() != 2) return;
    if (const auto pair = pair_of(*node.children[0], SlotSet(distinct->slots))) node.op = *pair;
  }

  // Groups of the node of a scan, and what they count of the ends.
  static void prune_counted(Node& node) {
    auto* aggregate = as<Aggregate>(node);
    if (aggregate == nullptr || !ignores_repeats(*aggregate)) return;
    NodePtr& input = node.children[0];
    const auto pair = pair_of(*input, reads_slots(node));
    if (!pair || as<Sieve>(*input) != nullptr) return;
    const auto is_source = [&](const Item& key) {
      return slots_of(*key.value) == SlotSet{*pair->source};
    };
    const auto& keys = aggregate->keys;
    const bool by_source = std::any_of(keys.begin(), keys.end(), [&](const Item& key) {
      return as_variable(*key.value) != nullptr && is_source(key);
    });
    if (!by_source || !std::all_of(keys.begin(), keys.end(), is_source)) return;
    bool any = false;
    for (auto& call : aggregate->calls) {
      const auto* counted = call.arguments.size() == 1 ? as_variable(*call.arguments[0]) : nullptr;
      if (!call.distinct || counted == nullptr || counted->slot != pair->node) continue;
      call.distinct = false;
      any = true;
    }
    if (!any) return;
    const std::vector<Slot> live = input->live;
    put_above(input, *pair);
    input->live = live;
  }

  // A sieve for these two slots of the rows, if one of them is the node of the scan from which they
  // come by steps alone, and the other where a step leads to.
  static std::optional<Sieve> pair_of(const Node& input, const SlotSet& slots) {
    if (slots.size() != 2 || !comes_by_steps(input)) return std::nullopt;
    const std::vector<Slot> both = slots.slots();
    for (const auto& [source, end] : {std::pair{both[0], both[1]}, {both[1], both[0]}}) {
      if (is_scanned(input, source) && is_found(input, end)) return Sieve{end, source, true};
    }
    return std::nullopt;
  }
  static bool comes_by_steps(const Node& node) {
    if (as<NodeScan>(node) != nullptr) return true;
    const bool passes = as<Expand>(node) != nullptr || as<Select>(node) != nullptr ||
                        as<Project>(node) != nullptr || as<Sieve>(node) != nullptr;
    return passes && comes_by_steps(*node.children[0]);
  }
  // Of rows that come by steps. What a projection computes is neither.
  static bool is_scanned(const Node& node, Slot slot) {
    if (const auto* scan = as<NodeScan>(node)) return scan->node == slot;
    const auto before = name_below(node, slot);
    return before && is_scanned(*node.children[0], *before);
  }
  static bool is_found(const Node& node, Slot slot) {
    if (as<NodeScan>(node) != nullptr) return false;
    if (end_of(node) == slot) return true;
    const auto before = name_below(node, slot);
    return before && is_found(*node.children[0], *before);
  }
  static std::optional<Slot> name_below(const Node& node, Slot slot) {
    const auto* project = as<Project>(node);
    if (project == nullptr) return slot;
    for (const Item& item : project->items) {
      if (item.slot != slot) continue;
      const auto* variable = as_variable(*item.value);
      return variable == nullptr ? std::nullopt : std::optional(variable->slot);
    }
    return slot;
  }

  // A leaf with each node in one row, or what looks nodes up for one row.
  static bool gives_once(const Node& node, Slot slot) {
    if (const auto* scan = as<NodeScan>(node)) return scan->node == slot;
    if (node.children.size() != 1 || as<Unit>(*node.children[0]) == nullptr) return false;
    if (const auto* seek = as<NodeById>(node)) return seek->node == slot;
    const auto* seek = as<IndexSeek>(node);
    return seek != nullptr && seek->on == ElementKind::Node && seek->element == slot;
  }
  static const Node& below_filters(const Node& node) {
    return as<Select>(node) != nullptr ? below_filters(*node.children[0]) : node;
  }

  // Rows of a step that lead to one node on many ways.
  void sieve(Node& node) const {
    NodePtr& input = node.children[0];
    const Node& maker = below_filters(*input);
    if (!is_step(maker) || input->live.empty() || input->live.size() > 2) return;
    const auto end = end_of(maker);
    const auto holds = [&](Slot slot) {
      return std::find(input->live.begin(), input->live.end(), slot) != input->live.end();
    };
    if (!end || !holds(*end)) return;
    Sieve op{*end, std::nullopt};
    if (input->live.size() == 2) {
      op.source = input->live[input->live[0] == *end ? 1 : 0];
      if (!is_node(*input, *op.source)) return;
    }
    const std::vector<Slot> live = input->live;
    const double rows = op.source ? input->rows : std::min(input->rows, statistics_.nodes());
    input = make_node(op, rows, std::move(input));
    input->live = live;
  }

  static std::optional<Slot> end_of(const Node& step) {
    if (const auto* expand = as<Expand>(step); expand != nullptr && !expand->into) {
      return expand->to;
    }
    if (const auto* expand = as<VarExpand>(step); expand != nullptr && !expand->into) {
      return expand->to;
    }
    return std::nullopt;
  }

  // A variable of a pattern, found by an operator below.
  static bool is_node(const Node& node, Slot slot) {
    if (const auto* scan = as<NodeScan>(node)) return scan->node == slot;
    if (const auto* seek = as<NodeById>(node); seek != nullptr && seek->node == slot) return true;
    if (const auto* seek = as<IndexSeek>(node)) {
      if (seek->element == slot) return seek->on == ElementKind::Node;
    }
    if (end_of(node) == slot) return true;
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](const auto& child) { return is_node(*child, slot); });
  }

  const Statistics& statistics_;
};

}  // namespace

void frontiers(NodePtr& root, RuleContext& context) {
  if (writes_anywhere(*root)) return;  // what it has changed may be expanded anew
  Marker(context.context.statistics).visit(root, false);
}

}  // namespace kith::plan::rule
