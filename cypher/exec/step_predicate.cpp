// cypher/exec/step_predicate.cpp: evaluates a condition over candidates, all at once.
#include "cypher/exec/step_predicate.hpp"

#include <algorithm>

namespace kith::exec {

StepPredicate::StepPredicate(const bound::ExpressionPtr& predicate, Slot each, Worker& worker)
    : each_(each) {
  if (!predicate) return;
  at_ = predicate->at;
  outer_ = bound::free_slots(*predicate);
  std::erase(outer_, each);
  evaluator_ = compile(*predicate, worker);
}

std::size_t StepPredicate::keep(const Batch& batch, std::size_t count, std::uint32_t* rows,
                                std::uint64_t* neighbours, std::uint64_t* relationships) {
  if (evaluator_ == nullptr || count == 0) return count;
  present_.clear();
  for (const Slot slot : outer_) {
    if (batch.columns[slot].is_set()) present_.push_back(slot);
  }
  picker_.pick(batch, {rows, count}, present_, inner_);
  const auto candidates = static_cast<std::uint32_t>(count);
  values_.reset(VectorType::Relationship, candidates);
  std::copy_n(relationships, count, values_.data<std::uint64_t>());
  inner_.set(each_, values_);
  truths_.resize(count);
  read_truths(evaluator_->evaluate(inner_), candidates, truths_, at_);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (truths_[i] != Truth::True) continue;
    rows[kept] = rows[i];
    neighbours[kept] = neighbours[i];
    relationships[kept] = relationships[i];
    ++kept;
  }
  return kept;
}

}  // namespace kith::exec
