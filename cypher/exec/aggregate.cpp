// cypher/exec/aggregate.cpp: groups by hash, one table a worker, merged at the end.
//
// Groups come out in the order in which their first rows come in. A last step of the pattern that
// nobody looks at (its node and relationship are dead) is not taken: each row counts as often as
// its node has relationships.
#include <algorithm>
#include <numeric>
#include <optional>

#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/group_table.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/row_source.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

namespace {

std::vector<Emitted> columns_of(const plan::Aggregate& op) {
  std::vector<Emitted> columns;
  for (const auto& key : op.keys) columns.push_back({key.slot, columns.size()});
  for (const auto& call : op.calls) columns.push_back({call.slot, columns.size()});
  return columns;
}

Position position_of(const bound::AggregateCall& call) {
  return call.arguments.empty() ? Position{} : call.arguments[0]->at;
}

bool contains(const std::vector<Slot>& slots, Slot slot) {
  return std::find(slots.begin(), slots.end(), slot) != slots.end();
}

// An Expand that only multiplies rows.
bool only_multiplies(const plan::Node& node) {
  const auto* expand = std::get_if<plan::Expand>(&node.op);
  return expand != nullptr && !expand->into && expand->distinct_from.empty() &&
         !contains(node.live, expand->to) && !contains(node.live, expand->relationship);
}

// How often a row counts, for the steps that are not taken.
class Multiplicity {
 public:
  Multiplicity(const plan::Expand& step, Execution& execution)
      : step_(step), execution_(execution) {}

  // weights[i] *= the degree of row i's node.
  void multiply(const Batch& batch, std::vector<std::uint64_t>& weights) {
    auto* cursor = cursor_.get(execution_, [&]() -> std::unique_ptr<storage::NeighbourCursor> {
      auto types = find_types(execution_.view, step_.types);
      if (!types) return nullptr;
      return std::make_unique<storage::NeighbourCursor>(execution_.view, step_.direction,
                                                        std::move(*types));
    });
    from_.read(batch[step_.from], batch.rows, Kind::Node, "the start of a relationship");
    degrees_.assign(batch.rows, 0);
    if (cursor != nullptr) cursor->degrees(from_.ids(), degrees_);
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const std::uint64_t degree = from_.is_valid(i) ? degrees_[i] : 0;
      if (__builtin_mul_overflow(weights[i], degree, &weights[i])) {
        throw QueryError("ArithmeticError", "IntegerOverflow",
                         "the number of matches is outside the range of a 64-bit integer");
      }
    }
  }

 private:
  const plan::Expand& step_;
  Execution& execution_;
  PerState<storage::NeighbourCursor> cursor_;
  IdColumn from_;
  std::vector<std::uint64_t> degrees_;
};

// One worker's groups and states.
class Partial {
 public:
  Partial(const plan::Aggregate& op, const std::vector<const plan::Expand*>& steps, Worker& worker)
      : worker_(worker), reserved_(worker.execution().budget, kWho) {
    for (const auto& key : op.keys) keys_.push_back(compile(*key.value, worker));
    for (const auto& call : op.calls) {
      calls_.push_back({compile(call.arguments, worker), nullptr});
    }
    for (const auto* step : steps) multiplicities_.emplace_back(*step, worker.execution());
    reset(op);
  }

  void reset(const plan::Aggregate& op) {
    MemoryBudget& budget = worker_.execution().budget;
    table_.emplace(op.keys.size(), budget, kWho);
    first_.clear();
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      calls_[i].accumulator = make_accumulator(op.calls[i], position_of(op.calls[i]), budget);
    }
  }

  void consume(const Batch& all) {
    const Batch* batch = weigh(all);
    if (batch == nullptr) return;
    GroupedRows rows;
    rows.rows = batch->rows;
    rows.sequence = batch->sequence;
    rows.weights = multiplicities_.empty() ? nullptr : weights_.data();
    if (!keys_.empty()) {
      columns_.clear();
      for (const auto& key : keys_) columns_.push_back(key->evaluate(*batch));
      table_->find_or_add(columns_, batch->rows, groups_);
      note_first(first_, table_->size(), batch->sequence);
      rows.groups = groups_.data();
      rows.group_count = table_->size();
    }
    std::uint64_t bytes = 0;
    for (Call& call : calls_) {
      columns_.clear();
      for (const auto& argument : call.arguments) columns_.push_back(argument->evaluate(*batch));
      call.accumulator->add(worker_, rows, columns_);
      bytes += call.accumulator->bytes();
    }
    reserved_.grow_to(bytes);
  }

  void merge(Partial& other) {
    std::vector<std::uint32_t> into(std::max<std::size_t>(1, other.table_->size()), 0);
    if (!keys_.empty()) {
      for (std::uint32_t g = 0; g < other.table_->size(); ++g) {
        into[g] = table_->find_or_add(other.table_->key(g));
        first_.resize(table_->size(), other.first_[g]);
        first_[into[g]] = std::min(first_[into[g]], other.first_[g]);
      }
    }
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      calls_[i].accumulator->merge(*other.calls_[i].accumulator, into, group_count());
      bytes += calls_[i].accumulator->bytes();
    }
    reserved_.grow_to(bytes);
  }

  // Groups in the order of their first rows; keys, then results.
  void finish(RowBuffer& rows) {
    std::vector<std::uint32_t> order(group_count());
    std::iota(order.begin(), order.end(), 0u);
    if (!keys_.empty()) {
      std::stable_sort(order.begin(), order.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return first_[a] < first_[b]; });
    }
    for (Call& call : calls_) call.accumulator->complete(worker_, group_count());
    for (const std::uint32_t group : order) {
      Cell* row = rows.append_row();
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        row[i] = copy_into(rows.arena(), table_->key(group)[i]);
      }
      for (std::size_t i = 0; i < calls_.size(); ++i) {
        row[keys_.size() + i] = calls_[i].accumulator->finish(group, rows.arena());
      }
    }
    rows.charge();
  }

 private:
  static constexpr std::string_view kWho = "an aggregation";
  struct Call {
    std::vector<EvaluatorPtr> arguments;
    std::unique_ptr<Accumulator> accumulator;
  };

  std::uint32_t group_count() const { return keys_.empty() ? 1 : table_->size(); }

  // The rows that count at all, with weights_; nullptr if none does.
  const Batch* weigh(const Batch& batch) {
    if (multiplicities_.empty()) return &batch;
    weights_.assign(batch.rows, 1);
    for (Multiplicity& multiplicity : multiplicities_) multiplicity.multiply(batch, weights_);
    kept_.clear();
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      if (weights_[i] != 0) kept_.push_back(i);
    }
    if (kept_.empty()) return nullptr;
    if (kept_.size() == batch.rows) return &batch;
    present_.clear();
    for (Slot slot = 0; slot < batch.columns.size(); ++slot) {
      if (batch.columns[slot].is_set()) present_.push_back(slot);
    }
    picker_.pick(batch, kept_, present_, picked_);
    std::erase(weights_, std::uint64_t{0});
    return &picked_;
  }

  Worker& worker_;
  std::vector<EvaluatorPtr> keys_;
  std::vector<Call> calls_;
  std::vector<Multiplicity> multiplicities_;
  std::optional<GroupTable> table_;
  std::vector<FirstSeen> first_;  // by group
  Reservation reserved_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> groups_, kept_;
  std::vector<std::uint64_t> weights_;
  std::vector<Slot> present_;
  RowPicker picker_;
  Batch picked_;
};

class AggregateOperator final : public RowSource {
 public:
  AggregateOperator(const plan::Node& node, const plan::Aggregate& op, const Lowering& lowering,
                    const plan::Node& input, std::vector<const plan::Expand*> steps)
      : RowSource(node, lowering, columns_of(op)),
        op_(op),
        steps_(std::move(steps)),
        pipelines_(input, lowering_of_inputs(node, lowering)) {}

 private:
  void compute(Rows& rows) override {
    pipelines_.open();
    const std::uint32_t workers = pipelines_.workers();
    partials_.resize(std::max<std::size_t>(partials_.size(), workers));
    for (std::uint32_t i = 0; i < workers; ++i) {
      if (partials_[i]) {
        partials_[i]->reset(op_);
      } else {
        partials_[i] = std::make_unique<Partial>(op_, steps_, pipelines_.worker(i));
      }
    }
    pipelines_.drain(
        [this](std::uint32_t worker, const Batch& batch) { partials_[worker]->consume(batch); });
    for (std::uint32_t i = 1; i < workers; ++i) {
      partials_[0]->merge(*partials_[i]);
      partials_[i].reset();
    }
    rows.owners.push_back(std::make_unique<RowBuffer>(
        op_.keys.size() + op_.calls.size(), execution().budget, "the result of an aggregation"));
    partials_[0]->finish(*rows.owners[0]);
    rows.order = std::move(rows.owners[0]->pointers());
    partials_[0]->reset(op_);
  }

  const plan::Aggregate& op_;
  std::vector<const plan::Expand*> steps_;
  Pipelines pipelines_;
  std::vector<std::unique_ptr<Partial>> partials_;  // by worker
};

}  // namespace

OperatorPtr make_aggregate(const plan::Node& node, const plan::Aggregate& op,
                           const Lowering& lowering) {
  const plan::Node* input = node.children.at(0).get();
  std::vector<const plan::Expand*> steps;
  while (!lowering.execution().profile && only_multiplies(*input)) {
    steps.push_back(&std::get<plan::Expand>(input->op));
    input = input->children.at(0).get();
  }
  return std::make_unique<AggregateOperator>(node, op, lowering, *input, std::move(steps));
}

}  // namespace kith::exec
