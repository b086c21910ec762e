// cypher/exec/sort_order.cpp: comparing and sorting kept rows.
#include "cypher/exec/sort_order.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "cypher/exec/spill_file.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

// For a < b of one kind: prefix(a) <= prefix(b). Null, the greatest value, has the greatest prefix.
std::uint64_t prefix_of(const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
      return ~std::uint64_t{0};
    case Kind::Integer:
    case Kind::Date:
      return cell.word ^ kSignBit;
    case Kind::Float: {
      if (cell.real != cell.real) return ~std::uint64_t{0};
      const double value = cell.real == 0 ? 0.0 : cell.real;  // -0.0 beside 0.0
      const auto bits = std::bit_cast<std::uint64_t>(value);
      return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
    }
    case Kind::String: {
      std::uint64_t prefix = 0;
      const auto text = cell.string();
      const std::size_t count = std::min<std::size_t>(8, text.size());
      for (std::size_t i = 0; i < count; ++i) {
        prefix |= std::uint64_t{static_cast<unsigned char>(text[i])} << (56 - 8 * i);
      }
      return prefix;
    }
    default:
      return 0;
  }
}

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

std::vector<SortOrder::Entry> SortOrder::entries(std::span<Cell* const> rows) const {
  std::vector<Entry> result;
  result.reserve(rows.size());
  Kind kind = Kind::Null;
  bool one_kind = !ascending_.empty();
  for (Cell* row : rows) {
    if (one_kind && !row[0].is_null()) {
      one_kind = kind == Kind::Null || kind == row[0].kind;
      kind = row[0].kind;
    }
    result.push_back({0, row});
  }
  if (!one_kind || kind == Kind::Null) return result;
  for (Entry& entry : result) {
    const std::uint64_t prefix = prefix_of(entry.row[0]);
    entry.prefix = ascending_[0] ? prefix : ~prefix;
  }
  return result;
}

void SortOrder::sort(std::vector<Cell*>& rows, Execution& execution) const {
  const bool alone = rows.size() < kWorthThreads || execution.transaction != nullptr;
  sort_in_parts(rows, alone ? 1 : std::max(1u, execution.threads), &execution.scheduler);
}

void SortOrder::sort_in_parts(std::vector<Cell*>& rows, std::uint32_t parts,
                              Scheduler* scheduler) const {
  std::vector<Entry> all = entries(rows);
  const auto before = [this](const Entry& a, const Entry& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : less(a.row, b.row);
  };
  const auto bound = [&](std::size_t part) {
    return all.begin() + static_cast<std::ptrdiff_t>(all.size() * part / parts);
  };
  if (parts == 1) {
    std::sort(all.begin(), all.end(), before);
  } else {
    scheduler->run(parts,
                   [&](std::uint32_t part) { std::sort(bound(part), bound(part + 1), before); });
    for (std::size_t done = 1; done < parts; ++done) {
      std::inplace_merge(all.begin(), bound(done), bound(done + 1), before);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = all[i].row;
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
