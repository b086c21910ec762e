// cypher/exec/fold_memory.cpp: conditions, asked once for each element, many at a time.
#include "cypher/exec/fold_memory.hpp"

#include <numeric>

#include "cypher/exec/columns.hpp"

namespace kith::exec {

void TruthMemo::refuse() {
  throw ResourceError("OutOfMemory", "the conditions of a fold take more memory than there is");
}

TruthMemo::Page* TruthMemo::add_page(std::atomic<Page*>& place) {
  if (!account_.take(sizeof(Page))) return nullptr;
  auto fresh = std::make_unique<Page>();
  for (auto& state : *fresh) state.store(Unknown, std::memory_order_relaxed);
  Page* there = nullptr;
  if (!place.compare_exchange_strong(there, fresh.get(), std::memory_order_acq_rel)) return there;
  return fresh.release();
}

ConditionTest::ConditionTest(const std::vector<bound::ExpressionPtr>& conditions,
                             storage::ElementKind kind, Slot slot, Worker& worker, TruthMemo& known)
    : worker_(worker),
      known_(known),
      kind_(kind),
      slot_(slot),
      most_(worker.execution().batch_rows),
      batch_(worker.execution().slot_count) {
  for (const auto& condition : conditions) conditions_.emplace_back(*condition, worker);
}

void ConditionTest::finish() {
  if (wanted_.empty()) return;
  evaluate(wanted_);
  std::size_t passed = 0;
  for (std::uint32_t i = 0; i < wanted_.size(); ++i) {
    const bool passes = passed < rows_.size() && rows_[passed] == i;
    known_.note(wanted_[i], passes ? TruthMemo::Passes : TruthMemo::Fails);
    passed += passes ? 1 : 0;
  }
  wanted_.clear();
}

std::span<const std::uint32_t> ConditionTest::passing(std::span<const std::uint64_t> ids) {
  if (!known_.is_complete()) {
    evaluate(ids);
    return rows_;
  }
  rows_.resize(ids.size());
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    rows_[kept] = i;
    kept += passes(ids[i]) ? 1 : 0;
  }
  rows_.resize(kept);
  return rows_;
}

void ConditionTest::evaluate(std::span<const std::uint64_t> ids) {
  worker_.poll();
  const auto count = static_cast<std::uint32_t>(ids.size());
  ids_.reset(kind_ == storage::ElementKind::Node ? VectorType::Node : VectorType::Relationship,
             count);
  std::copy(ids.begin(), ids.end(), ids_.data<std::uint64_t>());
  batch_.rows = count;
  batch_.set(slot_, ids_);
  rows_.resize(count);
  std::iota(rows_.begin(), rows_.end(), 0u);
  for (Narrowed& condition : conditions_) {
    if (rows_.empty()) break;
    const auto left = static_cast<std::uint32_t>(rows_.size());
    truths_.resize(left);
    read_truths(condition.evaluate(batch_, rows_), left, truths_, {});
    std::size_t kept = 0;
    for (std::uint32_t i = 0; i < left; ++i) {
      rows_[kept] = rows_[i];
      kept += truths_[i] == Truth::True ? 1 : 0;
    }
    rows_.resize(kept);
  }
}

}  // namespace kith::exec
