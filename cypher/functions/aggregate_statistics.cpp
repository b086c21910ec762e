// cypher/functions/aggregate_statistics.cpp: standard deviations and percentiles.
#include "cypher/functions/aggregate_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <limits>
#include <optional>
#include <vector>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/exact_sum.hpp"

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

enum class Percentile { Between, OfValues };

// Integers that are in the order of the doubles; NaN, whatever its bits, is the greatest.
std::int64_t ordered_bits(double value) {
  if (value != value) return std::numeric_limits<std::int64_t>::max();
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits < 0 ? bits ^ std::numeric_limits<std::int64_t>::max() : bits;
}
double from_ordered_bits(std::int64_t bits) {
  if (bits == std::numeric_limits<std::int64_t>::max()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::bit_cast<double>(bits < 0 ? bits ^ std::numeric_limits<std::int64_t>::max() : bits);
}

// All values of a group. As long as they are integers only, or floats only, and each stands for one
// row, they are numbers in an array of which no more is put in order than is asked for.
template <Percentile kind>
class PercentileState final : public AggregateState {
 public:
  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t weight) override {
    KITH_ASSERT(arguments.size() == 2 && weight > 0);
    need_number(kName, arguments[0]);
    take_share(arguments[1]);
    const Cell& value = arguments[0];
    const Form form = value.kind == Kind::Integer ? Form::Integers : Form::Floats;
    if (weight == 1 && become(form)) {
      plain_.push_back(form == Form::Integers ? value.integer : ordered_bits(value.real));
    } else {
      become(Form::Weighted);
      weighted_.push_back({value, weight});
    }
    count_ += weight;
  }
  void add_all(FunctionContext&, std::span<const std::int64_t> numbers,
               std::span<const Cell> others) override {
    take_share(others[0]);
    add_plain(Form::Integers, numbers, [](std::int64_t number) { return number; });
  }
  void add_all(FunctionContext&, std::span<const double> numbers,
               std::span<const Cell> others) override {
    take_share(others[0]);
    add_plain(Form::Floats, numbers, ordered_bits);
  }

  void merge(AggregateState& later) override {
    auto& other = static_cast<PercentileState&>(later);
    if (!share_) share_ = other.share_;
    if (other.count_ == 0) return;
    if (other.form_ != Form::Weighted && become(other.form_)) {
      plain_.insert(plain_.end(), other.plain_.begin(), other.plain_.end());
    } else {
      become(Form::Weighted);
      other.become(Form::Weighted);
      weighted_.insert(weighted_.end(), other.weighted_.begin(), other.weighted_.end());
    }
    count_ += other.count_;
  }

  Cell finish(Arena&) override {
    if (count_ == 0) return Cell::null();
    std::stable_sort(weighted_.begin(), weighted_.end(), [](const Weighted& a, const Weighted& b) {
      return std::is_lt(order(a.value, b.value));
    });
    if constexpr (kind == Percentile::OfValues) return of_values();
    return between();
  }
  void save(std::string& out) const override {
    put_raw(out, share_.has_value());
    put_raw(out, share_.value_or(0));
    put_raw(out, form_);
    put_varint(out, plain_.size());
    for (const std::int64_t value : plain_) put_raw(out, value);
    put_varint(out, weighted_.size());
    for (const Weighted& each : weighted_) {
      encode(out, each.value);
      put_varint(out, each.weight);
    }
  }
  void load(ByteReader& in) override {
    KITH_ASSERT(count_ == 0);
    const bool has_share = take_raw<bool>(in);
    const auto share = take_raw<double>(in);
    if (has_share) share_ = share;
    form_ = take_raw<Form>(in);
    plain_.resize(in.varint());
    for (std::int64_t& value : plain_) value = take_raw<std::int64_t>(in);
    count_ = plain_.size();
    weighted_.resize(in.varint());
    Arena unused;  // numbers need none
    for (Weighted& each : weighted_) {
      each.value = decode(in, unused);
      each.weight = in.varint();
      count_ += each.weight;
    }
  }
  std::uint64_t bytes() const override {
    return sizeof *this + plain_.capacity() * sizeof(std::int64_t) +
           weighted_.capacity() * sizeof(Weighted);
  }

 private:
  static constexpr std::string_view kName =
      kind == Percentile::Between ? "percentileCont" : "percentileDisc";

  enum class Form : std::uint8_t { Empty, Integers, Floats, Weighted };
  struct Weighted {
    Cell value;  // a number: owns nothing
    std::uint64_t weight;
  };

  void take_share(const Cell& argument) {
    const double share = need_number(kName, argument);
    if (!(share >= 0 && share <= 1)) {
      throw QueryError("ArgumentError", "NumberOutOfRange",
                       fmt::format("{}() takes a share from 0.0 to 1.0, not {}", kName,
                                   to_short_cypher(argument)));
    }
    if (!share_) share_ = share;
  }

  template <class T, class Bits>
  void add_plain(Form form, std::span<const T> numbers, Bits bits) {
    if (become(form)) {
      for (const T number : numbers) plain_.push_back(bits(number));
    } else {
      for (const T number : numbers) weighted_.push_back({Cell::of(number), 1});
    }
    count_ += numbers.size();
  }

  // False if the values are of several forms, and Weighted from now on.
  bool become(Form form) {
    KITH_ASSERT(form != Form::Empty);
    if (form_ == Form::Empty) form_ = form;
    if (form_ == form) return true;
    for (const std::int64_t value : plain_) weighted_.push_back({cell_of(value), 1});
    plain_ = {};
    form_ = Form::Weighted;
    return form == Form::Weighted;
  }

  Cell cell_of(std::int64_t value) const {
    return form_ == Form::Integers ? Cell::of(value) : Cell::of(from_ordered_bits(value));
  }

  // The value at a place in the sorted rows.
  Cell at(std::uint64_t place) {
    KITH_ASSERT(place < count_);
    if (form_ != Form::Weighted) {
      const auto found = plain_.begin() + static_cast<std::ptrdiff_t>(place);
      std::nth_element(plain_.begin(), found, plain_.end());
      return cell_of(*found);
    }
    for (const Weighted& each : weighted_) {
      if (place < each.weight) return each.value;
      place -= each.weight;
    }
    return weighted_.back().value;
  }

  Cell of_values() {
    KITH_ASSERT(share_.has_value() && count_ > 0);
    const auto rank = static_cast<std::uint64_t>(std::ceil(*share_ * static_cast<double>(count_)));
    return at(std::min(rank == 0 ? 0 : rank - 1, count_ - 1));
  }

  Cell between() {
    KITH_ASSERT(share_.has_value() && count_ > 0);
    const double place = *share_ * static_cast<double>(count_ - 1);
    const auto below = std::min(static_cast<std::uint64_t>(place), count_ - 1);
    const double low = need_number(kName, at(below));
    const double part = place - static_cast<double>(below);
    if (part == 0 || below + 1 == count_) return Cell::of(low);
    const double high = need_number(kName, above(below));
    return Cell::of(low * (1 - part) + high * part);
  }

  // The value after at(place), which was asked for just before: what is not less stands behind it.
  Cell above(std::uint64_t place) {
    if (form_ == Form::Weighted) return at(place + 1);
    return cell_of(
        *std::min_element(plain_.begin() + static_cast<std::ptrdiff_t>(place + 1), plain_.end()));
  }

  std::optional<double> share_;
  Form form_ = Form::Empty;
  std::vector<std::int64_t> plain_;  // integers, or the ordered bits of floats
  std::vector<Weighted> weighted_;
  std::uint64_t count_ = 0;
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
