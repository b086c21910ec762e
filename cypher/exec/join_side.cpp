// cypher/exec/join_side.cpp: building the kept side of a join.
#include "cypher/exec/join_side.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "core/page_memory.hpp"
#include "cypher/exec/group_table.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::exec {

namespace {

std::vector<plan::SortKey> as_keys(const std::vector<bound::ExpressionPtr>& expressions) {
  std::vector<plan::SortKey> keys;
  keys.reserve(expressions.size());
  for (const auto& expression : expressions) keys.push_back({expression, true});
  return keys;
}

std::vector<Slot> common(const std::vector<Slot>& a, const std::vector<Slot>& b) {
  std::vector<Slot> result;
  for (const Slot slot : a) {
    if (std::find(b.begin(), b.end(), slot) != b.end()) result.push_back(slot);
  }
  return result;
}

// What of the kept rows the join gives on.
std::vector<Slot> given_slots(const plan::Node& node) {
  if (!plan::hands_on_second(node)) return {};
  return common(node.children.at(1)->live, node.live);
}

constexpr std::uint64_t kRowsBetweenPolls = 4096;

// A row on its way to a run.
struct Hashed {
  std::int64_t hash;
  const Cell* row;
};

}  // namespace

bool matches_nothing(const Cell& key) {
  return key.is_null() || (key.kind == Kind::Float && key.real != key.real);
}

namespace {

// Rows that may be equal to some: none of their keys is null or NaN.
void find_hopeful(std::span<const Column> keys, std::uint32_t count,
                  std::vector<std::uint32_t>& rows) {
  const bool all = std::all_of(keys.begin(), keys.end(), [](const Column& key) {
    const VectorType type = key.vector->type();
    return type != VectorType::Any && type != VectorType::Float && !key.vector->may_have_nulls();
  });
  rows.resize(count);
  std::iota(rows.begin(), rows.end(), 0u);
  if (all) return;
  std::erase_if(rows, [&](std::uint32_t row) {
    return std::any_of(keys.begin(), keys.end(),
                       [row](const Column& key) { return matches_nothing(key.cell(row)); });
  });
}

// The rows of all workers in the order in which they came in, as those of each worker are (E3).
// Where the next one of a worker comes first, so do as many as come before all others' next ones: a
// morsel, as a rule.
void put_in_order(const std::vector<std::unique_ptr<RowBuffer>>& owners, std::vector<Cell*>& rows) {
  const SortOrder order(0, owners[0]->columns());
  const auto before = [&](const Cell* a, const Cell* b) { return order.came_before(a, b); };
  std::vector<std::span<Cell* const>> rest;
  for (const auto& owner : owners) {
    KITH_ASSERT(std::is_sorted(owner->rows().begin(), owner->rows().end(), before));
    if (owner->size() != 0) rest.push_back(owner->rows());
  }
  while (!rest.empty()) {
    std::size_t first = 0;
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (before(rest[i][0], rest[first][0])) first = i;
    }
    const Cell* bound = nullptr;  // the first row of the others
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (i != first && (bound == nullptr || before(rest[i][0], bound))) bound = rest[i][0];
    }
    std::span<Cell* const>& mine = rest[first];
    std::size_t step = 1;  // doubled, until it reaches beyond the bound
    while (bound != nullptr && step < mine.size() && before(mine[step], bound)) step *= 2;
    const auto reach = bound == nullptr ? mine : mine.first(std::min(step, mine.size()));
    const auto end = std::partition_point(reach.begin(), reach.end(), [&](const Cell* row) {
      return bound == nullptr || before(row, bound);
    });
    const auto count = static_cast<std::size_t>(std::max(end - reach.begin(), std::ptrdiff_t{1}));
    rows.insert(rows.end(), mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(count));
    mine = mine.subspan(count);
    if (mine.empty()) rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace

JoinSide::JoinSide(const plan::Node& node, const std::vector<bound::ExpressionPtr>& keys,
                   const Lowering& lowering, std::string_view who)
    : input_(*node.children.at(1)),
      keys_(as_keys(keys)),
      slots_(given_slots(node)),
      id_(node.id),
      shared_(lowering.shared),
      depends_on_argument_(reads_argument(input_)),
      execution_(lowering.execution()),
      who_(who),
      pipelines_(input_, [&] {
        Lowering inner = lowering_of_inputs(node, lowering);
        inner.carried.clear();
        return inner;
      }()) {}

void JoinSide::open() {
  const auto make = [] { return std::make_shared<KeptSide>(); };
  if (!kept_) kept_ = shared_ ? execution_.shared<KeptSide>(id_, make) : make();
  if (kept_->is_built) {
    if (shared_) return;
    if (!depends_on_argument_ && kept_->built_at == execution_.changes()) return;
    kept_ = make();
  }
  build();
  if (!keys_.empty() && !has_spilled()) {
    kept_->index = JoinIndex(kept_->rows, keys_.size(), pipelines_.workers(), execution_);
  }
  kept_->is_built = true;
  kept_->built_at = execution_.changes();
}

void JoinSide::build() {
  KeptSide& kept = *kept_;
  pipelines_.open();
  std::vector<SortInput> inputs;
  std::vector<std::vector<Run>> runs(pipelines_.workers());
  std::vector<std::vector<std::uint32_t>> hopeful(pipelines_.workers());
  for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
    inputs.emplace_back(keys_, slots_, pipelines_.worker(i));
    kept.owners.push_back(std::make_unique<RowBuffer>(inputs[i].columns(), execution_.budget, who_,
                                                      Charging::ByOwner));
  }
  pipelines_.drain([&](std::uint32_t worker, const Batch& batch) {
    std::vector<std::uint32_t>& rows = hopeful[worker];
    find_hopeful(inputs[worker].keys_of(batch), batch.rows, rows);
    if (rows.empty()) return;
    RowBuffer& mine = *kept.owners[worker];
    inputs[worker].append(batch, rows, mine);
    const std::uint64_t bytes = mine.bytes() + mine.size() * sizeof(Hashed);
    if (!execution_.may_keep(mine.reserved(), bytes)) runs[worker].push_back(write(mine));
  });
  std::vector<Run> all;
  for (auto& some : runs) std::move(some.begin(), some.end(), std::back_inserter(all));
  if (all.empty() && keep_in_memory()) return;
  for (const auto& owner : kept.owners) {
    if (owner->size() != 0) all.push_back(write(*owner));
  }
  kept.owners.clear();
  merge(std::move(all));
}

// False if there is no room for the columns and the hash table.
bool JoinSide::keep_in_memory() {
  KeptSide& kept = *kept_;
  std::size_t rows = 0;
  for (const auto& owner : kept.owners) rows += owner->size();
  kept.reserved = Reservation(execution_.budget, who_);
  const std::uint64_t index = keys_.empty() ? 0 : JoinIndex::bytes_per_row();
  const std::uint64_t more = rows * (slots_.size() * sizeof(Cell) + index + sizeof(void*));
  if (!execution_.may_keep(kept.reserved, more)) return false;
  reserve_large(kept.rows, rows);
  put_in_order(kept.owners, kept.rows);
  make_columns();
  return true;
}

namespace {

std::optional<VectorType> type_of_words(Kind kind) {
  switch (kind) {
    case Kind::Integer:
      return VectorType::Integer;
    case Kind::Float:
      return VectorType::Float;
    case Kind::Node:
      return VectorType::Node;
    case Kind::Relationship:
      return VectorType::Relationship;
    default:
      return std::nullopt;
  }
}

// A column of rows whose cells are all of one kind that is a word; false if it is none.
bool fill_plain(std::span<Cell* const> rows, std::size_t column, std::uint32_t workers,
                Execution& execution, Vector& out) {
  if (rows.empty()) return false;
  const Kind kind = rows[0][column].kind;
  const auto type = type_of_words(kind);
  if (!type) return false;
  out.reset(*type, static_cast<std::uint32_t>(rows.size()));
  auto* words = out.data<std::uint64_t>();
  std::atomic<bool> alike{true};
  on_all(workers, (rows.size() - 1) / kRowsOfPiece + 1, execution, [&](std::size_t piece) {
    constexpr std::size_t kAhead = 16;
    const std::size_t end = std::min(rows.size(), (piece + 1) * kRowsOfPiece);
    bool all = alike.load(std::memory_order_relaxed);
    for (std::size_t i = piece * kRowsOfPiece; all && i < end; ++i) {
      if (i + kAhead < end) __builtin_prefetch(rows[i + kAhead] + column);
      const Cell& cell = rows[i][column];
      words[i] = cell.word;
      all = cell.kind == kind;
    }
    if (!all) alike.store(false, std::memory_order_relaxed);
  });
  return alike.load();
}

}  // namespace

void JoinSide::make_columns() {
  KeptSide& kept = *kept_;
  const std::vector<Emitted> all = SortInput::emitted(keys_.size(), slots_);
  std::vector<Emitted> others;
  kept.columns = Batch(execution_.slot_count);
  kept.columns.rows = size();
  kept.plain.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (fill_plain(kept.rows, all[i].column, pipelines_.workers(), execution_, kept.plain[i])) {
      kept.columns.set(all[i].slot, kept.plain[i]);
    } else {
      kept.plain[i] = Vector();
      others.push_back(all[i]);
    }
  }
  if (!others.empty()) kept.emitter.emit(kept.rows, others, kept.columns);
}

// All rows, as a run; they are gone from the buffer.
Run JoinSide::write(RowBuffer& rows) const {
  execution_.poll();
  const std::size_t columns = rows.columns();
  std::vector<Hashed> entries;
  entries.reserve(rows.size());
  for (const Cell* row : rows.rows()) {
    entries.push_back({static_cast<std::int64_t>(hash_key({row, keys_.size()})), row});
  }
  const SortOrder by_position(0, columns);
  std::sort(entries.begin(), entries.end(), [&](const Hashed& a, const Hashed& b) {
    return a.hash != b.hash ? a.hash < b.hash : by_position.came_before(a.row, b.row);
  });
  std::vector<Cell> cells(1 + columns);
  RunWriter writer(execution_.spill_file(), cells.size());
  for (const Hashed& entry : entries) {
    if (writer.rows() % kRowsBetweenPolls == 0) execution_.poll();
    cells[0] = Cell::of(entry.hash);
    std::copy_n(entry.row, columns, cells.begin() + 1);
    writer.add(cells.data());
  }
  rows.clear();
  return writer.finish();
}

// Into one run, which is read many times.
void JoinSide::merge(std::vector<Run> runs) {
  KITH_ASSERT(!runs.empty());
  if (runs.size() == 1) {
    kept_->run = std::move(runs[0]);
    return;
  }
  const std::size_t columns = runs[0].columns();
  MergedRows rows(SortOrder(1, columns), std::move(runs), std::vector<std::unique_ptr<RowBuffer>>(),
                  execution_, ~std::uint64_t{0});
  RunWriter writer(execution_.spill_file(), columns);
  while (const Cell* row = rows.next()) writer.add(row);
  kept_->run = writer.finish();
}

void JoinSide::give(std::span<const std::uint32_t> rows, Batch& out) const {
  for (const Slot slot : slots_) {
    out.columns[slot] = {kept_->columns[slot].vector, rows.data(), false};
  }
}

}  // namespace kith::exec
