// cypher/exec/aggregate.cpp: groups by hash, one table a worker, merged at the end.
//
// Groups come out in the order in which their first rows come in. A last step of the pattern that
// nobody looks at (its node and relationship are dead) is not taken: each row counts as often as
// its node has relationships.
#include <algorithm>

#include "cypher/exec/aggregate_merge.hpp"
#include "cypher/exec/aggregate_parts.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/row_source.hpp"
#include "cypher/plan/expressions.hpp"

namespace kith::exec {

namespace {

std::vector<Emitted> columns_of(const plan::Aggregate& op) {
  std::vector<Emitted> columns;
  for (const auto& key : op.keys) columns.push_back({key.slot, columns.size()});
  for (const auto& call : op.calls) columns.push_back({call.slot, columns.size()});
  return columns;
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

class AggregateOperator : public RowSource {
 public:
  AggregateOperator(const plan::Node& node, const plan::Aggregate& op, const Lowering& lowering,
                    const plan::Node& input, std::vector<const plan::Expand*> steps)
      : RowSource(node, lowering, columns_of(op)),
        op_(op),
        steps_(std::move(steps)),
        pipelines_(input, lowering_of_inputs(node, lowering)) {
    for (std::size_t i = 0; i < op.keys.size() + op.calls.size(); ++i) {
      wanted_.columns.push_back(is_wanted(i));
    }
    wanted_.in_order = !lowering.any_order;
  }

 private:
  void compute(Rows& rows) override {
    pipelines_.open();
    const std::uint32_t workers = pipelines_.workers();
    partials_.resize(workers);
    for (std::uint32_t i = 0; i < workers; ++i) {
      if (partials_[i]) {
        partials_[i]->reset();
      } else {
        partials_[i] = std::make_unique<AggregatePartial>(op_, steps_, pipelines_.worker(i));
      }
    }
    pipelines_.drain(
        [this](std::uint32_t worker, const Batch& batch) { partials_[worker]->consume(batch); });
    if (!merge_in_memory(rows)) {
      rows.stream = merge_aggregates(op_, execution(), partials_);
      rows.width = op_.keys.size() + op_.calls.size() + 1;
    }
    partials_.resize(1);
  }

  // False if there is no room for that.
  bool merge_in_memory(Rows& rows) {
    const auto any = [&](auto is) { return std::ranges::any_of(partials_, is); };
    if (any([](const auto& partial) { return partial->has_spilled(); })) return false;
    if (any([](const auto& partial) { return partial->has_sealed(); }) || are_many()) {
      return merge_parts(partials_, execution(), wanted_, rows);
    }
    while (partials_.size() > 1) {
      if (!partials_[0]->merge(*partials_.back())) return false;
      partials_.pop_back();
    }
    return partials_[0]->finish(wanted_, rows);
  }

  // Of several workers, so that merging them on one thread would take long.
  bool are_many() const {
    constexpr std::uint64_t kMany = 4;  // batches
    std::uint64_t groups = 0;
    for (const auto& partial : partials_) groups += partial->group_count_in_all();
    return partials_.size() > 1 && partials_[0]->can_seal() &&
           groups > kMany * execution().batch_rows;
  }

  const plan::Aggregate& op_;
  WantedResults wanted_;
  std::vector<const plan::Expand*> steps_;
  Pipelines pipelines_;
  std::vector<std::unique_ptr<AggregatePartial>> partials_;  // by worker
};

// Distinct rows are groups of which nothing is asked.
plan::Aggregate groups_of(const plan::Distinct& op) {
  KITH_ASSERT(!op.slots.empty());  // no keys would be one group
  plan::Aggregate groups;
  for (const Slot slot : op.slots) groups.keys.push_back({slot, plan::variable(slot)});
  return groups;
}

struct OwnedAggregate {  // a base, so that it is there before the operator
  plan::Aggregate groups;
};
class SharedDistinct final : OwnedAggregate, public AggregateOperator {
 public:
  SharedDistinct(const plan::Node& node, const plan::Distinct& op, const Lowering& lowering)
      : OwnedAggregate{groups_of(op)},
        AggregateOperator(node, groups, lowering, *node.children.at(0), {}) {}
};

// For each of several outer rows on its own: their number is one more key.
plan::Aggregate groups_of_each(const plan::Aggregate& op, Slot ordinal) {
  plan::Aggregate groups = op;
  groups.keys.insert(groups.keys.begin(), {ordinal, plan::variable(ordinal)});
  groups.of_node.reset();  // they are not of a node alone
  return groups;
}

class AggregateOfEach final : OwnedAggregate, public AggregateOperator {
 public:
  AggregateOfEach(const plan::Node& node, const plan::Aggregate& op, const Lowering& lowering,
                  const plan::Node& input, std::vector<const plan::Expand*> steps)
      : OwnedAggregate{groups_of_each(op, lowering.carried.at(0))},
        AggregateOperator(node, groups, lowering, input, std::move(steps)) {}
};

// The input without last steps that only multiply rows; these go to `steps`.
const plan::Node& without_steps(const plan::Node& node, const Execution& execution,
                                std::vector<const plan::Expand*>& steps) {
  const plan::Node* input = node.children.at(0).get();
  while (!execution.profile && only_multiplies(*input)) {
    steps.push_back(&std::get<plan::Expand>(input->op));
    input = input->children.at(0).get();
  }
  return *input;
}

}  // namespace

bool passes_rows(const plan::Node& node, const plan::Aggregate& op, const Execution& execution) {
  std::vector<const plan::Expand*> steps;
  return has_own_groups(op, execution, without_steps(node, execution, steps));
}

OperatorPtr make_aggregate(const plan::Node& node, const plan::Aggregate& op,
                           const Lowering& lowering) {
  std::vector<const plan::Expand*> steps;
  const plan::Node& input = without_steps(node, lowering.execution(), steps);
  if (!lowering.carried.empty()) {
    auto of_each = std::make_unique<AggregateOfEach>(node, op, lowering, input, std::move(steps));
    if (!op.keys.empty()) return of_each;
    return with_row_for_each(op, lowering, std::move(of_each));
  }
  OperatorPtr counted = make_own_groups(node, op, lowering, input, steps);
  if (!counted)
    counted = std::make_unique<AggregateOperator>(node, op, lowering, input, std::move(steps));
  return with_known_count(node, op, lowering, std::move(counted));
}

OperatorPtr make_shared_distinct(const plan::Node& node, const plan::Distinct& op,
                                 const Lowering& lowering) {
  return std::make_unique<SharedDistinct>(node, op, lowering);
}

}  // namespace kith::exec
