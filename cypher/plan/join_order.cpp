// cypher/plan/join_order.cpp: the cheapest order of a connected pattern.
//
// How many rows a set of solved nodes and relationships has does not depend on the order in which
// it was solved, so one estimate a set serves all orders; an order's cost is what its steps touch.
#include "cypher/plan/join_order.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/assert.hpp"
#include "cypher/plan/bias.hpp"
#include "cypher/plan/index_use.hpp"
#include "cypher/plan/path_pattern.hpp"

namespace kith::plan {

namespace {

// Costs by row, in about the time of reading one property. A neighbour costs less than anything a
// hash table does: it is read from an array and its row is not copied.
constexpr double kScanRow = 0.1;
constexpr double kRelationshipScanRow = 0.4;
constexpr double kExpandInput = 3.0;
// Of many nodes, in the order in which they lie, and in any: finding their lists waits for memory.
constexpr double kExpandNear = 1.2, kExpandFar = 6.0;
constexpr double kFewNodes = 1 << 16, kManyNodes = 1 << 20;
// What is read of a row later, of one of many nodes that do not come in their order.
constexpr double kReadFar = 5.0;
constexpr double kExpandOutput = 0.4;
constexpr double kExpandInto = 4.0;
constexpr double kIntersectInput = 6.0;
constexpr double kIntersectItem = 0.15;
constexpr double kIntersectOutput = 0.8;  // for each relationship of a row
constexpr double kTrailStep = 3.0;
constexpr double kOneId = 1.0;

class Order {
 public:
  Order(const QueryGraph& graph, const Component& component, const Outer& outer)
      : graph_(graph), component_(component), outer_(outer) {
    if (!graph_.late_reads.empty() && !component_.has_outer) weigh_orders();
  }

  StepPtr best() { return component_.edges.size() <= kDynamicEdges ? dynamic() : greedy(); }

 private:
  using Mask = std::uint32_t;  // of the component's edges, by their place in it
  struct Best {
    StepPtr with_outer, without;
    std::map<std::size_t, StepPtr> in_order;  // by the node: those in an order that is worth having
    StepPtr& of(bool has_outer) { return has_outer ? with_outer : without; }
  };

  // ---- estimates
  double rows_of(const SlotSet& slots, bool has_outer) const {
    double rows = has_outer ? outer_.rows : 1;
    for (const std::size_t n : component_.nodes) {
      const auto& node = graph_.nodes[n];
      if (!slots.contains(node.slot) || (has_outer && node.bound)) continue;
      rows *= node.population;
    }
    for (const std::size_t e : component_.edges) {
      if (slots.contains(graph_.edges[e].pattern.slot) && !is_outer_slot(e, slots)) {
        rows *= graph_.edges[e].selectivity;
      }
    }
    for (const std::size_t n : component_.nodes) rows *= meeting(n, slots);
    for (const auto& conjunct : graph_.conjuncts) {
      if (!conjunct.late && !conjunct.answered && slots.contains_all(conjunct.needs)) {
        rows *= conjunct.selectivity;
      }
    }
    return std::min(rows, kMostRows);
  }
  // Relationships meet at nodes that have many: how many times more rows that makes at a node than
  // if each node had as many as the others.
  double meeting(std::size_t n, const SlotSet& slots) const {
    double factor = 1;
    std::optional<std::size_t> first;
    for (const std::size_t e : component_.edges) {
      if (!meets(n, e) || !slots.contains(graph_.edges[e].pattern.slot)) continue;
      if (first) factor *= bias_.of(graph_, n, *first, e);
      if (!first) first = e;
    }
    return factor;
  }
  // The same for one edge more.
  double meeting(std::size_t n, const SlotSet& slots, std::size_t edge) const {
    for (const std::size_t e : component_.edges) {
      if (e == edge || !meets(n, e) || !slots.contains(graph_.edges[e].pattern.slot)) continue;
      return meets(n, edge) ? bias_.of(graph_, n, e, edge) : 1;
    }
    return 1;
  }
  bool meets(std::size_t n, std::size_t e) const {
    const auto& edge = graph_.edges[e];
    return (edge.left == n || edge.right == n) && edge.left != edge.right && is_plain(e) &&
           edge.pattern.types.size() == 1 && !graph_.nodes[n].bound;
  }
  // A relationship bound before whose ends are not solved yet does not count.
  bool is_outer_slot(std::size_t e, const SlotSet& slots) const {
    const auto& edge = graph_.edges[e];
    return edge.pattern.bound_before &&
           !(slots.contains(edge.pattern.left) && slots.contains(edge.pattern.right));
  }

  // `use`: what the index that the rows come from has answered.
  // `labelled`: what labels leave of them; their share is in the edges' selectivity.
  double filter_cost(const SlotSet& slots, const Step* first, const Step* second, double rows,
                     const IndexUse* use = nullptr, double labelled = kMostRows) const {
    double cost = 0;
    const auto possible = newly_possible(graph_, slots, first == nullptr ? nullptr : &first->slots,
                                         second == nullptr ? nullptr : &second->slots);
    for (const std::size_t i : possible) {
      if (use != nullptr && std::binary_search(use->answered.begin(), use->answered.end(), i)) {
        continue;
      }
      const auto& conjunct = graph_.conjuncts[i];
      if (!std::holds_alternative<bound::HasLabels>(conjunct.value->node)) {
        rows = std::min(rows, labelled);
        labelled *= conjunct.selectivity;
      }
      cost += rows * conjunct.cost;
      rows *= conjunct.selectivity;
    }
    return cost;
  }

  // Of a step with so many rows: how many it finds before the conditions that it makes possible. Of
  // a join those that compare its sides are its keys.
  double found(const Step& step) const {
    const bool joins = step.kind == Step::Kind::Join;
    double rows = step.rows;
    for (const std::size_t i : newly_possible(graph_, step.slots, &step.first->slots,
                                              joins ? &step.second->slots : nullptr)) {
      const auto& conjunct = graph_.conjuncts[i];
      if (joins && as_operation(*conjunct.value, bound::Operator::Equal) != nullptr) continue;
      rows /= std::max(conjunct.selectivity, 1e-6);
    }
    return std::min(rows, kMostRows);
  }

  // ---- what is read of whole matches
  // Few nodes are in the caches, wherever they lie.
  static double share_of_many(double nodes) {
    return std::clamp((nodes - kFewNodes) / (kManyNodes - kFewNodes), 0.0, 1.0);
  }
  // Where relationships lie: as an import writes them, by where they begin.
  static std::size_t home_of(const GraphEdge& edge) {
    return edge.pattern.direction == Direction::In ? edge.right : edge.left;
  }
  double reads_of(Slot slot) const {
    const auto found = graph_.late_reads.find(slot);
    return found == graph_.late_reads.end() ? 0 : found->second;
  }
  // What is read of a row that comes in no order; in the order of a node, where that is less.
  void weigh_orders() {
    std::map<std::size_t, double> near;
    const auto add = [&](std::size_t home, Slot slot, double population) {
      const double cost = reads_of(slot) * kReadFar * share_of_many(population);
      late_cost_ += cost;
      near[home] += cost;
    };
    for (const std::size_t n : component_.nodes)
      add(n, graph_.nodes[n].slot, graph_.nodes[n].population);
    for (const std::size_t e : component_.edges)
      add(home_of(graph_.edges[e]), graph_.edges[e].pattern.slot, graph_.edges[e].all);
    for (const auto& [home, cost] : near)
      if (cost > 0) late_cost_in_order_[home] = late_cost_ - cost;
  }
  bool is_worth_having(std::optional<std::size_t> order) const {
    return order && late_cost_in_order_.contains(*order);
  }
  bool is_whole(const SlotSet& slots) const {
    return std::all_of(component_.edges.begin(), component_.edges.end(),
                       [&](std::size_t e) { return slots.contains(graph_.edges[e].pattern.slot); });
  }
  StepPtr made(Step step) const {
    if (late_cost_ > 0 && is_whole(step.slots)) {
      const bool is_near = is_worth_having(step.in_order);
      step.cost += step.rows * (is_near ? late_cost_in_order_.at(*step.in_order) : late_cost_);
    }
    return std::make_shared<const Step>(std::move(step));
  }

  // ---- beginnings
  StepPtr outer_step() const {
    Step step{.kind = Step::Kind::Outer};
    step.slots = outer_.slots;
    step.has_outer = true;
    step.rows = rows_of(step.slots, true);
    step.cost = filter_cost(step.slots, nullptr, nullptr, outer_.rows);
    return made(std::move(step));
  }

  StepPtr node_step(std::size_t n) const {
    const auto& node = graph_.nodes[n];
    StepPtr scanned = scan_step(n);
    if (node.index == nullptr || node.id_conjunct) return scanned;
    StepPtr sought = seek_step(n);
    return better(sought, scanned) ? sought : scanned;
  }

  static double row_cost(const IndexUse& use) {
    constexpr double kLargeShare = 0.2;
    return use.share && *use.share > kLargeShare ? kSeekRow + kStrewnRow : kSeekRow;
  }

  StepPtr seek_step(std::size_t n) const {
    const auto& node = graph_.nodes[n];
    Step step{.kind = Step::Kind::Seek, .element = n};
    step.slots = {node.slot};
    step.rows = rows_of(step.slots, false) / node.population * std::max(node.count, 1e-3);
    step.cost = kSeek + node.index->rows * row_cost(*node.index) +
                filter_cost(step.slots, nullptr, nullptr, node.index->rows, node.index.get());
    return made(std::move(step));
  }

  static bool wants_index(const bound::Hint* hint) {
    return hint != nullptr && !hint->keys.empty();
  }

  StepPtr scan_step(std::size_t n) const {
    const auto& node = graph_.nodes[n];
    Step step{.kind = node.id_conjunct ? Step::Kind::ById : Step::Kind::Scan, .element = n};
    step.slots = {node.slot};
    const double touched = node.id_conjunct ? node.id_count : node.count;
    step.rows = rows_of(step.slots, false) / node.population * std::max(node.count, 1e-3);
    step.cost = touched * (node.id_conjunct ? kOneId : kScanRow);
    if (!node.id_conjunct) step.in_order = n;
    step.cost += filter_cost(step.slots, nullptr, nullptr, touched);
    if (wants_index(node.hint)) step.cost += kAgainstHint;
    return made(std::move(step));
  }

  bool can_scan(const GraphEdge& edge) const {
    return !edge.is_list() && !edge.pattern.bound_before && edge.pattern.types.size() <= 1 &&
           edge.left != edge.right && edge.pattern.direction != Direction::Both &&
           !graph_.nodes[edge.left].bound && !graph_.nodes[edge.right].bound;
  }

  StepPtr relationship_step(std::size_t e) const {
    const auto& edge = graph_.edges[e];
    Step step{.kind = Step::Kind::RelationshipScan, .element = e};
    step.slots = {edge.pattern.slot, edge.pattern.left, edge.pattern.right};
    step.rows = rows_of(step.slots, false);
    step.in_order = home_of(edge);
    step.cost = edge.all * kRelationshipScanRow;
    step.cost += filter_cost(step.slots, nullptr, nullptr, edge.all);
    if (wants_index(edge.hint)) step.cost += kAgainstHint;
    if (has_hint(edge.left) || has_hint(edge.right)) step.cost += kAgainstHint;
    return made(std::move(step));
  }
  bool has_hint(std::size_t n) const { return graph_.nodes[n].hint != nullptr; }

  bool can_seek(const GraphEdge& edge) const {
    return edge.index != nullptr && !graph_.nodes[edge.left].bound &&
           !graph_.nodes[edge.right].bound;
  }

  StepPtr relationship_seek_step(std::size_t e) const {
    const auto& edge = graph_.edges[e];
    Step step{.kind = Step::Kind::RelationshipSeek, .element = e};
    step.slots = {edge.pattern.slot, edge.pattern.left, edge.pattern.right};
    step.rows = rows_of(step.slots, false);
    const bool both = edge.pattern.direction == Direction::Both;
    const double touched = edge.index->rows * (both ? 2 : 1);
    step.cost = kSeek + touched * (row_cost(*edge.index) + kRelationshipScanRow);
    step.cost += filter_cost(step.slots, nullptr, nullptr, touched, edge.index.get());
    if (has_hint(edge.left) || has_hint(edge.right)) step.cost += kAgainstHint;
    return made(std::move(step));
  }

  // The ways to begin with an edge.
  std::vector<StepPtr> edge_steps(std::size_t e) const {
    std::vector<StepPtr> steps;
    if (can_scan(graph_.edges[e])) steps.push_back(relationship_step(e));
    if (can_seek(graph_.edges[e])) steps.push_back(relationship_seek_step(e));
    return steps;
  }

  // ---- steps
  // Also where the input has neither end, but what the conditions inside read: first every node
  // that may be the end it begins at.
  StepPtr reach(const StepPtr& input, std::size_t e, bool from_left) const {
    const auto& edge = graph_.edges[e];
    const auto has = [&](std::size_t n) { return input->slots.contains(graph_.nodes[n].slot); };
    if (!edge.needs_outer() || !input->has_outer || has(edge.left) || has(edge.right)) {
      return expand(input, e, from_left);
    }
    return expand(joined(input, node_step(from_left ? edge.left : edge.right)), e, from_left);
  }

  StepPtr expand(const StepPtr& input, std::size_t e, bool from_left) const {
    const auto& edge = graph_.edges[e];
    const auto& from = graph_.nodes[from_left ? edge.left : edge.right];
    const auto& to = graph_.nodes[from_left ? edge.right : edge.left];
    const bool is_bound = edge.pattern.bound_before;
    if (is_bound ? !input->has_outer : !input->slots.contains(from.slot)) return nullptr;
    if (!input->has_outer && to.bound) return nullptr;
    if (!input->slots.contains_all(edge.needs)) return nullptr;
    Step step{.kind = Step::Kind::Expand, .element = e, .from_left = from_left, .first = input};
    step.slots = input->slots;
    step.slots.insert(edge.pattern.slot);
    step.slots.insert(edge.adds);
    step.slots.insert(from.slot);
    step.slots.insert(to.slot);
    step.has_outer = input->has_outer;
    step.in_order = input->in_order;
    step.rows = rows_of(step.slots, step.has_outer);
    const bool into = input->slots.contains(to.slot);
    double touched = input->rows * (from_left ? edge.fan_left : edge.fan_right);
    touched *= meeting(from_left ? edge.left : edge.right, input->slots, e);
    step.touched = std::min(kMostRows, touched);
    step.cost = input->cost + input->rows * input_cost(*input, from_left ? edge.left : edge.right);
    if (edge.is_list()) {
      step.cost += touched * kTrailStep;
    } else if (into) {
      touched = std::min(touched, step.rows);
      step.cost += input->rows * kExpandInto;
    }
    step.cost += touched * kExpandOutput;
    step.cost += filter_cost(step.slots, input.get(), nullptr, touched, nullptr, found(step));
    const bool at_home = input->in_order == home_of(edge) && &from == &graph_.nodes[home_of(edge)];
    if (!at_home && !edge.is_list() && asks_relationship(step, e))
      step.cost += touched * kReadFar * share_of_many(edge.all);
    if (edge.hint != nullptr || (!into && to.hint != nullptr)) step.cost += kAgainstHint;
    return made(std::move(step));
  }

  // Whether conditions that the step makes possible read the relationship.
  bool asks_relationship(const Step& step, std::size_t e) const {
    const auto possible = newly_possible(graph_, step.slots, &step.first->slots, nullptr);
    return std::any_of(possible.begin(), possible.end(), [&](std::size_t i) {
      return graph_.conjuncts[i].needs.contains(graph_.edges[e].pattern.slot);
    });
  }

  double input_cost(const Step& input, std::size_t from) const {
    const double many = input.in_order == from ? kExpandNear : kExpandFar;
    return kExpandInput + (many - kExpandInput) * share_of_many(graph_.nodes[from].population);
  }

  // A node by all its open edges to what the input has, two or more: their lists are intersected.
  StepPtr intersect(const StepPtr& input, std::size_t n, const std::vector<std::size_t>& edges,
                    const SlotSet& solved) const {
    Step step{.kind = Step::Kind::Intersect, .element = n, .first = input, .edges = edges};
    step.slots = solved;
    step.has_outer = input->has_outer;
    step.in_order = input->in_order;
    step.rows = rows_of(solved, step.has_outer);
    step.touched = found(step);
    double items = 0, lists = 0;
    for (const std::size_t e : edges) {
      const auto& edge = graph_.edges[e];
      items += edge.left == n ? edge.fan_right : edge.fan_left;
      lists += input_cost(*input, edge.left == n ? edge.right : edge.left) - kExpandInput;
    }
    step.cost = input->cost + input->rows * (kIntersectInput + lists + items * kIntersectItem);
    step.cost += step.touched * kIntersectOutput * static_cast<double>(edges.size());
    step.cost += filter_cost(step.slots, input.get(), nullptr, step.touched);
    return made(std::move(step));
  }

  // Those that intersect() can take.
  bool is_plain(std::size_t e) const {
    const auto& edge = graph_.edges[e];
    return !edge.is_list() && !edge.pattern.bound_before && !edge.pattern.path &&
           edge.needs.empty() && edge.hint == nullptr && edge.left != edge.right;
  }

  void offer_intersections(std::vector<Best>& best, const StepPtr& input, Mask solved) const {
    if (!outer_.intersects) return;
    const auto has = [&](std::size_t n) { return input->slots.contains(graph_.nodes[n].slot); };
    for (const std::size_t n : component_.nodes) {
      if (has(n) || graph_.nodes[n].bound || graph_.nodes[n].hint != nullptr) continue;
      std::vector<std::size_t> edges;
      Mask mask = solved;
      SlotSet slots = input->slots;
      slots.insert(graph_.nodes[n].slot);
      for (std::size_t i = 0; i < component_.edges.size(); ++i) {
        const std::size_t e = component_.edges[i];
        const auto& edge = graph_.edges[e];
        const bool touches =
            (edge.left == n && has(edge.right)) || (edge.right == n && has(edge.left));
        if (!touches || !is_plain(e)) continue;
        edges.push_back(e);
        mask |= Mask{1} << i;
        slots.insert(edge.pattern.slot);
      }
      if (edges.size() >= 2) offer(best[mask], intersect(input, n, edges, slots));
    }
  }

  StepPtr join(const StepPtr& a, const StepPtr& b) const {
    if (a->has_outer && b->has_outer) return nullptr;
    const SlotSet shared = a->slots.common(b->slots);
    if (shared.empty()) return nullptr;
    for (const std::size_t e : component_.edges) {  // nodes alone may be shared
      if (shared.contains(graph_.edges[e].pattern.slot)) return nullptr;
    }
    return joined(a, b);
  }

  StepPtr joined(const StepPtr& a, const StepPtr& b) const {
    const bool a_first = !comes_second(a->rows, a->has_outer, b->rows, b->has_outer, outer_.side);
    Step step{.kind = Step::Kind::Join, .first = a_first ? a : b, .second = a_first ? b : a};
    step.slots = a->slots;
    step.slots.insert(b->slots);
    step.has_outer = a->has_outer || b->has_outer;
    step.in_order = step.first->in_order;
    step.rows = rows_of(step.slots, step.has_outer);
    step.touched = found(step);
    step.cost = a->cost + b->cost + step.second->rows * kBuildRow + step.first->rows * kProbeRow +
                step.touched * kOutputRow;
    step.cost += filter_cost(step.slots, step.first.get(), step.second.get(), step.touched);
    return made(std::move(step));
  }

  static bool better(const StepPtr& a, const StepPtr& b) {  // b may be null
    return b == nullptr || a->cost < b->cost || (a->cost == b->cost && a->rows < b->rows);
  }
  void offer(Best& best, const StepPtr& step) const {
    if (step == nullptr) return;
    auto& held = best.of(step->has_outer);
    if (better(step, held)) held = step;
    if (!is_worth_having(step->in_order)) return;
    auto& ordered = best.in_order[*step->in_order];
    if (better(step, ordered)) ordered = step;
  }

  // ---- every order
  StepPtr dynamic() {
    const Mask all = (Mask{1} << component_.edges.size()) - 1;
    if (all == 0) return lonely();
    std::vector<Best> best(std::size_t{all} + 1);
    std::vector<StepPtr> starts;
    if (component_.has_outer) {
      starts.push_back(outer_step());
      offer_intersections(best, starts[0], 0);
    }
    for (const std::size_t n : component_.nodes) {
      if (!graph_.nodes[n].bound) starts.push_back(node_step(n));
    }
    for (std::size_t i = 0; i < component_.edges.size(); ++i) {
      for (const auto& start : starts) offer_both(best[Mask{1} << i], start, i);
      for (const auto& step : edge_steps(component_.edges[i])) {
        offer(best[Mask{1} << i], step);
      }
    }
    for (Mask solved = 1; solved <= all; ++solved) {
      join_parts(best, solved);
      extend(best, solved, all);
    }
    StepPtr found = best[all].of(component_.has_outer);
    return found != nullptr ? found : greedy();
  }

  StepPtr lonely() const {
    if (component_.has_outer) return outer_step();
    KITH_ASSERT(component_.nodes.size() == 1);
    return node_step(component_.nodes[0]);
  }

  void offer_both(Best& best, const StepPtr& input, std::size_t edge_place) const {
    const std::size_t e = component_.edges[edge_place];
    offer(best, reach(input, e, true));
    offer(best, reach(input, e, false));
  }

  void extend(std::vector<Best>& best, Mask solved, Mask all) const {
    std::vector<StepPtr> inputs = {best[solved].with_outer, best[solved].without};
    for (const auto& [node, step] : best[solved].in_order)
      if (step != best[solved].without) inputs.push_back(step);
    for (const StepPtr& input : inputs) {
      if (input == nullptr) continue;
      for (std::size_t i = 0; i < component_.edges.size(); ++i) {
        const Mask bit = Mask{1} << i;
        if ((solved & bit) == 0) offer_both(best[solved | bit], input, i);
      }
      offer_intersections(best, input, solved);
      KITH_ASSERT((solved & ~all) == 0);
    }
  }

  void join_parts(std::vector<Best>& best, Mask solved) const {
    for (Mask part = (solved - 1) & solved; part != 0; part = (part - 1) & solved) {
      Best& rest = best[solved & ~part];
      if (best[part].without == nullptr) continue;
      if (rest.with_outer) offer_join(best[solved], best[part].without, rest.with_outer);
      if (rest.without && part < (solved & ~part)) {
        offer_join(best[solved], best[part].without, rest.without);
      }
    }
  }

  void offer_join(Best& best, const StepPtr& a, const StepPtr& b) const {
    const auto& held = best.of(a->has_outer || b->has_outer);
    if (held != nullptr && a->cost + b->cost >= held->cost) return;
    offer(best, join(a, b));
  }

  // ---- step by step
  StepPtr greedy() {
    StepPtr at = component_.has_outer ? outer_step() : cheapest_start();
    std::vector<std::size_t> open;
    for (const std::size_t e : component_.edges) {
      const bool on_edge =
          at->kind == Step::Kind::RelationshipScan || at->kind == Step::Kind::RelationshipSeek;
      const bool done = on_edge && at->element == e;
      if (!done) open.push_back(e);
    }
    while (!open.empty()) {
      StepPtr next;
      std::size_t taken = 0;
      for (std::size_t i = 0; i < open.size(); ++i) {
        for (const bool from_left : {true, false}) {
          const StepPtr candidate = reach(at, open[i], from_left);
          if (candidate == nullptr || (next != nullptr && !fewer(candidate, next))) continue;
          next = candidate;
          taken = i;
        }
      }
      if (next == nullptr) return nullptr;
      at = next;
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    return at;
  }

  static bool fewer(const StepPtr& a, const StepPtr& b) {
    return a->rows < b->rows || (a->rows == b->rows && a->cost < b->cost);
  }

  StepPtr cheapest_start() const {
    StepPtr best;
    for (const std::size_t n : component_.nodes) {
      const StepPtr step = node_step(n);
      if (best == nullptr || step->cost + step->rows < best->cost + best->rows) best = step;
    }
    for (const std::size_t e : component_.edges) {
      for (const StepPtr& step : edge_steps(e)) {
        if (best == nullptr || step->cost + step->rows < best->cost + best->rows) best = step;
      }
    }
    KITH_ASSERT(best != nullptr);
    return best;
  }

  const QueryGraph& graph_;
  const Component& component_;
  const Outer& outer_;
  Bias bias_;
  double late_cost_ = 0;
  std::map<std::size_t, double> late_cost_in_order_;  // by node: orders that are worth having
};

}  // namespace

bool comes_second(double rows, bool has_outer, double other_rows, bool other_has_outer,
                  Outer::Side side) {
  if (side == Outer::Side::Smaller || has_outer == other_has_outer) return rows < other_rows;
  return has_outer == (side == Outer::Side::Second);
}

std::vector<Component> components_of(const QueryGraph& graph) {
  std::vector<std::size_t> leader(graph.nodes.size() + 1);
  std::iota(leader.begin(), leader.end(), 0);
  const std::size_t outer = graph.nodes.size();  // stands for the rows so far
  const auto find = [&](std::size_t n) {
    while (leader[n] != n) n = leader[n] = leader[leader[n]];
    return n;
  };
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].bound) leader[find(n)] = find(outer);
  }
  for (const auto& edge : graph.edges) {
    leader[find(edge.left)] = find(edge.right);
    if (edge.pattern.bound_before || edge.needs_outer()) leader[find(edge.left)] = find(outer);
  }
  std::map<std::size_t, Component> parts;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    parts[find(n)].nodes.push_back(n);
    parts[find(n)].has_outer = find(n) == find(outer);
  }
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    parts[find(graph.edges[e].left)].edges.push_back(e);
  }
  std::vector<Component> components;
  components.reserve(parts.size());
  for (auto& [at, part] : parts) components.push_back(std::move(part));
  return components;
}

StepPtr order_joins(const QueryGraph& graph, const Component& component, const Outer& outer) {
  return Order(graph, component, outer).best();
}

}  // namespace kith::plan
