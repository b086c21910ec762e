// cypher/exec/set_kernels.cpp: portable loops, and those with wider registers.
#include "cypher/exec/set_kernels.hpp"

#include <array>
#include <bit>

#include "core/assert.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::exec {

namespace {

std::uint64_t count_both_portable(const std::uint64_t* a, const std::uint64_t* b,
                                  std::size_t words) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < words; ++i) {
    total += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
  }
  return total;
}

// Without branches on what is compared.
std::size_t merge_from(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                       std::size_t i, std::size_t j, std::uint32_t* out, std::size_t count) {
  while (i < a.size() && j < b.size()) {
    const std::uint32_t x = a[i], y = b[j];
    out[count] = x;
    count += x == y ? 1 : 0;
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  return count;
}

std::size_t merge_portable(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                           std::uint32_t* out) {
  return merge_from(a, b, 0, 0, out, 0);
}

constexpr SetKernels kPortable = {count_both_portable, merge_portable};

#if defined(__x86_64__)

// By nibbles: a table of sixteen counts (W. Muła, N. Kurz, D. Lemire, The Computer Journal 2018).
__attribute__((target("avx2,popcnt"))) std::uint64_t count_both_avx2(const std::uint64_t* a,
                                                                     const std::uint64_t* b,
                                                                     std::size_t words) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
  __m256i sums = zero;
  std::size_t i = 0;
  for (; i + 4 <= words; i += 4) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i));
    const __m256i y = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + i));
    const __m256i both = _mm256_and_si256(x, y);
    const __m256i first = _mm256_and_si256(both, low);
    const __m256i second = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
    const __m256i counts =
        _mm256_add_epi8(_mm256_shuffle_epi8(table, first), _mm256_shuffle_epi8(table, second));
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(counts, zero));
  }
  std::array<std::uint64_t, 4> parts;
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(parts.data()), sums);
  std::uint64_t total = parts[0] + parts[1] + parts[2] + parts[3];
  for (; i < words; ++i) {
    total += static_cast<std::uint64_t>(__builtin_popcountll(a[i] & b[i]));
  }
  return total;
}

__attribute__((target("avx512f,avx512vpopcntdq"))) std::uint64_t count_both_avx512(
    const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  __m512i sums = _mm512_setzero_si512();
  for (std::size_t i = 0; i < words; i += 8) {
    const std::size_t left = words - i;
    const auto mask = static_cast<__mmask8>(left >= 8 ? 0xff : (1u << left) - 1);
    const __m512i both = _mm512_and_si512(_mm512_maskz_loadu_epi64(mask, a + i),
                                          _mm512_maskz_loadu_epi64(mask, b + i));
    sums = _mm512_add_epi64(sums, _mm512_popcnt_epi64(both));
  }
  std::array<std::uint64_t, 8> parts;
  _mm512_storeu_si512(parts.data(), sums);
  std::uint64_t total = 0;
  for (const std::uint64_t part : parts) total += part;
  return total;
}

// By mask of the four items that are kept: their bytes to the front.
constexpr auto kKept = [] {
  std::array<std::array<std::uint8_t, 16>, 16> table{};
  for (std::size_t mask = 0; mask < 16; ++mask) {
    std::size_t at = 0;
    for (std::size_t item = 0; item < 4; ++item) {
      if ((mask >> item & 1) == 0) continue;
      for (std::size_t byte = 0; byte < 4; ++byte) {
        table[mask][at++] = static_cast<std::uint8_t>(item * 4 + byte);
      }
    }
    while (at < 16) table[mask][at++] = 0x80;
  }
  return table;
}();

// Four against four, all sixteen pairs at once; whichever block ends first is left behind
// (D. Lemire, L. Boytsov, N. Kurz, Software: Practice and Experience 2016).
__attribute__((target("avx2"))) std::size_t merge_avx2(std::span<const std::uint32_t> a,
                                                       std::span<const std::uint32_t> b,
                                                       std::uint32_t* out) {
  std::size_t i = 0, j = 0, count = 0;
  while (i + 4 <= a.size() && j + 4 <= b.size()) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a.data() + i));
    const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b.data() + j));
    const __m128i one = _mm_cmpeq_epi32(x, y);
    const __m128i two = _mm_cmpeq_epi32(x, _mm_shuffle_epi32(y, 0x39));
    const __m128i three = _mm_cmpeq_epi32(x, _mm_shuffle_epi32(y, 0x4e));
    const __m128i four = _mm_cmpeq_epi32(x, _mm_shuffle_epi32(y, 0x93));
    const __m128i any = _mm_or_si128(_mm_or_si128(one, two), _mm_or_si128(three, four));
    const auto mask = static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(any)));
    const __m128i order = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kKept[mask].data()));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + count), _mm_shuffle_epi8(x, order));
    count += static_cast<std::size_t>(__builtin_popcount(mask));
    const std::uint32_t last_a = a[i + 3], last_b = b[j + 3];
    i += last_a <= last_b ? 4 : 0;
    j += last_b <= last_a ? 4 : 0;
  }
  return merge_from(a, b, i, j, out, count);
}

constexpr SetKernels kAvx2 = {count_both_avx2, merge_avx2};
constexpr SetKernels kAvx512 = {count_both_avx512, merge_avx2};

#endif

template <class Id>
std::uint64_t count_bits(std::span<const Id> ids, const std::uint64_t* bits) {
  std::uint64_t a = 0, b = 0, c = 0, d = 0;
  const auto bit = [&](Id id) { return bits[id / 64] >> (id % 64) & 1; };
  std::size_t i = 0;
  for (; i + 4 <= ids.size(); i += 4) {
    a += bit(ids[i]);
    b += bit(ids[i + 1]);
    c += bit(ids[i + 2]);
    d += bit(ids[i + 3]);
  }
  for (; i < ids.size(); ++i) a += bit(ids[i]);
  return a + b + c + d;
}

std::size_t look_up(std::span<const std::uint32_t> few, std::span<const std::uint32_t> many,
                    std::uint32_t* out) {
  std::size_t count = 0;
  auto from = many.begin();
  for (const std::uint32_t id : few) {
    from = gallop(from, many.end(), id);
    if (from == many.end()) break;
    if (*from == id) out[count++] = id;
  }
  return count;
}

}  // namespace

const SetKernels* set_kernels(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx512) return &kAvx512;
  if (instructions == Instructions::Avx2) return &kAvx2;
#endif
  return &kPortable;
}

const SetKernels& set_kernels() {
  static const SetKernels& best =
      *widest([](Instructions instructions) { return set_kernels(instructions); });
  return best;
}

std::uint64_t count_set(std::span<const std::uint32_t> ids, const std::uint64_t* bits) {
  return count_bits(ids, bits);
}
std::uint64_t count_set(std::span<const std::uint64_t> ids, const std::uint64_t* bits) {
  return count_bits(ids, bits);
}

std::size_t intersect(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                      std::uint32_t* out) {
  if (a.empty() || b.empty()) return 0;
  KITH_ASSERT(a.front() <= a.back() && b.front() <= b.back());
  if (a.size() > kMuchLonger * b.size()) return look_up(b, a, out);
  if (b.size() > kMuchLonger * a.size()) return look_up(a, b, out);
  return set_kernels().merge(a, b, out);
}

}  // namespace kith::exec
