// cypher/functions/exact_sum.hpp: sums whose order does not show.
//
// Integers are summed in 128 bits, floats in two doubles (about 106 bits): the result rounded to
// one double is the same in whatever order the terms come, but for the rarest of cases.
#pragma once

#include <cmath>
#include <cstdint>

namespace kith {

__extension__ using Wide = __int128;

// hi + lo, not yet rounded; |lo| is at most half a unit in the last place of hi.
class DoubleDouble {
 public:
  DoubleDouble() = default;
  explicit DoubleDouble(Wide integer)
      : hi_(static_cast<double>(integer)), lo_(static_cast<double>(integer - whole(hi_))) {}
  // Of finite parts.
  DoubleDouble(double hi, double lo) : hi_(hi), lo_(lo) {}

  void add(double x) {
    if (!std::isfinite(x)) {
      special_ += x;
      is_special_ = true;
      return;
    }
    add_part(x);
  }
  void add(const DoubleDouble& other) {
    add_part(other.hi_);
    add_part(other.lo_);
    special_ += other.special_;
    is_special_ = is_special_ || other.is_special_;
  }
  // x times y, exactly.
  void add_product(double x, double y) {
    const double product = x * y;
    if (!std::isfinite(product)) return add(product);
    add_part(product);
    add_part(std::fma(x, y, -product));
  }

  double value() const {
    if (is_special_) return special_;
    return std::isfinite(hi_) ? hi_ + lo_ : hi_;
  }
  double divided_by(double n) const {
    if (is_special_ || !std::isfinite(hi_)) return value() / n;
    const double quotient = hi_ / n;
    return quotient + (std::fma(-quotient, n, hi_) + lo_) / n;
  }
  // this - other * other / n, for variances.
  double minus_square_over(const DoubleDouble& other, double n) const {
    DoubleDouble result = *this;
    const double mean = other.divided_by(n);
    result.add_product(-mean, other.hi_);
    result.add_product(-mean, other.lo_);
    // What rounding the mean lost, times the sum.
    DoubleDouble rest = other;
    rest.add_product(-mean, n);
    result.add_product(-rest.value() / n, other.hi_);
    return result.value();
  }

 private:
  static Wide whole(double x) { return static_cast<Wide>(x); }
  void add_part(double x) {
    const double sum = hi_ + x;
    if (!std::isfinite(sum)) {  // too large for a double for good
      special_ += sum;
      is_special_ = true;
      return;
    }
    const double shadow = sum - hi_;
    const double error = (hi_ - (sum - shadow)) + (x - shadow) + lo_;
    hi_ = sum + error;
    lo_ = error - (hi_ - sum);
  }

  double hi_ = 0, lo_ = 0;
  double special_ = 0;  // the sum of what is not finite
  bool is_special_ = false;
};

}  // namespace kith
