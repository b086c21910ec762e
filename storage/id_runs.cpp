// storage/id_runs.cpp: one by one, or eight at once.
#include "storage/id_runs.hpp"

#include "core/assert.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::storage {

namespace {

void count_up_portable(std::uint64_t first, std::span<std::uint64_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = first + i;
}

bool are_consecutive_portable(std::span<const std::uint64_t> ids) {
  std::uint64_t jumps = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) jumps |= ids[i] - i - ids[0];
  return jumps == 0;
}

constexpr RunKernels kPortable = {count_up_portable, are_consecutive_portable};

#if defined(__x86_64__)

__attribute__((target("avx2"))) void count_up_avx2(std::uint64_t first,
                                                   std::span<std::uint64_t> out) {
  const __m256i eight = _mm256_set1_epi64x(8);
  const __m256i from = _mm256_set1_epi64x(static_cast<long long>(first));
  __m256i low = _mm256_add_epi64(from, _mm256_setr_epi64x(0, 1, 2, 3));
  __m256i high = _mm256_add_epi64(from, _mm256_setr_epi64x(4, 5, 6, 7));
  std::size_t i = 0;
  for (; i + 8 <= out.size(); i += 8) {
    void* to = out.data() + i;
    _mm256_storeu_si256(static_cast<__m256i*>(to), low);
    _mm256_storeu_si256(static_cast<__m256i*>(to) + 1, high);
    low = _mm256_add_epi64(low, eight);
    high = _mm256_add_epi64(high, eight);
  }
  count_up_portable(first + i, out.subspan(i));
}

__attribute__((target("avx2"))) bool are_consecutive_avx2(std::span<const std::uint64_t> ids) {
  const __m256i eight = _mm256_set1_epi64x(8);
  const __m256i from = _mm256_set1_epi64x(static_cast<long long>(ids[0]));
  __m256i low = _mm256_add_epi64(from, _mm256_setr_epi64x(0, 1, 2, 3));
  __m256i high = _mm256_add_epi64(from, _mm256_setr_epi64x(4, 5, 6, 7));
  __m256i jumps = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 8 <= ids.size(); i += 8) {
    const void* at = ids.data() + i;
    const __m256i a = _mm256_loadu_si256(static_cast<const __m256i*>(at));
    const __m256i b = _mm256_loadu_si256(static_cast<const __m256i*>(at) + 1);
    jumps = _mm256_or_si256(jumps,
                            _mm256_or_si256(_mm256_xor_si256(a, low), _mm256_xor_si256(b, high)));
    low = _mm256_add_epi64(low, eight);
    high = _mm256_add_epi64(high, eight);
  }
  bool same = _mm256_testz_si256(jumps, jumps) != 0;
  for (; i < ids.size(); ++i) same &= ids[i] == ids[0] + i;
  return same;
}

constexpr RunKernels kAvx2 = {count_up_avx2, are_consecutive_avx2};

#endif

const RunKernels& best() {
  static const RunKernels& found =
      *widest([](Instructions instructions) { return run_kernels(instructions); });
  return found;
}

}  // namespace

const RunKernels* run_kernels(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return &kAvx2;
#endif
  return instructions == Instructions::Portable ? &kPortable : nullptr;
}

void count_up(std::uint64_t first, std::span<std::uint64_t> out) { best().count_up(first, out); }

bool are_consecutive(std::span<const std::uint64_t> ids) {
  KITH_ASSERT(!ids.empty());
  return ids.back() - ids.front() == ids.size() - 1 && best().are_consecutive(ids);
}

}  // namespace kith::storage
