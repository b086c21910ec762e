// core/csv_marks.hpp: where the characters of a block stand at which fields begin and end.
//
// A window of 64 bytes is compared with all of them at once, and its bits are used up one by one:
// fields are mostly shorter than what a search of its own would cost each (G. Langdale, D. Lemire,
// "Parsing gigabytes of JSON per second", section 3.1).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/assert.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kith {

// What is written into the block behind what was asked for is not seen.
class CsvMarks {
 public:
  // `escape`: `quote` if there is none.
  CsvMarks(std::span<const char> block, char delimiter, char quote, char escape)
      : block_(block), delimiter_(delimiter), quote_(quote), escape_(escape) {}

  // The first delimiter or line end at or behind `at`; the block's size if there is none.
  std::size_t field_end(std::size_t at) { return next(at, &Masks::plain); }
  // The first quote, escape or line end.
  std::size_t quoted_end(std::size_t at) { return next(at, &Masks::quoted); }

 private:
  static constexpr std::size_t kWindow = 64;
  struct Masks {
    std::uint64_t plain = 0, quoted = 0;  // a bit a byte, the lowest first
  };

  std::size_t next(std::size_t at, std::uint64_t Masks::*which) {
    KITH_ASSERT(at <= block_.size());
    while (at < block_.size()) {
      const std::size_t window = at / kWindow * kWindow;
      if (window != window_) look(window);
      const std::uint64_t found = masks_.*which & ~std::uint64_t{0} << at % kWindow;
      if (found != 0) return window + static_cast<std::size_t>(std::countr_zero(found));
      at = window + kWindow;
    }
    return block_.size();
  }

  [[gnu::noinline]] void look(std::size_t window) {
    window_ = window;
    const std::size_t there = block_.size() - window;
    if (there >= kWindow) {
      masks_ = masks_of(block_.data() + window);
      return;
    }
    char rest[kWindow] = {};
    std::memcpy(rest, block_.data() + window, there);
    masks_ = masks_of(rest);
    const std::uint64_t bits = ~(~std::uint64_t{0} << there);
    masks_.plain &= bits;
    masks_.quoted &= bits;
  }

#if defined(__SSE2__)
  Masks masks_of(const char* bytes) const {
    const __m128i delimiters = _mm_set1_epi8(delimiter_), quotes = _mm_set1_epi8(quote_);
    const __m128i escapes = _mm_set1_epi8(escape_), line_ends = _mm_set1_epi8('\n');
    Masks masks;
    for (unsigned i = 0; i < kWindow; i += sizeof(__m128i)) {
      const void* const from = bytes + i;
      const __m128i piece = _mm_loadu_si128(static_cast<const __m128i*>(from));
      const __m128i ends = _mm_cmpeq_epi8(piece, line_ends);
      const __m128i plain = _mm_or_si128(ends, _mm_cmpeq_epi8(piece, delimiters));
      const __m128i quoted = _mm_or_si128(_mm_or_si128(ends, _mm_cmpeq_epi8(piece, quotes)),
                                          _mm_cmpeq_epi8(piece, escapes));
      masks.plain |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(plain))} << i;
      masks.quoted |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(quoted))} << i;
    }
    return masks;
  }
#else
  Masks masks_of(const char* bytes) const {
    Masks masks;
    for (unsigned i = 0; i < kWindow; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + i, sizeof word);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      const std::uint64_t ends = equal(word, '\n');
      masks.plain |= gathered(ends | equal(word, delimiter_)) << i;
      masks.quoted |= gathered(ends | equal(word, quote_) | equal(word, escape_)) << i;
    }
    return masks;
  }
  // 1 in each byte that is `c`.
  static std::uint64_t equal(std::uint64_t word, char c) {
    constexpr std::uint64_t kOnes = 0x0101010101010101u, kLow = 0x7f * kOnes;
    word ^= kOnes * static_cast<unsigned char>(c);
    return (~(((word & kLow) + kLow) | word | kLow) >> 7) & kOnes;
  }
  // The lowest bits of the bytes side by side.
  static std::uint64_t gathered(std::uint64_t ones) { return ones * 0x0102040810204080u >> 56; }
#endif

  std::span<const char> block_;
  char delimiter_, quote_, escape_;
  std::size_t window_ = ~std::size_t{0};  // that masks_ are of
  Masks masks_;
};

}  // namespace kith
