// cypher/exec/aggregate_partial.cpp: one worker's part of an aggregation.
#include "cypher/exec/aggregate_partial.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace kith::exec {

namespace {

constexpr std::string_view kWho = "an aggregation";
constexpr std::uint32_t kGroupsAtOnce = 4096;  // when merging
constexpr std::size_t kMostRowsOfRun = 64 * 1024, kLeastRowsOfRun = 256;
constexpr std::uint64_t kShareOfRun = 32;  // of the limit, to sort distinct values in

using Hashed = std::pair<std::int64_t, std::uint32_t>;  // a group on its way to a run

Position position_of(const bound::AggregateCall& call) {
  return call.arguments.empty() ? Position{} : call.arguments[0]->at;
}

[[noreturn]] void too_large() {
  throw ResourceError("OutOfMemory", "the values of one group of an aggregation take over 4 GiB");
}

Cell signed_word(std::uint64_t word) { return Cell::of(static_cast<std::int64_t>(word)); }

}  // namespace

AggregatePartial::AggregatePartial(const plan::Aggregate& op,
                                   const std::vector<const plan::Expand*>& steps, Worker& worker)
    : op_(op),
      worker_(worker),
      execution_(worker.execution()),
      weight_slots_(op.weights),
      reserved_(worker.execution().budget, kWho) {
  for (const auto& key : op.keys) keys_.push_back(compile(*key.value, worker));
  for (const auto& call : op.calls) {
    calls_.push_back({&call, compile(call.arguments, worker), nullptr, {}, nullptr, {}, {}, {}});
  }
  for (const auto* step : steps) multiplicities_.emplace_back(*step, execution_);
  reset();
}

void AggregatePartial::reset() {
  table_.emplace(keys_.size(), execution_.budget, kWho, calls_.size());
  first_.clear();
  for (Call& call : calls_) {
    call.accumulator = make_accumulator(*call.op, position_of(*call.op), execution_.budget);
  }
}

std::uint64_t AggregatePartial::bytes() const {
  std::uint64_t bytes =
      table_->bytes() + first_.capacity() * sizeof(FirstSeen) + table_->size() * sizeof(Hashed);
  for (const Call& call : calls_) bytes += call.accumulator->bytes();
  return bytes;
}

void AggregatePartial::consume(const Batch& all) {
  const Batch* batch = weigh(all);
  if (batch == nullptr) return;
  if (batch->sequence != sequence_) before_ = 0;
  sequence_ = batch->sequence;
  GroupedRows rows;
  rows.rows = batch->rows;
  rows.sequence = batch->sequence;
  rows.before = before_;
  rows.weights = is_weighed() ? weights_.data() : nullptr;
  if (!keys_.empty()) {
    columns_.clear();
    for (const auto& key : keys_) columns_.push_back(key->evaluate(*batch));
    table_->find_or_add(columns_, batch->rows, groups_);
    note_first(first_, table_->size(), batch->sequence, before_);
    rows.groups = groups_.data();
    rows.group_count = table_->size();
  }
  for (Call& call : calls_) {
    columns_.clear();
    for (const auto& argument : call.arguments) columns_.push_back(argument->evaluate(*batch));
    call.accumulator->add(worker_, rows, columns_);
  }
  if (!execution_.may_keep(reserved_, bytes())) spill();
}

bool AggregatePartial::give_each(const Batch& all, Batch& out) {
  KITH_ASSERT(!keys_.empty());
  const Batch* batch = weigh(all);
  if (batch == nullptr) return false;
  GroupedRows rows;
  rows.rows = rows.group_count = batch->rows;
  groups_.resize(batch->rows);
  std::iota(groups_.begin(), groups_.end(), 0u);
  rows.groups = groups_.data();
  rows.weights = is_weighed() ? weights_.data() : nullptr;
  rows.sequence = batch->sequence;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    out.columns[op_.keys[i].slot] = keys_[i]->evaluate(*batch);
  }
  for (Call& call : calls_) {
    columns_.clear();
    for (const auto& argument : call.arguments) columns_.push_back(argument->evaluate(*batch));
    call.accumulator = make_accumulator(*call.op, position_of(*call.op), execution_.budget);
    call.accumulator->add(worker_, rows, columns_);
    call.accumulator->complete(worker_, batch->rows);
    cells_.clear();
    call.memory.reset();
    for (std::uint32_t i = 0; i < batch->rows; ++i) {
      cells_.push_back(call.accumulator->finish(i, call.memory));
    }
    fill_narrow(cells_, call.results);
    out.set(call.op->slot, call.results);
  }
  out.rows = batch->rows;
  out.sequence = batch->sequence;
  return true;
}

bool AggregatePartial::merge(AggregatePartial& other) {
  KITH_ASSERT(!has_spilled() && !other.has_spilled());
  if (!execution_.may_keep(reserved_, bytes() + other.bytes())) return false;
  std::vector<std::uint32_t> into(std::max<std::size_t>(1, other.table_->size()), 0);
  if (!keys_.empty()) {
    table_->find_or_share(*other.table_, into);
    for (std::uint32_t g = 0; g < other.table_->size(); ++g) {
      if (into[g] == first_.size()) first_.push_back(other.first_[g]);
      if (other.first_[g] >= first_[into[g]]) continue;
      first_[into[g]] = other.first_[g];
      table_->replace_key(into[g], other.table_->key(g));
    }
    table_->adopt(*other.table_);
  }
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    calls_[i].accumulator->merge(*other.calls_[i].accumulator, into, group_count());
  }
  return true;
}

void AggregatePartial::complete() {
  for (Call& call : calls_) {
    give_fed(call);
    call.accumulator->complete(worker_, group_count());
  }
  reserved_.grow_to(bytes());
}

// Keys and results.
void AggregatePartial::fill(Cell* row, std::uint32_t group, Arena& arena) {
  for (std::size_t i = 0; i < keys_.size(); ++i) row[i] = copy_into(arena, table_->key(group)[i]);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    row[keys_.size() + i] = calls_[i].accumulator->finish(group, arena);
  }
}

void AggregatePartial::finish(std::vector<std::unique_ptr<RowBuffer>>& owners,
                              std::vector<Cell*>& rows) {
  complete();
  owners.push_back(std::make_unique<RowBuffer>(keys_.size() + calls_.size(), execution_.budget,
                                               "the result of an aggregation"));
  RowBuffer& results = *owners.back();
  const auto fill_results = [&](std::uint32_t group, Cell* row) {
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      row[keys_.size() + i] = calls_[i].accumulator->finish(group, results.arena());
    }
    rows.push_back(row);
    if (rows.size() % kGroupsAtOnce == 0) results.charge();
  };
  if (keys_.empty()) {
    fill_results(0, results.append_row());
  } else {
    rows.reserve(group_count());
    for (const std::uint32_t group : in_order(first_)) fill_results(group, table_->row(group));
  }
  results.charge();
  reserved_.resize(0);
  table_->release_rows(owners);
  reset();
}

void AggregatePartial::spill() {
  execution_.poll();
  spill_groups();
  std::uint64_t most = table_->size();
  for (Call& call : calls_) most = std::max(most, spill_values(call));
  before_ += most;
  reset();
  reserved_.resize(0);
}

void AggregatePartial::spill_groups() {
  if (group_count() == 0) return;
  std::vector<Hashed> order;
  order.reserve(group_count());
  for (std::uint32_t g = 0; g < group_count(); ++g) {
    const std::uint64_t hash = keys_.empty() ? 0 : table_->hash_of(g);
    order.emplace_back(static_cast<std::int64_t>(hash), g);
  }
  std::sort(order.begin(), order.end());  // equal hashes in the order of their groups
  std::vector<Cell> row(1 + keys_.size() + calls_.size() + 1);
  std::vector<std::string> states(calls_.size());
  RunWriter writer(execution_.spill_file(), row.size());
  for (const auto& [hash, g] : order) {
    if (writer.rows() % kGroupsAtOnce == 0) execution_.poll();
    row[0] = Cell::of(hash);
    for (std::size_t i = 0; i < keys_.size(); ++i) row[1 + i] = table_->key(g)[i];
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      states[i].clear();
      calls_[i].accumulator->save(g, states[i]);
      if (states[i].size() > UINT32_MAX) too_large();
      row[1 + keys_.size() + i] = Cell::of(std::string_view(states[i]));
    }
    row.back() = keys_.empty() ? position_cell(0, runs_.size())
                               : position_cell(first_[g].sequence, first_[g].ordinal);
    writer.add(row.data());
  }
  runs_.push_back(writer.finish());
}

// Returns how many there were.
std::uint64_t AggregatePartial::spill_values(Call& call) {
  const DistinctValues* values = call.accumulator->distinct_values();
  if (values == nullptr) return 0;
  const std::size_t width = 1 + keys_.size() + call.arguments.size() + 1;
  const SortOrder order(1, width);
  const std::uint64_t row_bytes = width * sizeof(Cell) + sizeof(void*);
  const std::size_t most =
      std::clamp<std::size_t>(execution_.budget.limit() / kShareOfRun / row_bytes, kLeastRowsOfRun,
                              kMostRowsOfRun) *
      width;
  const Reservation memory(execution_.budget, "sorting distinct values", most / width * row_bytes);
  std::vector<Cell> cells;
  cells.reserve(most);
  std::vector<Cell*> rows;
  rows.reserve(most / width);
  std::uint64_t count = 0;
  const auto write = [&] {
    rows.clear();
    for (std::size_t at = 0; at < cells.size(); at += width) rows.push_back(cells.data() + at);
    order.sort_alone(rows);
    RunWriter writer(execution_.spill_file(), width);
    for (const Cell* row : rows) writer.add(row);
    call.value_runs.push_back(writer.finish());
    cells.clear();
    execution_.poll();
  };
  values->each([&](std::uint32_t group, std::span<const Cell> value, FirstSeen first) {
    const std::size_t at = cells.size();
    cells.push_back(Cell::null());
    if (!keys_.empty()) {
      const auto key = table_->key(group);
      cells.insert(cells.end(), key.begin(), key.end());
    }
    cells.insert(cells.end(), value.begin(), value.end());
    cells[at] = signed_word(hash_key(std::span(cells).subspan(at + 1)));
    cells.push_back(position_cell(first.sequence, first.ordinal));
    ++count;
    if (cells.size() == most) write();
  });
  if (!cells.empty()) write();
  return count;
}

void AggregatePartial::expect_fed() {
  for (Call& call : calls_) {
    if (DistinctValues* values = call.accumulator->distinct_values()) values->expect_fed();
  }
}

std::uint32_t AggregatePartial::group_of(const Cell* keys) {
  return keys_.empty() ? 0 : table_->find_or_add({keys, keys_.size()});
}

void AggregatePartial::load(const Cell* row) {
  const std::uint32_t group = group_of(row + 1);
  const Cell& position = row[1 + keys_.size() + calls_.size()];
  const FirstSeen first{position.word, position.aux};
  if (group == first_.size()) first_.push_back(first);
  first_[group] = std::min(first_[group], first);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const std::string_view state = row[1 + keys_.size() + i].string();
    ByteReader in(std::as_bytes(std::span(state.data(), state.size())));
    calls_[i].accumulator->load(group, group_count(), in);
    KITH_ASSERT(in.at_end());
  }
}

void AggregatePartial::feed(std::size_t call, const Cell* row) {
  Call& to = calls_[call];
  if (!to.fed) {
    to.fed = std::make_unique<RowBuffer>(to.arguments.size(), execution_.budget,
                                         "the distinct values of an aggregate");
  }
  const std::uint32_t known = group_count();
  to.fed_groups.push_back(group_of(row + 1));
  KITH_ASSERT(group_count() == known);  // every group was loaded
  static_cast<void>(known);
  to.fed->append_copy(row + 1 + keys_.size());
  if (to.fed->size() == kBatchRows) give_fed(to);
}

void AggregatePartial::give_fed(Call& call) {
  if (!call.fed || call.fed->size() == 0) return;
  call.accumulator->distinct_values()->feed(worker_, call.fed->rows(), call.fed_groups,
                                            group_count());
  call.fed->clear();
  call.fed_groups.clear();
}

bool AggregatePartial::is_full() const {
  return group_count() >= kGroupsAtOnce || bytes() > execution_.budget.limit() / 16 ||
         execution_.spill_bytes != 0;
}

void AggregatePartial::finish_into(RowSorter& results) {
  complete();
  for (std::uint32_t g = 0; g < group_count(); ++g) {
    Cell* row = results.rows().append_row();
    fill(row, g, results.rows().arena());
    row[keys_.size() + calls_.size()] = position_cell(first_[g].sequence, first_[g].ordinal);
    results.added();
  }
  reset();
  reserved_.resize(0);
}

void AggregatePartial::multiply_by_columns(const Batch& batch) {
  for (const Slot slot : weight_slots_) {
    const auto weight = operand<std::int64_t>(batch[slot], batch.rows, weight_scratch_);
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const std::int64_t w = weight[i];
      KITH_ASSERT(w > 0);
      const bool too_large = w == std::numeric_limits<std::int64_t>::max();
      if (too_large ||
          __builtin_mul_overflow(weights_[i], static_cast<std::uint64_t>(w), &weights_[i])) {
        too_many_matches();
      }
    }
  }
}

const Batch* AggregatePartial::weigh(const Batch& batch) {
  if (!is_weighed()) return &batch;
  weights_.assign(batch.rows, 1);
  multiply_by_columns(batch);
  for (Multiplicity& multiplicity : multiplicities_) multiplicity.multiply(batch, weights_);
  kept_.clear();
  for (std::uint32_t i = 0; i < batch.rows; ++i) {
    if (weights_[i] != 0) kept_.push_back(i);
  }
  if (kept_.empty()) return nullptr;
  if (kept_.size() == batch.rows) return &batch;
  present_.clear();
  for (Slot slot = 0; slot < batch.columns.size(); ++slot) {
    if (batch.columns[slot].is_set()) present_.push_back(slot);
  }
  picker_.pick(batch, kept_, present_, picked_);
  std::erase(weights_, std::uint64_t{0});
  return &picked_;
}

}  // namespace kith::exec
