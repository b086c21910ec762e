// cypher/plan/fold_source.cpp: sorting the conjuncts of patterns by what a fold can make of them.
#include "cypher/plan/fold_source.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "cypher/plan/match_cost.hpp"
#include "cypher/plan/query_graph.hpp"

namespace kith::plan {

using bound::Operator;

namespace {

// Paths of several relationships are found as rows, and where relationships may be the same there
// is nothing to count away.
bool has_paths(const bound::Pattern& pattern) {
  return std::any_of(pattern.relationships.begin(), pattern.relationships.end(),
                     [](const auto& r) { return r.path || r.repeats; });
}

class Sorter {
 public:
  Sorter(Context& context, const SlotSet& bound, const Labels& labels, const SlotSet& used,
         bool may_fail)
      : context_(context), bound_(bound), labels_(labels), used_(used), may_fail_(may_fail) {}

  bool run(const std::vector<const bound::Pattern*>& patterns) {
    for (const auto* pattern : patterns) {
      if (!pattern->shortest.empty() || !pattern->hints.empty() || has_paths(*pattern))
        return false;
      for (const auto& path : pattern->paths) {
        if (used_.contains(path.slot)) return false;
        for (const auto& e : pattern->conjuncts) {
          if (slots_of(*e).contains(path.slot)) return false;
        }
      }
      for (const auto& node : pattern->nodes) node_of(node.slot);
    }
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      for (const auto& r : patterns[i]->relationships) add_relationship(r, i);
    }
    keep_apart();
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const auto& conjuncts = patterns[i]->conjuncts;
      for (std::size_t c = 0; c < conjuncts.size(); ++c) sort_conjunct(conjuncts[c], i, c);
    }
    for (const auto& node : source.pattern.nodes) {
      if (used_.contains(node.slot) || bound_.contains(node.slot)) {
        source.looked_at.insert(node.slot);
      }
    }
    return true;
  }

  FoldSource source;

 private:
  std::size_t node_of(Slot slot) {
    if (const auto found = source.pattern.find(slot)) return *found;
    source.pattern.nodes.push_back({.slot = slot});
    return source.pattern.nodes.size() - 1;
  }
  void look_at(Slot slot) {
    source.is_whole = false;
    source.looked_at.insert(slot);
  }

  void add_relationship(const bound::PatternRelationship& r, std::size_t pattern) {
    relationships_.push_back(&r);
    const std::size_t left = node_of(r.left), right = node_of(r.right);
    const bool is_apart = r.length || r.bound_before;
    if (is_apart || used_.contains(r.slot)) {
      look_at(r.left);
      look_at(r.right);
    }
    FoldEdge edge{.left = left, .right = right, .direction = r.direction, .types = r.types};
    if (r.direction == Direction::In) {
      std::swap(edge.left, edge.right);
      edge.direction = Direction::Out;
    }
    edge.group = static_cast<std::uint32_t>(pattern);
    edge.slot = r.slot;
    (is_apart ? apart_ : source.pattern.edges).push_back(std::move(edge));
  }

  // What must not be the relationship of a list, or one that is there already, has to be seen.
  void keep_apart() {
    for (const FoldEdge& apart : apart_) {
      for (const FoldEdge& edge : source.pattern.edges) {
        if (!may_share_type(apart, edge)) continue;
        look_at(source.pattern.nodes[edge.left].slot);
        look_at(source.pattern.nodes[edge.right].slot);
      }
    }
  }

  void sort_conjunct(const ExpressionPtr& e, std::size_t pattern, std::size_t conjunct) {
    FoldTest test{.pattern = pattern, .conjunct = conjunct, .nodes = {}};
    if (can_be_part(e, test)) {
      source.tests.push_back(std::move(test));
      return;
    }
    for (const Slot slot : slots_of(*e)) {
      if (source.pattern.find(slot)) look_at(slot);
      for (const auto* r : relationships_) {
        if (r->slot != slot) continue;
        look_at(r->left);
        look_at(r->right);
      }
    }
    source.is_whole = false;
  }

  bool can_be_part(const ExpressionPtr& e, FoldTest& test) {
    if (is_about_relationship(e, test)) return true;
    for (const Slot slot : slots_of(*e)) {
      const auto node = source.pattern.find(slot);
      if (!node) return false;
      test.nodes.push_back(*node);
    }
    if (test.nodes.empty()) return false;
    if (const auto* labels = std::get_if<bound::HasLabels>(&e->node)) {
      test.labels = plain_labels(labels->labels);
      if (!test.labels.empty() && as_variable(*labels->subject) != nullptr) return true;
      test.labels.clear();
    }
    if (const auto* negated = as_operation(*e, Operator::Not)) {
      const auto* inner = as_subquery(*negated->operands[0]);
      if (inner != nullptr) return is_existence(*inner, Weight::Kind::Absent, test);
    }
    if (const auto* inner = as_subquery(*e)) {
      return is_existence(*inner, Weight::Kind::Exists, test);
    }
    if (is_difference(*e)) {
      test.differ = true;
      source.pattern.different.emplace_back(test.nodes[0], test.nodes[1]);
      return true;
    }
    if (test.nodes.size() != 1 || !is_condition(*e)) return false;
    test.condition = e;
    test.passing = selectivity(*e, labels_, context_.statistics);
    return true;
  }

  bool is_condition(const Expression& e) const {
    return (may_fail_ || !condition_can_fail(e)) && !is_volatile(e) && !has_subquery(e);
  }

  bool is_about_relationship(const ExpressionPtr& e, FoldTest& test) {
    const SlotSet slots = slots_of(*e);
    if (slots.size() != 1 || !is_condition(*e)) return false;
    const auto& edges = source.pattern.edges;
    const auto edge = std::find_if(edges.begin(), edges.end(),
                                   [&](const FoldEdge& one) { return slots.contains(one.slot); });
    if (edge == edges.end()) return false;
    test.nodes = {edge->left, edge->right};
    test.relationship = static_cast<std::size_t>(edge - edges.begin());
    test.condition = e;
    test.passing = selectivity(*e, labels_, context_.statistics);
    return true;
  }

  static bool is_difference(const Expression& e) {
    const auto* unequal = as_operation(e, Operator::NotEqual);
    if (unequal == nullptr) return false;
    const auto* a = as_variable(*unequal->operands[0]);
    const auto* b = as_variable(*unequal->operands[1]);
    return a != nullptr && b != nullptr && a->slot != b->slot;
  }

  bool is_existence(const bound::Subquery& subquery, Weight::Kind kind, FoldTest& test) {
    if (subquery.kind != bound::Subquery::Kind::Exists) return false;
    const bound::Pattern* pattern = only_pattern(subquery);
    if (pattern == nullptr) return false;
    if (test.nodes.size() == 2) return is_bare_edge(*pattern, kind, test);
    if (test.nodes.size() != 1) return false;
    const Slot root = source.pattern.nodes[test.nodes[0]].slot;
    auto folded = fold_around(context_, *pattern, root, kind, labels_, {});
    if (!folded || costs_more_than_rows(*folded, *pattern, root)) return false;
    test.weight = std::move(folded->weight);
    test.passing = 0.5;
    return true;
  }

  // Of circles around one node, against expanding from it.
  bool costs_more_than_rows(const Folded& folded, const bound::Pattern& pattern, Slot root) {
    if (!folded.is_cyclic || context_.folding == Folding::always) return false;
    const auto rows = cost_of_matches(context_, pattern, {root}, 1);
    return rows && folded.cost > kFoldPerRow * *rows;
  }

  bool is_bare_edge(const bound::Pattern& pattern, Weight::Kind kind, FoldTest& test) {
    const auto& relationships = pattern.relationships;
    const bool is_bare = pattern.conjuncts.empty() && pattern.shortest.empty() &&
                         !has_paths(pattern) && relationships.size() == 1 &&
                         !relationships[0].length && !relationships[0].bound_before;
    if (!is_bare) return false;
    const auto& r = relationships[0];
    const auto left = source.pattern.find(r.left), right = source.pattern.find(r.right);
    if (!left || !right || *left == *right) return false;
    FoldEdge edge{.left = *left, .right = *right, .direction = r.direction, .types = r.types};
    edge.kind = kind == Weight::Kind::Absent ? FoldEdge::Kind::Absent : FoldEdge::Kind::Exists;
    if (r.direction == Direction::In) {
      std::swap(edge.left, edge.right);
      edge.direction = Direction::Out;
    }
    test.edge = std::move(edge);
    return true;
  }

  Context& context_;
  const SlotSet& bound_;
  const Labels& labels_;
  const SlotSet& used_;
  bool may_fail_;
  std::vector<const bound::PatternRelationship*> relationships_;
  std::vector<FoldEdge> apart_;  // lists, and relationships bound before
};

}  // namespace

const bound::Pattern* only_pattern(const bound::Subquery& subquery) {
  if (subquery.query == nullptr || subquery.query->parts.size() != 1) return nullptr;
  const auto& clauses = subquery.query->parts[0].clauses;
  if (clauses.empty() || clauses.size() > 2) return nullptr;
  const auto* match = std::get_if<bound::Match>(&clauses[0].node);
  if (match == nullptr || match->optional) return nullptr;
  if (clauses.size() == 2) {
    const auto* end = std::get_if<bound::Return>(&clauses[1].node);
    if (end == nullptr) return nullptr;
    const auto& body = end->body;
    const bool plain = !body.aggregating && !body.skip && !body.limit &&
                       std::all_of(body.items.begin(), body.items.end(),
                                   [](const auto& item) { return !can_fail(*item.value); });
    if (!plain) return nullptr;
  }
  return &match->pattern;
}

FoldSource::Part FoldSource::part(std::size_t root, const std::vector<bool>& members,
                                  bool own_root) const {
  KITH_ASSERT(members.size() == pattern.nodes.size() && !members[root]);
  Part part{.pattern = {}, .root = 0};
  std::vector<std::size_t> place(pattern.nodes.size()), edge_place(pattern.edges.size());
  part.pattern.nodes.push_back({.slot = pattern.nodes[root].slot});
  for (std::size_t i = 0; i < pattern.nodes.size(); ++i) {
    if (!members[i]) continue;
    place[i] = part.pattern.nodes.size();
    part.pattern.nodes.push_back(pattern.nodes[i]);
  }
  const auto belongs = [&](std::size_t a, std::size_t b) {
    const bool inside = (members[a] || a == root) && (members[b] || b == root);
    return inside && (own_root || members[a] || members[b]);
  };
  const auto add_edge = [&](FoldEdge edge) {
    edge.left = place[edge.left];
    edge.right = place[edge.right];
    part.pattern.edges.push_back(std::move(edge));
  };
  for (std::size_t i = 0; i < pattern.edges.size(); ++i) {
    const FoldEdge& edge = pattern.edges[i];
    edge_place[i] = part.pattern.edges.size();
    if (belongs(edge.left, edge.right)) add_edge(edge);
  }
  for (const FoldTest& test : tests) {
    if (!belongs(test.nodes.front(), test.nodes.back())) continue;
    if (test.relationship) {
      FoldEdge& edge = part.pattern.edges[edge_place[*test.relationship]];
      edge.conjuncts.push_back(test.condition);
      edge.passing *= test.passing;
      continue;
    }
    FoldNode& node = part.pattern.nodes[place[test.nodes[0]]];
    node.labels.insert(node.labels.end(), test.labels.begin(), test.labels.end());
    node.passing *= test.passing;
    if (test.condition) node.conjuncts.push_back(test.condition);
    if (test.weight) node.weights.push_back(*test.weight);
    if (test.edge) add_edge(*test.edge);
    if (test.differ)
      part.pattern.different.emplace_back(place[test.nodes[0]], place[test.nodes[1]]);
  }
  return part;
}

std::optional<FoldSource> fold_source(Context& context, const SlotSet& bound, const Labels& labels,
                                      const std::vector<const bound::Pattern*>& patterns,
                                      const SlotSet& used, bool may_fail) {
  Sorter sorter(context, bound, labels, used, may_fail);
  if (!sorter.run(patterns)) return std::nullopt;
  return std::move(sorter.source);
}

std::optional<Folded> fold_around(Context& context, const bound::Pattern& pattern, Slot root,
                                  Weight::Kind kind, const Labels& labels, const SlotSet& used) {
  const auto source = fold_source(context, {}, labels, {&pattern}, used);
  if (!source || !source->is_whole || !source->looked_at.empty()) return std::nullopt;
  const auto place = source->pattern.find(root);
  if (!place) return std::nullopt;
  std::vector<bool> members(source->pattern.nodes.size(), true);
  members[*place] = false;
  const auto whole = source->part(*place, members, true);
  auto folded = fold_pattern(whole.pattern, whole.root, 1, context.statistics);
  if (folded) folded->weight.kind = kind;
  return folded;
}

namespace {

bool has_conditions(const WeightStep& step) {
  return !step.conjuncts.empty() || !step.to.conjuncts.empty();
}

// The conditions over where one step leads to, or over its relationships, are asked once each in
// either way, by rows at less cost.
bool is_tested_step(const Weight& weight) {
  return std::any_of(weight.terms.begin(), weight.terms.end(), [](const WeightTerm& term) {
    const auto& steps = term.root.steps;
    return std::any_of(steps.begin(), steps.end(), [](const WeightStep& step) {
      return has_conditions(step) && step.to.steps.empty() && step.to.weights.empty();
    });
  });
}

}  // namespace

std::optional<Fold> counted_around(Context& context, const bound::Pattern& pattern, Slot root,
                                   Weight::Kind kind) {
  if (context.folding == Folding::never) return std::nullopt;
  auto folded = fold_around(context, pattern, root, kind, {}, {});
  if (!folded || is_tested_step(folded->weight)) return std::nullopt;
  if (folded->is_cyclic && context.folding != Folding::always) {
    const auto rows = cost_of_matches(context, pattern, {root}, 1);
    if (rows && folded->cost > kFoldPerRow * *rows) return std::nullopt;
  }
  Fold fold{root, context.fresh_slot(), std::move(folded->weight)};
  fold.keeps_all = true;
  return fold;
}

}  // namespace kith::plan
