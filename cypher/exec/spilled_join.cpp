// cypher/exec/spilled_join.cpp: merging two sides that are sorted by the hash of their keys.
#include "cypher/exec/spilled_join.hpp"

#include <algorithm>

#include "core/compare.hpp"
#include "cypher/exec/group_table.hpp"

namespace kith::exec {

namespace {

constexpr std::string_view kWho = "a hash join";

Cell integer(std::uint64_t word) { return Cell::of(static_cast<std::int64_t>(word)); }

}  // namespace

bool keys_are_equal(const Cell& a, const Cell& b) {
  const bool plain = a.kind == b.kind && (a.kind == Kind::Integer || a.kind == Kind::Node ||
                                          a.kind == Kind::Relationship || a.kind == Kind::Boolean);
  return plain ? a.word == b.word : equals(a, b) == Truth::True;
}

SpilledJoin::SpilledJoin(const JoinSide& side, Kind kind, std::span<const Slot> carried,
                         Execution& execution)
    : kind_(kind),
      execution_(execution),
      others_(*side.kept().run),
      keys_(side.keys()),
      slots_(side.slots().size()),
      carried_(carried.begin(), carried.end()),
      rows_(SortOrder(1, 1 + keys_ + carried_.size() + 1), 1 + keys_ + carried_.size() + 1,
            execution, kWho),
      pairs_(SortOrder(2, 2 + carried_.size() + slots_ + 1), 2 + carried_.size() + slots_ + 1,
             execution, kWho),
      streamed_(2 + carried_.size() + slots_ + 1, execution.budget) {
  for (const Slot slot : carried_) emitted_.push_back({slot, 2 + emitted_.size()});
  for (const Slot slot : side.slots()) emitted_.push_back({slot, 2 + emitted_.size()});
}

void SpilledJoin::add(const Batch& batch, std::span<const Column> keys) {
  KITH_ASSERT(keys.size() == keys_ && !sorted_pairs_);
  kept_.clear();
  for (std::uint32_t i = 0; i < batch.rows; ++i) {
    const bool hopeless = std::any_of(
        keys.begin(), keys.end(), [&](const Column& key) { return matches_nothing(key.cell(i)); });
    if (!hopeless || kind_ == Kind::Anti || kind_ == Kind::Left) kept_.push_back(i);
  }
  if (kept_.empty()) return;
  hash_rows(keys, batch.rows, hashes_);
  hash_values_.reset(VectorType::Integer, batch.rows);
  std::copy(hashes_.begin(), hashes_.end(), hash_values_.data<std::uint64_t>());
  positions_.reset(VectorType::Any, 1);
  columns_.clear();
  columns_.push_back({&hash_values_, nullptr, false});
  columns_.insert(columns_.end(), keys.begin(), keys.end());
  for (const Slot slot : carried_) columns_.push_back(batch[slot]);
  columns_.push_back({&positions_, nullptr, true});
  RowBuffer& rows = rows_.rows();
  const std::size_t first = rows.size();
  rows.append(columns_, kept_);
  if (batch.sequence != sequence_) ordinal_ = 0;
  sequence_ = batch.sequence;
  for (std::size_t i = first; i < rows.size(); ++i) {
    rows.row(i)[columns_.size() - 1] = position_cell(sequence_, ordinal_++);
  }
  rows_.added();
}

void SpilledJoin::join() {
  const RowStreamPtr rows = rows_.sorted();
  RunReader others(others_);
  other_ = others.next();
  group_.emplace(keys_ + slots_ + 2, execution_, kWho);
  RowStore::Reader group(*group_);
  bool any = false;
  std::int64_t hash = 0;
  while (const Cell* row = rows->next()) {
    if (!any || row[0].integer != hash) {
      hash = row[0].integer;
      any = true;
      group.rewind();
      read_group(others, hash);
    }
    group.rewind();
    join_row(row, group);
  }
  group_.reset();
  other_ = nullptr;
  sorted_pairs_ = pairs_.sorted();
}

void SpilledJoin::join_row(const Cell* row, RowStore::Reader& group) {
  bool found = false;
  while (const Cell* other = group.next()) {
    bool same = true;
    for (std::size_t i = 0; same && i < keys_; ++i) same = keys_are_equal(row[1 + i], other[i]);
    if (!same) continue;
    found = true;
    if (kind_ == Kind::Semi || kind_ == Kind::Anti) break;
    give_pair(row, other);
  }
  if (kind_ != Kind::Inner && found == (kind_ == Kind::Semi)) give_pair(row, nullptr);
}

void SpilledJoin::read_group(RunReader& others, std::int64_t hash) {
  group_->clear();
  cells_.resize(keys_ + slots_ + 2);
  while (other_ != nullptr && other_[0].integer < hash) other_ = others.next();
  for (; other_ != nullptr && other_[0].integer == hash; other_ = others.next()) {
    std::copy_n(other_ + 1, keys_ + slots_, cells_.begin());
    const Cell& position = other_[1 + keys_ + slots_];
    cells_[keys_ + slots_] = integer(position.word);
    cells_[keys_ + slots_ + 1] = integer(position.aux);
    group_->append(cells_.data());
  }
  group_->finish();
}

void SpilledJoin::give_pair(const Cell* row, const Cell* other) {
  const std::size_t carried = carried_.size();
  cells_.resize(2 + carried + slots_ + 1);
  const Cell& position = row[1 + keys_ + carried];
  cells_[0] = integer(position.word);
  cells_[1] = integer(position.aux);
  std::copy_n(row + 1 + keys_, carried, cells_.begin() + 2);
  KITH_ASSERT(other != nullptr || slots_ == 0 || kind_ == Kind::Left);
  const auto rest = cells_.begin() + 2 + static_cast<std::ptrdiff_t>(carried);
  if (other != nullptr) {
    std::copy_n(other + keys_, slots_, rest);
    cells_.back() = position_cell(other[keys_ + slots_].word, other[keys_ + slots_ + 1].word);
  } else {
    std::fill_n(rest, slots_, Cell::null());
    cells_.back() = position_cell(0, 0);
  }
  pairs_.rows().append_copy(cells_.data());
  pairs_.added();
}

bool SpilledJoin::next(Batch& out) {
  if (!sorted_pairs_) join();
  std::optional<std::uint64_t> sequence;  // E3
  const auto same = [&](const Cell* row) {
    if (!sequence) sequence = row[0].word;
    return row[0].word == *sequence;
  };
  if (!streamed_.take(*sorted_pairs_, execution_.batch_rows, same)) return false;
  out.columns.assign(execution_.slot_count, Column{});
  streamed_.emit(emitted_, out);
  out.sequence = *sequence;
  return true;
}

}  // namespace kith::exec
