// cypher/plan/match.cpp: MATCH as scans, expands and joins.
//
// A run of MATCH clauses becomes a query graph. Nodes looked up by a known id come first, then each
// connected part in its best order, then the parts are joined, then what looks at the whole match:
// shortest paths, paths, late conjuncts.
#include <algorithm>
#include <limits>
#include <optional>

#include "core/assert.hpp"
#include "cypher/plan/join_order.hpp"
#include "cypher/plan/path_pattern.hpp"
#include "cypher/plan/planner.hpp"
#include "cypher/plan/query_graph.hpp"
#include "cypher/plan/seek_join.hpp"
#include "cypher/plan/selective.hpp"
#include "cypher/plan/shortest.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

// A part of the pattern with its order, or, once that is built, with its plan.
struct Part {
  NodePtr plan;   // null: not built
  StepPtr order;  // null: built
  Component component = {};
  SlotSet slots = {};
  bool is_outer = false;
  double rows = 1;
};

class Matcher {
 public:
  Matcher(Context& context, Scope& scope, QueryGraph graph)
      : context_(context), scope_(scope), graph_(std::move(graph)) {}

  void run() {
    look_up_ids();
    std::vector<Part> parts = solve_parts();
    std::vector<PartRows> apart;
    for (const Part& part : parts) apart.push_back({part.slots, part.rows});
    while (parts.size() > 1) join_two(parts);
    KITH_ASSERT(parts.size() == 1);
    realise(parts[0]);
    scope_.plan = std::move(parts[0].plan);
    scope_.bound.insert(parts[0].slots);
    plan_shortest(context_, scope_, graph_, apart);
    plan_searches(context_, scope_, graph_);
    finish();
    check_hints();
  }

 private:
  // ---- nodes by id, on top of the rows so far
  void look_up_ids() {
    for (auto& node : graph_.nodes) {
      if (!node.id_conjunct) continue;
      const bool depends = !slots_of(*node.ids).empty();
      if (!depends && node.id_count > 1) continue;  // a leaf of its own: see order_joins
      const double rows = scope_.rows() * node.id_count;
      scope_.plan = make_node(NodeById{node.slot, node.ids}, rows, std::move(scope_.plan));
      scope_.bound.insert(node.slot);
      node.bound = true;
      graph_.conjuncts[*node.id_conjunct].answered = true;
    }
  }

  // ---- connected parts
  std::vector<Part> solve_parts() {
    const bool is_start = std::holds_alternative<Unit>(scope_.plan->op);
    std::vector<Part> parts;
    // The second side runs first, and to its end: what writes must be there.
    if (writes_anywhere(*scope_.plan) || scope_.repeats == Scope::Repeats::Row) {
      side_ = Outer::Side::Second;
    } else if (scope_.repeats == Scope::Repeats::Batch && !scope_.imports.empty()) {
      side_ = Outer::Side::First;
    }
    const Outer outer{scope_.rows(), scope_.bound, side_};
    bool used_outer = false;
    for (const auto& component : components_of(graph_)) {
      StepPtr order = order_joins(graph_, component, outer);
      if (order == nullptr) {
        check_afterwards(graph_, component.edges);
        order = order_joins(graph_, component, outer);
        KITH_ASSERT(order != nullptr);  // the component is connected
      }
      used_outer |= component.has_outer;
      Part part{.plan = nullptr, .order = order, .component = component, .slots = order->slots};
      part.is_outer = component.has_outer;
      part.rows = order->rows;
      if (part.is_outer && context_.optimise) feed_outer(part, outer);
      parts.push_back(std::move(part));
    }
    if (!used_outer && !is_start) {
      Step step{.kind = Step::Kind::Outer};
      step.slots = scope_.bound;
      step.rows = scope_.rows();
      Part part{.plan = nullptr, .order = std::make_shared<const Step>(step), .component = {}};
      part.slots = step.slots;
      part.is_outer = true;
      part.rows = step.rows;
      parts.push_back(std::move(part));
    }
    return parts;
  }

  void realise(Part& part) {
    if (part.order == nullptr) return;
    part.plan = build(*part.order);
    part.order = nullptr;
  }

  // ---- seeks on top of rows that are there

  // A component that the rows so far are part of already.
  void feed_outer(Part& part, const Outer& outer) {
    const auto feeding = find_feeding(graph_, context_.statistics, part.component, outer);
    if (!feeding || feeding->cost >= part.order->cost) return;
    NodePtr plan = filtered_now(std::move(scope_.plan), outer.slots, outer.rows);
    part = fed(std::move(plan), outer, part.component, *feeding);
  }

  // What conjuncts can be tested on rows with these slots, tested and noted as answered.
  NodePtr filtered_now(NodePtr plan, const SlotSet& slots, double rows) {
    const auto possible = newly_possible(graph_, slots, nullptr, nullptr);
    for (const std::size_t i : possible) {
      rows *= graph_.conjuncts[i].selectivity;
      graph_.conjuncts[i].answered = true;
    }
    return filtered(std::move(plan), possible, rows);
  }

  // The component solved by seeks on top of `plan`, whose rows have `rows.slots`.
  Part fed(NodePtr plan, Outer rows, Component component, const Feeding& feeding) {
    for (const FedSeek& seek : feeding.seeks) {
      const auto use = use_of(graph_, context_.statistics, seek, rows.slots);
      KITH_ASSERT(use != nullptr);
      plan = seek_on(std::move(plan), seek, *use);
      for (const std::size_t i : use->answered) graph_.conjuncts[i].answered = true;
      SlotSet slots = rows.slots;
      slots.insert(introduces_slots(*plan));
      const double found = plan->rows;
      plan = filtered_now(std::move(plan), slots, found);
      if (seek.on_edge) plan = kept_apart(std::move(plan), graph_.edges[seek.element], rows.slots);
      note_seek(graph_, seek, *use, component, rows);
    }
    const StepPtr order = order_joins(graph_, component, rows);
    KITH_ASSERT(order != nullptr && scope_.plan == nullptr);
    scope_.plan = std::move(plan);  // what the step Outer stands for
    Part part{.plan = build(*order), .order = nullptr, .component = component};
    part.slots = order->slots;
    part.is_outer = true;
    part.rows = order->rows;
    return part;
  }

  // The trail rule between a relationship and those that were there before it.
  NodePtr kept_apart(NodePtr plan, const GraphEdge& edge, const SlotSet& before) const {
    std::vector<ExpressionPtr> rules;
    for (const auto& other : graph_.edges) {
      const bool is_there = before.contains(other.pattern.slot) && !is_waiting(other, before);
      if (is_there && &other != &edge && may_coincide(edge, other)) {
        rules.push_back(differ(edge, other));
      }
    }
    const double rows = plan->rows;
    return select(std::move(plan), std::move(rules), rows);
  }

  NodePtr seek_on(NodePtr input, const FedSeek& seek, const IndexUse& use) {
    if (!seek.on_edge) return seek_node(std::move(input), graph_.nodes[seek.element], use);
    return seek_edge(std::move(input), graph_.edges[seek.element], use);
  }

  NodePtr seek_node(NodePtr input, const GraphNode& node, const IndexUse& use) {
    kept_hints_.push_back(node.hint);
    const double rows = std::min(kMostRows, input->rows * use.rows);
    return make_node(use.seek, rows, std::move(input));
  }

  NodePtr seek_edge(NodePtr input, const GraphEdge& edge, const IndexUse& use) {
    kept_hints_.push_back(edge.hint);
    const auto& pattern = edge.pattern;
    IndexSeek op = use.seek;
    const bool in = pattern.direction == Direction::In;
    op.start = in ? pattern.right : pattern.left;
    op.end = in ? pattern.left : pattern.right;
    op.both_ways = pattern.direction == Direction::Both;
    const double rows = std::min(kMostRows, input->rows * use.rows * (op.both_ways ? 2 : 1));
    return make_node(std::move(op), rows, std::move(input));
  }

  void check_hints() const {
    for (const auto& hint : graph_.hints) {
      if (!context_.optimise ||
          std::find(kept_hints_.begin(), kept_hints_.end(), hint.get()) != kept_hints_.end()) {
        continue;
      }
      const auto& indexes = context_.statistics.indexes();
      const auto kind = hint->on_relationship ? ElementKind::Relationship : ElementKind::Node;
      const bool exists = std::any_of(indexes.begin(), indexes.end(), [&](const auto& index) {
        return index.on == kind && index.token == hint->label && index.keys == hint->keys;
      });
      const bool is_missing = !hint->keys.empty() && !exists;
      throw SyntaxError(is_missing ? "IndexNotFound" : "InvalidHint",
                        hint->text + (is_missing ? ": there is no such index"
                                                 : " cannot be followed: the pattern and its "
                                                   "conditions do not ask for that"),
                        hint->at);
    }
  }

  NodePtr build(const Step& step) {
    NodePtr first = step.first ? build(*step.first) : nullptr;
    NodePtr second = step.second ? build(*step.second) : nullptr;
    auto possible = newly_possible(graph_, step.slots, step.first ? &step.first->slots : nullptr,
                                   step.second ? &step.second->slots : nullptr);
    NodePtr plan;
    switch (step.kind) {
      case Step::Kind::Outer:
        plan = std::move(scope_.plan);
        KITH_ASSERT(plan != nullptr);
        break;
      case Step::Kind::Scan:
        plan = scan(graph_.nodes[step.element], possible);
        break;
      case Step::Kind::ById:
        plan = by_id(graph_.nodes[step.element], possible);
        break;
      case Step::Kind::Seek: {
        const GraphNode& node = graph_.nodes[step.element];
        for (const std::size_t i : node.index->answered) std::erase(possible, i);
        plan = seek_node(make_node(Unit{}, 1), node, *node.index);
        break;
      }
      case Step::Kind::RelationshipSeek: {
        const GraphEdge& edge = graph_.edges[step.element];
        for (const std::size_t i : edge.index->answered) std::erase(possible, i);
        plan = seek_edge(make_node(Unit{}, 1), edge, *edge.index);
        break;
      }
      case Step::Kind::RelationshipScan:
        plan = scan_relationships(graph_.edges[step.element]);
        break;
      case Step::Kind::Expand:
        plan = expand(step, std::move(first));
        break;
      case Step::Kind::Intersect:
        plan = intersect(step, std::move(first), possible);
        break;
      case Step::Kind::Join:
        return join(std::move(first), std::move(second), *step.first, *step.second, possible,
                    step.rows);
    }
    return filtered(std::move(plan), possible, step.rows);
  }

  NodePtr filtered(NodePtr plan, const std::vector<std::size_t>& conjuncts, double rows) const {
    std::vector<ExpressionPtr> list;
    list.reserve(conjuncts.size());
    for (const std::size_t i : conjuncts) list.push_back(graph_.conjuncts[i].value);
    if (list.empty()) plan->rows = rows;
    return select(std::move(plan), std::move(list), rows);
  }

  NodePtr scan(const GraphNode& node, std::vector<std::size_t>& possible) {
    keep_scan_hint(node.hint, node.scan_labels);
    for (const std::size_t i : node.label_conjuncts) std::erase(possible, i);
    return make_node(NodeScan{node.slot, node.scan_labels}, node.count);
  }

  NodePtr by_id(const GraphNode& node, std::vector<std::size_t>& possible) const {
    std::erase(possible, *node.id_conjunct);
    return make_node(NodeById{node.slot, node.ids}, node.id_count, make_node(Unit{}, 1));
  }

  void keep_scan_hint(const bound::Hint* hint, const std::vector<std::string>& names) {
    if (hint == nullptr || !hint->keys.empty()) return;
    if (std::find(names.begin(), names.end(), hint->label) != names.end()) {
      kept_hints_.push_back(hint);
    }
  }

  NodePtr scan_relationships(const GraphEdge& edge) {
    const auto& pattern = edge.pattern;
    keep_scan_hint(edge.hint, pattern.types);
    const bool out = pattern.direction == Direction::Out;
    RelationshipScan op{pattern.slot, out ? pattern.left : pattern.right,
                        out ? pattern.right : pattern.left, std::nullopt};
    if (!pattern.types.empty()) op.type = pattern.types[0];
    return make_node(std::move(op), edge.all);
  }

  // Relationships of `slots` that the edge must differ from.
  std::vector<Slot> rivals(const GraphEdge& edge, const SlotSet& slots) const {
    std::vector<Slot> list;
    for (const auto& other : graph_.edges) {
      if (&other == &edge || other.pattern.slot == edge.pattern.slot) continue;
      const bool solved = slots.contains(other.pattern.slot);
      if (solved && !is_waiting(other, slots) && may_coincide(edge, other)) {
        list.push_back(other.pattern.slot);
      }
    }
    return list;
  }
  // Bound before, but not yet checked against its pattern: it will do the comparing.
  static bool is_waiting(const GraphEdge& edge, const SlotSet& slots) {
    return edge.pattern.bound_before &&
           !(slots.contains(edge.pattern.left) && slots.contains(edge.pattern.right));
  }

  NodePtr expand(const Step& step, NodePtr input) const {
    const auto& edge = graph_.edges[step.element];
    const auto& pattern = edge.pattern;
    const SlotSet& before = step.first->slots;
    const Slot from = step.from_left ? pattern.left : pattern.right;
    const Slot to = step.from_left ? pattern.right : pattern.left;
    const Direction direction = step.from_left ? pattern.direction : turned(pattern.direction);
    const auto distinct_from = rivals(edge, before);
    const bool into = before.contains(to) || from == to;
    const double touched = into ? step.rows : step.touched;
    if (pattern.bound_before) {
      ExpandBound op{pattern.slot,        from,          to,        before.contains(from),
                     before.contains(to), pattern.types, direction, distinct_from};
      return make_node(std::move(op), touched, std::move(input));
    }
    if (pattern.path) {
      PathExpand op{.from = from,
                    .relationships = pattern.slot,
                    .to = to,
                    .into = into,
                    .reversed = !step.from_left,
                    .path = step.from_left ? *pattern.path : turned(*pattern.path),
                    .distinct_from = distinct_from};
      return make_node(std::move(op), touched, std::move(input));
    }
    if (edge.is_list()) {
      VarExpand op{from,
                   pattern.slot,
                   to,
                   pattern.types,
                   direction,
                   pattern.length->min,
                   pattern.length->max,
                   into,
                   pattern.each,
                   pattern.predicate,
                   distinct_from,
                   !step.from_left};
      return make_node(std::move(op), touched, std::move(input));
    }
    Expand op{from, pattern.slot, to, pattern.types, direction, into, distinct_from};
    return make_node(std::move(op), touched, std::move(input));
  }

  NodePtr intersect(const Step& step, NodePtr input, std::vector<std::size_t>& possible) const {
    Intersect op{graph_.nodes[step.element].slot, {}};
    op.predicate = take_alone(graph_, possible, op.to);
    SlotSet before = step.first->slots;
    for (const std::size_t e : step.edges) {
      const auto& pattern = graph_.edges[e].pattern;
      const bool from_left = pattern.right == op.to;
      op.legs.push_back({from_left ? pattern.left : pattern.right, pattern.slot, pattern.types,
                         from_left ? pattern.direction : turned(pattern.direction),
                         rivals(graph_.edges[e], before),
                         take_alone(graph_, possible, pattern.slot)});
      before.insert(pattern.slot);
    }
    return make_node(std::move(op), step.touched, std::move(input));
  }

  // ---- joins
  // Takes from `possible` what can be a key: equality of an expression over one side with one over
  // the other.
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> take_keys(std::vector<std::size_t>& possible,
                                                                 const SlotSet& first,
                                                                 const SlotSet& second) const {
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> keys;
    std::vector<std::size_t> left;
    for (const std::size_t i : possible) {
      const auto& conjunct = graph_.conjuncts[i];
      const auto* equal = as_operation(*conjunct.value, Operator::Equal);
      const auto belongs = [&](const ExpressionPtr& e, const SlotSet& side) {
        const SlotSet slots = slots_of(*e);
        return !slots.empty() && side.contains_all(slots);
      };
      // Keys are computed before anything else: what can fail may be one only if nothing that was
      // written before it waits for the join.
      const bool waits =
          conjunct.fixed &&
          std::any_of(left.begin(), left.end(), [&](std::size_t other) { return other < i; });
      if (equal == nullptr || waits || has_subquery(*conjunct.value)) {
        left.push_back(i);
      } else if (belongs(equal->operands[0], first) && belongs(equal->operands[1], second)) {
        keys.emplace_back(equal->operands[0], equal->operands[1]);
      } else if (belongs(equal->operands[1], first) && belongs(equal->operands[0], second)) {
        keys.emplace_back(equal->operands[1], equal->operands[0]);
      } else {
        left.push_back(i);
      }
    }
    possible = std::move(left);
    return keys;
  }

  // The trail rule between two sides solved apart.
  std::vector<ExpressionPtr> trail_rule(const SlotSet& first, const SlotSet& second) const {
    std::vector<ExpressionPtr> rules;
    for (const auto& a : graph_.edges) {
      if (!first.contains(a.pattern.slot) || is_waiting(a, first)) continue;
      for (const auto& b : graph_.edges) {
        const bool other_side = second.contains(b.pattern.slot) && !is_waiting(b, second);
        if (&a != &b && other_side && may_coincide(a, b)) rules.push_back(differ(a, b));
      }
    }
    return rules;
  }

  ExpressionPtr differ(const GraphEdge& a, const GraphEdge& b) const {
    if (a.is_list() && !b.is_list()) return differ(b, a);
    const auto type_of = [](const GraphEdge& e) {
      return e.is_list() ? kListType : kRelationshipType;
    };
    const auto one = variable(a.pattern.slot, type_of(a));
    const auto two = variable(b.pattern.slot, type_of(b));
    if (!b.is_list()) return operation(Operator::NotEqual, {one, two});
    if (!a.is_list()) {
      return operation(Operator::Not, {operation(Operator::In, {one, two})});
    }
    const Slot each = context_.fresh_slot();
    const auto member = operation(Operator::In, {variable(each, kRelationshipType), two});
    return bound::make(bound::Quantifier{bound::QuantifierKind::None, each, one, member},
                       kBooleanType, {});
  }

  NodePtr join(NodePtr first, NodePtr second, const Step& left, const Step& right,
               std::vector<std::size_t> possible, double rows) const {
    auto keys = take_keys(possible, left.slots, right.slots);
    for (const Slot slot : left.slots.common(right.slots)) {
      keys.emplace_back(variable(slot, kNodeType), variable(slot, kNodeType));
    }
    NodePtr plan =
        keys.empty()  // see Order::reach
            ? make_node(CartesianProduct{}, rows, std::move(first), std::move(second))
            : make_node(HashJoin{std::move(keys)}, rows, std::move(first), std::move(second));
    plan = select(std::move(plan), trail_rule(left.slots, right.slots), rows);
    return filtered(std::move(plan), possible, rows);
  }

  // Of all pairs of parts the one whose join leaves the fewest rows, joined; of very many, the
  // pairs of the first ones.
  void join_two(std::vector<Part>& parts) {
    constexpr std::size_t kCompared = 64;
    const std::size_t last = std::min(parts.size(), kCompared);
    std::size_t a = 0, b = 1;
    double fewest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < last; ++i) {
      for (std::size_t j = i + 1; j < last; ++j) {
        const double rows = joined_rows(parts[i], parts[j]);
        if (rows >= fewest) continue;
        fewest = rows;
        a = i;
        b = j;
      }
    }
    Part joined = join_or_feed(std::move(parts[a]), std::move(parts[b]), fewest);
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(b));
    parts[a] = std::move(joined);
  }

  double joined_rows(const Part& a, const Part& b) const {
    SlotSet both = a.slots;
    both.insert(b.slots);
    double rows = a.rows * b.rows;
    for (const std::size_t i : newly_possible(graph_, both, &a.slots, &b.slots)) {
      rows *= graph_.conjuncts[i].selectivity;
    }
    return std::min(rows, kMostRows);
  }

  // Of joining two parts and solving one with values of the other what costs less.
  Part join_or_feed(Part a, Part b, double rows) {
    const double join = join_cost(a, b, rows);
    const auto into_b = feeding_of(b, a), into_a = feeding_of(a, b);
    const double cost_b = into_b ? into_b->cost + cost_of(a) : kNever;
    const double cost_a = into_a ? into_a->cost + cost_of(b) : kNever;
    if (join <= std::min(cost_a, cost_b)) return join_parts(std::move(a), std::move(b), rows);
    if (cost_b > cost_a) {
      std::swap(a, b);
      return feed(std::move(a), std::move(b), *into_a);
    }
    return feed(std::move(a), std::move(b), *into_b);
  }

  static constexpr double kNever = std::numeric_limits<double>::infinity();
  static double cost_of(const Part& part) { return part.order == nullptr ? 0 : part.order->cost; }

  std::optional<Feeding> feeding_of(const Part& part, const Part& rows) {
    if (part.order == nullptr || part.is_outer || !context_.optimise) return std::nullopt;
    return find_feeding(graph_, context_.statistics, part.component, {rows.rows, rows.slots});
  }

  double join_cost(const Part& a, const Part& b, double rows) const {
    SlotSet both = a.slots;
    both.insert(b.slots);
    auto possible = newly_possible(graph_, both, &a.slots, &b.slots);
    const bool hashed = !take_keys(possible, a.slots, b.slots).empty();
    const double pairs = std::min(kMostRows, a.rows * b.rows);
    const double joining = hashed ? std::min(a.rows, b.rows) * kBuildRow +
                                        std::max(a.rows, b.rows) * kProbeRow + rows * kOutputRow
                                  : pairs * kOutputRow;
    return cost_of(a) + cost_of(b) + joining;
  }

  Part feed(Part rows, Part part, const Feeding& feeding) {
    const bool is_outer = rows.is_outer;
    realise(rows);
    for (auto& conjunct : graph_.conjuncts) {  // it has been made there
      conjunct.answered |= !conjunct.late && rows.slots.contains_all(conjunct.needs);
    }
    NodePtr waiting = std::move(scope_.plan);  // unless the rows are those
    Part made = fed(std::move(rows.plan), {rows.rows, rows.slots}, part.component, feeding);
    scope_.plan = std::move(waiting);
    made.is_outer = is_outer;
    return made;
  }

  Part join_parts(Part a, Part b, double rows) {
    realise(a);
    realise(b);
    const bool a_second = comes_second(a.plan->rows, a.is_outer, b.plan->rows, b.is_outer, side_);
    Part& first = a_second ? b : a;
    Part& second = a_second ? a : b;
    Part joined{.plan = nullptr, .order = nullptr, .component = {}, .slots = a.slots};
    joined.is_outer = a.is_outer || b.is_outer;
    joined.rows = rows;
    joined.slots.insert(b.slots);
    auto possible = newly_possible(graph_, joined.slots, &a.slots, &b.slots);
    auto keys = take_keys(possible, first.slots, second.slots);
    const auto rules = trail_rule(first.slots, second.slots);
    if (keys.empty()) {
      const double all = std::min(kMostRows, a.plan->rows * b.plan->rows);
      joined.plan =
          make_node(CartesianProduct{}, all, std::move(first.plan), std::move(second.plan));
    } else {
      joined.plan =
          make_node(HashJoin{std::move(keys)}, rows, std::move(first.plan), std::move(second.plan));
    }
    joined.plan = select(std::move(joined.plan), rules, rows);
    joined.plan = filtered(std::move(joined.plan), possible, rows);
    return joined;
  }

  // ---- what looks at the whole match
  void finish() {
    make_paths(context_, scope_, graph_.paths);
    std::vector<ExpressionPtr> late;
    double share = 1;
    for (const auto& conjunct : graph_.conjuncts) {
      if (!conjunct.late || conjunct.answered) continue;
      late.push_back(conjunct.value);
      share *= conjunct.selectivity;
    }
    scope_.plan = select_share(std::move(scope_.plan), std::move(late), share);
    scope_.labels = std::move(graph_.labels);
  }

  Context& context_;
  Scope& scope_;
  QueryGraph graph_;
  std::vector<const bound::Hint*> kept_hints_;  // those that were followed
  Outer::Side side_ = Outer::Side::Smaller;
};

}  // namespace

void plan_match(Context& context, Scope& scope, const std::vector<const bound::Pattern*>& run,
                LateReads reads) {
  KITH_ASSERT(!run.empty() && scope.plan != nullptr);
  QueryGraph graph = make_query_graph(context, run, scope.bound, scope.labels);
  if (context.optimise) graph.late_reads = std::move(reads);
  Matcher(context, scope, std::move(graph)).run();
}

}  // namespace kith::plan
