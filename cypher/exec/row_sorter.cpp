// cypher/exec/row_sorter.cpp: runs and their merge, by a heap.
#include "cypher/exec/row_sorter.hpp"

#include <algorithm>

#include "cypher/exec/group_table.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kRowsBetweenPolls = 1024;

}  // namespace

RowSorter::RowSorter(SortOrder order, std::size_t columns, Execution& execution,
                     std::string_view who)
    : order_(std::move(order)), columns_(columns), execution_(execution), who_(who) {
  rows_ = new_buffer();
}

std::unique_ptr<RowBuffer> RowSorter::new_buffer() const {
  return std::make_unique<RowBuffer>(columns_, execution_.budget, who_, Charging::ByOwner);
}

bool RowSorter::fits() {
  const std::uint64_t sorting = rows_->size() * SortOrder::bytes_per_row();
  return execution_.may_keep(rows_->reserved(), rows_->bytes() + sorting);
}

void RowSorter::spill() {
  if (rows_->size() == 0) return;
  execution_.poll();
  order_.sort_alone(rows_->pointers());
  RunWriter writer(execution_.spill_file(), columns_);
  for (const Cell* row : rows_->rows()) {
    if (writer.rows() % kRowsBetweenPolls == 0) execution_.poll();
    writer.add(row);
  }
  runs_.push_back(writer.finish());
  rows_->clear();
}

std::unique_ptr<RowBuffer> RowSorter::take_rows() {
  auto taken = std::move(rows_);
  rows_ = new_buffer();
  return taken;
}

RowStreamPtr RowSorter::merge(std::span<RowSorter* const> sorters, std::uint64_t limit) {
  KITH_ASSERT(!sorters.empty());
  std::vector<Run> runs;
  std::vector<std::unique_ptr<RowBuffer>> sorted;
  for (RowSorter* sorter : sorters) {
    std::move(sorter->runs_.begin(), sorter->runs_.end(), std::back_inserter(runs));
    sorter->runs_.clear();
    auto rows = sorter->take_rows();
    if (rows->size() == 0) continue;
    sorted.push_back(std::move(rows));
    sorter->order_.sort(sorted.back()->pointers(), sorter->execution_);
  }
  return std::make_unique<MergedRows>(sorters[0]->order_, std::move(runs), std::move(sorted),
                                      sorters[0]->execution_, limit);
}

MergedRows::MergedRows(SortOrder order, std::vector<Run> runs,
                       std::vector<std::unique_ptr<RowBuffer>> sorted, Execution& execution,
                       std::uint64_t limit)
    : order_(std::move(order)),
      execution_(execution),
      runs_(std::move(runs)),
      sorted_(std::move(sorted)) {
  for (const Run& run : runs_) size_ += run.rows();
  for (const auto& rows : sorted_) size_ += rows->size();
  size_ = std::min(size_, limit);
  merge_some(execution);
  begin(runs_);
  for (const auto& rows : sorted_) sources_.push_back({nullptr, rows->rows()});
  for (std::size_t i = runs_.size(); i < sources_.size(); ++i) {
    if (const Cell* row = sources_[i].next()) heap_.push_back({row, i});
  }
  const auto later = [this](const Head& a, const Head& b) { return order_.less(b.row, a.row); };
  std::make_heap(heap_.begin(), heap_.end(), later);
}

void MergedRows::begin(std::span<const Run> runs) {
  sources_.clear();
  heap_.clear();
  gave_top_ = false;
  for (const Run& run : runs) {
    sources_.push_back({std::make_unique<RunReader>(run), {}});
    if (const Cell* row = sources_.back().next()) heap_.push_back({row, sources_.size() - 1});
  }
  const auto later = [this](const Head& a, const Head& b) { return order_.less(b.row, a.row); };
  std::make_heap(heap_.begin(), heap_.end(), later);
}

void MergedRows::merge_some(Execution& execution) {
  const std::size_t most = execution.most_merged();
  while (runs_.size() > most) {
    const std::size_t count = std::min(most, runs_.size() - most + 1);
    begin(std::span(runs_).first(count));
    RunWriter writer(execution.spill_file(), runs_[0].columns());
    while (const Cell* row = pull()) {
      if (writer.rows() % kRowsBetweenPolls == 0) execution.poll();
      writer.add(row);
    }
    sources_.clear();
    heap_.clear();
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(count));
    runs_.push_back(writer.finish());
  }
}

const Cell* MergedRows::pull() {
  const auto later = [this](const Head& a, const Head& b) { return order_.less(b.row, a.row); };
  if (gave_top_) {
    gave_top_ = false;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.back().row = sources_[heap_.back().source].next();
    if (heap_.back().row == nullptr) {
      heap_.pop_back();
    } else {
      std::push_heap(heap_.begin(), heap_.end(), later);
    }
  }
  if (heap_.empty()) return nullptr;
  gave_top_ = true;
  return heap_[0].row;
}

// Who has given all rows keeps nothing of them while others go on.
void MergedRows::end() {
  heap_.clear();
  sources_.clear();
  sorted_.clear();
  runs_.clear();
}

// Several workers may ask in turn: after a failure each gets it.
const Cell* MergedRows::next() {
  if (failure_) std::rethrow_exception(failure_);
  try {
    return next_row();
  } catch (...) {
    failure_ = std::current_exception();
    throw;
  }
}

const Cell* MergedRows::next_row() {
  if (given_ == size_) {
    end();
    return nullptr;
  }
  if (given_++ % kRowsBetweenPolls == 0) execution_.poll();
  const Cell* row = pull();
  KITH_ASSERT(row != nullptr);
  return row;
}

FirstOfKey::FirstOfKey(RowStreamPtr rows, std::size_t keys, MemoryBudget& budget)
    : rows_(std::move(rows)), seen_(keys, budget, "the keys with one hash") {}

bool FirstOfKey::is_new(const Cell* row) {
  if (row[0].word != hash_) seen_.clear();
  hash_ = row[0].word;
  const Cell* key = row + 1;
  for (const Cell* other : seen_.rows()) {
    bool same = true;
    for (std::size_t i = 0; same && i < seen_.columns(); ++i) same = same_key(other[i], key[i]);
    if (same) return false;
  }
  seen_.append_copy(key);
  seen_.charge();
  return true;
}

const Cell* FirstOfKey::next() {
  while (const Cell* row = rows_->next()) {
    if (is_new(row)) return row;
  }
  return nullptr;
}

}  // namespace kith::exec
