// cypher/exec/fold_memory.cpp: conditions, asked once for each node, many nodes at a time.
#include "cypher/exec/fold_memory.hpp"

#include <numeric>

#include "cypher/exec/columns.hpp"

namespace kith::exec {

ConditionTest::ConditionTest(const std::vector<bound::ExpressionPtr>& conditions, Slot slot,
                             Worker& worker, FoldAccount& account)
    : worker_(worker),
      account_(account),
      slot_(slot),
      most_(worker.execution().batch_rows),
      pages_((worker.execution().view.node_id_limit() >> kPageBits) + 1),
      batch_(worker.execution().slot_count) {
  for (const auto& condition : conditions) conditions_.emplace_back(*condition, worker);
}

void ConditionTest::add_page(std::unique_ptr<std::uint8_t[]>& page) {
  if (!account_.take(kPageNodes)) {
    throw ResourceError("OutOfMemory", "the conditions of a fold take more memory than there is");
  }
  page = std::make_unique<std::uint8_t[]>(kPageNodes);
}

void ConditionTest::finish() {
  if (wanted_.empty()) return;
  worker_.poll();
  const auto count = static_cast<std::uint32_t>(wanted_.size());
  ids_.reset(VectorType::Node, count);
  std::copy(wanted_.begin(), wanted_.end(), ids_.data<std::uint64_t>());
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
  const auto state_of = [&](std::uint64_t node) -> std::uint8_t& {
    return pages_[node >> kPageBits][node & (kPageNodes - 1)];
  };
  for (const std::uint64_t node : wanted_) state_of(node) = kFails;
  for (const std::uint32_t row : rows_) state_of(wanted_[row]) = kPasses;
  wanted_.clear();
}

}  // namespace kith::exec
