// cypher/exec/sort_order.cpp: comparing and sorting kept rows.
#include "cypher/exec/sort_order.hpp"

#include <algorithm>

#include "cypher/exec/prefix_sort.hpp"
#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

namespace {

int compare_cells(const Cell& a, const Cell& b) {
  if (a.kind == Kind::Integer && b.kind == Kind::Integer) {
    return a.integer < b.integer ? -1 : a.integer > b.integer ? 1 : 0;
  }
  const auto result = order(a, b);
  return result < 0 ? -1 : result > 0 ? 1 : 0;
}

constexpr std::size_t kWorthThreads = 1 << 16;

}  // namespace

SortOrder::SortOrder(const std::vector<plan::SortKey>& keys, std::size_t columns)
    : last_(columns - 1) {
  for (const auto& key : keys) ascending_.push_back(key.ascending);
  KITH_ASSERT(last_ >= ascending_.size());
}

int SortOrder::compare_keys(const Cell* a, const Cell* b) const {
  for (std::size_t i = 0; i < ascending_.size(); ++i) {
    const int result = compare_cells(a[i], b[i]);
    if (result != 0) return ascending_[i] ? result : -result;
  }
  return 0;
}

void SortOrder::sort_alone(std::vector<Cell*>& rows) const { sort_by_prefixes(rows, *this); }

void SortOrder::sort(std::vector<Cell*>& rows, Execution& execution) const {
  const bool alone = rows.size() < kWorthThreads || execution.transaction != nullptr;
  if (alone || execution.threads < 2) return sort_alone(rows);
  sort_by_prefixes(rows, *this, execution.threads, execution.scheduler);
}

SortInput::SortInput(const std::vector<plan::SortKey>& keys, std::vector<Slot> slots,
                     Worker& worker)
    : slots_(std::move(slots)) {
  for (const auto& key : keys) keys_.push_back(compile(*key.value, worker));
}

std::span<const Column> SortInput::keys_of(const Batch& batch, const Column* first) {
  columns_.clear();
  for (const auto& key : keys_) {
    const bool known = first != nullptr && columns_.empty();
    columns_.push_back(known ? *first : key->evaluate(batch));
  }
  return columns_;
}

Cell SortInput::position(std::uint64_t sequence) {
  if (sequence != sequence_) ordinal_ = 0;
  sequence_ = sequence;
  return position_cell(sequence, ordinal_++);
}

void SortInput::append(const Batch& batch, std::span<const std::uint32_t> rows, RowBuffer& buffer) {
  columns_.resize(keys_.size());
  for (const Slot slot : slots_) columns_.push_back(batch[slot]);
  positions_.reset(VectorType::Any, 1);
  columns_.push_back({&positions_, nullptr, true});
  const std::size_t first = buffer.size();
  buffer.append(columns_, rows);
  for (std::size_t i = first; i < buffer.size(); ++i) {
    buffer.row(i)[columns() - 1] = position(batch.sequence);
  }
}

std::vector<Emitted> SortInput::emitted(std::size_t keys, const std::vector<Slot>& slots) {
  std::vector<Emitted> result;
  for (const Slot slot : slots) result.push_back({slot, keys + result.size()});
  return result;
}

}  // namespace kith::exec
