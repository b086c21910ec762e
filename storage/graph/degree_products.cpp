// storage/graph/degree_products.cpp: portable loops, and those with wider registers.
//
// Both walk over whole pieces of a form (`dense`, `ranked`), to which one multiplies slots that
// have lists one after the other, and one eight slots of which some have a list.
#include "storage/graph/degree_products.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "core/id.hpp"
#include "storage/graph/adjacency_layout.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::storage {

namespace {

// What the loops carry along.
struct Run {
  std::uint64_t* products;
  std::uint64_t all = 0;    // bits of the products
  std::uint64_t wrong = 0;  // not 0: some list ends before it begins
};

template <DegreeFactor kFactor>
void multiply_one(Run& run, std::size_t i, std::uint64_t degree) {
  run.products[i] *= factor_of(kFactor, degree);
  run.all |= run.products[i];
}

// Slots without a list.
template <DegreeFactor kFactor>
void multiply_none(Run& run, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) multiply_one<kFactor>(run, i, 0);
}

// Lists from `list` on, into the products from `begin` to `end`.
template <class Offset, DegreeFactor kFactor>
void multiply_lists(const DegreeIndex& index, Run& run, std::uint32_t list, std::size_t begin,
                    std::size_t end) {
  if constexpr (std::is_same_v<Offset, ImplicitOffset> && kFactor != DegreeFactor::None) {
    for (std::size_t i = begin; i < end; ++i) run.all |= run.products[i];  // each degree is 1
    return;
  }
  for (std::size_t i = begin; i < end; ++i, ++list) {
    const std::uint64_t degree =
        list_offset<Offset>(index.offsets, list + 1) - list_offset<Offset>(index.offsets, list);
    run.wrong |= degree >> 63;
    multiply_one<kFactor>(run, i, degree & 0xffffffff);
  }
}

// `count` slots, those that have lists being set in `bits`; the lists begin at `list`.
template <class Offset, DegreeFactor kFactor>
void multiply_some(const DegreeIndex& index, Run& run, std::uint32_t list, std::uint64_t bits,
                   std::size_t begin, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t has = bits >> i & 1;
    const std::uint32_t at = std::min(list, index.lists - 1);
    const std::uint64_t degree =
        list_offset<Offset>(index.offsets, at + 1) - list_offset<Offset>(index.offsets, at);
    run.wrong |= degree >> 63;
    multiply_one<kFactor>(run, begin + i, has * (degree & 0xffffffff));
    list += static_cast<std::uint32_t>(has);
  }
}

// A way to multiply: the widest loops of an instruction set.
struct Portable {
  template <class Offset, DegreeFactor kFactor>
  static void lists(const DegreeIndex& index, Run& run, std::uint32_t list, std::size_t begin,
                    std::size_t end) {
    multiply_lists<Offset, kFactor>(index, run, list, begin, end);
  }
  // All 64 slots of a word of the bitmap.
  template <class Offset, DegreeFactor kFactor>
  static void word(const DegreeIndex& index, Run& run, std::uint32_t list, std::uint64_t bits,
                   std::size_t begin) {
    multiply_some<Offset, kFactor>(index, run, list, bits, begin, 64);
  }
};

#if defined(__x86_64__)

// By mask of the eight slots that have a list: where the shorts of the lists go.
constexpr auto kSpread = [] {
  std::array<std::array<std::uint8_t, 16>, 256> table{};
  for (std::size_t mask = 0; mask < 256; ++mask) {
    std::uint8_t from = 0;
    for (std::size_t slot = 0; slot < 8; ++slot) {
      const bool has = (mask >> slot & 1) != 0;
      table[mask][2 * slot] = has ? from : 0x80;
      table[mask][2 * slot + 1] = has ? static_cast<std::uint8_t>(from + 1) : 0x80;
      from = static_cast<std::uint8_t>(from + (has ? 2 : 0));
    }
  }
  return table;
}();

// Four products; degrees and factors are below 2^32.
template <DegreeFactor kFactor>
__attribute__((target("avx2"))) void multiply_four(std::uint64_t* products, __m256i degrees,
                                                   __m256i& all) {
  const __m256i one = _mm256_set1_epi64x(1);
  __m256i factors = degrees;
  if constexpr (kFactor == DegreeFactor::AtLeastOne) factors = _mm256_max_epu32(degrees, one);
  if constexpr (kFactor == DegreeFactor::Any || kFactor == DegreeFactor::None) {
    factors = _mm256_min_epu32(degrees, one);
  }
  if constexpr (kFactor == DegreeFactor::None) factors = _mm256_xor_si256(factors, one);
  auto* const to = static_cast<__m256i*>(static_cast<void*>(products));
  const __m256i result = _mm256_mul_epu32(_mm256_loadu_si256(to), factors);
  _mm256_storeu_si256(to, result);
  all = _mm256_or_si256(all, result);
}

__attribute__((target("avx2"))) std::uint64_t bits_of(__m256i four) {
  std::array<std::uint64_t, 4> parts;
  _mm256_storeu_si256(static_cast<__m256i*>(static_cast<void*>(parts.data())), four);
  return parts[0] | parts[1] | parts[2] | parts[3];
}

__attribute__((target("avx2"))) __m128i load_128(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

// Eight lists from `list` on: how long they are, as shorts. Not 0 in `wrong`: one ends too early.
__attribute__((target("avx2"))) __m128i eight_degrees(const DegreeIndex& index, std::uint32_t list,
                                                      __m128i& wrong) {
  const std::byte* from = index.offsets + sizeof(std::uint16_t) * list;
  const __m128i begin = load_128(from), end = load_128(from + sizeof(std::uint16_t));
  wrong = _mm_or_si128(wrong, _mm_subs_epu16(begin, end));
  return _mm_sub_epi16(end, begin);
}

// Four lists, as words.
__attribute__((target("avx2"))) __m128i four_degrees(const DegreeIndex& index, std::uint32_t list,
                                                     __m128i& wrong) {
  const std::byte* from = index.offsets + sizeof(std::uint32_t) * list;
  const __m128i begin = load_128(from), end = load_128(from + sizeof(std::uint32_t));
  wrong = _mm_or_si128(wrong, _mm_xor_si128(_mm_max_epu32(begin, end), end));
  return _mm_sub_epi32(end, begin);
}

template <DegreeFactor kFactor>
__attribute__((target("avx2"))) void multiply_eight(std::uint64_t* products, __m128i degrees,
                                                    __m256i& all) {
  multiply_four<kFactor>(products, _mm256_cvtepu16_epi64(degrees), all);
  multiply_four<kFactor>(products + 4, _mm256_cvtepu16_epi64(_mm_srli_si128(degrees, 8)), all);
}

__attribute__((target("avx2"))) void add_to(Run& run, __m256i all, __m128i wrong) {
  run.all |= bits_of(all);
  run.wrong |= bits_of(_mm256_zextsi128_si256(wrong));
}

// As many lists as fill a register with their offsets, again and again. Where that ends.
template <class Offset, DegreeFactor kFactor>
__attribute__((target("avx2"))) std::size_t multiply_wide(const DegreeIndex& index, Run& run,
                                                          std::uint32_t list, std::size_t begin,
                                                          std::size_t end) {
  constexpr std::uint32_t kAtOnce = 16 / sizeof(Offset);
  __m256i all = _mm256_setzero_si256();
  __m128i wrong = _mm_setzero_si128();
  std::size_t i = begin;
  for (; i + kAtOnce <= end; i += kAtOnce, list += kAtOnce) {
    if constexpr (sizeof(Offset) == sizeof(std::uint16_t)) {
      multiply_eight<kFactor>(run.products + i, eight_degrees(index, list, wrong), all);
    } else {
      const __m256i degrees = _mm256_cvtepu32_epi64(four_degrees(index, list, wrong));
      multiply_four<kFactor>(run.products + i, degrees, all);
    }
  }
  add_to(run, all, wrong);
  return i;
}

// A word of the bitmap; offsets are shorts, or implicit.
template <class Offset, DegreeFactor kFactor>
__attribute__((target("avx2,popcnt"))) void multiply_word(const DegreeIndex& index, Run& run,
                                                          std::uint32_t list, std::uint64_t bits,
                                                          std::size_t begin) {
  __m256i all = _mm256_setzero_si256();
  __m128i wrong = _mm_setzero_si128();
  for (std::size_t i = begin; i < begin + 64; i += 8, bits >>= 8) {
    const auto mask = static_cast<unsigned>(bits & 0xff);
    __m128i degrees = _mm_set1_epi16(1);
    if constexpr (std::is_same_v<Offset, std::uint16_t>) {
      if (list + 8 > index.lists) {
        multiply_some<Offset, kFactor>(index, run, list, mask, i, 8);
        list += static_cast<std::uint32_t>(__builtin_popcount(mask));
        continue;
      }
      degrees = eight_degrees(index, list, wrong);
      list += static_cast<std::uint32_t>(__builtin_popcount(mask));
    }
    const __m128i spread = _mm_shuffle_epi8(degrees, load_128(kSpread[mask].data()));
    multiply_eight<kFactor>(run.products + i, spread, all);
  }
  add_to(run, all, wrong);
}

struct Avx2 {
  template <class Offset, DegreeFactor kFactor>
  static void lists(const DegreeIndex& index, Run& run, std::uint32_t list, std::size_t begin,
                    std::size_t end) {
    std::size_t done = begin;
    if constexpr (!std::is_same_v<Offset, ImplicitOffset>) {
      done = multiply_wide<Offset, kFactor>(index, run, list, begin, end);
    }
    multiply_lists<Offset, kFactor>(index, run, list + static_cast<std::uint32_t>(done - begin),
                                    done, end);
  }
  template <class Offset, DegreeFactor kFactor>
  static void word(const DegreeIndex& index, Run& run, std::uint32_t list, std::uint64_t bits,
                   std::size_t begin) {
    if constexpr (std::is_same_v<Offset, std::uint32_t>) {
      multiply_some<Offset, kFactor>(index, run, list, bits, begin, 64);
    } else {
      multiply_word<Offset, kFactor>(index, run, list, bits, begin);
    }
  }
};

#endif

// ---- forms

template <class Way, class Offset, DegreeFactor kFactor>
void dense(const DegreeIndex& index, std::uint32_t slot, std::size_t count, Run& run) {
  const std::size_t in_use = slot < index.slot_limit ? index.slot_limit - slot : 0;
  const std::size_t some = std::min(count, in_use);
  if (some != 0) {
    Way::template lists<Offset, kFactor>(index, run, slot, 0, some);
    const auto end = slot + static_cast<std::uint32_t>(some);
    run.wrong |= list_offset<Offset>(index.offsets, end) > index.edges ? 1 : 0;
  }
  multiply_none<kFactor>(run, some, count);
}

template <class Way, class Offset, DegreeFactor kFactor>
void ranked(const DegreeIndex& index, std::uint32_t slot, std::size_t count, Run& run) {
  const std::size_t in_use = slot < index.slot_limit ? index.slot_limit - slot : 0;
  const std::size_t some = std::min(count, in_use);
  for (std::size_t i = 0; i < some;) {
    const std::size_t at = slot + i, inside = at % 64;
    auto bits = load_at<std::uint64_t>(index.slots, at / 64);
    std::uint32_t list = load_at<std::uint16_t>(index.slots + kRankedBitmapBytes, at / 64);
    if (inside == 0 && some - i >= 64) {
      Way::template word<Offset, kFactor>(index, run, list, bits, i);
      i += 64;
      continue;
    }
    list += count_bits(bits & ((std::uint64_t{1} << inside) - 1));
    const std::size_t left = std::min<std::size_t>(64 - inside, some - i);
    multiply_some<Offset, kFactor>(index, run, list, bits >> inside, i, left);
    i += left;
  }
  run.wrong |= list_offset<Offset>(index.offsets, index.lists) > index.edges ? 1 : 0;
  multiply_none<kFactor>(run, some, count);
}

template <class Way, DegreeFactor kFactor>
bool multiply_by(const DegreeIndex& index, std::uint32_t slot, std::size_t count, Run run,
                 std::uint64_t& all) {
  const auto go = [&](auto kind) {
    using Offset = decltype(kind);
    if (index.form == ListForm::Dense) {
      dense<Way, Offset, kFactor>(index, slot, count, run);
    } else {
      ranked<Way, Offset, kFactor>(index, slot, count, run);
    }
  };
  if (index.offset_width == 0) {
    go(ImplicitOffset{});
  } else if (index.offset_width == 2) {
    go(std::uint16_t{});
  } else {
    go(std::uint32_t{});
  }
  all = run.all;
  return run.wrong == 0;
}

template <class Way>
bool multiply(const DegreeIndex& index, std::uint32_t slot, std::size_t count, DegreeFactor factor,
              std::uint64_t* products, std::uint64_t& all) {
  KITH_ASSERT(index.lists > 0 && index.form != ListForm::Listed && index.offset_width <= 4);
  KITH_ASSERT(slot + count <= kSegmentSlots);
  const Run run{products};
  switch (factor) {
    case DegreeFactor::Count:
      return multiply_by<Way, DegreeFactor::Count>(index, slot, count, run, all);
    case DegreeFactor::AtLeastOne:
      return multiply_by<Way, DegreeFactor::AtLeastOne>(index, slot, count, run, all);
    case DegreeFactor::Any:
      return multiply_by<Way, DegreeFactor::Any>(index, slot, count, run, all);
    case DegreeFactor::None:
      return multiply_by<Way, DegreeFactor::None>(index, slot, count, run, all);
  }
  return false;
}

}  // namespace

MultiplyDegrees find_multiply_degrees(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return multiply<Avx2>;
#endif
  return instructions == Instructions::Portable ? MultiplyDegrees{multiply<Portable>} : nullptr;
}

bool multiply_degrees(const DegreeIndex& index, std::uint32_t slot, std::size_t count,
                      DegreeFactor factor, std::uint64_t* products, std::uint64_t& all) {
  static const MultiplyDegrees best = widest(find_multiply_degrees);
  return best(index, slot, count, factor, products, all);
}

}  // namespace kith::storage
