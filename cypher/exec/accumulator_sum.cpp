// cypher/exec/accumulator_sum.cpp: sum and avg: integers and floats so that their order does not
// show; what else there is (durations) by its states.
#include <algorithm>
#include <limits>

#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/number_kernels.hpp"
#include "cypher/exec/ordered_states.hpp"
#include "cypher/exec/state_arrays.hpp"
#include "cypher/functions/exact_sum.hpp"

namespace kith::exec {

namespace {

// What a kind of value adds up to is in an array of its own, which is there once there is such a
// value: of many groups, one place in memory is looked at for each row.
class SumAccumulator final : public Accumulator {
 public:
  SumAccumulator(const AggregateDef& function, bool average, Position at)
      : function_(function), average_(average), at_(at) {}

  void add(Worker& worker, const GroupedRows& rows, std::span<const Column> arguments) override {
    KITH_ASSERT(arguments.size() == 1);
    const Column& values = arguments[0];
    if (values.vector->type() == VectorType::Integer) return add_integers(rows, values);
    if (values.vector->type() == VectorType::Float) return add_floats(rows, values);
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const Cell cell = values.cell(i);
      if (!cell.is_null()) add_one(worker, rows, i, cell);
    }
  }

  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t group_count) override {
    auto& other = static_cast<SumAccumulator&>(from);
    const auto take = [](auto& to, const auto& more) { to.take(more); };
    merge_states(integers_, other.integers_, first, into, group_count, take);
    merge_states(floats_, other.floats_, first, into, group_count, take);
    merge_states(rest_, other.rest_, first, into, group_count,
                 [&](OrderedStates& to, OrderedStates& more) { extra_bytes_ += to.take(more); });
  }
  bool has_ranges() const override { return true; }
  void renumber(std::span<const std::uint32_t> numbers) override {
    if (!integers_.empty()) renumber_states(integers_, numbers);
    if (!floats_.empty()) renumber_states(floats_, numbers);
    if (!rest_.empty()) renumber_states(rest_, numbers);
  }

  Cell finish(std::uint32_t group, Arena& arena) override {
    const Integers integers = group < integers_.size() ? integers_[group] : Integers();
    const Floats floats = group < floats_.size() ? floats_[group] : Floats();
    const std::uint64_t count = integers.count + floats.count;
    if (group < rest_.size() && !rest_[group].empty()) return finish_rest(group, count, arena);
    if (count == 0) return function_.make()->finish(arena);
    DoubleDouble total(integers.sum);
    if (floats.count != 0) total.add(floats.sum);
    if (average_) return Cell::of(total.divided_by(static_cast<double>(count)));
    if (floats.count != 0) return Cell::of(total.value());
    if (integers.sum > std::numeric_limits<std::int64_t>::max() ||
        integers.sum < std::numeric_limits<std::int64_t>::min()) {
      throw aggregate_too_large(at_);
    }
    return Cell::of(static_cast<std::int64_t>(integers.sum));
  }
  std::uint64_t bytes() const override {
    return integers_.capacity() * sizeof(Integers) + floats_.capacity() * sizeof(Floats) +
           rest_.capacity() * sizeof(OrderedStates) + extra_bytes_;
  }

  void save(std::uint32_t group, std::string& out) const override {
    const Integers integers = group < integers_.size() ? integers_[group] : Integers();
    put_varint(out, integers.count);
    if (integers.count != 0) put_raw(out, integers.sum);
    const Floats floats = group < floats_.size() ? floats_[group] : Floats();
    put_varint(out, floats.count);
    if (floats.count != 0) put_raw(out, floats.sum);
    if (group < rest_.size()) return rest_[group].save(out);
    OrderedStates().save(out);
  }
  void load(std::uint32_t group, std::uint32_t group_count, ByteReader& in) override {
    if (const std::uint64_t count = in.varint()) {
      make_room(integers_, group_count);
      integers_[group].take({take_raw<Wide>(in), count});
    }
    if (const std::uint64_t count = in.varint()) {
      make_room(floats_, group_count);
      floats_[group].take({take_raw<DoubleDouble>(in), count});
    }
    OrderedStates more;
    extra_bytes_ += more.load(function_, in);
    if (more.empty()) return;
    make_room(rest_, group_count);
    rest_[group].take(more);
  }

 private:
  struct Integers {
    Wide sum = 0;
    std::uint64_t count = 0;
    void take(const Integers& more) {
      sum += more.sum;
      count += more.count;
    }
  };
  struct Floats {
    DoubleDouble sum;
    std::uint64_t count = 0;
    void take(const Floats& more) {
      sum.add(more.sum);
      count += more.count;
    }
    void add(double value, std::uint64_t times) {
      if (times == 1) {
        sum.add(value);
      } else {
        sum.add_product(value, static_cast<double>(times));
      }
      count += times;
    }
  };

  template <class T>
  static void make_room(std::vector<T>& states, std::uint32_t group_count) {
    if (states.size() < group_count) states.resize(group_count);
  }
  void add_integers(const GroupedRows& rows, const Column& values) {
    make_room(integers_, rows.group_count);
    const auto* numbers = values.vector->data<std::int64_t>();
    const bool nulls = values.vector->may_have_nulls();
    if (!nulls && rows.groups == nullptr && rows.weights == nullptr) {
      integers_[0].take({sum_of(numbers, values, rows.rows), rows.rows});
      return;
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      fetch_early(integers_, rows, i);
      const std::uint32_t at = values.at(i);
      if (nulls && values.vector->validity()[at] == 0) continue;
      const std::uint64_t weight = rows.weight(i);
      integers_[rows.group(i)].take({static_cast<Wide>(numbers[at]) * weight, weight});
    }
  }

  void add_floats(const GroupedRows& rows, const Column& values) {
    make_room(floats_, rows.group_count);
    const auto* numbers = values.vector->data<double>();
    const bool nulls = values.vector->may_have_nulls();
    if (rows.groups == nullptr && rows.weights == nullptr && !values.constant) {
      const auto all = present_of(numbers, values, rows.rows);
      floats_[0].take({number_kernels().sum_reals(all), all.size()});
      return;
    }
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      fetch_early(floats_, rows, i);
      const std::uint32_t at = values.at(i);
      if (nulls && values.vector->validity()[at] == 0) continue;
      floats_[rows.group(i)].add(numbers[at], rows.weight(i));
    }
  }

  // Those that are not null, one after the other.
  std::span<const double> present_of(const double* numbers, const Column& values,
                                     std::uint32_t rows) {
    const bool nulls = values.vector->may_have_nulls();
    if (!nulls && values.index == nullptr) return {numbers, rows};
    present_.resize(rows);
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t at = values.at(i);
      present_[count] = numbers[at];
      count += nulls && values.vector->validity()[at] == 0 ? 0 : 1;
    }
    return {present_.data(), count};
  }

  static Wide sum_of(const std::int64_t* numbers, const Column& values, std::uint32_t rows) {
    KITH_ASSERT(rows <= UINT32_MAX / 2);
    if (values.constant) return static_cast<Wide>(numbers[0]) * rows;
    if (values.index == nullptr) return number_kernels().sum({numbers, rows});
    std::int64_t high = 0;  // halves are summed apart: those of a batch cannot overflow
    std::uint64_t low = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::int64_t number = numbers[values.index[i]];
      high += number >> 32;
      low += static_cast<std::uint32_t>(number);
    }
    return static_cast<Wide>(high) * (std::int64_t{1} << 32) + low;
  }

  void add_one(Worker& worker, const GroupedRows& rows, std::uint32_t row, const Cell& cell) {
    const std::uint32_t group = rows.group(row);
    const std::uint64_t weight = rows.weight(row);
    if (cell.kind == Kind::Integer) {
      make_room(integers_, rows.group_count);
      integers_[group].take({static_cast<Wide>(cell.integer) * weight, weight});
      return;
    }
    if (cell.kind == Kind::Float) {
      make_room(floats_, rows.group_count);
      floats_[group].add(cell.real, weight);
      return;
    }
    make_room(rest_, rows.group_count);
    at_position(at_, [&] {
      extra_bytes_ += rest_[group].add(worker, function_, rows.sequence, {&cell, 1}, weight);
    });
  }

  // Values that are no numbers; with numbers beside them, an error.
  Cell finish_rest(std::uint32_t group, std::uint64_t numbers, Arena& arena) {
    if (numbers != 0) {
      throw TypeError("InvalidArgumentType",
                      std::string(function_.name) + "() takes numbers or durations, not both", at_);
    }
    return rest_[group].finish(function_, arena);
  }

  const AggregateDef& function_;
  bool average_;
  Position at_;
  std::vector<Integers> integers_;
  std::vector<Floats> floats_;
  std::vector<OrderedStates> rest_;
  std::vector<double> present_;  // of a batch
  std::uint64_t extra_bytes_ = 0;
};

}  // namespace

QueryError aggregate_too_large(Position at) {
  return {"ArithmeticError", "IntegerOverflow",
          "the result of an aggregate is outside the range of a 64-bit integer", at};
}

std::unique_ptr<Accumulator> make_sum_accumulator(const AggregateDef& function, Position at) {
  return std::make_unique<SumAccumulator>(function, function.name == "avg", at);
}

}  // namespace kith::exec
