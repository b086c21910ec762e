// cypher/functions/aggregate_statistics.cpp: standard deviations and percentiles.
#include "cypher/functions/aggregate_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/assert.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/exact_sum.hpp"
#include "cypher/functions/percentile.hpp"

namespace kith {
namespace {

enum class Of { Sample, Population };

template <Of of>
class Deviation final : public AggregateState {
 public:
  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t weight) override {
    KITH_ASSERT(weight > 0);
    const double x = need_number(of == Of::Sample ? "stDev" : "stDevP", arguments[0]);
    // Sums of squares overflow or lose digits far from zero: sum up distances from the first value.
    if (!origin_) origin_ = std::isfinite(x) ? x : 0;
    const double distance = x - *origin_;
    const auto times = static_cast<double>(weight);
    sum_.add_product(distance, times);
    squares_.add_product(distance * times, distance);
    count_ += weight;
  }

  void add_all(FunctionContext& context, std::span<const std::int64_t> numbers,
               std::span<const Cell> others) override {
    if (numbers.empty()) return;
    if (!origin_) origin_ = static_cast<double>(numbers[0]);
    if (!add_exactly(numbers)) AggregateState::add_all(context, numbers, others);
  }
  void add_all(FunctionContext& context, std::span<const double> numbers,
               std::span<const Cell>) override {
    for (const double number : numbers) {
      const Cell cell = Cell::of(number);
      Deviation::add(context, {&cell, 1}, 1);
    }
  }

  void merge(AggregateState& later) override {
    const auto& other = static_cast<Deviation&>(later);
    if (other.count_ == 0) return;
    if (count_ == 0) {
      *this = other;
      return;
    }
    // Moved to this origin: (d + m)^2 summed is the squares + 2 m d + n m^2.
    KITH_ASSERT(origin_.has_value() && other.origin_.has_value());
    const double move = *other.origin_ - *origin_;
    const auto n = static_cast<double>(other.count_);
    squares_.add(other.squares_);
    squares_.add_product(2 * move, other.sum_.value());
    squares_.add_product(move * n, move);
    sum_.add(other.sum_);
    sum_.add_product(move, n);
    count_ += other.count_;
  }

  Cell finish(Arena&) override {
    if (count_ < 2) return Cell::of(0.0);
    const auto n = static_cast<double>(count_);
    const double spread = squares_.minus_square_over(sum_, n);
    const double variance = spread / (of == Of::Sample ? n - 1 : n);
    return Cell::of(std::sqrt(variance < 0 ? 0 : variance));
  }
  void save(std::string& out) const override {
    put_raw(out, origin_.has_value());
    put_raw(out, origin_.value_or(0));
    put_raw(out, sum_);
    put_raw(out, squares_);
    put_varint(out, count_);
  }
  void load(ByteReader& in) override {
    const bool has_origin = take_raw<bool>(in);
    const auto origin = take_raw<double>(in);
    if (has_origin) origin_ = origin;
    sum_ = take_raw<DoubleDouble>(in);
    squares_ = take_raw<DoubleDouble>(in);
    count_ = in.varint();
  }
  std::uint64_t bytes() const override { return sizeof *this; }

 private:
  // In integers, if the origin and all numbers are such that doubles hold them exactly; else false.
  bool add_exactly(std::span<const std::int64_t> numbers) {
    constexpr std::int64_t kExact = std::int64_t{1} << 52, kSmall = std::int64_t{1} << 20;
    constexpr std::size_t kMost = std::size_t{1} << 20;  // sums of so many squares have room
    if (numbers.size() > kMost || !(std::fabs(*origin_) < kExact)) return false;
    const auto origin = static_cast<std::int64_t>(*origin_);
    if (static_cast<double>(origin) != *origin_) return false;
    std::int64_t least = numbers[0], most = numbers[0];
    for (const std::int64_t number : numbers) {
      least = std::min(least, number);
      most = std::max(most, number);
    }
    if (least <= -kExact || most >= kExact) return false;
    const std::int64_t farthest = std::max(most - origin, origin - least);
    Wide sum = 0, squares = 0;
    if (farthest < kSmall) {
      std::int64_t small_sum = 0, small_squares = 0;
      for (const std::int64_t number : numbers) {
        const std::int64_t distance = number - origin;
        small_sum += distance;
        small_squares += distance * distance;
      }
      sum = small_sum;
      squares = small_squares;
    } else {
      for (const std::int64_t number : numbers) {
        const std::int64_t distance = number - origin;
        sum += distance;
        squares += static_cast<Wide>(distance) * distance;
      }
    }
    sum_.add(DoubleDouble(sum));
    squares_.add(DoubleDouble(squares));
    count_ += numbers.size();
    return true;
  }

  std::optional<double> origin_;
  DoubleDouble sum_, squares_;
  std::uint64_t count_ = 0;
};

// All values of a group.
template <Percentile kind>
class PercentileState final : public AggregateState {
 public:
  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t weight) override {
    KITH_ASSERT(arguments.size() == 2 && weight > 0);
    need_number(name_of(kind), arguments[0]);
    const double share = need_share(kind, arguments[1]);
    if (!share_) share_ = share;
    numbers_.push_back({arguments[0], weight});
  }
  void merge(AggregateState& later) override {
    auto& other = static_cast<PercentileState&>(later);
    if (!share_) share_ = other.share_;
    numbers_.insert(numbers_.end(), other.numbers_.begin(), other.numbers_.end());
  }
  Cell finish(Arena&) override {
    return numbers_.empty() ? Cell::null() : percentile_of(kind, share_.value(), numbers_);
  }
  void save(std::string& out) const override {
    put_raw(out, share_.has_value());
    put_raw(out, share_.value_or(0));
    put_varint(out, numbers_.size());
    for (const WeightedNumber& each : numbers_) {
      encode(out, each.value);
      put_varint(out, each.weight);
    }
  }
  void load(ByteReader& in) override {
    KITH_ASSERT(numbers_.empty());
    const bool has_share = take_raw<bool>(in);
    const auto share = take_raw<double>(in);
    if (has_share) share_ = share;
    numbers_.resize(in.varint());
    Arena unused;  // numbers need none
    for (WeightedNumber& each : numbers_) {
      each.value = decode(in, unused);
      each.weight = in.varint();
    }
  }
  std::uint64_t bytes() const override {
    return sizeof *this + numbers_.capacity() * sizeof(WeightedNumber);
  }

 private:
  std::optional<double> share_;  // of the first row
  std::vector<WeightedNumber> numbers_;
};

}  // namespace

std::unique_ptr<AggregateState> make_sample_deviation() {
  return std::make_unique<Deviation<Of::Sample>>();
}
std::unique_ptr<AggregateState> make_population_deviation() {
  return std::make_unique<Deviation<Of::Population>>();
}
std::unique_ptr<AggregateState> make_percentile_between() {
  return std::make_unique<PercentileState<Percentile::Between>>();
}
std::unique_ptr<AggregateState> make_percentile_of_values() {
  return std::make_unique<PercentileState<Percentile::OfValues>>();
}

}  // namespace kith
