// cypher/functions/aggregate.cpp: count, sum, avg, min, max, collect.
//
// The others are in aggregate_statistics.cpp. A state's result does not depend on how rows were
// spread over states, as long as states are merged in the order of their rows.
#include <algorithm>
#include <compare>
#include <vector>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "core/temporal.hpp"
#include "cypher/functions/aggregate_statistics.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/exact_sum.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

[[noreturn]] void overflow(std::string_view function) {
  throw QueryError("ArithmeticError", "IntegerOverflow",
                   fmt::format("{}() does not fit into a 64-bit integer", function));
}

std::int64_t narrow(std::string_view function, Wide value) {
  if (value > INT64_MAX || value < INT64_MIN) overflow(function);
  return static_cast<std::int64_t>(value);
}

class CountState final : public AggregateState {
 public:
  void add(FunctionContext&, std::span<const Cell>, std::uint64_t weight) override {
    KITH_ASSERT(weight > 0);
    count_ += weight;
  }
  void merge(AggregateState& later) override { count_ += static_cast<CountState&>(later).count_; }
  Cell finish(Arena&) override { return Cell::of(static_cast<std::int64_t>(count_)); }
  void save(std::string& out) const override { put_varint(out, count_); }
  void load(ByteReader& in) override { count_ = in.varint(); }
  std::uint64_t bytes() const override { return sizeof *this; }

 private:
  std::uint64_t count_ = 0;
};

// Sums and averages of numbers, or of durations, but not of both.
class SumState : public AggregateState {
 public:
  explicit SumState(std::string_view function) : function_(function) {}

  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t weight) override {
    const Cell& value = arguments[0];
    KITH_ASSERT(arguments.size() == 1 && weight > 0);
    const auto times = static_cast<Wide>(weight);
    switch (value.kind) {
      case Kind::Integer:
        sums_.integers += value.integer * times;
        ++sums_.numbers;
        break;
      case Kind::Float:
        add_float(value.real, weight);
        ++sums_.numbers;
        break;
      case Kind::Duration:
        sums_.months += value.duration->months * times;
        sums_.days += value.duration->days * times;
        sums_.seconds += value.duration->seconds * times;
        sums_.nanoseconds += value.duration->nanoseconds * times;
        ++sums_.durations;
        break;
      default:
        wrong_argument(function_, "INTEGER, FLOAT or DURATION", value);
    }
    sums_.count += weight;
    refuse_mixture();
  }

  void merge(AggregateState& other) override {
    const Sums& later = static_cast<SumState&>(other).sums_;
    sums_.integers += later.integers;
    sums_.floats.add(later.floats);
    sums_.has_floats = sums_.has_floats || later.has_floats;
    sums_.months += later.months;
    sums_.days += later.days;
    sums_.seconds += later.seconds;
    sums_.nanoseconds += later.nanoseconds;
    sums_.numbers += later.numbers;
    sums_.durations += later.durations;
    sums_.count += later.count;
    refuse_mixture();
  }
  void save(std::string& out) const override { put_raw(out, sums_); }
  void load(ByteReader& in) override { sums_ = take_raw<Sums>(in); }
  std::uint64_t bytes() const override { return sizeof *this; }

 protected:
  std::uint64_t count() const { return sums_.count; }
  bool has_durations() const { return sums_.durations != 0; }
  bool has_floats() const { return sums_.has_floats; }
  Wide integers() const { return sums_.integers; }
  DoubleDouble total() const {
    DoubleDouble total(sums_.integers);
    total.add(sums_.floats);
    return total;
  }
  Cell total_duration(Arena& arena) const {
    constexpr Wide kSecond = 1'000'000'000;
    KITH_ASSERT(sums_.nanoseconds >= 0);
    const Wide rest = sums_.nanoseconds % kSecond;  // of terms that are not negative
    return make_duration(arena, {narrow(function_, sums_.months), narrow(function_, sums_.days),
                                 narrow(function_, sums_.seconds + sums_.nanoseconds / kSecond),
                                 static_cast<std::int32_t>(rest)});
  }

 private:
  void add_float(double value, std::uint64_t weight) {
    sums_.has_floats = true;
    if (weight == 1) return sums_.floats.add(value);
    sums_.floats.add_product(value, static_cast<double>(weight));
  }
  void refuse_mixture() const {
    if (sums_.numbers == 0 || sums_.durations == 0) return;
    throw TypeError("InvalidArgumentType",
                    fmt::format("{}() takes numbers or durations, not both", function_));
  }

  std::string_view function_;
  struct Sums {
    Wide integers = 0;
    DoubleDouble floats;
    bool has_floats = false;
    Wide months = 0, days = 0, seconds = 0, nanoseconds = 0;
    std::uint64_t numbers = 0, durations = 0, count = 0;
  };
  Sums sums_;
};

class Sum final : public SumState {
 public:
  Sum() : SumState("sum") {}
  Cell finish(Arena& arena) override {
    if (has_durations()) return total_duration(arena);
    if (has_floats()) return Cell::of(total().value());
    return Cell::of(narrow("sum", integers()));
  }
};

class Average final : public SumState {
 public:
  Average() : SumState("avg") {}
  Cell finish(Arena& arena) override {
    if (count() == 0) return Cell::null();
    const auto rows = static_cast<double>(count());
    if (has_durations()) return duration_divide(total_duration(arena), Cell::of(rows), arena);
    return Cell::of(total().divided_by(rows));
  }
};

enum class End { Least, Greatest };

template <End end>
class Extreme final : public AggregateState {
 public:
  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t) override {
    KITH_ASSERT(!arguments[0].is_null());
    if (is_better(arguments[0])) set(arguments[0]);
  }
  void merge(AggregateState& later) override {
    auto& other = static_cast<Extreme&>(later);
    if (other.any_ && is_better(other.best_.cell())) set(other.best_.cell());
  }
  Cell finish(Arena& arena) override {
    return any_ ? copy_into(arena, best_.cell()) : Cell::null();
  }
  void save(std::string& out) const override { encode(out, best_.cell()); }
  void load(ByteReader& in) override {
    Arena arena;
    best_ = OwnedCell(decode(in, arena));
    any_ = !best_.cell().is_null();  // null is never the best
  }
  std::uint64_t bytes() const override { return sizeof *this + best_.heap_bytes(); }

 private:
  bool is_better(const Cell& value) const {
    if (!any_) return true;
    const auto relation = order(value, best_.cell());
    return end == End::Least ? std::is_lt(relation) : std::is_gt(relation);
  }
  void set(const Cell& value) {
    best_ = OwnedCell(value);
    any_ = true;
  }

  OwnedCell best_;
  bool any_ = false;
};

class Collect final : public AggregateState {
 public:
  Collect() { arenas_.emplace_back(); }
  void add(FunctionContext& context, std::span<const Cell> arguments,
           std::uint64_t weight) override {
    KITH_ASSERT(!arguments[0].is_null() && !arenas_.empty());
    if (weight > kFewItems) {
      context.require(weight > UINT64_MAX / sizeof(Cell) ? UINT64_MAX : weight * sizeof(Cell),
                      "collect()");
    }
    items_.insert(items_.end(), weight, copy_into(arenas_.front(), arguments[0]));
  }
  void merge(AggregateState& later) override {
    auto& other = static_cast<Collect&>(later);
    items_.insert(items_.end(), other.items_.begin(), other.items_.end());
    for (Arena& arena : other.arenas_) {
      taken_bytes_ += arena.bytes();
      arenas_.push_back(std::move(arena));
    }
    other.items_.clear();
    other.arenas_.clear();
    other.arenas_.emplace_back();
    other.taken_bytes_ = 0;
  }
  Cell finish(Arena& arena) override {
    std::vector<Cell> copies;
    copies.reserve(items_.size());
    for (const Cell& item : items_) copies.push_back(copy_into(arena, item));
    return make_list(arena, copies);
  }
  void save(std::string& out) const override {
    put_varint(out, items_.size());
    for (const Cell& item : items_) encode(out, item);
  }
  void load(ByteReader& in) override {
    KITH_ASSERT(items_.empty());
    items_.resize(in.varint());
    // Strings of decoded cells are in the reader's bytes.
    Arena arena;
    for (Cell& item : items_) {
      item = copy_into(arenas_.front(), decode(in, arena));
      if (arena.bytes() > kScratchBytes) arena.reset();
    }
  }
  std::uint64_t bytes() const override {
    return sizeof *this + items_.capacity() * sizeof(Cell) + arenas_.front().bytes() + taken_bytes_;
  }

 private:
  static constexpr std::uint64_t kFewItems = 4096;
  static constexpr std::size_t kScratchBytes = 1 << 20;

  std::vector<Cell> items_;
  std::vector<Arena> arenas_;      // never empty; new items go into the first
  std::uint64_t taken_bytes_ = 0;  // of the others
};

template <class State>
std::unique_ptr<AggregateState> make() {
  return std::make_unique<State>();
}

constexpr AggregateDef kRows[] = {
    {.name = "count",
     .signature = "(value :: ANY) -> INTEGER",
     .summary = "How many rows there are, count(*), or how many values that are not null.",
     .example = "UNWIND ['a', null, 'b'] AS x RETURN [count(*), count(x)]",
     .answer = "[3, 2]",
     .min_arguments = 0,
     .max_arguments = 1,
     .make = make<CountState>},
    {.name = "sum",
     .signature = "(value :: INTEGER | FLOAT | DURATION) -> INTEGER | FLOAT | DURATION",
     .summary = "The sum of numbers or durations; 0 of none.",
     .example = "UNWIND [1, 2, 3] AS x RETURN sum(x)",
     .answer = "6",
     .make = make<Sum>},
    {.name = "avg",
     .signature = "(value :: INTEGER | FLOAT | DURATION) -> FLOAT | DURATION",
     .summary = "The average of numbers or durations; null of none.",
     .example = "UNWIND [1, 2, 6] AS x RETURN avg(x)",
     .answer = "3.0",
     .make = make<Average>},
    {.name = "min",
     .signature = "(value :: ANY) -> ANY",
     .summary = "The least value, in the order of ORDER BY; null of none.",
     .example = "UNWIND [3, 1, 2] AS x RETURN min(x)",
     .answer = "1",
     .make = make<Extreme<End::Least>>},
    {.name = "max",
     .signature = "(value :: ANY) -> ANY",
     .summary = "The greatest value, in the order of ORDER BY; null of none.",
     .example = "UNWIND ['a', 'c', 'b'] AS x RETURN max(x)",
     .answer = "'c'",
     .make = make<Extreme<End::Greatest>>},
    {.name = "collect",
     .signature = "(value :: ANY) -> LIST",
     .summary = "A list of the values that are not null, in the order of the rows.",
     .example = "UNWIND ['a', null, 'b'] AS x RETURN collect(x)",
     .answer = "['a', 'b']",
     .make = make<Collect>},
    {.name = "stDev",
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The standard deviation of a sample; 0.0 of fewer than two values.",
     .example = "UNWIND [1, 2, 3] AS x RETURN stDev(x)",
     .answer = "1.0",
     .make = make_sample_deviation},
    {.name = "stDevP",
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The standard deviation of a whole population; 0.0 of none.",
     .example = "UNWIND [1, 3] AS x RETURN stDevP(x)",
     .answer = "1.0",
     .make = make_population_deviation},
    {.name = "percentileCont",
     .signature = "(number :: NUMBER, share :: NUMBER) -> FLOAT",
     .summary = "The value below which a share (0.0 to 1.0) of the values lies, between the two "
                "nearest; null of none.",
     .example = "UNWIND [1, 2, 4] AS x RETURN percentileCont(x, 0.75)",
     .answer = "3.0",
     .min_arguments = 2,
     .max_arguments = 2,
     .make = make_percentile_between},
    {.name = "percentileDisc",
     .signature = "(number :: NUMBER, share :: NUMBER) -> NUMBER",
     .summary =
         "The least of the values that a share (0.0 to 1.0) of them does not exceed; null of "
         "none.",
     .example = "UNWIND [1, 2, 4] AS x RETURN percentileDisc(x, 0.5)",
     .answer = "2",
     .min_arguments = 2,
     .max_arguments = 2,
     .make = make_percentile_of_values},
};

}  // namespace

namespace {

template <class T>
void add_each(AggregateState& state, FunctionContext& context, std::span<const T> numbers,
              std::span<const Cell> others) {
  std::vector<Cell> arguments(1);
  arguments.insert(arguments.end(), others.begin(), others.end());
  for (const T number : numbers) {
    arguments[0] = Cell::of(number);
    state.add(context, arguments, 1);
  }
}

}  // namespace

void AggregateState::add_all(FunctionContext& context, std::span<const std::int64_t> numbers,
                             std::span<const Cell> others) {
  add_each(*this, context, numbers, others);
}
void AggregateState::add_all(FunctionContext& context, std::span<const double> numbers,
                             std::span<const Cell> others) {
  add_each(*this, context, numbers, others);
}

std::span<const AggregateDef> aggregate_functions() { return kRows; }

}  // namespace kith
