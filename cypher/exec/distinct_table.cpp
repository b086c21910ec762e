// cypher/exec/distinct_table.cpp: distinct rows in memory and on disk.
#include "cypher/exec/distinct_table.hpp"

#include <algorithm>
#include <utility>

namespace kith::exec {

namespace {

constexpr std::string_view kWho = "DISTINCT";
constexpr std::uint64_t kRowsBetweenPolls = 4096;
using Hashed = std::pair<std::int64_t, std::uint32_t>;  // a row on its way to a run

}  // namespace

DistinctTable::DistinctTable(std::size_t keys, Execution& execution)
    : execution_(execution),
      keys_(keys),
      table_(keys, execution.budget, kWho, GroupTable::Rows::Later),
      reserved_(execution.budget, kWho) {
  carry(0);
}

void DistinctTable::carry(std::size_t columns) {
  KITH_ASSERT(!has_spilled());
  carried_ = std::make_unique<RowBuffer>(columns, execution_.budget, kWho, Charging::ByOwner);
}

void DistinctTable::find_or_add(std::span<const Column> columns, const Batch& batch,
                                std::vector<std::uint32_t>& groups) {
  if (batch.sequence != sequence_) before_ = 0;
  sequence_ = batch.sequence;
  table_.find_or_add(columns, batch.rows, groups);
  note_first(first_, table_.size(), batch.sequence, before_);
}

bool DistinctTable::fits() {
  const std::uint64_t each = first_.capacity() * sizeof(FirstSeen) + table_.size() * sizeof(Hashed);
  return execution_.may_keep(reserved_, table_.bytes() + carried_->bytes() + each);
}

void DistinctTable::spill(bool given) {
  execution_.poll();
  KITH_ASSERT(given || carried_->columns() == 0 || carried_->size() == table_.size());
  std::vector<Hashed> order;
  order.reserve(table_.size());
  for (std::uint32_t g = 0; g < table_.size(); ++g) {
    order.emplace_back(static_cast<std::int64_t>(table_.hash_of(g)), g);
  }
  std::sort(order.begin(), order.end());
  std::vector<Cell> row(width());
  RunWriter writer(execution_.spill_file(), width());
  for (const auto& [hash, g] : order) {
    if (writer.rows() % kRowsBetweenPolls == 0) execution_.poll();
    row[0] = Cell::of(hash);
    for (std::size_t i = 0; i < keys_; ++i) row[1 + i] = table_.key_cell(g, i);
    const auto rest = row.begin() + 1 + static_cast<std::ptrdiff_t>(keys_);
    if (!given) std::copy_n(carried_->row(g), carried_->columns(), rest);
    row[width() - 2] = Cell::boolean(given);
    row.back() = position_cell(first_[g].sequence, first_[g].ordinal);
    writer.add(row.data());
  }
  runs_.push_back(writer.finish());
  before_ += table_.size();
  clear();
}

void DistinctTable::clear() {
  table_ = GroupTable(keys_, execution_.budget, kWho, GroupTable::Rows::Later);
  first_ = {};
  carried_->clear();
  reserved_.clear();
}

RowStreamPtr DistinctTable::merge_runs() {
  const std::size_t columns = width(), kept = columns - 2;
  if (size() != 0) spill(false);
  FirstOfKey distinct(std::make_unique<MergedRows>(SortOrder(1, columns), std::exchange(runs_, {}),
                                                   std::vector<std::unique_ptr<RowBuffer>>(),
                                                   execution_, ~std::uint64_t{0}),
                      keys_, execution_.budget);
  RowSorter in_order(SortOrder(0, kept), kept, execution_, kWho);
  std::vector<Cell> cells(kept);
  while (const Cell* row = distinct.next()) {
    if (row[columns - 2].is_true()) continue;
    std::copy_n(row + 1, kept - 1, cells.begin());
    cells.back() = row[columns - 1];
    in_order.rows().append_copy(cells.data());
    in_order.added();
  }
  return in_order.sorted();
}

}  // namespace kith::exec
