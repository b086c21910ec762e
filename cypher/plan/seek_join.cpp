// cypher/plan/seek_join.cpp: the cheapest seeks to begin a component with.
#include "cypher/plan/seek_join.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"

namespace kith::plan {

namespace {

// What a trial changes of the graph, put back when it goes.
class Trial {
 public:
  explicit Trial(QueryGraph& graph) : graph_(graph) {
    for (const auto& conjunct : graph.conjuncts) answered_.push_back(conjunct.answered);
    for (const auto& node : graph.nodes) bound_.push_back(node.bound);
  }
  ~Trial() {
    for (std::size_t i = 0; i < answered_.size(); ++i) graph_.conjuncts[i].answered = answered_[i];
    for (std::size_t i = 0; i < bound_.size(); ++i) graph_.nodes[i].bound = bound_[i];
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

 private:
  QueryGraph& graph_;
  std::vector<bool> answered_, bound_;
};

// Of one of many seeks: the upper levels of the index are in the processor's caches, the memory of
// the lower ones is waited for.
double seek_cost(double entries) {
  constexpr double kCached = 1 << 10;
  return kSeek * std::max(1.0, std::log2(entries / kCached));
}

class Search {
 public:
  Search(QueryGraph& graph, const Statistics& statistics, const Component& component)
      : graph_(graph), statistics_(statistics), component_(component) {}

  std::optional<Feeding> run(const Outer& rows) {
    const Trial trial(graph_);
    for (auto& conjunct : graph_.conjuncts) {
      conjunct.answered |= !conjunct.late && rows.slots.contains_all(conjunct.needs);
    }
    try_seeks({}, component_, rows, 0);
    return best_;
  }

 private:
  static constexpr std::size_t kMostSeeks = 2;  // both ends of a step

  void try_seeks(const std::vector<FedSeek>& made, const Component& left, const Outer& rows,
                 double cost) {
    if (!made.empty()) offer(made, left, rows, cost);
    if (made.size() == kMostSeeks) return;
    for (const std::size_t n : left.nodes) try_seek({false, n}, made, left, rows, cost);
    for (const std::size_t e : left.edges) try_seek({true, e}, made, left, rows, cost);
  }

  void try_seek(const FedSeek& seek, std::vector<FedSeek> made, Component left, Outer rows,
                double cost) {
    const auto use = use_of(graph_, statistics_, seek, rows.slots);
    if (use == nullptr) return;
    const Trial trial(graph_);
    cost += rows.rows * (seek_cost(use->entries) + use->rows * kSeekRow);
    note_seek(graph_, seek, *use, left, rows);
    made.push_back(seek);
    try_seeks(made, left, rows, cost);
  }

  void offer(const std::vector<FedSeek>& made, const Component& left, const Outer& rows,
             double cost) {
    const StepPtr order = order_joins(graph_, left, rows);
    if (order == nullptr) return;
    cost += order->cost;
    if (!best_ || cost < best_->cost) best_ = Feeding{made, cost};
  }

  QueryGraph& graph_;
  const Statistics& statistics_;
  const Component& component_;
  std::optional<Feeding> best_;
};

}  // namespace

std::optional<Feeding> find_feeding(QueryGraph& graph, const Statistics& statistics,
                                    const Component& component, const Outer& rows) {
  if (statistics.indexes().empty() || rows.slots.empty()) return std::nullopt;
  return Search(graph, statistics, component).run(rows);
}

std::shared_ptr<const IndexUse> use_of(const QueryGraph& graph, const Statistics& statistics,
                                       const FedSeek& seek, const SlotSet& sight) {
  if (!seek.on_edge) {
    const GraphNode& node = graph.nodes[seek.element];
    if (node.bound || node.id_conjunct) return nullptr;
    return find_index_use(graph, statistics, sought(node), sight, true);
  }
  const GraphEdge& edge = graph.edges[seek.element];
  const auto what = sought(edge);
  if (!what || graph.nodes[edge.left].bound || graph.nodes[edge.right].bound) return nullptr;
  return find_index_use(graph, statistics, *what, sight, true);
}

void note_seek(QueryGraph& graph, const FedSeek& seek, const IndexUse& use, Component& component,
               Outer& rows) {
  const auto bind = [&](std::size_t n) {
    KITH_ASSERT(!graph.nodes[n].bound);
    graph.nodes[n].bound = true;
    rows.slots.insert(graph.nodes[n].slot);
  };
  rows.rows = std::min(kMostRows, rows.rows * use.rows);
  component.has_outer = true;
  if (seek.on_edge) {
    const GraphEdge& edge = graph.edges[seek.element];
    bind(edge.left);
    bind(edge.right);
    rows.slots.insert(edge.pattern.slot);
    if (edge.pattern.direction == Direction::Both) rows.rows *= 2;
    std::erase(component.edges, seek.element);
  } else {
    bind(seek.element);
  }
  for (const std::size_t i : use.answered) graph.conjuncts[i].answered = true;
  // Whatever can be tested by now is.
  for (auto& conjunct : graph.conjuncts) {
    if (conjunct.late || conjunct.answered || !rows.slots.contains_all(conjunct.needs)) continue;
    conjunct.answered = true;
    rows.rows *= conjunct.selectivity;
  }
}

}  // namespace kith::plan
