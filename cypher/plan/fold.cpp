// cypher/plan/fold.cpp: an aggregation over matches of which it looks at a part only.
//
// The pattern is cut in two. Its core is what somebody looks at, and what lies between; that is
// matched as ever. What hangs on one node of the core becomes a weight of that node: rows count so
// often. Where nobody looks at anything, the core is the one node from which counting is cheapest.
#include <algorithm>
#include <iterator>
#include <limits>

#include "core/assert.hpp"
#include "cypher/plan/fold_source.hpp"
#include "cypher/plan/join_order.hpp"
#include "cypher/plan/match_cost.hpp"
#include "cypher/plan/planner.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

namespace {

// A node that a scan gives to a fold.
constexpr double kScanned = 5;
// A condition that lets less than this through is where a match should begin.
constexpr double kSelective = 0.1;
// So many nodes are weighed together at less cost than one after the other.
constexpr double kManyRows = 1000;
// In units of the costs of rows: a relationship that is scanned and asked, a row that is grouped.
constexpr double kScannedRelationship = 0.4, kGrouped = 4;

// The slots that a projection looks at.
SlotSet slots_used(const bound::Projection& body) {
  SlotSet used;
  const auto see = [&](const ExpressionPtr& e) {
    if (e) used.insert(slots_of(*e));
  };
  for (const auto& key : body.keys) see(key.value);
  for (const auto& call : body.aggregates) {
    for (const auto& e : call.arguments) see(e);
  }
  for (const auto& item : body.items) see(item.value);
  for (const auto& item : body.order) see(item.value);
  see(body.skip);
  see(body.limit);
  see(body.where);
  return used;
}

class Folder {
 public:
  // `may_fail`: conditions that can fail may be asked of more than matches.
  Folder(Context& context, Scope& scope, std::span<const bound::Clause> clauses, bool may_fail)
      : context_(context), scope_(scope), clauses_(clauses), may_fail_(may_fail) {}

  std::size_t run() {
    if (!find_clauses()) return 0;
    count_rows();
    if (context_.folding == Folding::automatic && is_kept_by_store()) return 0;
    find_optionals();
    for (const auto& pattern : run_.patterns) patterns_.push_back(&pattern);
    auto source = fold_source(context_, scope_.bound, scope_.labels, patterns_, used_, may_fail_);
    if (!source) return 0;
    source_ = std::move(*source);
    if (!choose_core() || (may_fail_ && !gains()) || !make_folds()) return 0;
    make_plan();
    return end_ + 1;
  }

 private:
  struct Hanging {
    Slot node;
    Weight weight;
  };

  // ---- MATCH, any number of OPTIONAL MATCH, an aggregation
  bool find_clauses() {
    if (!context_.optimise || context_.folding == Folding::never) return false;
    run_ = take_run(clauses_, 0, context_.optimise);
    SlotSet waited_for;
    for (auto& pattern : run_.patterns) {
      if (may_fail_) continue;
      pattern.conjuncts = with_early_tests(pattern.conjuncts, waited_for, {});
      for (const auto& e : pattern.conjuncts) waited_for.insert(slots_of(*e));
    }
    end_ = run_.end;
    for (; end_ < clauses_.size(); ++end_) {
      const auto* match = std::get_if<bound::Match>(&clauses_[end_].node);
      if (match == nullptr) break;
      if (!match->optional) return false;
    }
    if (end_ == clauses_.size()) return false;
    const auto& last = clauses_[end_].node;
    const auto* with = std::get_if<bound::With>(&last);
    const auto* end = std::get_if<bound::Return>(&last);
    if (with == nullptr && end == nullptr) return false;
    body_ = with != nullptr ? with->body : end->body;
    return body_.aggregating;
  }

  // count(x) of what is never null counts rows.
  void count_rows() {
    SlotSet there;
    for (const auto& pattern : run_.patterns) {
      for (const auto& node : pattern.nodes) there.insert(node.slot);
      for (const auto& r : pattern.relationships) there.insert(r.slot);
    }
    for (auto& call : body_.aggregates) {
      if (call.function == nullptr || call.function->name != "count" || call.distinct) continue;
      const auto* name = call.arguments.empty() ? nullptr : as_variable(*call.arguments[0]);
      if (name != nullptr && there.contains(name->slot)) call.arguments.clear();
    }
  }

  // How many relationships there are, of a type perhaps, and no more: rules/count_from_store.cpp.
  bool is_kept_by_store() const {
    if (run_.patterns.size() != 1 || end_ != run_.end) return false;
    const auto& pattern = run_.patterns[0];
    if (!pattern.conjuncts.empty() || pattern.relationships.size() != 1) return false;
    const auto& r = pattern.relationships[0];
    const bool is_any = !r.length && !r.bound_before && r.direction != Direction::Both &&
                        r.types.size() <= 1 && r.left != r.right;
    if (!is_any || scope_.bound.contains(r.left) || scope_.bound.contains(r.right)) return false;
    return std::all_of(body_.aggregates.begin(), body_.aggregates.end(), [](const auto& call) {
      return call.function != nullptr && call.function->name == "count" && call.arguments.empty();
    });
  }

  // Whether anything that may fail is asked earlier than of matches.
  bool gains() const {
    SlotSet waited_for;
    for (const auto& pattern : run_.patterns) {
      for (const auto& e : with_early_tests(pattern.conjuncts, waited_for, {})) {
        if (as_tried(*e) != nullptr) return true;
      }
      for (const auto& e : pattern.conjuncts) waited_for.insert(slots_of(*e));
    }
    return std::any_of(source_.tests.begin(), source_.tests.end(), [&](const FoldTest& test) {
      const bool stays = core_[test.nodes.front()] && core_[test.nodes.back()];
      return !stays && test.condition != nullptr && condition_can_fail(*test.condition);
    });
  }

  // Of the OPTIONAL MATCHes those of which nobody looks at anything, and that look at one node.
  void find_optionals() {
    used_ = slots_used(body_);
    for (std::size_t i = end_; i-- > run_.end;) {  // the last first: it may look at others
      const auto& pattern = std::get<bound::Match>(clauses_[i].node).pattern;
      if (!fold_optional(i, pattern)) {
        used_.insert(slots_in(pattern));
        optionals_.insert(optionals_.begin(), &pattern);
      }
    }
  }

  bool fold_optional(std::size_t clause, const bound::Pattern& pattern) {
    SlotSet own = slots_in(pattern), before = scope_.bound;
    for (const auto& p : run_.patterns) before.insert(slots_in(p));
    SlotSet others;
    for (std::size_t i = run_.end; i < clause; ++i) {
      others.insert(slots_in(std::get<bound::Match>(clauses_[i].node).pattern));
    }
    const SlotSet outside = own.common(before);
    if (outside.size() != 1 || own.minus(before).intersects(others)) return false;
    const Slot root = outside.slots()[0];
    if (scope_.bound.contains(root)) return false;
    auto folded =
        fold_around(context_, pattern, root, Weight::Kind::Optional, scope_.labels, used_);
    if (!folded) return false;
    hanging_.push_back({root, std::move(folded->weight)});
    return true;
  }

  // ---- the core
  bool choose_core() {
    const std::size_t count = source_.pattern.nodes.size();
    core_.assign(count, false);
    for (std::size_t i = 0; i < count; ++i) {
      core_[i] = source_.looked_at.contains(source_.pattern.nodes[i].slot);
    }
    begin_where_few();
    choose_roots();
    do {
      connect_core();
    } while (separate());
    return std::find(core_.begin(), core_.end(), true) != core_.end();
  }

  // Nodes with a selective condition, if there is more than one place to begin.
  void begin_where_few() {
    std::vector<double> passing(core_.size(), 1);
    for (const FoldTest& test : source_.tests) {
      if (test.condition && !test.relationship) passing[test.nodes[0]] *= test.passing;
    }
    const auto few = [&](double share) { return share < kSelective; };
    const bool any = std::find(core_.begin(), core_.end(), true) != core_.end();
    if (!any && std::count_if(passing.begin(), passing.end(), few) < 2) return;
    for (std::size_t i = 0; i < passing.size(); ++i) core_[i] = core_[i] || few(passing[i]);
  }

  // The number of the connected part that each node is in, if the edges of `without` are not there.
  std::vector<std::size_t> parts(const std::vector<bool>& without) const {
    std::vector<std::size_t> part(core_.size());
    for (std::size_t i = 0; i < part.size(); ++i) part[i] = i;
    for (bool changed = true; changed;) {
      changed = false;
      for (const FoldEdge& edge : source_.pattern.edges) {
        if (without[edge.left] || without[edge.right]) continue;
        const std::size_t least = std::min(part[edge.left], part[edge.right]);
        changed |= part[edge.left] != part[edge.right];
        part[edge.left] = part[edge.right] = least;
      }
    }
    return part;
  }

  // A part that nobody looks at is counted from one of its nodes.
  void choose_roots() {
    const auto part = parts(std::vector<bool>(core_.size(), false));
    for (std::size_t first = 0; first < core_.size(); ++first) {
      if (part[first] != first) continue;
      bool looked_at = false;
      for (std::size_t i = 0; i < core_.size(); ++i) looked_at |= part[i] == first && core_[i];
      if (looked_at) continue;
      double least = std::numeric_limits<double>::infinity();
      std::size_t best = first;
      for (std::size_t i = 0; i < core_.size(); ++i) {
        if (part[i] != first) continue;
        const double cost = cost_from(i, part);
        if (cost >= least) continue;
        least = cost;
        best = i;
      }
      core_[best] = true;
    }
  }

  double cost_from(std::size_t root, const std::vector<std::size_t>& part) const {
    std::vector<bool> members(core_.size());
    for (std::size_t i = 0; i < members.size(); ++i)
      members[i] = i != root && part[i] == part[root];
    const double visits = rows_of(root);
    const auto whole = source_.part(root, members, false);
    const auto folded = fold_pattern(whole.pattern, whole.root, visits, context_.statistics);
    return folded ? visits * kScanned + folded->cost : std::numeric_limits<double>::infinity();
  }

  double rows_of(std::size_t node) const {
    std::vector<std::string> labels;
    double passing = 1;
    for (const FoldTest& test : source_.tests) {
      if (test.nodes != std::vector{node} || test.relationship) continue;
      labels.insert(labels.end(), test.labels.begin(), test.labels.end());
      passing *= test.passing;
    }
    return node_count(context_.statistics, labels) * passing;
  }

  // What lies between nodes of the core is part of it.
  void connect_core() {
    std::vector<bool> left(core_.size(), true);
    while (strip_leaf(left)) {
    }
    // What was not stripped and touches one node of the core only can hang on that.
    std::vector<bool> kept(core_.size());
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = left[i] && !core_[i];
    std::vector<bool> gone = core_;
    for (std::size_t i = 0; i < kept.size(); ++i) gone[i] = gone[i] || !left[i];
    const auto part = parts(gone);
    std::vector<std::vector<std::size_t>> touched(core_.size());
    for (const FoldEdge& edge : source_.pattern.edges) {
      for (const auto& [a, b] : {std::pair{edge.left, edge.right}, {edge.right, edge.left}}) {
        if (kept[a] && core_[b]) touched[part[a]].push_back(b);
      }
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (!kept[i]) continue;
      auto& nodes = touched[part[i]];
      std::sort(nodes.begin(), nodes.end());
      nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
      if (nodes.size() > 1) core_[i] = true;
    }
  }

  // Takes a dead end out of `left`; false: there is none.
  bool strip_leaf(std::vector<bool>& left) const {
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!left[i] || core_[i]) continue;
      std::vector<std::size_t> others;
      for (const FoldEdge& edge : source_.pattern.edges) {
        if (edge.left == i && edge.right != i && left[edge.right]) others.push_back(edge.right);
        if (edge.right == i && edge.left != i && left[edge.left]) others.push_back(edge.left);
      }
      std::sort(others.begin(), others.end());
      if (!others.empty() && others.front() != others.back()) continue;
      left[i] = false;
      return true;
    }
    return false;
  }

  // By node, the node of the core that it hangs on; of the core itself.
  std::vector<std::size_t> holders() const {
    std::vector<std::size_t> holder(core_.size());
    for (std::size_t i = 0; i < holder.size(); ++i) holder[i] = i;
    for (bool changed = true; changed;) {
      changed = false;
      for (const FoldEdge& edge : source_.pattern.edges) {
        for (const auto& [a, b] : {std::pair{edge.left, edge.right}, {edge.right, edge.left}}) {
          if (core_[a] || holder[a] == holder[b] || !core_[holder[b]]) continue;
          holder[a] = holder[b];
          changed = true;
        }
      }
    }
    return holder;
  }

  // Where a test is about nodes that hang on different nodes of the core, they have to be part of
  // the core. True if something changed.
  bool separate() {
    const auto holder = holders();
    bool changed = false;
    const auto join = [&](std::size_t node) {
      changed |= !core_[node];
      core_[node] = true;
    };
    for (std::size_t i = 0; i < core_.size(); ++i) {
      if (!core_[holder[i]]) join(i);
    }
    for (const FoldTest& test : source_.tests) {
      if (holder[test.nodes.front()] == holder[test.nodes.back()]) continue;
      for (const std::size_t node : test.nodes) join(node);
    }
    const auto& edges = source_.pattern.edges;
    const auto home = [&](const FoldEdge& edge) {  // nodes.size(): the rows
      if (core_[edge.left] && core_[edge.right]) return core_.size();
      return holder[edge.left];
    };
    for (std::size_t a = 0; a < edges.size(); ++a) {
      for (std::size_t b = a + 1; b < edges.size(); ++b) {
        if (home(edges[a]) == home(edges[b])) continue;
        if (!may_be_same(source_.pattern, edges[a], edges[b])) continue;
        for (const std::size_t node :
             {edges[a].left, edges[a].right, edges[b].left, edges[b].right}) {
          join(node);
        }
      }
    }
    return changed;
  }

  // ---- weights
  bool make_folds() {
    const auto holder = holders();
    double cost = 0;
    bool is_cyclic = false;
    for (Hanging& optional : hanging_) {  // they hang on whatever their node became
      const std::size_t node = *source_.pattern.find(optional.node);
      if (core_[node]) {
        folds_.push_back(std::move(optional));
      } else {
        source_.pattern.nodes[node].weights.push_back(std::move(optional.weight));
      }
    }
    for (std::size_t root = 0; root < core_.size(); ++root) {
      if (!core_[root]) continue;
      std::vector<bool> members(core_.size());
      for (std::size_t i = 0; i < members.size(); ++i) members[i] = i != root && holder[i] == root;
      if (std::find(members.begin(), members.end(), true) == members.end()) continue;
      const auto part = source_.part(root, members, false);
      const double visits = rows_of(root);
      auto folded = fold_pattern(part.pattern, part.root, visits, context_.statistics);
      if (!folded) return false;
      cost += folded->cost;
      is_cyclic |= folded->is_cyclic;
      folds_.push_back({source_.pattern.nodes[root].slot, std::move(folded->weight)});
    }
    count_existences();
    if (folds_.empty()) return false;
    multiply_folds();
    if (context_.folding == Folding::always) return true;
    const auto selected = selected_share();
    if (!is_cyclic && !selected) return true;
    const RowsCost rows = cost_of_rows(context_, patterns_, scope_);
    return cost < kFoldPerRow * (is_cyclic ? rows.cost : cost_of_selection(rows.rows, *selected));
  }

  // Of one relationship under conditions: the share that passes. In a list each has to be asked, a
  // scan of them reads their properties one after the other.
  std::optional<double> selected_share() const {
    if (source_.pattern.edges.size() != 1 || !optionals_.empty()) return std::nullopt;
    std::optional<double> share;
    for (const FoldTest& test : source_.tests) {
      if (test.relationship) share = share.value_or(1) * test.passing;
    }
    return share;
  }
  double cost_of_selection(double rows, double share) const {
    const double scanned = rows / std::max(1e-6, share);
    return scanned * kScannedRelationship + rows * (body_.keys.empty() ? 1 : kGrouped);
  }

  // Where the core is one node, of which there are many, what must exist around it, or must not, is
  // a weight like others.
  void count_existences() {
    if (std::count(core_.begin(), core_.end(), true) != 1) return;
    for (FoldTest& test : source_.tests) {
      const std::size_t node = test.nodes[0];
      const Slot slot = source_.pattern.nodes[node].slot;
      if (!test.weight || !core_[node] || scope_.bound.contains(slot)) continue;
      if (context_.folding == Folding::automatic && rows_of(node) < kManyRows) continue;
      folds_.push_back({slot, *test.weight});
      test.is_counted = true;
    }
  }

  // Of one node one fold: its rows are looked at once.
  void multiply_folds() {
    std::vector<Hanging> products;
    for (Hanging& fold : folds_) {
      const auto same = std::find_if(products.begin(), products.end(),
                                     [&](const Hanging& other) { return other.node == fold.node; });
      if (same == products.end()) {
        products.push_back(std::move(fold));
        continue;
      }
      if (!is_plain(same->weight)) {  // a term more would be another factor for each of its terms
        if (!is_plain(fold.weight)) {
          Weight one{Weight::Kind::Times, {{1, WeightNode(fold.node)}}};
          one.terms[0].root.weights.push_back(std::move(same->weight));
          same->weight = std::move(one);
        } else {
          std::swap(same->weight, fold.weight);
        }
      }
      multiply(same->weight.terms[0].root, std::move(fold.weight));
    }
    folds_ = std::move(products);
  }
  // A plain weight's steps become steps of the node: one pass over its rows, not one inside
  // another.
  static void multiply(WeightNode& node, Weight weight) {
    if (!is_plain(weight)) return node.weights.push_back(std::move(weight));
    WeightNode& root = weight.terms[0].root;
    KITH_ASSERT(root.slot == node.slot);
    const auto take = [](auto& from, auto& into) {
      std::move(from.begin(), from.end(), std::back_inserter(into));
    };
    for (const auto& label : root.labels) add_label(node, label);
    take(root.conjuncts, node.conjuncts);
    take(root.closings, node.closings);
    take(root.steps, node.steps);
    take(root.weights, node.weights);
  }
  static bool is_plain(const Weight& weight) {
    return weight.kind == Weight::Kind::Times && weight.terms.size() == 1 &&
           weight.terms[0].factor == 1;
  }

  // ---- the plan
  void make_plan() {
    std::vector<ExpressionPtr> whole;
    const auto core = core_patterns(whole);
    std::vector<const bound::Pattern*> patterns;
    patterns.reserve(core.size());
    for (const auto& pattern : core) patterns.push_back(&pattern);
    plan_match(context_, scope_, patterns, late_reads_of(body_));
    const bool in_all = whole.empty() && is_sum_of_one();
    // Whoever counts triples has to know of which nodes.
    if (in_all && is_triple(folds_[0].weight.terms[0].root)) {
      for (const auto& label : as<NodeScan>(*scope_.plan)->labels) {
        for (auto& term : folds_[0].weight.terms) add_label(term.root, label);
      }
    }
    for (Hanging& fold : folds_) {
      const Slot slot = context_.fresh_slot();
      put_above(scope_.plan, Fold{fold.node, slot, std::move(fold.weight), in_all});
      scope_.weights.push_back(slot);
    }
    const double rows = scope_.rows();
    for (ExpressionPtr& e : whole) e = ready(context_, scope_.labels, e);
    scope_.plan = select(std::move(scope_.plan), std::move(whole), rows);
    for (std::size_t i = 0; i < optionals_.size(); ++i) {
      const bool is_last = i + 1 == optionals_.size();
      if (is_last && plan_optional_count(context_, scope_, *optionals_[i], body_)) return;
      plan_optional_match(context_, scope_, *optionals_[i], false);
    }
    plan_projection(context_, scope_, body_);
  }

  static void add_label(WeightNode& node, const std::string& label) {
    if (std::find(node.labels.begin(), node.labels.end(), label) != node.labels.end()) return;
    node.labels.push_back(label);
  }

  // Nothing but the weights of all nodes with some labels is asked for, added up.
  bool is_sum_of_one() const {
    const auto is_count = [](const auto& call) {
      const bool counts = call.function != nullptr && call.function->name == "count";
      return counts && call.arguments.empty() && !call.distinct;
    };
    return folds_.size() == 1 && optionals_.empty() && body_.keys.empty() &&
           std::all_of(body_.aggregates.begin(), body_.aggregates.end(), is_count) &&
           as<NodeScan>(*scope_.plan) != nullptr;
  }

  // `whole`: what is asked of rows that weigh something, which are those of whole matches (Q2 of
  // query_graph.hpp).
  std::vector<bound::Pattern> core_patterns(std::vector<ExpressionPtr>& whole) const {
    std::vector<bound::Pattern> core = run_.patterns;
    const auto is_core = [&](Slot slot) {
      const auto node = source_.pattern.find(slot);
      KITH_ASSERT(node.has_value());
      return bool{core_[*node]};
    };
    for (auto& pattern : core) {
      pattern.paths.clear();
      std::erase_if(pattern.nodes, [&](const auto& node) { return !is_core(node.slot); });
      std::erase_if(pattern.relationships,
                    [&](const auto& r) { return !is_core(r.left) || !is_core(r.right); });
    }
    std::vector<std::vector<bool>> folded;
    folded.reserve(core.size());
    for (const auto& pattern : core) folded.emplace_back(pattern.conjuncts.size());
    for (const FoldTest& test : source_.tests) {
      const bool stays = core_[test.nodes.front()] && core_[test.nodes.back()] && !test.is_counted;
      folded[test.pattern][test.conjunct] = !stays;
    }
    for (std::size_t i = 0; i < core.size(); ++i) {
      std::vector<ExpressionPtr> kept;
      for (std::size_t c = 0; c < core[i].conjuncts.size(); ++c) {
        const ExpressionPtr& e = core[i].conjuncts[c];
        if (folded[i][c]) continue;
        const bool waits =
            may_be_no_truth(*e) || is_recheck(*e) || (!whole.empty() && condition_can_fail(*e));
        (waits ? whole : kept).push_back(e);
      }
      core[i].conjuncts = std::move(kept);
    }
    return core;
  }

  Context& context_;
  Scope& scope_;
  std::span<const bound::Clause> clauses_;
  bool may_fail_;
  Run run_;
  std::size_t end_ = 0;  // of the aggregation
  bound::Projection body_;
  SlotSet used_;
  std::vector<const bound::Pattern*> patterns_, optionals_ /* not folded */;
  FoldSource source_;
  std::vector<bool> core_;  // by node of the source
  std::vector<Hanging> hanging_, folds_;
};

bool has_what_may_fail(std::span<const bound::Clause> clauses, bool optimise) {
  const Run run = take_run(clauses, 0, optimise);
  return std::any_of(run.patterns.begin(), run.patterns.end(), [](const auto& pattern) {
    return std::any_of(pattern.conjuncts.begin(), pattern.conjuncts.end(),
                       [](const auto& e) { return may_be_tried(*e); });
  });
}

// A fold that asks conditions which may fail of elements that may be part of no match; beside it,
// for the case that one does, the clauses without such a fold.
std::size_t plan_hopefully(Context& context, Scope& scope, std::span<const bound::Clause> clauses) {
  if (!context.may_fall_back || as<Unit>(*scope.plan) == nullptr || !scope.bound.empty()) return 0;
  if (!has_what_may_fail(clauses, context.optimise)) return 0;
  Scope hopeful = begin({}, scope.labels, scope.repeats);
  const std::size_t planned = Folder(context, hopeful, clauses, true).run();
  if (planned == 0) return 0;
  context.may_fall_back = false;
  plan_clauses(context, scope, {clauses.begin(), clauses.begin() + std::ptrdiff_t(planned)});
  context.may_fall_back = true;
  const std::vector<Slot> slots = scope.bound.slots();
  const double rows = hopeful.rows();
  scope.plan = make_node(Union{slots, {slots, slots}, true}, rows, std::move(hopeful.plan),
                         std::move(scope.plan));
  return planned;
}

}  // namespace

std::size_t plan_folded(Context& context, Scope& scope, std::span<const bound::Clause> clauses) {
  if (const std::size_t planned = plan_hopefully(context, scope, clauses)) return planned;
  return Folder(context, scope, clauses, false).run();
}

}  // namespace kith::plan
