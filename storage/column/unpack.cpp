// storage/column/unpack.cpp: word by word, or eight numbers at once.
#include "storage/column/unpack.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "storage/pack/bits.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::storage {

namespace {

void unpack_portable(const PackedRun& run, std::span<std::uint64_t> out) {
  const std::byte* packed = run.packed.data();
  const std::uint64_t mask = low_bits(run.width);
  KITH_ASSERT(packed_bytes(run.first + out.size(), run.width) <= run.packed.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = run.base + unpack(packed, run.width, mask, run.first + i);
}

#if defined(__x86_64__)

// Beyond, a number and the bits before it in its first byte do not fit into four bytes. All fit
// into eight.
constexpr std::uint32_t kMostNarrow = 25;
static_assert(kMostPackedBits + 7 <= 64);

// Eight numbers are `width` bytes. Where the four bytes are that have number i of a half of them,
// and by how much they are shifted.
struct Places {
  alignas(32) std::uint8_t bytes[32];
  alignas(32) std::uint32_t shifts[8];

  explicit Places(std::uint32_t width) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      const std::uint32_t begin = i < 4 ? 0 : 4 * width % 8;  // of the half, in its first byte
      const std::uint32_t bit = begin + i % 4 * width;
      shifts[i] = bit % 8;
      for (std::uint32_t byte = 0; byte < 4; ++byte)
        bytes[4 * i + byte] = static_cast<std::uint8_t>(bit / 8 + byte);
    }
  }
};

// From a number on that begins a byte; how many it did, a multiple of eight.
__attribute__((target("avx2"))) std::size_t unpack_eights(const PackedRun& run,
                                                          std::span<std::uint64_t> out) {
  KITH_ASSERT(run.first % 8 == 0 && run.width <= kMostNarrow);
  const Places places(run.width);
  const void* bytes_at = places.bytes;
  const void* shifts_at = places.shifts;
  const __m256i bytes = _mm256_load_si256(static_cast<const __m256i*>(bytes_at));
  const __m256i shifts = _mm256_load_si256(static_cast<const __m256i*>(shifts_at));
  const __m256i mask = _mm256_set1_epi32(static_cast<int>(low_bits(run.width)));
  const __m256i base = _mm256_set1_epi64x(static_cast<long long>(run.base));
  const std::size_t half = run.width / 2;  // bytes before the second half
  const std::byte* at = run.packed.data() + run.first / 8 * run.width;
  const std::byte* end = run.packed.data() + run.packed.size();
  std::size_t done = 0;
  for (; done + 8 <= out.size() && end - at >= static_cast<std::ptrdiff_t>(half) + 16; done += 8) {
    const void* upper = at + half;
    const void* lower = at;
    const __m128i low = _mm_loadu_si128(static_cast<const __m128i*>(lower));
    const __m128i high = _mm_loadu_si128(static_cast<const __m128i*>(upper));
    __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    both = _mm256_srlv_epi32(_mm256_shuffle_epi8(both, bytes), shifts);
    both = _mm256_and_si256(both, mask);
    const __m256i a = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(both));
    const __m256i b = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(both, 1));
    void* to = out.data() + done;
    _mm256_storeu_si256(static_cast<__m256i*>(to), _mm256_add_epi64(a, base));
    _mm256_storeu_si256(static_cast<__m256i*>(to) + 1, _mm256_add_epi64(b, base));
    at += run.width;
  }
  return done;
}

// The same of wider numbers: two of them lie within sixteen bytes. Where the eight bytes are that
// have each of a pair, and by how much they are shifted; pairs lie differently in their first byte.
struct WidePlaces {
  alignas(32) std::uint8_t bytes[2][32];
  alignas(32) std::uint64_t shifts[2][4];
  std::size_t begins[4];  // the byte in which a pair begins

  explicit WidePlaces(std::uint32_t width) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      const std::uint32_t begin = i / 2 * 2 * width / 8;
      const std::uint32_t bit = i * width - begin * 8;
      begins[i / 2] = begin;
      shifts[i / 4][i % 4] = bit % 8;
      for (std::uint32_t byte = 0; byte < 8; ++byte)
        bytes[i / 4][8 * (i % 4) + byte] = static_cast<std::uint8_t>(bit / 8 + byte);
    }
  }
};

__attribute__((target("avx2"))) __m256i aligned(const void* at) {
  return _mm256_load_si256(static_cast<const __m256i*>(at));
}

__attribute__((target("avx2"))) __m256i two_halves(const std::byte* low, const std::byte* high) {
  const void* from = low;
  const void* to = high;
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(from))),
      _mm_loadu_si128(static_cast<const __m128i*>(to)), 1);
}

__attribute__((target("avx2"))) std::size_t unpack_wide(const PackedRun& run,
                                                        std::span<std::uint64_t> out) {
  KITH_ASSERT(run.first % 8 == 0 && run.width > kMostNarrow && run.width <= kMostPackedBits);
  const WidePlaces places(run.width);
  const __m256i bytes[] = {aligned(places.bytes[0]), aligned(places.bytes[1])};
  const __m256i shifts[] = {aligned(places.shifts[0]), aligned(places.shifts[1])};
  const __m256i mask = _mm256_set1_epi64x(static_cast<long long>(low_bits(run.width)));
  const __m256i base = _mm256_set1_epi64x(static_cast<long long>(run.base));
  const std::byte* at = run.packed.data() + run.first / 8 * run.width;
  const std::byte* end = run.packed.data() + run.packed.size();
  const auto reach = static_cast<std::ptrdiff_t>(places.begins[3]) + 16;
  std::size_t done = 0;
  for (; done + 8 <= out.size() && end - at >= reach; done += 8, at += run.width) {
    for (std::size_t half = 0; half < 2; ++half) {
      const std::size_t* begins = places.begins + 2 * half;
      __m256i four = two_halves(at + begins[0], at + begins[1]);
      four = _mm256_srlv_epi64(_mm256_shuffle_epi8(four, bytes[half]), shifts[half]);
      four = _mm256_add_epi64(_mm256_and_si256(four, mask), base);
      void* to = out.data() + done;
      _mm256_storeu_si256(static_cast<__m256i*>(to) + half, four);
    }
  }
  return done;
}

void unpack_by_eights(const PackedRun& run, std::span<std::uint64_t> out) {
  PackedRun rest = run;
  const std::size_t before = std::min<std::size_t>((8 - run.first % 8) % 8, out.size());
  unpack_portable(run, out.first(before));
  rest.first += before;
  out = out.subspan(before);
  if (out.empty()) return;
  const std::size_t done =
      run.width <= kMostNarrow ? unpack_eights(rest, out) : unpack_wide(rest, out);
  rest.first += done;
  unpack_portable(rest, out.subspan(done));
}

#endif

}  // namespace

Unpack find_unpack(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return unpack_by_eights;
#endif
  return instructions == Instructions::Portable ? unpack_portable : nullptr;
}

void unpack_run(const PackedRun& run, std::span<std::uint64_t> out) {
  static const Unpack best = widest(find_unpack);
  best(run, out);
}

}  // namespace kith::storage
