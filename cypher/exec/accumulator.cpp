// cypher/exec/accumulator.cpp: count, min, max, and any other aggregate by its states.
#include "cypher/exec/accumulator.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/compare.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/number_kernels.hpp"
#include "cypher/exec/ordered_states.hpp"
#include "cypher/exec/state_arrays.hpp"

namespace kith::exec {

namespace {

class CountAccumulator final : public Accumulator {
 public:
  explicit CountAccumulator(Position at) : at_(at) {}

  void add(Worker&, const GroupedRows& rows, std::span<const Column> arguments) override {
    counts_.resize(std::max<std::size_t>(counts_.size(), rows.group_count));
    const bool all = arguments.empty() || !may_have_nulls(arguments[0]);
    if (all && rows.groups == nullptr && rows.weights == nullptr) {
      add_to(0, rows.rows);
      return;
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      fetch_early(counts_, rows, i);
      if (all || arguments[0].valid(i)) add_to(rows.group(i), rows.weight(i));
    }
  }
  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    merge_states(counts_, static_cast<CountAccumulator&>(from).counts_, first, into, group_count,
                 add_to_count);
  }
  bool has_ranges() const override { return true; }
  void renumber(std::span<const std::uint32_t> to) override { renumber_states(counts_, to); }
  Cell finish(std::uint32_t group, Arena&) override {
    const std::uint64_t count = group < counts_.size() ? counts_[group] : 0;
    if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw aggregate_too_large(at_);
    }
    return Cell::of(static_cast<std::int64_t>(count));
  }
  std::uint64_t bytes() const override { return counts_.capacity() * sizeof(std::uint64_t); }
  void save(std::uint32_t group, std::string& out) const override {
    put_varint(out, group < counts_.size() ? counts_[group] : 0);
  }
  void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) override {
    counts_.resize(std::max<std::size_t>(counts_.size(), group_count));
    add_to(group, in.varint());
  }

 private:
  static void add_to_count(std::uint64_t& to, std::uint64_t count) {
    if (__builtin_add_overflow(to, count, &to)) to = std::numeric_limits<std::uint64_t>::max();
  }
  void add_to(std::uint32_t group, std::uint64_t count) { add_to_count(counts_[group], count); }

  Position at_;
  std::vector<std::uint64_t> counts_;
};

// The best integers of groups are in an array of their own, which is all that most columns need.
class ExtremeAccumulator final : public Accumulator {
 public:
  explicit ExtremeAccumulator(bool largest) : largest_(largest) {}

  void add(Worker&, const GroupedRows& rows, std::span<const Column> arguments) override {
    KITH_ASSERT(arguments.size() == 1);
    const Column& values = arguments[0];
    if (values.vector->type() == VectorType::Integer) return add_integers(rows, values);
    best_.resize(std::max<std::size_t>(best_.size(), rows.group_count));
    for (std::uint32_t i = 0; i < rows.rows; ++i) offer(best_[rows.group(i)], values.cell(i));
  }
  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<ExtremeAccumulator&>(from);
    if (first < other.integers_.size()) make_integers(group_count);
    merge_states(integers_, other.integers_, first, into, group_count,
                 [&](std::int64_t& to, std::int64_t more) { to = better(to, more); });
    merge_states(has_worst_, other.has_worst_, first, into, group_count,
                 [](std::uint8_t& to, std::uint8_t more) { to |= more; });
    merge_states(best_, other.best_, first, into, group_count,
                 [&](OwnedCell& to, const OwnedCell& more) { offer(to, more.cell()); });
  }
  bool has_ranges() const override { return true; }
  bool may_change(const Cell& least, const Cell& greatest) const override {
    const Cell best = best_of(0);
    return best.is_null() || beats(largest_ ? greatest : least, best);
  }
  void renumber(std::span<const std::uint32_t> to) override {
    if (!integers_.empty()) {
      make_integers(to.size());
      renumber_states(integers_, to);
    }
    if (!has_worst_.empty()) renumber_states(has_worst_, to);
    if (!best_.empty()) renumber_states(best_, to);
  }
  Cell finish(std::uint32_t group, Arena& arena) override {
    return copy_into(arena, best_of(group));
  }
  std::uint64_t bytes() const override {
    return integers_.capacity() * sizeof(std::int64_t) + has_worst_.capacity() +
           best_.capacity() * sizeof(OwnedCell) + extra_bytes_;
  }
  void save(std::uint32_t group, std::string& out) const override { encode(out, best_of(group)); }
  void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) override {
    best_.resize(std::max<std::size_t>(best_.size(), group_count));
    Arena arena;
    offer(best_[group], decode(in, arena));
  }

 private:
  void add_integers(const GroupedRows& rows, const Column& values) {
    make_integers(rows.group_count);
    const auto* numbers = values.vector->data<std::int64_t>();
    const bool nulls = values.vector->may_have_nulls();
    if (rows.groups == nullptr && !nulls) {
      return offer(0, best_of(numbers, values, rows.rows));
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      fetch_early(integers_, rows, i);
      const std::uint32_t at = values.at(i);
      if (nulls && values.vector->validity()[at] == 0) continue;
      offer(rows.group(i), numbers[at]);
    }
  }
  std::int64_t best_of(const std::int64_t* numbers, const Column& values,
                       std::uint32_t rows) const {
    const std::uint32_t count = values.constant ? 1 : rows;
    if (values.index == nullptr) {
      const NumberKernels& kernels = number_kernels();
      return (largest_ ? kernels.greatest : kernels.least)({numbers, count});
    }
    std::int64_t found = numbers[values.index[0]];
    for (std::uint32_t i = 1; i < rows; ++i) found = better(found, numbers[values.index[i]]);
    return found;
  }
  // Of all groups, those without integers have the worst.
  void make_integers(std::size_t group_count) {
    if (integers_.size() < group_count) integers_.resize(group_count, worst());
  }
  std::int64_t worst() const {
    using Limits = std::numeric_limits<std::int64_t>;
    return largest_ ? Limits::min() : Limits::max();
  }
  std::int64_t better(std::int64_t a, std::int64_t b) const {
    return largest_ ? std::max(a, b) : std::min(a, b);
  }
  void offer(std::uint32_t group, std::int64_t number) {
    integers_[group] = better(integers_[group], number);
    if (number != worst()) return;
    has_worst_.resize(std::max<std::size_t>(has_worst_.size(), group + std::size_t{1}));
    has_worst_[group] = 1;
  }
  void offer(OwnedCell& best, const Cell& cell) {
    if (cell.is_null()) return;
    if (!best.cell().is_null() && !beats(cell, best.cell())) return;
    extra_bytes_ -= best.heap_bytes();
    best = OwnedCell(cell);
    extra_bytes_ += best.heap_bytes();
  }
  bool beats(const Cell& a, const Cell& b) const {
    if (a.kind == Kind::Integer && b.kind == Kind::Integer) {
      return largest_ ? a.integer > b.integer : a.integer < b.integer;
    }
    const auto order_of = order(a, b);
    if (order_of == 0) return a.kind < b.kind;  // 1 before 1.0, whichever came first
    return largest_ ? order_of > 0 : order_of < 0;
  }
  Cell best_of(std::uint32_t group) const {
    Cell best;
    const bool has_worst = group < has_worst_.size() && has_worst_[group] != 0;
    if (group < integers_.size() && (integers_[group] != worst() || has_worst)) {
      best = Cell::of(integers_[group]);
    }
    if (group >= best_.size() || best_[group].cell().is_null()) return best;
    return best.is_null() || beats(best_[group].cell(), best) ? best_[group].cell() : best;
  }

  bool largest_;
  std::vector<std::int64_t> integers_;
  std::vector<std::uint8_t> has_worst_;  // groups whose integers are really that
  std::vector<OwnedCell> best_;          // of values of other columns
  std::uint64_t extra_bytes_ = 0;        // what best_ points to
};

class StateAccumulator final : public Accumulator {
 public:
  StateAccumulator(const AggregateDef& function, Position at) : function_(function), at_(at) {}

  void add(Worker& worker, const GroupedRows& rows, std::span<const Column> arguments) override {
    states_.resize(std::max<std::size_t>(states_.size(), rows.group_count));
    values_.resize(arguments.size());
    at_position(at_, [&] {
      if (add_numbers(worker, rows, arguments)) return;
      for (std::uint32_t i = 0; i < rows.rows; ++i) {
        for (std::size_t a = 0; a < arguments.size(); ++a) values_[a] = arguments[a].cell(i);
        if (!values_.empty() && values_[0].is_null()) continue;
        extra_bytes_ +=
            states_[rows.group(i)].add(worker, function_, rows.sequence, values_, rows.weight(i));
      }
    });
  }
  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<StateAccumulator&>(from);
    merge_states(states_, other.states_, first, into, group_count,
                 [&](OrderedStates& to, OrderedStates& more) { extra_bytes_ += to.take(more); });
  }
  bool has_ranges() const override { return true; }
  void renumber(std::span<const std::uint32_t> to) override { renumber_states(states_, to); }
  Cell finish(std::uint32_t group, Arena& arena) override {
    return at_position(at_, [&] {
      if (group >= states_.size()) return function_.make()->finish(arena);
      return states_[group].finish(function_, arena);
    });
  }
  std::uint64_t bytes() const override {
    return states_.capacity() * sizeof(OrderedStates) + extra_bytes_;
  }
  void save(std::uint32_t group, std::string& out) const override {
    if (group < states_.size()) return states_[group].save(out);
    OrderedStates().save(out);
  }
  void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) override {
    states_.resize(std::max<std::size_t>(states_.size(), group_count));
    extra_bytes_ += states_[group].load(function_, in);
  }

 private:
  // All rows at once, if they are numbers of one type and of one group; else false.
  bool add_numbers(Worker& worker, const GroupedRows& rows, std::span<const Column> arguments) {
    if (rows.groups != nullptr || rows.weights != nullptr || arguments.empty()) return false;
    const Column& numbers = arguments[0];
    if (numbers.constant || may_have_nulls(numbers)) return false;
    for (std::size_t a = 1; a < arguments.size(); ++a) {
      if (!arguments[a].constant) return false;
      values_[a] = arguments[a].cell(0);
    }
    const VectorType type = numbers.vector->type();
    if (type == VectorType::Integer) return add_all(worker, rows, numbers, integers_);
    return type == VectorType::Float && add_all(worker, rows, numbers, floats_);
  }
  template <class T>
  bool add_all(Worker& worker, const GroupedRows& rows, const Column& numbers,
               std::vector<T>& scratch) {
    const auto all = operand<T>(numbers, rows.rows, scratch);
    extra_bytes_ += states_[0].add_all(worker, function_, rows.sequence,
                                       std::span<const T>(all.values, rows.rows),
                                       std::span<const Cell>(values_).subspan(1));
    return true;
  }

  const AggregateDef& function_;
  Position at_;
  std::vector<OrderedStates> states_;
  std::vector<Cell> values_;
  std::vector<std::int64_t> integers_;
  std::vector<double> floats_;
  std::uint64_t extra_bytes_ = 0;
};

}  // namespace

void Accumulator::choose(const GroupedRows& rows, std::vector<std::uint32_t>& wanted) const {
  wanted.resize(rows.rows);
  std::iota(wanted.begin(), wanted.end(), 0u);
}

std::unique_ptr<Accumulator> make_accumulator(const bound::AggregateCall& call, Position at,
                                              MemoryBudget& budget, std::uint64_t most) {
  KITH_ASSERT(call.function != nullptr && call.function->make != nullptr);
  const AggregateDef& function = *call.function;
  const bool counts = function.name == "count";
  std::unique_ptr<Accumulator> result;
  if (counts) {
    result = std::make_unique<CountAccumulator>(at);
  } else if (function.name == "sum" || function.name == "avg") {
    result = make_sum_accumulator(function, at);
  } else if (function.name == "min" || function.name == "max") {
    result = std::make_unique<ExtremeAccumulator>(function.name == "max");
  } else if (function.name == "collect") {
    result = make_collect_accumulator(at, most);
  } else {
    result = make_percentile_accumulator(call, at);
    if (!result) result = std::make_unique<StateAccumulator>(function, at);
  }
  if (!call.distinct || call.arguments.empty()) return result;
  return make_distinct_accumulator(std::move(result), call.arguments.size(), counts, budget);
}

}  // namespace kith::exec
