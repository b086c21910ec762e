// cypher/functions/aggregate_statistics.cpp: standard deviations and percentiles.
#include "cypher/functions/aggregate_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
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
  std::optional<double> origin_;
  DoubleDouble sum_, squares_;
  std::uint64_t count_ = 0;
};

enum class Percentile { Between, OfValues };

template <Percentile kind>
class PercentileState final : public AggregateState {
 public:
  void add(FunctionContext&, std::span<const Cell> arguments, std::uint64_t weight) override {
    KITH_ASSERT(arguments.size() == 2 && weight > 0);
    need_number(kName, arguments[0]);
    const double share = need_number(kName, arguments[1]);
    if (!(share >= 0 && share <= 1)) {
      throw QueryError("ArgumentError", "NumberOutOfRange",
                       fmt::format("{}() takes a share from 0.0 to 1.0, not {}", kName,
                                   to_short_cypher(arguments[1])));
    }
    if (!share_) share_ = share;
    values_.push_back({arguments[0], weight});
    count_ += weight;
  }

  void merge(AggregateState& later) override {
    const auto& other = static_cast<PercentileState&>(later);
    if (!share_) share_ = other.share_;
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    count_ += other.count_;
  }

  Cell finish(Arena&) override {
    if (values_.empty()) return Cell::null();
    std::stable_sort(values_.begin(), values_.end(), [](const Weighted& a, const Weighted& b) {
      return std::is_lt(order(a.value, b.value));
    });
    if constexpr (kind == Percentile::OfValues) return of_values();
    return between();
  }
  void save(std::string& out) const override {
    put_raw(out, share_.has_value());
    put_raw(out, share_.value_or(0));
    put_varint(out, values_.size());
    for (const Weighted& each : values_) {
      encode(out, each.value);
      put_varint(out, each.weight);
    }
  }
  void load(ByteReader& in) override {
    KITH_ASSERT(values_.empty());
    const bool has_share = take_raw<bool>(in);
    const auto share = take_raw<double>(in);
    if (has_share) share_ = share;
    values_.resize(in.varint());
    Arena unused;  // numbers need none
    for (Weighted& each : values_) {
      each.value = decode(in, unused);
      each.weight = in.varint();
      count_ += each.weight;
    }
  }
  std::uint64_t bytes() const override {
    return sizeof *this + values_.capacity() * sizeof(Weighted);
  }

 private:
  static constexpr std::string_view kName =
      kind == Percentile::Between ? "percentileCont" : "percentileDisc";

  struct Weighted {
    Cell value;  // a number: owns nothing
    std::uint64_t weight;
  };

  // The value at a place in the sorted rows.
  const Cell& at(std::uint64_t place) const {
    KITH_ASSERT(place < count_);
    for (const Weighted& each : values_) {
      if (place < each.weight) return each.value;
      place -= each.weight;
    }
    return values_.back().value;
  }

  Cell of_values() const {
    KITH_ASSERT(share_.has_value() && count_ > 0);
    const auto rank = static_cast<std::uint64_t>(std::ceil(*share_ * static_cast<double>(count_)));
    return at(std::min(rank == 0 ? 0 : rank - 1, count_ - 1));
  }

  Cell between() const {
    KITH_ASSERT(share_.has_value() && count_ > 0);
    const double place = *share_ * static_cast<double>(count_ - 1);
    const auto below = std::min(static_cast<std::uint64_t>(place), count_ - 1);
    const double low = need_number(kName, at(below));
    const double part = place - static_cast<double>(below);
    if (part == 0 || below + 1 == count_) return Cell::of(low);
    const double high = need_number(kName, at(below + 1));
    return Cell::of(low * (1 - part) + high * part);
  }

  std::optional<double> share_;
  std::vector<Weighted> values_;
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
