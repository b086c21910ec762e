// cypher/exec/step_predicate.cpp: evaluates a condition over candidates, all at once.
#include "cypher/exec/step_predicate.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::exec {

StepPredicate::StepPredicate(const bound::ExpressionPtr& predicate, Slot each, Worker& worker,
                             storage::ElementKind kind)
    : each_(each), kind_(kind), worker_(worker) {
  if (!predicate) return;
  at_ = predicate->at;
  outer_ = bound::free_slots(*predicate);
  std::erase(outer_, each);
  is_lasting_ = outer_.empty() && !bound::is_volatile(*predicate);
  evaluator_ = compile(*predicate, worker);
}

std::size_t StepPredicate::keep(const Batch& batch, std::size_t count, std::uint32_t* rows,
                                std::uint64_t* neighbours, std::uint64_t* relationships) {
  if (evaluator_ == nullptr || count == 0) return count;
  const auto passed = test(batch, count, rows, relationships);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    rows[kept] = rows[i];
    neighbours[kept] = neighbours[i];
    relationships[kept] = relationships[i];
    kept += passed[i];
  }
  return kept;
}

std::span<const std::uint8_t> StepPredicate::test(const Batch& batch, std::size_t count,
                                                  const std::uint32_t* rows,
                                                  const std::uint64_t* relationships) {
  KITH_ASSERT(is_needed());
  passed_.resize(count);
  if (count == 0) return passed_;
  if (may_remember(count)) {
    if (look_up(relationships) || (learn(batch, relationships) && look_up(relationships))) {
      return passed_;
    }
  }
  evaluate(batch, count, rows, relationships);
  for (std::size_t i = 0; i < count; ++i) passed_[i] = truths_[i] == Truth::True ? 1 : 0;
  return passed_;
}

bool StepPredicate::may_remember(std::size_t count) {
  if (!is_lasting_) return false;
  const std::uint64_t changes = worker_.execution().changes();
  if (known_at_ != changes) {
    memory_.reset();
    asked_ = 0;
    known_at_ = changes;
  }
  asked_ += count;
  if (asked_ < kOften) return false;
  if (memory_ == nullptr) {
    const storage::View& view = worker_.view();
    const bool is_node = kind_ == storage::ElementKind::Node;
    memory_ = std::make_unique<Memory>(
        worker_.execution().budget, is_node ? view.node_id_limit() : view.relationship_id_limit());
  }
  return true;
}

// What is known of them into passed_; true if that is all of them.
bool StepPredicate::look_up(const std::uint64_t* relationships) {
  bool all = true;
  for (std::size_t i = 0; i < passed_.size(); ++i) {
    const TruthMemo::State state = memory_->known.find(relationships[i]);
    passed_[i] = state == TruthMemo::Passes ? 1 : 0;
    all &= state != TruthMemo::Unknown;
  }
  return all;
}

// False: there is no memory for it.
bool StepPredicate::learn(const Batch& batch, const std::uint64_t* relationships) {
  unknown_.clear();
  for (std::size_t i = 0; i < passed_.size(); ++i) {
    const bool is_known = memory_->known.find(relationships[i]) != TruthMemo::Unknown;
    if (!is_known) unknown_.push_back(relationships[i]);
  }
  unknown_rows_.assign(unknown_.size(), 0);
  evaluate(batch, unknown_.size(), unknown_rows_.data(), unknown_.data());
  for (std::size_t i = 0; i < unknown_.size(); ++i) {
    const auto state = truths_[i] == Truth::True ? TruthMemo::Passes : TruthMemo::Fails;
    if (memory_->known.try_note(unknown_[i], state)) continue;
    is_lasting_ = false;
    memory_.reset();
    return false;
  }
  return true;
}

void StepPredicate::evaluate(const Batch& batch, std::size_t count, const std::uint32_t* rows,
                             const std::uint64_t* relationships) {
  present_.clear();
  for (const Slot slot : outer_) {
    if (batch.columns[slot].is_set()) present_.push_back(slot);
  }
  picker_.pick(batch, {rows, count}, present_, inner_);
  const auto candidates = static_cast<std::uint32_t>(count);
  const bool is_node = kind_ == storage::ElementKind::Node;
  values_.reset(is_node ? VectorType::Node : VectorType::Relationship, candidates);
  std::copy_n(relationships, count, values_.data<std::uint64_t>());
  inner_.set(each_, values_);
  truths_.resize(count);
  read_truths(evaluator_->evaluate(inner_), candidates, truths_, at_);
}

}  // namespace kith::exec
