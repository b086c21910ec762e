// cypher/exec/path_step.cpp: one step of a path pattern, from many nodes at once.
#include "cypher/exec/path_step.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::exec {

namespace {

void fill(Vector& vector, VectorType type, std::span<const std::uint64_t> ids) {
  vector.reset(type, static_cast<std::uint32_t>(ids.size()));
  std::copy(ids.begin(), ids.end(), vector.data<std::uint64_t>());
}

}  // namespace

// ---- conditions

PathCondition::PathCondition(const bound::ExpressionPtr& condition, std::span<const Slot> own,
                             Worker& worker)
    : at_(condition->at),
      slots_(bound::free_slots(*condition)),
      evaluator_(compile(*condition, worker)) {
  for (const Slot slot : slots_) {
    if (std::find(own.begin(), own.end(), slot) == own.end()) outer_.push_back(slot);
  }
  values_.resize(outer_.size());
}

bool PathCondition::reads(Slot slot) const {
  return std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
}

void PathCondition::set_row(const Batch& outer, std::uint32_t row) {
  KITH_ASSERT(row < outer.rows);
  for (std::size_t i = 0; i < outer_.size(); ++i) {
    const Column& column = outer[outer_[i]];
    const Cell cell = column.cell(row);
    values_[i].reset(column.vector->type(), 1);
    values_[i].set(0, cell);
  }
}

void PathCondition::put_row(Batch& inner) const {
  for (std::size_t i = 0; i < outer_.size(); ++i) inner.set_constant(outer_[i], values_[i]);
}

std::span<const Truth> PathCondition::evaluate(const Batch& inner) {
  KITH_ASSERT(inner.rows > 0);
  truths_.resize(inner.rows);
  read_truths(evaluator_->evaluate(inner), inner.rows, truths_, at_);
  return truths_;
}

bool PathCondition::holds_always(const Batch& inner) {
  const auto truths = evaluate(inner);
  return std::all_of(truths.begin(), truths.end(), [](Truth t) { return t == Truth::True; });
}

// ---- steps

PathStepReader::PathStepReader(const bound::PathStep& step, Slot before,
                               const std::vector<bound::ExpressionPtr>& conditions,
                               std::span<const Slot> own, Worker& worker)
    : step_(step), before_(before), execution_(worker.execution()) {
  for (const auto& condition : conditions) conditions_.emplace_back(condition, own, worker);
}

bool PathStepReader::reads(Slot slot) const {
  return std::any_of(conditions_.begin(), conditions_.end(),
                     [&](const PathCondition& condition) { return condition.reads(slot); });
}

void PathStepReader::open() {
  neighbours_ = cursor_.get(execution_, [this]() -> std::unique_ptr<storage::NeighbourCursor> {
    auto types = find_types(execution_.view, step_.types);
    if (!types) return nullptr;
    return std::make_unique<storage::NeighbourCursor>(execution_.view, step_.direction,
                                                      std::move(*types));
  });
}

void PathStepReader::set_row(const Batch& outer, std::uint32_t row) {
  width_ = outer.columns.size();
  row_ = row;
  for (PathCondition& condition : conditions_) condition.set_row(outer, row);
}

void PathStepReader::begin(std::span<const std::uint64_t> nodes, std::span<const Known> known) {
  from_ = nodes;
  known_ = known;
  if (neighbours_ != nullptr) neighbours_->begin(nodes);
}

std::size_t PathStepReader::next(const TrailCheck* trail) {
  if (neighbours_ == nullptr) return 0;
  const std::size_t limit = execution_.batch_rows;
  while (true) {
    execution_.poll();
    sources_.resize(limit);
    nodes_.resize(limit);
    relationships_.resize(limit);
    const std::size_t given =
        neighbours_->next(limit, sources_.data(), nodes_.data(), relationships_.data());
    sources_.resize(given);
    nodes_.resize(given);
    relationships_.resize(given);
    if (given == 0) return 0;
    if (trail != nullptr && trail->is_needed()) {
      keep_if([&](std::size_t i) { return !trail->has(row_, relationships_[i]); });
    }
    for (PathCondition& condition : conditions_) {
      if (!sources_.empty()) test(condition);
    }
    if (!sources_.empty()) return sources_.size();
  }
}

void PathStepReader::test(PathCondition& condition) {
  inner_.rows = static_cast<std::uint32_t>(sources_.size());
  inner_.columns.assign(width_, Column{});
  condition.put_row(inner_);
  for (const Known& known : known_) inner_.set_constant(known.slot, *known.value);
  if (condition.reads(before_)) {
    before_values_.reset(VectorType::Node, inner_.rows);
    auto* ids = before_values_.data<std::uint64_t>();
    for (std::uint32_t i = 0; i < inner_.rows; ++i) ids[i] = from_[sources_[i]];
    inner_.set(before_, before_values_);
  }
  fill(relationship_values_, VectorType::Relationship, relationships_);
  fill(node_values_, VectorType::Node, nodes_);
  inner_.set(step_.relationship, relationship_values_);
  inner_.set(step_.node, node_values_);
  const auto truths = condition.evaluate(inner_);
  keep_if([&](std::size_t i) { return truths[i] == Truth::True; });
}

template <class Keep>
void PathStepReader::keep_if(Keep keep) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!keep(i)) continue;
    sources_[kept] = sources_[i];
    nodes_[kept] = nodes_[i];
    relationships_[kept] = relationships_[i];
    ++kept;
  }
  sources_.resize(kept);
  nodes_.resize(kept);
  relationships_.resize(kept);
}

bool is_full_of_paths(std::size_t rows, std::uint64_t items, const Execution& execution) {
  constexpr std::uint64_t kShareOfBatch = 128;  // of what the query may have
  return rows >= execution.batch_rows ||
         items * sizeof(Cell) > execution.budget.limit() / kShareOfBatch;
}

}  // namespace kith::exec
