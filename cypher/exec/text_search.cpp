// cypher/exec/text_search.cpp: see text_search.hpp.
//
// The fast loop looks at 32 places at a time: at which of them stand both the first and the last
// byte of what is sought (W. Muła, "SIMD-friendly algorithms for substring searching"). Only there
// are the bytes between compared. That reads no byte outside of the text.
#include "cypher/exec/text_search.hpp"

#include <cstring>

#include "core/assert.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kith::exec {

namespace {

bool contains_portable(std::string_view text, std::string_view part) {
  if (part.empty()) return true;
  if (part.size() > text.size()) return false;
  return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

#if defined(__x86_64__)

constexpr std::size_t kAtOnce = 32;

// Of the 32 places from `at` on, those with the first and the last byte.
__attribute__((target("avx2"))) inline unsigned candidates(const char* at, std::size_t last,
                                                           __m256i first_byte, __m256i last_byte) {
  const void* front = at;
  const void* back = at + last;
  const __m256i fronts = _mm256_loadu_si256(static_cast<const __m256i*>(front));
  const __m256i backs = _mm256_loadu_si256(static_cast<const __m256i*>(back));
  const __m256i both =
      _mm256_and_si256(_mm256_cmpeq_epi8(fronts, first_byte), _mm256_cmpeq_epi8(backs, last_byte));
  return static_cast<unsigned>(_mm256_movemask_epi8(both));
}

__attribute__((target("avx2"))) bool contains_avx2(std::string_view text, std::string_view part) {
  if (part.empty()) return true;
  if (part.size() > text.size()) return false;
  const std::size_t places = text.size() - part.size() + 1, last = part.size() - 1;
  if (places < kAtOnce) return contains_portable(text, part);
  const __m256i first_byte = _mm256_set1_epi8(part.front());
  const __m256i last_byte = _mm256_set1_epi8(part.back());
  for (std::size_t at = 0; at < places;) {
    // The last 32 may have been looked at in part.
    const std::size_t from = at + kAtOnce <= places ? at : places - kAtOnce;
    KITH_ASSERT(from + kAtOnce + last <= text.size());
    unsigned found = candidates(text.data() + from, last, first_byte, last_byte);
    for (; found != 0; found &= found - 1) {
      const char* const here = text.data() + from + __builtin_ctz(found);
      if (part.size() <= 2 || std::memcmp(here + 1, part.data() + 1, part.size() - 2) == 0) {
        return true;
      }
    }
    at = from + kAtOnce;
  }
  return false;
}

#endif

}  // namespace

TextContains text_contains(Instructions instructions) {
  if (!has_instructions(instructions)) return nullptr;
#if defined(__x86_64__)
  if (instructions == Instructions::Avx2) return contains_avx2;
#endif
  return instructions == Instructions::Portable ? contains_portable : nullptr;
}

TextContains text_contains() {
  static const TextContains best =
      widest([](Instructions instructions) { return text_contains(instructions); });
  return best;
}

}  // namespace kith::exec
