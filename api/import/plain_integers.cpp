// api/import/plain_integers.cpp: see plain_integers.hpp.
//
// The wide loop makes one number of sixteen digits by three steps that multiply and add what lies
// side by side: pairs, fours, eights (W. Muła, "SIMD-ized conversion of a string to integer").
#include "api/import/plain_integers.hpp"

#include "core/assert.hpp"
#include "core/digits.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::import {

namespace {

// Behind the last digit of a field whose bytes can be read sixteen at a time; or nullptr.
[[gnu::always_inline]] inline const char* end_of(const FieldColumn& fields, const FieldSpan& span) {
  const std::size_t end = span.at + span.quoted * fields.quote_bytes + span.size;
  const bool fits = span.size > 0 && span.size <= kMostDigitsBefore && end >= kMostDigitsBefore;
  return fits ? fields.block + end : nullptr;
}

[[gnu::always_inline]] inline bool is_within(std::uint64_t number, const IntegerBounds& bounds) {
  const auto value = static_cast<std::int64_t>(number);
  return value >= bounds.min && value <= bounds.max;
}

std::size_t read_portable(const FieldColumn& fields, const IntegerBounds& bounds, std::size_t rows,
                          std::int64_t* values) {
  for (std::size_t row = 0; row < rows; ++row) {
    const FieldSpan& span = fields.spans[row * fields.width];
    const char* const end = end_of(fields, span);
    std::uint64_t number = 0;
    if (end == nullptr || !digits_before(end, span.size, number) || !is_within(number, bounds))
      return row;
    values[row] = static_cast<std::int64_t>(number);
  }
  return rows;
}

#if defined(__x86_64__)

// Sixteen bytes from `kept + n` on keep the last n of sixteen.
alignas(32) constexpr std::uint8_t kKept[32] = {
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// As digits_before().
__attribute__((target("avx2"))) inline bool wide_digits_before(const char* end, std::size_t count,
                                                               std::uint64_t& number) {
  const void* const kept = kKept + count;
  const void* const text = end - kMostDigitsBefore;
  const __m128i characters = _mm_loadu_si128(static_cast<const __m128i*>(text));
  const __m128i digits = _mm_and_si128(_mm_sub_epi8(characters, _mm_set1_epi8('0')),
                                       _mm_loadu_si128(static_cast<const __m128i*>(kept)));
  const __m128i above_nine = _mm_subs_epu8(digits, _mm_set1_epi8(9));
  const __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(1 << 8 | 10));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100));
  const __m128i packed = _mm_packus_epi32(fours, fours);
  const __m128i eights = _mm_madd_epi16(packed, _mm_set1_epi32(1 << 16 | 10'000));
  const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
  number = (both & 0xffffffffu) * 100'000'000 + (both >> 32);
  return _mm_testz_si128(above_nine, above_nine) != 0;
}

__attribute__((target("avx2"))) std::size_t read_avx2(const FieldColumn& fields,
                                                      const IntegerBounds& bounds, std::size_t rows,
                                                      std::int64_t* values) {
  for (std::size_t row = 0; row < rows; ++row) {
    const FieldSpan& span = fields.spans[row * fields.width];
    const char* const end = end_of(fields, span);
    std::uint64_t number = 0;
    if (end == nullptr || !wide_digits_before(end, span.size, number) || !is_within(number, bounds))
      return row;
    values[row] = static_cast<std::int64_t>(number);
  }
  return rows;
}

#endif

}  // namespace

ReadPlainIntegers plain_integers_reader(Instructions instructions) {
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return read_avx2;
#endif
  return instructions == Instructions::Portable ? read_portable : nullptr;
}

std::size_t read_plain_integers(const FieldColumn& fields, const IntegerBounds& bounds,
                                std::size_t rows, std::int64_t* values) {
  KITH_ASSERT(fields.block != nullptr && bounds.min <= bounds.max);
  static const ReadPlainIntegers read = widest(plain_integers_reader);
  return read(fields, bounds, rows, values);
}

}  // namespace kith::import
