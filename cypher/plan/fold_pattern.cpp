// cypher/plan/fold_pattern.cpp: merged patterns, and trees of them.
#include "cypher/plan/fold_pattern.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/assert.hpp"
#include "cypher/plan/expressions.hpp"
#include "cypher/plan/fold_cost.hpp"

namespace kith::plan {

namespace {

constexpr std::size_t kMostEvents = 6;  // 2^6 merged patterns, of which many are one

class Partition {
 public:
  explicit Partition(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t of(std::size_t i) const {
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  void merge(std::size_t a, std::size_t b) {
    a = of(a);
    b = of(b);
    parent_[std::max(a, b)] = std::min(a, b);  // the first of a set stands for it
  }
  bool same(std::size_t a, std::size_t b) const { return of(a) == of(b); }

 private:
  std::vector<std::size_t> parent_;
};

bool overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(), [&](const auto& type) {
    return std::find(b.begin(), b.end(), type) != b.end();
  });
}

// Two things that a test forbids to be one, and which nodes are then one.
struct Event {
  std::vector<std::pair<std::size_t, std::size_t>> nodes;
  std::optional<std::pair<std::size_t, std::size_t>> edges = std::nullopt;
};

// Two relationships with a direction are one if their starts and their ends are; without one, also
// if the start of the first is the end of the second.
std::vector<Event> events_of(const FoldPattern& pattern, std::size_t a, std::size_t b) {
  const FoldEdge& one = pattern.edges[a];
  const FoldEdge& two = pattern.edges[b];
  std::vector<Event> events = {{{{one.left, two.left}, {one.right, two.right}}, std::pair{a, b}}};
  if (one.direction == Direction::Both || two.direction == Direction::Both) {
    events.push_back({{{one.left, two.right}, {one.right, two.left}}, std::pair{a, b}});
  }
  return events;
}

bool is_forbidden(const FoldPattern& pattern, const Event& event) {
  Partition partition(pattern.nodes.size());
  for (const auto& [a, b] : event.nodes) partition.merge(a, b);
  return std::any_of(pattern.different.begin(), pattern.different.end(),
                     [&](const auto& pair) { return partition.same(pair.first, pair.second); });
}

// x <> y says nothing new where z has no such relationship to x, and has one to y.
bool is_implied(const FoldPattern& pattern, std::size_t x, std::size_t y) {
  for (const FoldEdge& absent : pattern.edges) {
    if (absent.kind != FoldEdge::Kind::Absent) continue;
    for (const FoldEdge& present : pattern.edges) {
      if (present.kind != FoldEdge::Kind::Match) continue;
      const bool covered =
          absent.types.empty() ||
          (!present.types.empty() &&
           std::all_of(present.types.begin(), present.types.end(), [&](const auto& type) {
             return std::find(absent.types.begin(), absent.types.end(), type) != absent.types.end();
           }));
      if (!covered || absent.direction != present.direction) continue;
      const auto fits = [&](std::size_t one, std::size_t two) {
        const bool forward =
            absent.left == present.left && absent.right == one && present.right == two;
        const bool backward =
            absent.right == present.right && absent.left == one && present.left == two;
        return forward || backward;
      };
      if (fits(x, y) || fits(y, x)) return true;
    }
  }
  return false;
}

std::optional<std::vector<Event>> all_events(const FoldPattern& pattern) {
  std::vector<Event> events;
  for (const auto& [a, b] : pattern.different) {
    if (a == b) return std::nullopt;  // never true
    if (!is_implied(pattern, a, b)) events.push_back({{{a, b}}});
  }
  for (std::size_t a = 0; a < pattern.edges.size(); ++a) {
    for (std::size_t b = a + 1; b < pattern.edges.size(); ++b) {
      if (!may_share_type(pattern.edges[a], pattern.edges[b])) continue;
      for (Event& event : events_of(pattern, a, b)) {
        if (!is_forbidden(pattern, event)) events.push_back(std::move(event));
      }
    }
  }
  if (events.size() > kMostEvents) return std::nullopt;
  return events;
}

// ---- merged patterns

void take_over(FoldNode& into, const FoldNode& from) {
  for (const auto& label : from.labels) {
    if (std::find(into.labels.begin(), into.labels.end(), label) == into.labels.end()) {
      into.labels.push_back(label);
    }
  }
  for (const auto& e : from.conjuncts) {
    into.conjuncts.push_back(substitute(e, {{from.slot, variable(into.slot, kNodeType)}}));
  }
  into.weights.insert(into.weights.end(), from.weights.begin(), from.weights.end());
  into.passing *= from.passing;
}

// False if the two have no type in common.
bool take_over(FoldEdge& into, const FoldEdge& from) {
  for (const auto& e : from.conjuncts) {
    into.conjuncts.push_back(substitute(e, {{from.slot, variable(into.slot, kRelationshipType)}}));
  }
  into.passing *= from.passing;
  if (into.direction == Direction::Both) {
    into.left = from.left;
    into.right = from.right;
    into.direction = from.direction;
  }
  if (into.types.empty()) {
    into.types = from.types;
  } else if (!from.types.empty()) {
    std::erase_if(into.types, [&](const auto& type) {
      return std::find(from.types.begin(), from.types.end(), type) == from.types.end();
    });
    return !into.types.empty();
  }
  return true;
}

// The pattern where all of these events are so; null if that cannot match. Its nodes keep their
// numbers; of those that became one, the first is left and the others are without edges.
struct Merged {
  FoldPattern pattern;
  std::size_t root;
  std::vector<std::size_t> parts = {};  // which nodes and edges are one: that says all
};
std::optional<Merged> merge(const FoldPattern& pattern, std::size_t root,
                            const std::vector<const Event*>& events) {
  Partition nodes(pattern.nodes.size()), edges(pattern.edges.size());
  for (const Event* event : events) {
    for (const auto& [a, b] : event->nodes) nodes.merge(a, b);
    if (event->edges) edges.merge(event->edges->first, event->edges->second);
  }
  // Two with directions may have become one by way of one without.
  for (std::size_t a = 0; a < pattern.edges.size(); ++a) {
    for (std::size_t b = a + 1; b < pattern.edges.size(); ++b) {
      const FoldEdge& one = pattern.edges[a];
      const FoldEdge& two = pattern.edges[b];
      if (!edges.same(a, b) || one.direction != two.direction) continue;
      if (one.direction == Direction::Both) continue;
      nodes.merge(one.left, two.left);
      nodes.merge(one.right, two.right);
    }
  }
  Merged merged{.pattern = {}, .root = nodes.of(root)};
  for (std::size_t i = 0; i < pattern.nodes.size(); ++i) merged.parts.push_back(nodes.of(i));
  for (std::size_t i = 0; i < pattern.edges.size(); ++i) merged.parts.push_back(edges.of(i));
  merged.pattern.nodes = pattern.nodes;
  for (std::size_t i = 0; i < pattern.nodes.size(); ++i) {
    if (nodes.of(i) != i) take_over(merged.pattern.nodes[nodes.of(i)], pattern.nodes[i]);
  }
  std::vector<std::size_t> place(pattern.edges.size());
  for (std::size_t i = 0; i < pattern.edges.size(); ++i) {
    FoldEdge edge = pattern.edges[i];
    edge.left = nodes.of(edge.left);
    edge.right = nodes.of(edge.right);
    const std::size_t first = edges.of(i);
    if (first != i) {
      if (!take_over(merged.pattern.edges[place[first]], edge)) return std::nullopt;
      continue;
    }
    place[i] = merged.pattern.edges.size();
    merged.pattern.edges.push_back(std::move(edge));
  }
  return merged;
}

// ---- trees

// Depth first: an edge that closes a circle then leads to a node on the way to the root.
class Tree {
 public:
  Tree(const FoldPattern& pattern, const Statistics& statistics)
      : pattern_(pattern),
        statistics_(statistics),
        used_(pattern.edges.size()),
        depth_(pattern.nodes.size(), kUnseen),
        on_path_(pattern.nodes.size()) {}

  bool build(std::size_t root) {
    term.root = grow(root, 0);
    return !failed_ && std::find(used_.begin(), used_.end(), false) == used_.end();
  }

  WeightTerm term;
  bool is_cyclic = false;

 private:
  static constexpr std::uint32_t kUnseen = std::numeric_limits<std::uint32_t>::max();

  static Direction direction_from(const FoldEdge& edge, std::size_t node) {
    if (edge.direction == Direction::Both) return Direction::Both;
    return edge.left == node ? Direction::Out : Direction::In;
  }
  static std::size_t other_end(const FoldEdge& edge, std::size_t node) {
    return edge.left == node ? edge.right : edge.left;
  }

  double fan(const FoldEdge& edge, std::size_t from) const {
    return fan_of(edge.types, direction_from(edge, from), pattern_.nodes[from].labels,
                  pattern_.nodes[other_end(edge, from)].labels, statistics_);
  }

  void close(std::size_t i, std::size_t node, WeightNode& tree) {
    const FoldEdge& edge = pattern_.edges[i];
    const std::size_t other = other_end(edge, node);
    if (depth_[other] == kUnseen) return;
    used_[i] = true;
    if (!on_path_[other]) failed_ = true;
    Closing::Kind kind = Closing::Kind::Times;
    if (edge.kind == FoldEdge::Kind::Exists) kind = Closing::Kind::Exists;
    if (edge.kind == FoldEdge::Kind::Absent) kind = Closing::Kind::Absent;
    is_cyclic |= other != node;
    if (other != node && !edge.conjuncts.empty()) failed_ = true;  // lists of nodes do not tell
    tree.closings.push_back(
        {kind, depth_[other], edge.types, direction_from(edge, other), edge.slot, edge.conjuncts});
  }

  std::vector<std::size_t> edges_down(std::size_t node) const {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < pattern_.edges.size(); ++i) {
      const FoldEdge& edge = pattern_.edges[i];
      const bool touches = edge.left == node || edge.right == node;
      if (used_[i] || !touches || edge.kind != FoldEdge::Kind::Match) continue;
      order.emplace_back(fan(edge, node), i);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> edges;
    edges.reserve(order.size());
    for (const auto& [fan, i] : order) edges.push_back(i);
    return edges;
  }

  WeightNode grow(std::size_t node, std::uint32_t depth) {
    depth_[node] = depth;
    on_path_[node] = true;
    const FoldNode& from = pattern_.nodes[node];
    WeightNode tree(from.slot);
    tree.labels = from.labels;
    tree.conjuncts = from.conjuncts;
    tree.weights = from.weights;
    for (std::size_t i = 0; i < pattern_.edges.size(); ++i) {
      const FoldEdge& edge = pattern_.edges[i];
      if (!used_[i] && (edge.left == node || edge.right == node)) close(i, node, tree);
    }
    std::ptrdiff_t leaves = 0;
    for (const std::size_t i : edges_down(node)) {
      if (used_[i]) continue;
      used_[i] = true;
      const FoldEdge& edge = pattern_.edges[i];
      WeightStep step{edge.types,
                      direction_from(edge, node),
                      grow(other_end(edge, node), depth + 1),
                      edge.slot,
                      edge.conjuncts,
                      edge.passing};
      // What needs no look at other nodes comes first, the fewest first: it may be nothing.
      const auto place = is_degree(step) ? tree.steps.begin() + leaves++ : tree.steps.end();
      tree.steps.insert(place, std::move(step));
    }
    on_path_[node] = false;
    return tree;
  }

  const FoldPattern& pattern_;
  const Statistics& statistics_;
  std::vector<bool> used_;
  std::vector<std::uint32_t> depth_;
  std::vector<bool> on_path_;
  bool failed_ = false;
};

}  // namespace

std::optional<std::size_t> FoldPattern::find(Slot slot) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].slot == slot) return i;
  }
  return std::nullopt;
}

bool is_degree(const WeightStep& step) {
  const WeightNode& to = step.to;
  return to.steps.empty() && to.closings.empty() && to.conjuncts.empty() && to.weights.empty() &&
         step.conjuncts.empty();
}

std::size_t least_depth(const WeightNode& node) {
  std::size_t least = SIZE_MAX;
  for (const auto& step : node.steps) {
    for (const auto& closing : step.to.closings) {
      least = std::min(least, std::size_t{closing.depth});
    }
    least = std::min(least, least_depth(step.to));
  }
  return least;
}

std::optional<std::uint32_t> deepest_look(const WeightNode& node, std::uint32_t depth) {
  std::optional<std::uint32_t> deepest;
  for (const auto& closing : node.closings) {
    if (closing.depth <= depth) deepest = std::max(deepest, std::optional(closing.depth));
  }
  for (const auto& step : node.steps) {
    deepest = std::max(deepest, deepest_look(step.to, depth));
  }
  return deepest;
}

bool is_triple(const WeightNode& root) {
  if (root.steps.size() != 1 || !root.closings.empty() || !root.weights.empty()) return false;
  const WeightNode& second = root.steps[0].to;
  if (second.steps.size() != 1 || !second.closings.empty() || !second.weights.empty()) return false;
  if (!root.steps[0].conjuncts.empty() || !second.steps[0].conjuncts.empty()) return false;
  const WeightNode& third = second.steps[0].to;
  return third.steps.empty() && third.weights.empty() && third.closings.size() == 1 &&
         third.closings[0].kind == Closing::Kind::Times && third.closings[0].depth == 0;
}

bool may_share_type(const FoldEdge& a, const FoldEdge& b) {
  return a.kind == FoldEdge::Kind::Match && b.kind == FoldEdge::Kind::Match && a.group == b.group &&
         overlap(a.types, b.types);
}

bool may_be_same(const FoldPattern& pattern, const FoldEdge& a, const FoldEdge& b) {
  if (!may_share_type(a, b)) return false;
  const auto first = static_cast<std::size_t>(&a - pattern.edges.data());
  const auto second = static_cast<std::size_t>(&b - pattern.edges.data());
  const auto events = events_of(pattern, first, second);
  return std::any_of(events.begin(), events.end(),
                     [&](const Event& event) { return !is_forbidden(pattern, event); });
}

namespace {

bool is_connected(const FoldPattern& pattern) {
  Partition parts(pattern.nodes.size());
  for (const FoldEdge& edge : pattern.edges) {
    if (edge.kind == FoldEdge::Kind::Match) parts.merge(edge.left, edge.right);
  }
  for (std::size_t i = 0; i < pattern.nodes.size(); ++i) {
    if (parts.of(i) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<Folded> fold_pattern(const FoldPattern& pattern, std::size_t root, double visits,
                                   const Statistics& statistics) {
  KITH_ASSERT(root < pattern.nodes.size());
  const auto events = all_events(pattern);
  if (!events || !is_connected(pattern)) return std::nullopt;
  std::vector<std::pair<Merged, std::int64_t>> terms;  // and how often each counts
  for (std::size_t subset = 0; subset < std::size_t{1} << events->size(); ++subset) {
    std::vector<const Event*> chosen;
    for (std::size_t i = 0; i < events->size(); ++i) {
      if ((subset >> i & 1) != 0) chosen.push_back(&(*events)[i]);
    }
    auto merged = merge(pattern, root, chosen);
    if (!merged) continue;
    const std::int64_t factor = chosen.size() % 2 == 0 ? 1 : -1;
    const auto same = std::find_if(terms.begin(), terms.end(), [&](const auto& term) {
      return term.first.parts == merged->parts;
    });
    if (same != terms.end()) {
      same->second += factor;
    } else {
      terms.emplace_back(std::move(*merged), factor);
    }
  }
  Folded folded;
  for (const auto& [merged, factor] : terms) {
    if (factor == 0) continue;
    Tree tree(merged.pattern, statistics);
    if (!tree.build(merged.root)) return std::nullopt;
    tree.term.factor = factor;
    const TreeCost cost = cost_of_tree(tree.term.root, merged.pattern, visits, statistics);
    folded.cost += cost.cost;
    // The others are about matches of the first: they are asked of nodes that have some.
    if (folded.weight.terms.empty() && factor == 1) visits *= cost.share;
    folded.is_cyclic |= tree.is_cyclic;
    folded.weight.terms.push_back(std::move(tree.term));
  }
  return folded;
}

}  // namespace kith::plan
