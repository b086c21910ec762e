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
        integers_ += value.integer * times;
        ++numbers_;
        break;
      case Kind::Float:
        add_float(value.real, weight);
        ++numbers_;
        break;
      case Kind::Duration:
        months_ += value.duration->months * times;
        days_ += value.duration->days * times;
        seconds_ += value.duration->seconds * times;
        nanoseconds_ += value.duration->nanoseconds * times;
        ++durations_;
        break;
      default:
        wrong_argument(function_, "INTEGER, FLOAT or DURATION", value);
    }
    count_ += weight;
    refuse_mixture();
  }

  void merge(AggregateState& other) override {
    const auto& later = static_cast<SumState&>(other);
    integers_ += later.integers_;
    floats_.add(later.floats_);
    has_floats_ = has_floats_ || later.has_floats_;
    months_ += later.months_;
    days_ += later.days_;
    seconds_ += later.seconds_;
    nanoseconds_ += later.nanoseconds_;
    numbers_ += later.numbers_;
    durations_ += later.durations_;
    count_ += later.count_;
    refuse_mixture();
  }

 protected:
  std::uint64_t count() const { return count_; }
  bool has_durations() const { return durations_ != 0; }
  bool has_floats() const { return has_floats_; }
  Wide integers() const { return integers_; }
  DoubleDouble total() const {
    DoubleDouble total(integers_);
    total.add(floats_);
    return total;
  }
  Cell total_duration(Arena& arena) const {
    constexpr Wide kSecond = 1'000'000'000;
    KITH_ASSERT(nanoseconds_ >= 0);
    const Wide rest = nanoseconds_ % kSecond;  // of terms that are not negative
    return make_duration(arena, {narrow(function_, months_), narrow(function_, days_),
                                 narrow(function_, seconds_ + nanoseconds_ / kSecond),
                                 static_cast<std::int32_t>(rest)});
  }

 private:
  void add_float(double value, std::uint64_t weight) {
    has_floats_ = true;
    if (weight == 1) return floats_.add(value);
    floats_.add_product(value, static_cast<double>(weight));
  }
  void refuse_mixture() const {
    if (numbers_ == 0 || durations_ == 0) return;
    throw TypeError("InvalidArgumentType",
                    fmt::format("{}() takes numbers or durations, not both", function_));
  }

  std::string_view function_;
  Wide integers_ = 0;
  DoubleDouble floats_;
  bool has_floats_ = false;
  Wide months_ = 0, days_ = 0, seconds_ = 0, nanoseconds_ = 0;
  std::uint64_t numbers_ = 0, durations_ = 0, count_ = 0;
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
  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t weight) override {
    KITH_ASSERT(!arguments[0].is_null() && !arenas_.empty());
    items_.insert(items_.end(), weight, copy_into(arenas_.front(), arguments[0]));
  }
  void merge(AggregateState& later) override {
    auto& other = static_cast<Collect&>(later);
    items_.insert(items_.end(), other.items_.begin(), other.items_.end());
    for (Arena& arena : other.arenas_) arenas_.push_back(std::move(arena));
    other.items_.clear();
    other.arenas_.clear();
    other.arenas_.emplace_back();
  }
  Cell finish(Arena& arena) override {
    std::vector<Cell> copies;
    copies.reserve(items_.size());
    for (const Cell& item : items_) copies.push_back(copy_into(arena, item));
    return make_list(arena, copies);
  }

 private:
  std::vector<Cell> items_;
  std::vector<Arena> arenas_;  // never empty; new items go into the first
};

template <class State>
std::unique_ptr<AggregateState> make() {
  return std::make_unique<State>();
}

constexpr AggregateDef kRows[] = {
    {.name = "count",
     .signature = "(ANY) -> INTEGER",
     .summary = "How many rows there are, count(*), or how many values that are not null.",
     .example = "count(*)",
     .answer = "1",
     .min_arguments = 0,
     .max_arguments = 1,
     .make = make<CountState>},
    {.name = "sum",
     .signature = "(INTEGER | FLOAT | DURATION) -> INTEGER | FLOAT | DURATION",
     .summary = "The sum of numbers or durations; 0 of none.",
     .example = "sum(2)",
     .answer = "2",
     .make = make<Sum>},
    {.name = "avg",
     .signature = "(INTEGER | FLOAT | DURATION) -> FLOAT | DURATION",
     .summary = "The average of numbers or durations; null of none.",
     .example = "avg(2)",
     .answer = "2.0",
     .make = make<Average>},
    {.name = "min",
     .signature = "(ANY) -> ANY",
     .summary = "The least value, in the order of ORDER BY; null of none.",
     .example = "min('a')",
     .answer = "'a'",
     .make = make<Extreme<End::Least>>},
    {.name = "max",
     .signature = "(ANY) -> ANY",
     .summary = "The greatest value, in the order of ORDER BY; null of none.",
     .example = "max('a')",
     .answer = "'a'",
     .make = make<Extreme<End::Greatest>>},
    {.name = "collect",
     .signature = "(ANY) -> LIST",
     .summary = "A list of the values that are not null, in the order of the rows.",
     .example = "collect('a')",
     .answer = "['a']",
     .make = make<Collect>},
    {.name = "stDev",
     .signature = "(NUMBER) -> FLOAT",
     .summary = "The standard deviation of a sample; 0.0 of fewer than two values.",
     .example = "stDev(2)",
     .answer = "0.0",
     .make = make_sample_deviation},
    {.name = "stDevP",
     .signature = "(NUMBER) -> FLOAT",
     .summary = "The standard deviation of a whole population; 0.0 of none.",
     .example = "stDevP(2)",
     .answer = "0.0",
     .make = make_population_deviation},
    {.name = "percentileCont",
     .signature = "(NUMBER, NUMBER) -> FLOAT",
     .summary = "The value below which a share (0.0 to 1.0) of the values lies, between the two "
                "nearest; null of none.",
     .example = "percentileCont(2, 0.5)",
     .answer = "2.0",
     .min_arguments = 2,
     .max_arguments = 2,
     .make = make_percentile_between},
    {.name = "percentileDisc",
     .signature = "(NUMBER, NUMBER) -> NUMBER",
     .summary =
         "The least of the values that a share (0.0 to 1.0) of them does not exceed; null of "
         "none.",
     .example = "percentileDisc(2, 0.5)",
     .answer = "2",
     .min_arguments = 2,
     .max_arguments = 2,
     .make = make_percentile_of_values},
};

}  // namespace

std::span<const AggregateDef> aggregate_functions() { return kRows; }

}  // namespace kith
