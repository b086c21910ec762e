// cypher/exec/number_kernels.cpp: portable loops, and those with wider registers.
#include "cypher/exec/number_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/assert.hpp"
#include "core/divider.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::exec {

namespace {

using Numbers = Operand<std::int64_t>;

bool one(Combination how, std::int64_t a, std::int64_t b, std::int64_t& out) {
  switch (how) {
    case Combination::Sum:
      return __builtin_add_overflow(a, b, &out);
    case Combination::Difference:
      return __builtin_sub_overflow(a, b, &out);
    case Combination::Product:
      return __builtin_mul_overflow(a, b, &out);
  }
  KITH_ASSERT(false && "no such combination");
  return true;
}

template <Combination kHow>
bool combine_as(Numbers a, Numbers b, std::size_t rows, std::int64_t* out) {
  bool fits = true;
  for_each_pair(a, b, static_cast<std::uint32_t>(rows), out, [&](std::int64_t x, std::int64_t y) {
    std::int64_t result = 0;
    fits &= !one(kHow, x, y, result);
    return result;
  });
  return fits;
}

bool combine_portable(Combination how, Numbers a, Numbers b, std::size_t rows, std::int64_t* out) {
  switch (how) {
    case Combination::Sum:
      return combine_as<Combination::Sum>(a, b, rows, out);
    case Combination::Difference:
      return combine_as<Combination::Difference>(a, b, rows, out);
    case Combination::Product:
      return combine_as<Combination::Product>(a, b, rows, out);
  }
  return false;
}

void divide_portable(Division how, std::span<const std::int64_t> values, std::int64_t by,
                     std::int64_t* out) {
  const Divider divider(by);
  if (how == Division::Quotient) {
    for (const std::int64_t value : values) *out++ = divider.quotient(value);
  } else {
    for (const std::int64_t value : values) *out++ = divider.remainder(value);
  }
}

// Halves are summed apart: so few of them cannot overflow.
WideSum sum_portable(std::span<const std::int64_t> values) {
  std::int64_t high = 0;
  std::uint64_t low = 0;
  for (const std::int64_t value : values) {
    high += value >> 32;
    low += static_cast<std::uint32_t>(value);
  }
  return static_cast<WideSum>(high) * (std::int64_t{1} << 32) + low;
}

DoubleDouble sum_one_by_one(std::span<const double> values) {
  DoubleDouble sum;
  for (const double value : values) sum.add(value);
  return sum;
}

// Each addition waits for the one before, so the values are dealt out to sums of their own. An
// infinity, or no number, stays in the sum that it came to: then all are added again.
constexpr std::size_t kSums = 16;
struct RealSums {
  alignas(32) std::array<double, kSums> high = {}, low = {};

  DoubleDouble of(std::span<const double> values) const {
    DoubleDouble sum = sum_one_by_one(values.subspan(values.size() - values.size() % kSums));
    bool is_finite = true;
    for (std::size_t i = 0; i < kSums; ++i) {
      is_finite &= std::isfinite(high[i]);
      sum.add(DoubleDouble(high[i], low[i]));
    }
    return is_finite ? sum : sum_one_by_one(values);
  }
};

DoubleDouble sum_reals_portable(std::span<const double> values) {
  RealSums sums;
  for (std::size_t i = 0; i + kSums <= values.size(); i += kSums) {
    for (std::size_t at = 0; at < kSums; ++at) {
      const double value = values[i + at], high = sums.high[at];
      const double sum = high + value, shadow = sum - high;
      const double error = (high - (sum - shadow)) + (value - shadow) + sums.low[at];
      sums.high[at] = sum + error;
      sums.low[at] = error - (sums.high[at] - sum);
    }
  }
  return sums.of(values);
}

std::int64_t least_portable(std::span<const std::int64_t> values) {
  return *std::min_element(values.begin(), values.end());
}
std::int64_t greatest_portable(std::span<const std::int64_t> values) {
  return *std::max_element(values.begin(), values.end());
}

constexpr NumberKernels kPortable = {combine_portable,   divide_portable, sum_portable,
                                     sum_reals_portable, least_portable,  greatest_portable};

#if defined(__x86_64__)

__attribute__((target("avx2"))) inline __m256i load(const std::int64_t* at) {
  const void* from = at;
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
__attribute__((target("avx2"))) inline void store(std::int64_t* at, __m256i four) {
  void* to = at;
  _mm256_storeu_si256(static_cast<__m256i*>(to), four);
}
__attribute__((target("avx2"))) inline std::array<std::int64_t, 4> parts(__m256i four) {
  std::array<std::int64_t, 4> all;
  store(all.data(), four);
  return all;
}
// Whether the highest bit of none of the four is set.
__attribute__((target("avx2"))) inline bool none_negative(__m256i four) {
  return _mm256_movemask_pd(_mm256_castsi256_pd(four)) == 0;
}

template <Combination kHow, bool kFixedA, bool kFixedB>
__attribute__((target("avx2"))) bool combine_fours(const std::int64_t* a, const std::int64_t* b,
                                                   std::size_t rows, std::int64_t* out) {
  const __m256i fixed_a = _mm256_set1_epi64x(a[0]), fixed_b = _mm256_set1_epi64x(b[0]);
  const __m256i half = _mm256_set1_epi64x(std::int64_t{1} << 31);
  __m256i wrong = _mm256_setzero_si256();  // what is not to be: a highest bit, or for products any
  for (std::size_t i = 0; i + 4 <= rows; i += 4) {
    const __m256i x = kFixedA ? fixed_a : load(a + i);
    const __m256i y = kFixedB ? fixed_b : load(b + i);
    __m256i result;
    if constexpr (kHow == Combination::Sum) {
      result = _mm256_add_epi64(x, y);
      wrong = _mm256_or_si256(
          wrong, _mm256_and_si256(_mm256_xor_si256(x, result), _mm256_xor_si256(y, result)));
    } else if constexpr (kHow == Combination::Difference) {
      result = _mm256_sub_epi64(x, y);
      wrong = _mm256_or_si256(
          wrong, _mm256_and_si256(_mm256_xor_si256(x, y), _mm256_xor_si256(x, result)));
    } else {  // of numbers of 32 bits, with their signs
      result = _mm256_mul_epi32(x, y);
      const __m256i too_long = _mm256_or_si256(_mm256_srli_epi64(_mm256_add_epi64(x, half), 32),
                                               _mm256_srli_epi64(_mm256_add_epi64(y, half), 32));
      wrong = _mm256_or_si256(wrong, too_long);
    }
    store(out + i, result);
  }
  if constexpr (kHow == Combination::Product) return _mm256_testz_si256(wrong, wrong) != 0;
  return none_negative(wrong);
}

template <Combination kHow>
bool combine_avx2_as(Numbers a, Numbers b, std::size_t rows, std::int64_t* out) {
  if (rows < 4 || (a.constant && b.constant)) return combine_as<kHow>(a, b, rows, out);
  const bool fits = a.constant   ? combine_fours<kHow, true, false>(a.values, b.values, rows, out)
                    : b.constant ? combine_fours<kHow, false, true>(a.values, b.values, rows, out)
                                 : combine_fours<kHow, false, false>(a.values, b.values, rows, out);
  // Products of longer numbers may fit all the same.
  if (kHow == Combination::Product && !fits) return combine_as<kHow>(a, b, rows, out);
  const std::size_t done = rows - rows % 4;
  const auto rest_of = [done](Numbers all) {
    return Numbers{all.constant ? all.values : all.values + done, all.constant};
  };
  return combine_as<kHow>(rest_of(a), rest_of(b), rows - done, out + done) && fits;
}

bool combine_avx2(Combination how, Numbers a, Numbers b, std::size_t rows, std::int64_t* out) {
  switch (how) {
    case Combination::Sum:
      return combine_avx2_as<Combination::Sum>(a, b, rows, out);
    case Combination::Difference:
      return combine_avx2_as<Combination::Difference>(a, b, rows, out);
    case Combination::Product:
      return combine_avx2_as<Combination::Product>(a, b, rows, out);
  }
  return false;
}

// Numbers below 2^51 are divided as floats. What is left of their quotient behind the point is at
// least 1/by, or nothing; a float of that size is rounded by less than half of that, so rounding
// never makes it the next whole number.
constexpr std::int64_t kMostDivided = std::int64_t{1} << 51;
// 2^52 + 2^51: such a number added to it is in the lowest bits of the float.
constexpr double kShifter = 6755399441055744.0;
constexpr std::int64_t kShifterBits = 0x4338000000000000;

// False if some of the values are too large.
template <Division kHow>
__attribute__((target("avx2"))) bool divide_fours(std::span<const std::int64_t> values,
                                                  std::int64_t by, std::int64_t* out) {
  const __m256d shifter = _mm256_set1_pd(kShifter);
  const __m256i shifter_bits = _mm256_set1_epi64x(kShifterBits);
  const __m256i most = _mm256_set1_epi64x(kMostDivided);
  const __m256d divisor = _mm256_set1_pd(static_cast<double>(by));
  __m256i too_large = _mm256_setzero_si256();
  for (std::size_t i = 0; i + 4 <= values.size(); i += 4) {
    const __m256i x = load(values.data() + i);
    too_large = _mm256_or_si256(too_large, _mm256_srli_epi64(_mm256_add_epi64(x, most), 52));
    const __m256d real =
        _mm256_sub_pd(_mm256_castsi256_pd(_mm256_add_epi64(x, shifter_bits)), shifter);
    __m256d found =
        _mm256_round_pd(_mm256_div_pd(real, divisor), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    if constexpr (kHow == Division::Remainder)
      found = _mm256_sub_pd(real, _mm256_mul_pd(found, divisor));
    store(out + i,
          _mm256_sub_epi64(_mm256_castpd_si256(_mm256_add_pd(found, shifter)), shifter_bits));
  }
  return _mm256_testz_si256(too_large, too_large) != 0;
}

void divide_avx2(Division how, std::span<const std::int64_t> values, std::int64_t by,
                 std::int64_t* out) {
  const bool small = by > -kMostDivided && by < kMostDivided;
  if (!small || !(how == Division::Quotient ? divide_fours<Division::Quotient>(values, by, out)
                                            : divide_fours<Division::Remainder>(values, by, out)))
    return divide_portable(how, values, by, out);
  const std::size_t done = values.size() - values.size() % 4;
  if (done < values.size()) divide_portable(how, values.subspan(done), by, out + done);
}

__attribute__((target("avx2"))) WideSum sum_avx2(std::span<const std::int64_t> values) {
  const __m256i low_half = _mm256_set1_epi64x(0xFFFFFFFF);
  __m256i low = _mm256_setzero_si256(), high = low, negative = low;
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    const __m256i four = load(values.data() + i);
    low = _mm256_add_epi64(low, _mm256_and_si256(four, low_half));
    high = _mm256_add_epi64(high, _mm256_srli_epi64(four, 32));
    negative = _mm256_add_epi64(negative, _mm256_cmpgt_epi64(_mm256_setzero_si256(), four));
  }
  WideSum sum = sum_portable(values.subspan(i));
  constexpr std::int64_t kTwo32 = std::int64_t{1} << 32;
  for (const std::int64_t part : parts(low)) sum += part;
  for (const std::int64_t part : parts(high)) sum += static_cast<WideSum>(part) * kTwo32;
  for (const std::int64_t part : parts(negative))
    sum += static_cast<WideSum>(part) * kTwo32 * kTwo32;
  return sum;
}

__attribute__((target("avx2"))) DoubleDouble sum_reals_avx2(std::span<const double> values) {
  RealSums sums;
  for (std::size_t i = 0; i + kSums <= values.size(); i += kSums) {
    for (std::size_t at = 0; at < kSums; at += 4) {
      double* const highs = sums.high.data() + at;
      double* const lows = sums.low.data() + at;
      const __m256d value = _mm256_loadu_pd(values.data() + i + at), high = _mm256_load_pd(highs);
      const __m256d sum = _mm256_add_pd(high, value), shadow = _mm256_sub_pd(sum, high);
      const __m256d lost = _mm256_add_pd(_mm256_sub_pd(high, _mm256_sub_pd(sum, shadow)),
                                         _mm256_sub_pd(value, shadow));
      const __m256d error = _mm256_add_pd(lost, _mm256_load_pd(lows));
      const __m256d found = _mm256_add_pd(sum, error);
      _mm256_store_pd(highs, found);
      _mm256_store_pd(lows, _mm256_sub_pd(error, _mm256_sub_pd(found, sum)));
    }
  }
  return sums.of(values);
}

template <bool kGreatest>
__attribute__((target("avx2"))) std::int64_t extreme_avx2(std::span<const std::int64_t> values) {
  std::int64_t found = values[0];
  std::size_t i = 0;
  if (values.size() >= 4) {
    __m256i best = load(values.data());
    for (i = 4; i + 4 <= values.size(); i += 4) {
      const __m256i four = load(values.data() + i);
      const __m256i better =
          kGreatest ? _mm256_cmpgt_epi64(four, best) : _mm256_cmpgt_epi64(best, four);
      best = _mm256_blendv_epi8(best, four, better);
    }
    const auto all = parts(best);
    found = kGreatest ? *std::max_element(all.begin(), all.end())
                      : *std::min_element(all.begin(), all.end());
  }
  for (; i < values.size(); ++i)
    found = kGreatest ? std::max(found, values[i]) : std::min(found, values[i]);
  return found;
}

constexpr NumberKernels kAvx2 = {combine_avx2,   divide_avx2,         sum_avx2,
                                 sum_reals_avx2, extreme_avx2<false>, extreme_avx2<true>};

#endif

}  // namespace

const NumberKernels* number_kernels(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return &kAvx2;
#endif
  return instructions == Instructions::Portable ? &kPortable : nullptr;
}

const NumberKernels& number_kernels() {
  static const NumberKernels& best =
      *widest([](Instructions instructions) { return number_kernels(instructions); });
  return best;
}

}  // namespace kith::exec
