// cypher/exec/row_kernels.cpp: portable loops, and those with wider registers.
#include "cypher/exec/row_kernels.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "core/assert.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::exec {

namespace {

template <class Test>
void compare_each(std::span<const std::int64_t> values, std::uint8_t* out, Test test) {
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = test(values[i]) ? 1 : 0;
}

void compare_portable(Order order, bool other, std::span<const std::int64_t> values,
                      std::int64_t fixed, std::uint8_t* out) {
  switch (order) {
    case Order::Equal:
      return compare_each(values, out, [=](std::int64_t x) { return (x == fixed) != other; });
    case Order::Less:
      return compare_each(values, out, [=](std::int64_t x) { return (x < fixed) != other; });
    case Order::Greater:
      return compare_each(values, out, [=](std::int64_t x) { return (x > fixed) != other; });
  }
}

std::size_t select_portable(std::span<const std::uint8_t> passed, std::uint32_t* out) {
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < passed.size(); ++i) {
    out[count] = i;
    count += passed[i];
  }
  return count;
}

std::size_t keep_portable(std::span<const std::uint8_t> passed, std::uint32_t* rows) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    rows[count] = rows[i];
    count += passed[i];
  }
  return count;
}

constexpr RowKernels kPortable = {compare_portable, select_portable, keep_portable};

#if defined(__x86_64__)

// Four truths as four bytes.
constexpr auto kFourBytes = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t mask = 0; mask < 16; ++mask)
    for (unsigned i = 0; i < 4; ++i) table[mask] |= (mask >> i & 1) << (8 * i);
  return table;
}();

// Which of eight are set, ascending; the rest is 0.
constexpr auto kPlaces = [] {
  std::array<std::array<std::uint8_t, 8>, 256> table{};
  for (unsigned mask = 0; mask < 256; ++mask) {
    std::size_t count = 0;
    for (std::uint8_t i = 0; i < 8; ++i)
      if ((mask >> i & 1) != 0) table[mask][count++] = i;
  }
  return table;
}();

// The lowest bits of eight bytes that are 0 or 1.
unsigned bits_of(const std::uint8_t* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return static_cast<unsigned>(word * 0x0102040810204080 >> 56);
}

template <Order kOrder>
__attribute__((target("avx2"))) void compare_avx2_as(bool other,
                                                     std::span<const std::int64_t> values,
                                                     std::int64_t fixed, std::uint8_t* out) {
  const __m256i wanted = _mm256_set1_epi64x(fixed);
  const std::uint32_t turned = other ? 0x01010101 : 0;
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    const void* at = values.data() + i;
    const __m256i four = _mm256_loadu_si256(static_cast<const __m256i*>(at));
    const __m256i is = kOrder == Order::Equal  ? _mm256_cmpeq_epi64(four, wanted)
                       : kOrder == Order::Less ? _mm256_cmpgt_epi64(wanted, four)
                                               : _mm256_cmpgt_epi64(four, wanted);
    const auto mask = static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(is)));
    const std::uint32_t bytes = kFourBytes[mask] ^ turned;
    std::memcpy(out + i, &bytes, sizeof bytes);
  }
  compare_portable(kOrder, other, values.subspan(i), fixed, out + i);
}

void compare_avx2(Order order, bool other, std::span<const std::int64_t> values, std::int64_t fixed,
                  std::uint8_t* out) {
  switch (order) {
    case Order::Equal:
      return compare_avx2_as<Order::Equal>(other, values, fixed, out);
    case Order::Less:
      return compare_avx2_as<Order::Less>(other, values, fixed, out);
    case Order::Greater:
      return compare_avx2_as<Order::Greater>(other, values, fixed, out);
  }
}

// Eight rows at a time: of those that passed, the numbers come first, and the next eight overwrite
// the others.
template <bool kNumbers>
__attribute__((target("avx2,popcnt"))) std::size_t pick_avx2(std::span<const std::uint8_t> passed,
                                                             std::uint32_t* rows) {
  std::size_t count = 0, i = 0;
  for (; i + 8 <= passed.size(); i += 8) {
    const unsigned mask = bits_of(passed.data() + i);
    const void* places = kPlaces[mask].data();
    const __m256i at = _mm256_cvtepu8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(places)));
    __m256i eight;
    if constexpr (kNumbers) {
      eight = _mm256_add_epi32(at, _mm256_set1_epi32(static_cast<int>(i)));
    } else {
      const void* from = rows + i;
      eight =
          _mm256_permutevar8x32_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(from)), at);
    }
    void* to = rows + count;
    _mm256_storeu_si256(static_cast<__m256i*>(to), eight);
    count += static_cast<std::size_t>(__builtin_popcount(mask));
  }
  KITH_ASSERT(count <= i);
  for (; i < passed.size(); ++i) {
    rows[count] = kNumbers ? static_cast<std::uint32_t>(i) : rows[i];
    count += passed[i];
  }
  return count;
}

constexpr RowKernels kAvx2 = {compare_avx2, pick_avx2<true>, pick_avx2<false>};

#endif

}  // namespace

const RowKernels* row_kernels(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return &kAvx2;
#endif
  return instructions == Instructions::Portable ? &kPortable : nullptr;
}

const RowKernels& row_kernels() {
  static const RowKernels& best =
      *widest([](Instructions instructions) { return row_kernels(instructions); });
  return best;
}

}  // namespace kith::exec
