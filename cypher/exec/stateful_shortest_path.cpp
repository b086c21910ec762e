// cypher/exec/stateful_shortest_path.cpp: paths with a selector, from a node that the row has, to
// one that it has or to all.
#include <algorithm>
#include <deque>

#include "cypher/exec/path_bindings.hpp"
#include "cypher/exec/row_count.hpp"
#include "cypher/exec/step_operator.hpp"

namespace kith::exec {

namespace {

class StatefulShortestPathOperator final : public StepOperator {
 public:
  StatefulShortestPathOperator(const plan::Node& node, const plan::PathExpand& op,
                               const Lowering& lowering)
      : StepOperator(node, ends_of(op), lowering),
        op_(op),
        worker_(*lowering.worker),
        automaton_(op.path),
        bindings_(op, automaton_),
        conditions_(op, automaton_, bindings_, worker_),
        reserved_(execution().budget, "a search for shortest paths"),
        search_(automaton_, graph()) {
    KITH_ASSERT(op.path.selector && op.distinct_from.empty());
    for (std::uint32_t p = 0; p < automaton_.end(); ++p) {
      const auto [s, i] = automaton_.positions()[p];
      const auto& stretch = op.path.stretches[s];
      const Slot before = i == 0 ? stretch.start : stretch.steps[i - 1].node;
      steps_.emplace_back(stretch.steps[i], before, conditions_.of_step(p),
                          conditions_.own().slots(), worker_);
    }
    make_columns(node);
  }

 private:
  struct OfPath {  // a column of the result
    PathVariable variable = {};
    bool is_all = false;  // all relationships of the path
    Vector values = {};
    VectorType type() const {
      if (is_all || variable.is_list) return VectorType::Any;
      return variable.is_node ? VectorType::Node : VectorType::Relationship;
    }
  };

  void begin() override {
    for (auto& step : steps_) step.open();
    const auto& selector = *op_.path.selector;
    wanted_.groups = selector.groups;
    wanted_.repeats = op_.path.repeats;
    wanted_.count = selector.count ? row_count(*selector.count, "SHORTEST", worker_) : 1;
    if (wanted_.count == 0) {
      throw SyntaxError("InvalidPathSelector", "the number of paths must be at least 1",
                        selector.count->at, Phase::Runtime);
    }
  }

  void begin_output() override {
    items_in_lists_ = 0;
    for (OfPath& column : columns_) column.values.reset(column.type(), execution().batch_rows);
  }
  void end_output(Batch& out) override {
    for (OfPath& column : columns_) {
      column.values.truncate(out.rows);
      out.set(column.is_all ? op_.relationships : column.variable.slot, column.values);
    }
  }
  bool is_full() const override { return is_full_of_paths(given(), items_in_lists_, execution()); }

  SelectiveSearch::Graph graph() {
    return {
        .steps = [this](std::uint32_t position, std::span<const std::uint64_t> nodes,
                        const auto& found) { take_steps(position, nodes, found); },
        .passes = [this](std::uint32_t stretch,
                         std::uint64_t node) { return conditions_.passes(stretch, node); },
        .accepts = [this](const FoundPath& path) { return conditions_.accepts(path); },
        .watch =
            [this](std::uint64_t bytes) {
              execution().poll();
              reserved_.grow_to(bytes);
            },
    };
  }

  void take_steps(std::uint32_t position, std::span<const std::uint64_t> nodes,
                  const SelectiveSearch::Found& found) {
    PathStepReader& reader = steps_[position];
    reader.begin(nodes);
    while (const std::size_t count = reader.next()) {
      for (std::size_t i = 0; i < count; ++i) {
        found(reader.sources()[i], reader.nodes()[i], reader.relationships()[i]);
      }
    }
  }

  void make_columns(const plan::Node& node) {
    for (const Slot slot : node.live) {
      const PathVariable* variable = bindings_.find_visible(slot);
      if (variable == nullptr && slot != op_.relationships) continue;
      OfPath& column = columns_.emplace_back();
      column.is_all = variable == nullptr;
      if (variable != nullptr) column.variable = *variable;
      column.values.arena().charge_to(execution().budget);
    }
  }

  void begin_row() override {
    for (auto& step : steps_) step.set_row(in(), row());
    conditions_.set_row(in(), row());
    std::optional<std::uint64_t> wanted_end;
    if (op_.into) wanted_end = goal();
    search_.begin(start(), wanted_end, wanted_);
  }
  void continue_row() override { search_.next() ? take(search_.path()) : leave_row(); }

  void take(const FoundPath& path) {
    const std::size_t at = given();
    for (OfPath& column : columns_) {
      if (column.is_all) {
        ids_ = path.relationships;
        if (op_.reversed) std::reverse(ids_.begin(), ids_.end());
      } else {
        bindings_.collect(path, column.variable, ids_);
      }
      if (column.type() != VectorType::Any) {
        KITH_ASSERT(ids_.size() == 1);
        column.values.data<std::uint64_t>()[at] = ids_[0];
        continue;
      }
      items_.clear();
      const bool is_node = !column.is_all && column.variable.is_node;
      for (const std::uint64_t id : ids_) {
        items_.push_back(is_node ? Cell::of(NodeId{id}) : Cell::of(RelationshipId{id}));
      }
      items_in_lists_ += items_.size();
      column.values.data<Cell>()[at] = make_list(column.values.arena(), items_);
    }
    give(path.nodes.back());
  }

  const plan::PathExpand& op_;
  Worker& worker_;
  PathAutomaton automaton_;
  PathBindings bindings_;
  PathConditions conditions_;
  Reservation reserved_;  // of the search
  SelectiveSearch search_;
  std::deque<PathStepReader> steps_;  // by position
  std::deque<OfPath> columns_;
  std::uint64_t items_in_lists_ = 0;  // of the batch that is made
  WantedPaths wanted_;

  std::vector<std::uint64_t> ids_;
  std::vector<Cell> items_;
};

}  // namespace

OperatorPtr make_stateful_shortest_path(const plan::Node& node, const plan::PathExpand& op,
                                        const Lowering& lowering) {
  return std::make_unique<StatefulShortestPathOperator>(node, op, lowering);
}

}  // namespace kith::exec
