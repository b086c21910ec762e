// cypher/exec/aggregate_partial.cpp: one worker's part of an aggregation.
#include "cypher/exec/aggregate_partial.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/page_memory.hpp"

namespace kith::exec {

namespace {

constexpr std::string_view kWho = "an aggregation";
constexpr std::uint32_t kGroupsAtOnce = 4096;  // when merging
constexpr std::size_t kMostRowsOfRun = 64 * 1024, kLeastRowsOfRun = 256;
// In batches: how many groups are sealed, at first (until it is known that few come again) and
// later, and after how many it is looked whether the same keys are in several.
constexpr std::uint64_t kFirstSealed = 128, kSealed = 8, kLookAtSealed = 512;
constexpr double kLeastDifferent = 0.5;
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
    calls_.push_back({&call,
                      compile(call.arguments, worker),
                      {},
                      nullptr,
                      {},
                      {},
                      {},
                      {},
                      ExtremeZones(call, worker)});
    if (call.looked_at.empty()) continue;
    KITH_ASSERT(call.arguments.size() == 1);
    calls_.back().wanted = std::make_unique<Narrowed>(*call.arguments[0], worker);
  }
  for (const auto* step : steps) multiplicities_.emplace_back(*step, execution_);
  if (op.of_node && op.of_node->looks_up) by_node_.emplace();
  reset();
}

Groups AggregatePartial::new_groups() const {
  Groups groups{
      GroupTable(keys_.size(), execution_.budget, kWho, GroupTable::Rows::Later, calls_.size()),
      {},
      {}};
  for (const Call& call : calls_) {
    groups.states.push_back(
        make_accumulator(*call.op, position_of(*call.op), execution_.budget, call.most));
  }
  return groups;
}

void AggregatePartial::reset() {
  for (Call& call : calls_) call.most = values_looked_at(*call.op, worker_);
  groups_.emplace(new_groups());
  sealed_.clear();
  sealed_bytes_ = sealed_count_ = rows_ = 0;
  const std::uint64_t never = ~std::uint64_t{0};
  if (by_node_) by_node_->clear();
  // With each sealed table it would be forgotten which group nodes have.
  seal_at_ = can_seal() && !by_node_ ? kFirstSealed * execution_.batch_rows : never;
  look_at_sealed_ = kLookAtSealed * execution_.batch_rows;
}

std::uint64_t AggregatePartial::bytes() const {
  return sealed_bytes_ + groups_->bytes() + (by_node_ ? by_node_->bytes() : 0) +
         group_count_in_all() * sizeof(Hashed);
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
    find_groups(*batch);
    note_first(groups_->first, groups_->size(), batch->sequence, before_);
    rows.groups = found_.data();
    rows.group_count = groups_->size();
  }
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (keys_.empty() && calls_[i].zones.excludes(*batch, *groups_->states[i])) continue;
    if (calls_[i].most != kAllValues) {
      add_first_values(calls_[i], *groups_->states[i], *batch, rows);
      continue;
    }
    columns_.clear();
    for (const auto& argument : calls_[i].arguments) columns_.push_back(argument->evaluate(*batch));
    groups_->states[i]->add(worker_, rows, columns_);
  }
  rows_ += batch->rows;
  if (groups_->size() >= seal_at_) seal_if_worth();
  if (!execution_.may_keep(reserved_, bytes())) spill();
}

// found_: the groups of its rows.
void AggregatePartial::find_groups(const Batch& batch) {
  if (by_node_) {
    const Column& nodes = batch[op_.of_node->node];
    if (NodeGroups::are_apart(nodes, batch.rows)) return find_groups_by_node(batch, nodes);
  }
  columns_.clear();
  for (const auto& key : keys_) columns_.push_back(key->evaluate(batch));
  groups_->table.find_or_add(columns_, batch.rows, found_);
}

void AggregatePartial::find_groups_by_node(const Batch& batch, const Column& nodes) {
  found_.resize(batch.rows);
  by_node_->find(nodes, batch.rows, found_, missing_);
  if (missing_.empty()) return;
  present_.assign(1, op_.of_node->node);
  picker_.pick(batch, missing_, present_, missing_rows_);
  columns_.clear();
  for (const auto& key : keys_) columns_.push_back(key->evaluate(missing_rows_));
  groups_->table.find_or_add(columns_, missing_rows_.rows, of_missing_);
  const auto* ids = nodes.vector->data<std::uint64_t>();
  for (std::size_t i = 0; i < missing_.size(); ++i) {
    const std::uint32_t row = missing_[i];
    found_[row] = of_missing_[i];
    by_node_->remember(ids[nodes.at(row)], of_missing_[i]);
  }
}

// Of groups that have them the argument is not evaluated.
void AggregatePartial::add_first_values(Call& call, Accumulator& states, const Batch& batch,
                                        const GroupedRows& rows) {
  states.choose(rows, wanted_);
  if (wanted_.empty()) return;
  GroupedRows some = rows;
  some.rows = static_cast<std::uint32_t>(wanted_.size());
  if (rows.groups != nullptr) {
    wanted_groups_.clear();
    for (const std::uint32_t row : wanted_) wanted_groups_.push_back(rows.groups[row]);
    some.groups = wanted_groups_.data();
  }
  if (rows.weights != nullptr) {
    wanted_weights_.clear();
    for (const std::uint32_t row : wanted_) wanted_weights_.push_back(rows.weights[row]);
    some.weights = wanted_weights_.data();
  }
  const Column values = call.wanted->evaluate(batch, wanted_);
  states.add(worker_, some, {&values, 1});
}

// Groups that have several rows each, two or more, are better looked up in one table, however
// large.
void AggregatePartial::seal_if_worth() {
  if (rows_ - groups_->size() > groups_->size()) {
    seal_at_ *= 2;
    return;
  }
  seal();
  seal_at_ = kSealed * execution_.batch_rows;
  const auto expected = static_cast<std::uint32_t>(seal_at_) + execution_.batch_rows;
  groups_->table.expect(expected, sealed_.back().groups().table.is_plain());
  reserve_large(groups_->first, expected);
  if (sealed_count_ < look_at_sealed_) return;
  look_at_sealed_ *= 2;
  if (share_of_different(sealed_) < kLeastDifferent) unseal();
}

void AggregatePartial::seal() {
  if (groups_->size() == 0) return;
  // Memory that was looked at already is worth keeping, but not that of one that was large.
  Groups next = new_groups();
  const bool is_small = groups_->size() <= (kSealed + 1) * execution_.batch_rows;
  sealed_.emplace_back(std::move(*groups_), is_small ? &next : nullptr);
  const Groups& groups = sealed_.back().groups();
  sealed_bytes_ += groups.bytes();
  sealed_count_ += groups.size();
  before_ += groups.size();
  groups_.emplace(std::move(next));
  rows_ = 0;
}

// The same keys came again and again, though far apart: one table of all groups, for good.
void AggregatePartial::unseal() {
  KITH_ASSERT(groups_->size() == 0);
  std::vector<std::uint32_t> into;
  for (SealedGroups& sealed : sealed_) groups_->take(sealed.groups(), into);
  sealed_.clear();
  sealed_bytes_ = sealed_count_ = 0;
  seal_at_ = ~std::uint64_t{0};
}

std::vector<SealedGroups> AggregatePartial::take_sealed() {
  KITH_ASSERT(can_seal() && !has_spilled());
  seal();
  std::vector<SealedGroups> all = std::move(sealed_);
  reset();
  return all;
}

bool AggregatePartial::give_each(const Batch& all, Batch& out) {
  KITH_ASSERT(!keys_.empty());
  const Batch* batch = weigh(all);
  if (batch == nullptr) return false;
  GroupedRows rows;
  rows.rows = rows.group_count = batch->rows;
  found_.resize(batch->rows);
  std::iota(found_.begin(), found_.end(), 0u);
  rows.groups = found_.data();
  rows.weights = is_weighed() ? weights_.data() : nullptr;
  rows.sequence = batch->sequence;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    out.columns[op_.keys[i].slot] = keys_[i]->evaluate(*batch);
  }
  for (Call& call : calls_) {
    columns_.clear();
    for (const auto& argument : call.arguments) columns_.push_back(argument->evaluate(*batch));
    call.states = make_accumulator(*call.op, position_of(*call.op), execution_.budget);
    call.states->add(worker_, rows, columns_);
    call.states->complete(worker_, batch->rows);
    cells_.clear();
    call.memory.reset();
    for (std::uint32_t i = 0; i < batch->rows; ++i) {
      cells_.push_back(call.states->finish(i, call.memory));
    }
    fill_narrow(cells_, call.results);
    out.set(call.op->slot, call.results);
  }
  out.rows = batch->rows;
  out.sequence = batch->sequence;
  return true;
}

bool AggregatePartial::merge(AggregatePartial& other) {
  KITH_ASSERT(!has_spilled() && !other.has_spilled() && !has_sealed() && !other.has_sealed());
  if (!execution_.may_keep(reserved_, bytes() + other.bytes())) return false;
  if (keys_.empty()) {
    const std::uint32_t into = 0;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      groups_->states[i]->merge(*other.groups_->states[i], 0, {&into, 1}, 1);
    }
    return true;
  }
  groups_->take(*other.groups_, found_);
  return true;
}

void AggregatePartial::complete() {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    give_fed(i);
    groups_->states[i]->complete(worker_, group_count());
  }
  reserved_.grow_to(bytes());
}

// Keys and results.
void AggregatePartial::fill(Cell* row, std::uint32_t group, Arena& arena) {
  for (std::size_t i = 0; i < keys_.size(); ++i)
    row[i] = copy_into(arena, groups_->table.key(group)[i]);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    row[keys_.size() + i] = groups_->states[i]->finish(group, arena);
  }
}

bool AggregatePartial::finish_columns(const WantedResults& wanted, ComputedRows& out) {
  const std::uint64_t rows = groups_->size(), bytes = rows * ResultColumns::bytes_per_row(wanted);
  out.reserved = Reservation(execution_.budget, kWho);
  if (!execution_.may_keep(out.reserved, bytes)) return false;
  complete();
  out.count = rows;
  if (wanted.any()) {
    std::vector<GroupResults> results;
    results.push_back(results_of(*groups_, wanted, execution_.budget));
    const auto order = wanted.in_order ? in_order(groups_->first) : std::vector<std::uint32_t>();
    ResultColumns columns(results, rows, out);
    ResultColumns::Nulls nulls;
    const auto what = [&](std::size_t i) {
      return ResultColumns::place(0, order.empty() ? static_cast<std::uint32_t>(i) : order[i]);
    };
    columns.put(0, rows, what, nulls);
    columns.set_nulls(nulls);
    out.owners.push_back(std::move(results[0].strings));
  }
  out.reserved.resize(bytes / 2);
  reserved_.resize(0);
  reset();
  return true;
}

bool AggregatePartial::finish(const WantedResults& wanted, ComputedRows& out) {
  if (groups_->table.is_plain() && groups_->size() > execution_.batch_rows) {
    return finish_columns(wanted, out);
  }
  std::vector<std::unique_ptr<RowBuffer>>& owners = out.owners;
  std::vector<Cell*>& rows = out.order;
  complete();
  owners.push_back(std::make_unique<RowBuffer>(keys_.size() + calls_.size(), execution_.budget,
                                               "the result of an aggregation"));
  RowBuffer& results = *owners.back();
  for (const auto& states : groups_->states) states->give_values_to(results.arena());
  const auto fill_results = [&](std::uint32_t group, Cell* row) {
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      row[keys_.size() + i] = groups_->states[i]->finish(group, results.arena());
    }
    rows.push_back(row);
    if (rows.size() % kGroupsAtOnce == 0) results.charge();
  };
  if (keys_.empty()) {
    fill_results(0, results.append_row());
  } else {
    rows.reserve(group_count());
    groups_->table.make_rows();
    for (const std::uint32_t group : in_order(groups_->first)) {
      fill_results(group, groups_->table.row(group));
    }
  }
  results.charge();
  reserved_.resize(0);
  groups_->table.release_rows(owners);
  reset();
  return true;
}

void AggregatePartial::spill() {
  execution_.poll();
  std::uint64_t most = groups_->size();
  spill_groups();
  for (std::size_t i = 0; i < calls_.size(); ++i) most = std::max(most, spill_values(i));
  before_ += most;
  for (std::vector<SealedGroups> all = std::move(sealed_); !all.empty(); all.pop_back()) {
    groups_.emplace(std::move(all.back().groups()));
    spill_groups();
  }
  reset();
  reserved_.resize(0);
}

void AggregatePartial::spill_groups() {
  if (group_count() == 0) return;
  std::vector<Hashed> order;
  order.reserve(group_count());
  for (std::uint32_t g = 0; g < group_count(); ++g) {
    const std::uint64_t hash = keys_.empty() ? 0 : groups_->table.hash_of(g);
    order.emplace_back(static_cast<std::int64_t>(hash), g);
  }
  std::sort(order.begin(), order.end());  // equal hashes in the order of their groups
  std::vector<Cell> row(1 + keys_.size() + calls_.size() + 1);
  std::vector<std::string> states(calls_.size());
  RunWriter writer(execution_.spill_file(), row.size());
  for (const auto& [hash, g] : order) {
    if (writer.rows() % kGroupsAtOnce == 0) execution_.poll();
    row[0] = Cell::of(hash);
    for (std::size_t i = 0; i < keys_.size(); ++i) row[1 + i] = groups_->table.key_cell(g, i);
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      states[i].clear();
      groups_->states[i]->save(g, states[i]);
      if (states[i].size() > UINT32_MAX) too_large();
      row[1 + keys_.size() + i] = Cell::of(std::string_view(states[i]));
    }
    row.back() = keys_.empty()
                     ? position_cell(0, runs_.size())
                     : position_cell(groups_->first[g].sequence, groups_->first[g].ordinal);
    writer.add(row.data());
  }
  runs_.push_back(writer.finish());
}

// Returns how many there were.
std::uint64_t AggregatePartial::spill_values(std::size_t of_call) {
  Call& call = calls_[of_call];
  const DistinctValues* values = groups_->states[of_call]->distinct_values();
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
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      cells.push_back(groups_->table.key_cell(group, i));
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
  for (const auto& states : groups_->states) {
    if (DistinctValues* values = states->distinct_values()) values->expect_fed();
  }
}

std::uint32_t AggregatePartial::group_of(const Cell* keys) {
  return keys_.empty() ? 0 : groups_->table.find_or_add({keys, keys_.size()});
}

void AggregatePartial::load(const Cell* row) {
  const std::uint32_t group = group_of(row + 1);
  const Cell& position = row[1 + keys_.size() + calls_.size()];
  const FirstSeen first{position.word, position.aux};
  if (group == groups_->first.size()) groups_->first.push_back(first);
  groups_->first[group] = std::min(groups_->first[group], first);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const std::string_view state = row[1 + keys_.size() + i].string();
    ByteReader in(std::as_bytes(std::span(state.data(), state.size())));
    groups_->states[i]->load(group, group_count(), in);
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
  if (to.fed->size() == kBatchRows) give_fed(call);
}

void AggregatePartial::give_fed(std::size_t of_call) {
  Call& call = calls_[of_call];
  if (!call.fed || call.fed->size() == 0) return;
  groups_->states[of_call]->distinct_values()->feed(worker_, call.fed->rows(), call.fed_groups,
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
  groups_->table.make_rows();
  for (std::uint32_t g = 0; g < group_count(); ++g) {
    Cell* row = results.rows().append_row();
    fill(row, g, results.rows().arena());
    row[keys_.size() + calls_.size()] =
        position_cell(groups_->first[g].sequence, groups_->first[g].ordinal);
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
