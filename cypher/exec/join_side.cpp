// cypher/exec/join_side.cpp: building the kept side of a join.
#include "cypher/exec/join_side.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "cypher/exec/group_table.hpp"
#include "cypher/exec/row_sorter.hpp"
#include "cypher/plan/expressions.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::exec {

namespace {

std::vector<Slot> common(const std::vector<Slot>& a, const std::vector<Slot>& b) {
  std::vector<Slot> result;
  for (const Slot slot : a) {
    if (std::find(b.begin(), b.end(), slot) != b.end()) result.push_back(slot);
  }
  return result;
}

// Values of `from` at these rows, null at kNoRow.
void copy_or_null(const Vector& from, std::span<const std::uint32_t> rows, Vector& to) {
  const auto count = static_cast<std::uint32_t>(rows.size());
  const VectorType type = from.type();
  const bool are_words = type == VectorType::Integer || type == VectorType::Float ||
                         type == VectorType::Node || type == VectorType::Relationship;
  if (!are_words) {
    to.reset(VectorType::Any, count);
    for (std::uint32_t i = 0; i < count; ++i) {
      to.data<Cell>()[i] = rows[i] == JoinSide::kNoRow ? Cell::null() : from.cell(rows[i]);
    }
    return;
  }
  to.reset(type, count);
  const auto* values = from.data<std::uint64_t>();
  auto* out = to.data<std::uint64_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool is_there = rows[i] != JoinSide::kNoRow && from.valid(rows[i]);
    out[i] = is_there ? values[rows[i]] : 0;
    if (!is_there) to.set_null(i);
  }
}

// What of the kept rows the join gives on: what rows of the first have already is theirs.
std::vector<Slot> given_slots(const plan::Node& node) {
  if (!plan::hands_on_second(node)) return {};
  std::vector<Slot> slots = common(node.children.at(1)->live, node.live);
  const auto& first = node.children[0]->live;
  std::erase_if(
      slots, [&](Slot slot) { return std::find(first.begin(), first.end(), slot) != first.end(); });
  return slots;
}

constexpr std::uint64_t kRowsBetweenPolls = 4096;

// A row on its way to a run.
struct Hashed {
  std::int64_t hash;
  std::size_t row;
  Cell position;
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

}  // namespace

// One worker's.
struct JoinSide::Input {
  std::vector<EvaluatorPtr> keys;
  std::vector<Column> columns;
  std::vector<std::uint32_t> hopeful;
};

JoinSide::JoinSide(const plan::Node& node, const std::vector<bound::ExpressionPtr>& keys,
                   const Lowering& lowering, std::string_view who)
    : input_(*node.children.at(1)),
      keys_(keys),
      slots_(given_slots(node)),
      id_(node.id),
      shared_(lowering.shared),
      depends_on_argument_(reads_argument(input_)),
      execution_(lowering.execution()),
      as_of_(lowering.as_of),
      who_(who),
      pipelines_(input_, [&] {
        Lowering inner = lowering_of_inputs(node, lowering);
        inner.carried.clear();
        return inner;
      }()) {
  column_count_ = keys_.size();
  for (const Slot slot : slots_) {
    const auto key = std::find_if(keys_.begin(), keys_.end(), [slot](const auto& expression) {
      const auto* variable = plan::as_variable(*expression);
      return variable != nullptr && variable->slot == slot;
    });
    const bool is_key = key != keys_.end();
    column_of_slot_.push_back(is_key ? static_cast<std::size_t>(key - keys_.begin())
                                     : column_count_++);
  }
}

void JoinSide::open() {
  const auto make = [] { return std::make_shared<KeptSide>(); };
  if (!kept_) kept_ = shared_ ? execution_.shared<KeptSide>(id_, make) : make();
  if (kept_->is_built) {
    if (shared_) return;
    const std::uint64_t wanted = as_of_ == nullptr ? execution_.changes() : *as_of_;
    if (!depends_on_argument_ && kept_->built_at >= wanted) return;
    kept_ = make();
  }
  build();
  if (!keys_.empty() && !has_spilled() && !empty()) {
    kept_->index =
        JoinIndex({kept_->columns.data(), keys_.size()}, pipelines_.workers(), execution_);
  }
  kept_->is_built = true;
  kept_->built_at = execution_.changes();
}

void JoinSide::build() {
  KeptSide& kept = *kept_;
  pipelines_.open();
  std::vector<std::vector<Run>> runs(pipelines_.workers());
  read(runs);
  std::vector<Run> all;
  for (auto& some : runs) std::move(some.begin(), some.end(), std::back_inserter(all));
  if (all.empty() && keep_in_memory()) return;
  for (const auto& owner : kept.owners) {
    if (owner->size() != 0) all.push_back(write(*owner));
  }
  kept.owners.clear();
  merge(std::move(all));
}

// Rows of all workers to owners; those that there is no room for to runs.
void JoinSide::read(std::vector<std::vector<Run>>& runs) {
  KeptSide& kept = *kept_;
  std::vector<Input> inputs(pipelines_.workers());
  for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
    inputs[i].keys = compile(keys_, pipelines_.worker(i));
    kept.owners.push_back(std::make_unique<KeptColumns>(column_count_, execution_.budget, who_));
  }
  pipelines_.drain([&](std::uint32_t worker, const Batch& batch) {
    Input& input = inputs[worker];
    input.columns.clear();
    for (const auto& key : input.keys) input.columns.push_back(key->evaluate(batch));
    find_hopeful(input.columns, batch.rows, input.hopeful);
    if (input.hopeful.empty()) return;
    input.columns.resize(column_count_);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const std::size_t column = column_of_slot_[i];
      if (column >= keys_.size()) input.columns[column] = batch[slots_[i]];
    }
    KeptColumns& mine = *kept.owners[worker];
    mine.append(input.columns, input.hopeful, batch.sequence);
    const std::uint64_t bytes = mine.bytes() + mine.size() * sizeof(Hashed);
    if (!execution_.may_keep(mine.reserved(), bytes)) runs[worker].push_back(write(mine));
  });
}

// False if there is no room for the columns and the hash table.
bool JoinSide::keep_in_memory() {
  KeptSide& kept = *kept_;
  std::size_t rows = 0;
  std::uint64_t bytes = 0;
  for (const auto& owner : kept.owners) {
    rows += owner->size();
    bytes += owner->bytes();
  }
  KITH_ASSERT(rows < std::numeric_limits<std::uint32_t>::max());
  kept.reserved = Reservation(execution_.budget, who_);
  const std::uint64_t index = keys_.empty() ? 0 : JoinIndex::bytes_per_row();
  if (!execution_.may_keep(kept.reserved, bytes + rows * index)) return false;
  kept.rows = static_cast<std::uint32_t>(rows);
  kept.columns = put_together(kept.owners, pipelines_.workers(), execution_);
  return true;
}

// All rows, as a run; they are gone from where they were.
Run JoinSide::write(KeptColumns& rows) const {
  execution_.poll();
  const std::size_t columns = keys_.size() + slots_.size() + 1;
  std::vector<Hashed> entries;
  entries.reserve(rows.size());
  std::vector<Cell> cells(1 + columns);
  const auto read_keys = [&](std::size_t row) {
    for (std::size_t i = 0; i < keys_.size(); ++i) cells[1 + i] = rows.cell(row, i);
  };
  for (const KeptColumns::Stretch& stretch : rows.stretches()) {
    const std::size_t end = rows.end_of(stretch);
    for (std::size_t row = stretch.first; row < end; ++row) {
      read_keys(row);
      const std::uint64_t hash = hash_key(std::span<const Cell>(cells).subspan(1, keys_.size()));
      entries.push_back({static_cast<std::int64_t>(hash), row,
                         position_cell(stretch.sequence, stretch.ordinal + row - stretch.first)});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Hashed& a, const Hashed& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    return a.position.word != b.position.word ? a.position.word < b.position.word
                                              : a.position.aux < b.position.aux;
  });
  RunWriter writer(execution_.spill_file(), cells.size());
  for (const Hashed& entry : entries) {
    if (writer.rows() % kRowsBetweenPolls == 0) execution_.poll();
    cells[0] = Cell::of(entry.hash);
    read_keys(entry.row);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      cells[1 + keys_.size() + i] = rows.cell(entry.row, column_of_slot_[i]);
    }
    cells.back() = entry.position;
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
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    out.columns[slots_[i]] = {&kept_->columns[column_of_slot_[i]], rows.data(), false};
  }
}

void JoinSide::give_or_null(std::span<const std::uint32_t> rows, std::vector<Vector>& values,
                            Batch& out) const {
  values.resize(slots_.size());
  const auto count = static_cast<std::uint32_t>(rows.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Vector& to = values[i];
    if (kept_->rows == 0) {
      to.reset(VectorType::Any, count);
      std::fill_n(to.data<Cell>(), count, Cell::null());
    } else {
      copy_or_null(kept_->columns[column_of_slot_[i]], rows, to);
    }
    out.set(slots_[i], to);
  }
}

}  // namespace kith::exec
