// cypher/exec/accumulator.cpp: count, sum, avg, min, max, and any other aggregate by its states.
#include "cypher/exec/accumulator.hpp"

#include <algorithm>
#include <limits>

#include "core/compare.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/functions/exact_sum.hpp"

namespace kith::exec {

namespace {

[[noreturn]] void too_large(Position at) {
  throw QueryError("ArithmeticError", "IntegerOverflow",
                   "the result of an aggregate is outside the range of a 64-bit integer", at);
}

// Parts of a state, one for each morsel that had rows, in no order until they are joined.
class OrderedStates {
 public:
  // Adds a row; returns the memory that this took.
  std::uint64_t add(FunctionContext& context, const AggregateDef& function, std::uint64_t sequence,
                    std::span<const Cell> arguments, std::uint64_t weight) {
    return add_to_part(function, sequence,
                       [&](AggregateState& state) { state.add(context, arguments, weight); });
  }
  template <class T>
  std::uint64_t add_all(FunctionContext& context, const AggregateDef& function,
                        std::uint64_t sequence, std::span<const T> numbers,
                        std::span<const Cell> others) {
    return add_to_part(function, sequence,
                       [&](AggregateState& state) { state.add_all(context, numbers, others); });
  }
  void take(OrderedStates& other) {
    std::move(other.parts_.begin(), other.parts_.end(), std::back_inserter(parts_));
    other.parts_.clear();
  }
  bool empty() const { return parts_.empty(); }

  void save(std::string& out) const {
    put_varint(out, parts_.size());
    for (const Part& part : parts_) {
      put_varint(out, part.sequence);
      part.state->save(out);
    }
  }
  // Returns the memory of what was loaded.
  std::uint64_t load(const AggregateDef& function, ByteReader& in) {
    std::uint64_t bytes = 0;
    for (std::uint64_t left = in.varint(); left > 0; --left) {
      parts_.push_back({in.varint(), function.make()});
      parts_.back().state->load(in);
      bytes += sizeof(Part) + parts_.back().state->bytes();
    }
    return bytes;
  }

  Cell finish(const AggregateDef& function, Arena& arena) {
    if (parts_.empty()) return function.make()->finish(arena);
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const Part& a, const Part& b) { return a.sequence < b.sequence; });
    for (std::size_t i = 1; i < parts_.size(); ++i) parts_[0].state->merge(*parts_[i].state);
    parts_.resize(1);
    return parts_[0].state->finish(arena);
  }

 private:
  struct Part {
    std::uint64_t sequence;
    std::unique_ptr<AggregateState> state;
  };

  template <class Add>
  std::uint64_t add_to_part(const AggregateDef& function, std::uint64_t sequence, Add add) {
    std::uint64_t before = 0;
    if (parts_.empty() || parts_.back().sequence != sequence) {
      parts_.push_back({sequence, function.make()});
    } else {
      before = parts_.back().state->bytes() + sizeof(Part);
    }
    AggregateState& state = *parts_.back().state;
    add(state);
    return state.bytes() + sizeof(Part) - before;
  }

  std::vector<Part> parts_;
};

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
      if (all || arguments[0].valid(i)) add_to(rows.group(i), rows.weight(i));
    }
  }
  void merge(Accumulator& from, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<CountAccumulator&>(from);
    counts_.resize(std::max<std::size_t>(counts_.size(), group_count));
    for (std::size_t g = 0; g < other.counts_.size(); ++g) add_to(into[g], other.counts_[g]);
  }
  Cell finish(std::uint32_t group, Arena&) override {
    const std::uint64_t count = group < counts_.size() ? counts_[group] : 0;
    if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      too_large(at_);
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
  void add_to(std::uint32_t group, std::uint64_t count) {
    std::uint64_t& to = counts_[group];
    if (__builtin_add_overflow(to, count, &to)) to = std::numeric_limits<std::uint64_t>::max();
  }

  Position at_;
  std::vector<std::uint64_t> counts_;
};

// sum and avg: integers and floats so that their order does not show; what else there is
// (durations) by its states.
class SumAccumulator final : public Accumulator {
 public:
  SumAccumulator(const AggregateDef& function, bool average, Position at)
      : function_(function), average_(average), at_(at) {}

  void add(Worker& worker, const GroupedRows& rows, std::span<const Column> arguments) override {
    KITH_ASSERT(arguments.size() == 1);
    states_.resize(std::max<std::size_t>(states_.size(), rows.group_count));
    const Column& values = arguments[0];
    if (values.vector->type() == VectorType::Integer) {
      add_integers(rows, values);
      return;
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const Cell cell = values.cell(i);
      if (!cell.is_null()) add_one(worker, rows, i, cell);
    }
  }

  void merge(Accumulator& from, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<SumAccumulator&>(from);
    states_.resize(std::max<std::size_t>(states_.size(), group_count));
    for (std::size_t g = 0; g < other.states_.size(); ++g) {
      State& to = states_[into[g]];
      State& more = other.states_[g];
      to.integers += more.integers;
      to.integer_count += more.integer_count;
      if (!more.others) continue;
      Others& others = others_of(to);
      others.floats.add(more.others->floats);
      others.float_count += more.others->float_count;
      others.rest.take(more.others->rest);
    }
    extra_bytes_ += other.extra_bytes_;
  }

  Cell finish(std::uint32_t group, Arena& arena) override {
    if (group >= states_.size()) return function_.make()->finish(arena);
    State& state = states_[group];
    const std::uint64_t floats = state.others ? state.others->float_count : 0;
    const std::uint64_t count = state.integer_count + floats;
    if (state.others && !state.others->rest.empty()) return finish_rest(state, count, arena);
    if (count == 0) return function_.make()->finish(arena);
    DoubleDouble total(state.integers);
    if (floats != 0) total.add(state.others->floats);
    if (average_) return Cell::of(total.divided_by(static_cast<double>(count)));
    if (floats != 0) return Cell::of(total.value());
    if (state.integers > std::numeric_limits<std::int64_t>::max() ||
        state.integers < std::numeric_limits<std::int64_t>::min()) {
      too_large(at_);
    }
    return Cell::of(static_cast<std::int64_t>(state.integers));
  }
  std::uint64_t bytes() const override { return states_.capacity() * sizeof(State) + extra_bytes_; }

  void save(std::uint32_t group, std::string& out) const override {
    const bool known = group < states_.size();
    put_raw(out, known ? states_[group].integers : Wide{0});
    put_varint(out, known ? states_[group].integer_count : 0);
    const bool more = known && states_[group].others != nullptr;
    put_raw(out, more);
    if (!more) return;
    const Others& others = *states_[group].others;
    put_raw(out, others.floats);
    put_varint(out, others.float_count);
    others.rest.save(out);
  }
  void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) override {
    states_.resize(std::max<std::size_t>(states_.size(), group_count));
    State& state = states_[group];
    state.integers += take_raw<Wide>(in);
    state.integer_count += in.varint();
    if (!take_raw<bool>(in)) return;
    Others& others = others_of(state);
    others.floats.add(take_raw<DoubleDouble>(in));
    others.float_count += in.varint();
    extra_bytes_ += others.rest.load(function_, in);
  }

 private:
  struct Others {
    DoubleDouble floats;
    std::uint64_t float_count = 0;
    OrderedStates rest;
  };
  struct State {
    Wide integers = 0;
    std::uint64_t integer_count = 0;
    std::unique_ptr<Others> others;
  };

  Others& others_of(State& state) {
    if (!state.others) {
      state.others = std::make_unique<Others>();
      extra_bytes_ += sizeof(Others);
    }
    return *state.others;
  }

  void add_integers(const GroupedRows& rows, const Column& values) {
    const auto* numbers = values.vector->data<std::int64_t>();
    const bool nulls = values.vector->may_have_nulls();
    if (!nulls && rows.groups == nullptr && rows.weights == nullptr) {
      states_[0].integers += sum_of(numbers, values, rows.rows);
      states_[0].integer_count += rows.rows;
      return;
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const std::uint32_t at = values.at(i);
      if (nulls && values.vector->validity()[at] == 0) continue;
      State& state = states_[rows.group(i)];
      state.integers += static_cast<Wide>(numbers[at]) * rows.weight(i);
      state.integer_count += rows.weight(i);
    }
  }

  // Halves are summed apart: a batch of them cannot overflow.
  static Wide sum_of(const std::int64_t* numbers, const Column& values, std::uint32_t rows) {
    KITH_ASSERT(rows <= UINT32_MAX / 2);
    std::int64_t high = 0;
    std::uint64_t low = 0;
    const auto add = [&](std::int64_t number) {
      high += number >> 32;
      low += static_cast<std::uint32_t>(number);
    };
    if (values.constant) return static_cast<Wide>(numbers[0]) * rows;
    if (values.index == nullptr) {
      for (std::uint32_t i = 0; i < rows; ++i) add(numbers[i]);
    } else {
      for (std::uint32_t i = 0; i < rows; ++i) add(numbers[values.index[i]]);
    }
    return static_cast<Wide>(high) * (std::int64_t{1} << 32) + low;
  }

  void add_one(Worker& worker, const GroupedRows& rows, std::uint32_t row, const Cell& cell) {
    State& state = states_[rows.group(row)];
    const std::uint64_t weight = rows.weight(row);
    if (cell.kind == Kind::Integer) {
      state.integers += static_cast<Wide>(cell.integer) * weight;
      state.integer_count += weight;
      return;
    }
    Others& others = others_of(state);
    if (cell.kind == Kind::Float) {
      if (weight == 1) {
        others.floats.add(cell.real);
      } else {
        others.floats.add_product(cell.real, static_cast<double>(weight));
      }
      others.float_count += weight;
      return;
    }
    at_position(at_, [&] {
      extra_bytes_ +=
          others.rest.add(worker, function_, rows.sequence, std::span(&cell, 1), weight);
    });
  }

  // Values that are no numbers; with numbers beside them, an error.
  Cell finish_rest(State& state, std::uint64_t numbers, Arena& arena) {
    if (numbers != 0) {
      throw TypeError("InvalidArgumentType",
                      std::string(function_.name) + "() takes numbers or durations, not both", at_);
    }
    return state.others->rest.finish(function_, arena);
  }

  const AggregateDef& function_;
  bool average_;
  Position at_;
  std::vector<State> states_;
  std::uint64_t extra_bytes_ = 0;
};

class ExtremeAccumulator final : public Accumulator {
 public:
  explicit ExtremeAccumulator(bool largest) : largest_(largest) {}

  void add(Worker&, const GroupedRows& rows, std::span<const Column> arguments) override {
    KITH_ASSERT(arguments.size() == 1);
    best_.resize(std::max<std::size_t>(best_.size(), rows.group_count));
    const Column& values = arguments[0];
    if (values.vector->type() == VectorType::Integer) return add_integers(rows, values);
    for (std::uint32_t i = 0; i < rows.rows; ++i) offer(best_[rows.group(i)], values.cell(i));
  }
  void merge(Accumulator& from, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<ExtremeAccumulator&>(from);
    best_.resize(std::max<std::size_t>(best_.size(), group_count));
    for (std::size_t g = 0; g < other.best_.size(); ++g) {
      offer(best_[into[g]], other.best_[g].cell());
    }
  }
  Cell finish(std::uint32_t group, Arena& arena) override {
    return group < best_.size() ? copy_into(arena, best_[group].cell()) : Cell::null();
  }
  std::uint64_t bytes() const override {
    return best_.capacity() * sizeof(OwnedCell) + extra_bytes_;
  }
  void save(std::uint32_t group, std::string& out) const override {
    encode(out, group < best_.size() ? best_[group].cell() : Cell::null());
  }
  void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) override {
    best_.resize(std::max<std::size_t>(best_.size(), group_count));
    Arena arena;
    offer(best_[group], decode(in, arena));
  }

 private:
  void add_integers(const GroupedRows& rows, const Column& values) {
    const auto* numbers = values.vector->data<std::int64_t>();
    const bool nulls = values.vector->may_have_nulls();
    if (rows.groups == nullptr && !nulls) {
      std::int64_t found = numbers[values.at(0)];
      for (std::uint32_t i = 1; i < rows.rows; ++i) {
        const std::int64_t number = numbers[values.at(i)];
        found = largest_ ? std::max(found, number) : std::min(found, number);
      }
      return offer(best_[0], Cell::of(found));
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const std::uint32_t at = values.at(i);
      if (nulls && values.vector->validity()[at] == 0) continue;
      OwnedCell& best = best_[rows.group(i)];
      const Cell& known = best.cell();
      const bool worse = known.kind == Kind::Integer &&
                         (largest_ ? numbers[at] <= known.integer : numbers[at] >= known.integer);
      if (!worse) offer(best, Cell::of(numbers[at]));
    }
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

  bool largest_;
  std::vector<OwnedCell> best_;
  std::uint64_t extra_bytes_ = 0;  // what best_ points to
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
  void merge(Accumulator& from, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<StateAccumulator&>(from);
    states_.resize(std::max<std::size_t>(states_.size(), group_count));
    for (std::size_t g = 0; g < other.states_.size(); ++g) states_[into[g]].take(other.states_[g]);
    extra_bytes_ += other.extra_bytes_;
  }
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

std::unique_ptr<Accumulator> make_accumulator(const bound::AggregateCall& call, Position at,
                                              MemoryBudget& budget) {
  KITH_ASSERT(call.function != nullptr && call.function->make != nullptr);
  const AggregateDef& function = *call.function;
  const bool counts = function.name == "count";
  std::unique_ptr<Accumulator> result;
  if (counts) {
    result = std::make_unique<CountAccumulator>(at);
  } else if (function.name == "sum" || function.name == "avg") {
    result = std::make_unique<SumAccumulator>(function, function.name == "avg", at);
  } else if (function.name == "min" || function.name == "max") {
    result = std::make_unique<ExtremeAccumulator>(function.name == "max");
  } else if (function.name == "collect") {
    result = make_collect_accumulator(at);
  } else {
    result = std::make_unique<StateAccumulator>(function, at);
  }
  if (!call.distinct || call.arguments.empty()) return result;
  return make_distinct_accumulator(std::move(result), call.arguments.size(), counts, budget);
}

}  // namespace kith::exec
