// cypher/exec/shortest_path.cpp: shortestPath and allShortestPaths between two nodes that the row
// has.
#include <algorithm>
#include <limits>
#include <numeric>

#include "cypher/exec/direction.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/pair_ways.hpp"
#include "cypher/exec/path_bindings.hpp"
#include "cypher/exec/path_search.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/step_predicate.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

namespace {

class ShortestPathOperator final : public Streaming {
 public:
  ShortestPathOperator(const plan::Node& node, const plan::ShortestPath& op,
                       const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        predicate_(op.predicate, op.each, *lowering.worker),
        carry_(node, lowering),
        execution_(lowering.execution()),
        reserved_(execution_.budget, "a search for shortest paths"),
        search_([this](const auto& nodes, bool backward,
                       const auto& found) { steps(nodes, backward, found); },
                [this](const auto& nodes, bool backward) { return work(nodes, backward); },
                [this](std::uint64_t bytes) {
                  execution_.poll();
                  reserved_.grow_to(bytes);
                }) {
    lists_.arena().charge_to(execution_.budget);
    limits_.min = op.min;
    limits_.max = op.max.value_or(std::numeric_limits<std::uint64_t>::max());
    limits_.all = op.all;
  }

  void open() override {
    input_->open();
    predicate_.forget();
    in_.rows = row_ = 0;
    is_searching_ = false;
  }

  bool next(Batch& out) override {
    rows_.clear();
    items_in_lists_ = 0;
    while (!is_full_of_paths(rows_.size(), items_in_lists_, execution_)) {
      if (is_searching_) {
        is_searching_ = !is_pair_ && search_.next(trail_);
        if (is_searching_) {
          give_trail();
        } else {
          ++row_;
        }
        continue;
      }
      if (row_ == in_.rows) {  // a batch out never has rows of two batches in
        if (!rows_.empty()) break;
        if (!begin_batch()) return false;
        continue;
      }
      if (!from_.is_valid(row_) || !to_.is_valid(row_)) {
        ++row_;
        continue;
      }
      is_searching_ = true;
      is_pair_ = one_way_will_do() && from_.ids()[row_] != to_.ids()[row_];
      if (is_pair_) {
        if (ways_ != nullptr && ways_->find(row_, trail_)) give_trail();
      } else {
        search_.begin(from_.ids()[row_], to_.ids()[row_], limits_);
      }
    }
    lists_.truncate(static_cast<std::uint32_t>(rows_.size()));
    picker_.pick(in_, rows_, carry_.of(in_), out);
    out.set(op_.relationships, lists_);
    return true;
  }

 private:
  bool begin_batch() {
    row_ = 0;
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    from_.read(in_[op_.from], in_.rows, Kind::Node, "the start of a path");
    to_.read(in_[op_.to], in_.rows, Kind::Node, "the end of a path");
    ways_ = one_way_will_do() ? ways() : nullptr;
    if (ways_ != nullptr) {
      ways_->begin(from_.ids().first(in_.rows), to_.ids().first(in_.rows));
    }
    return true;
  }

  void give_trail() {
    if (rows_.empty()) {  // of one batch: without `all` no row of it is there twice
      lists_.reset(VectorType::Any, op_.all ? execution_.batch_rows : in_.rows - row_);
    }
    items_.clear();
    for (const std::uint64_t id : trail_) items_.push_back(Cell::of(RelationshipId{id}));
    items_in_lists_ += items_.size();
    lists_.data<Cell>()[rows_.size()] = make_list(lists_.arena(), items_);
    rows_.push_back(row_);
  }

  // One way will do, and any relationship.
  bool one_way_will_do() const { return !op_.all && !predicate_.is_needed() && limits_.min <= 1; }

  // Null: there are no such relationships.
  PairWays* ways() {
    return pairs_.get(execution_, [this]() -> std::unique_ptr<PairWays> {
      auto types = find_types(execution_.view, op_.types);
      if (!types) return nullptr;
      PairWays::Options options{op_.direction, std::move(*types), limits_.max, op_.many};
      return std::make_unique<PairWays>(execution_, std::move(options), reserved_);
    });
  }

  // Null: there are no such relationships.
  storage::NeighbourCursor* cursor(bool backward) {
    return cursors_[backward].get(execution_, [&]() -> std::unique_ptr<storage::NeighbourCursor> {
      auto types = find_types(execution_.view, op_.types);
      if (!types) return nullptr;
      const Direction direction = backward ? turned(op_.direction) : op_.direction;
      return std::make_unique<storage::NeighbourCursor>(execution_.view, direction,
                                                        std::move(*types));
    });
  }

  std::uint64_t work(const std::vector<std::uint64_t>& nodes, bool backward) {
    auto* neighbours = cursor(backward);
    if (neighbours == nullptr) return 0;
    degrees_.resize(nodes.size());
    neighbours->degrees(nodes, degrees_);
    return std::accumulate(degrees_.begin(), degrees_.end(), std::uint64_t{0});
  }

  void steps(const std::vector<std::uint64_t>& nodes, bool backward,
             const PathSearch::Found& found) {
    auto* neighbours = cursor(backward);
    if (neighbours == nullptr) return;
    const std::size_t limit = execution_.batch_rows;
    step_rows_.resize(limit);
    step_nodes_.resize(limit);
    step_relationships_.resize(limit);
    neighbours->begin(nodes);
    while (true) {
      execution_.poll();
      const std::size_t given = neighbours->next(limit, step_rows_.data(), step_nodes_.data(),
                                                 step_relationships_.data());
      if (given == 0) return;
      const std::size_t count = predicate_.is_needed() ? keep(given) : given;
      for (std::size_t i = 0; i < count; ++i) {
        if (!found(step_rows_[i], step_nodes_[i], step_relationships_[i])) return;
      }
    }
  }

  // The predicate's rows are those of the batch; the step's are numbers into the frontier.
  std::size_t keep(std::size_t count) {
    predicate_rows_.assign(count, row_);
    kept_.assign(step_relationships_.begin(),
                 step_relationships_.begin() + static_cast<std::ptrdiff_t>(count));
    positions_.resize(count);
    for (std::size_t i = 0; i < count; ++i) positions_[i] = i;
    const std::size_t passed =
        predicate_.keep(in_, count, predicate_rows_.data(), positions_.data(), kept_.data());
    for (std::size_t i = 0; i < passed; ++i) {
      const std::size_t from = positions_[i];
      step_rows_[i] = step_rows_[from];
      step_nodes_[i] = step_nodes_[from];
      step_relationships_[i] = step_relationships_[from];
    }
    return passed;
  }

  const plan::ShortestPath& op_;
  StepPredicate predicate_;
  Carry carry_;
  Execution& execution_;
  SearchLimits limits_;
  Reservation reserved_;  // of the search
  PathSearch search_;
  PerState<storage::NeighbourCursor> cursors_[2];  // forward, backward
  PerState<PairWays> pairs_;
  PairWays* ways_ = nullptr;  // of the batch
  bool is_pair_ = false;      // the search is one of pairs_, and is over

  Batch in_;
  IdColumn from_, to_;
  std::uint32_t row_ = 0;      // of in_
  bool is_searching_ = false;  // for the trails of that row
  Trail trail_;
  std::uint64_t items_in_lists_ = 0;  // of the batch that is made

  std::vector<std::uint32_t> step_rows_, predicate_rows_;
  std::vector<std::uint64_t> step_nodes_, step_relationships_, kept_, positions_, degrees_;
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> items_;
  Vector lists_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_shortest_path(const plan::Node& node, const plan::ShortestPath& op,
                               const Lowering& lowering) {
  return std::make_unique<ShortestPathOperator>(node, op, lowering);
}

}  // namespace kith::exec
