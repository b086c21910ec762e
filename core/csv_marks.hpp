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

constexpr std::size_t kCsvWindow = 64;

// Which bytes of a window are what: a bit a byte, the lowest first.
struct CsvMasks {
  std::uint64_t delimiters = 0, line_ends = 0, quotes = 0, escapes = 0;
};

// The characters that are looked for.
class CsvSigns {
 public:
  // `escape`: `quote` if there is none.
  CsvSigns(char delimiter, char quote, char escape)
      : delimiter_(delimiter), quote_(quote), escape_(escape) {}

  // Of the window that begins at `window`; behind the block there is nothing.
  CsvMasks look(std::span<const char> block, std::size_t window) const {
    KITH_ASSERT(window % kCsvWindow == 0 && window < block.size());
    const std::size_t there = block.size() - window;
    if (there >= kCsvWindow) return masks_of(block.data() + window);
    char rest[kCsvWindow] = {};
    std::memcpy(rest, block.data() + window, there);
    CsvMasks masks = masks_of(rest);
    const std::uint64_t bits = ~(~std::uint64_t{0} << there);
    for (std::uint64_t* mask : {&masks.delimiters, &masks.line_ends, &masks.quotes, &masks.escapes})
      *mask &= bits;
    return masks;
  }

 private:
#if defined(__SSE2__)
  CsvMasks masks_of(const char* bytes) const {
    CsvMasks masks;
    for (unsigned i = 0; i < kCsvWindow; i += sizeof(__m128i)) {
      const void* const from = bytes + i;
      const __m128i piece = _mm_loadu_si128(static_cast<const __m128i*>(from));
      const auto where = [&](char c) {
        const __m128i equal = _mm_cmpeq_epi8(piece, _mm_set1_epi8(c));
        return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(equal))} << i;
      };
      masks.delimiters |= where(delimiter_);
      masks.line_ends |= where('\n');
      masks.quotes |= where(quote_);
      if (escape_ != quote_) masks.escapes |= where(escape_);
    }
    if (escape_ == quote_) masks.escapes = masks.quotes;
    return masks;
  }
#else
  CsvMasks masks_of(const char* bytes) const {
    CsvMasks masks;
    for (unsigned i = 0; i < kCsvWindow; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + i, sizeof word);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      masks.delimiters |= gathered(equal(word, delimiter_)) << i;
      masks.line_ends |= gathered(equal(word, '\n')) << i;
      masks.quotes |= gathered(equal(word, quote_)) << i;
      masks.escapes |= gathered(equal(word, escape_)) << i;
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

  char delimiter_, quote_, escape_;
};

// One after the other, for those who read a block from left to right. What is written into the
// block behind what was asked for is not seen.
class CsvMarks {
 public:
  CsvMarks(std::span<const char> block, CsvSigns signs) : block_(block), signs_(signs) {}

  // The first delimiter or line end at or behind `at`; the block's size if there is none.
  std::size_t field_end(std::size_t at) { return next(at, &Masks::plain); }
  // The first quote, escape or line end.
  std::size_t quoted_end(std::size_t at) { return next(at, &Masks::quoted); }

 private:
  struct Masks {
    std::uint64_t plain = 0, quoted = 0;
  };

  std::size_t next(std::size_t at, std::uint64_t Masks::*which) {
    KITH_ASSERT(at <= block_.size());
    while (at < block_.size()) {
      const std::size_t window = at / kCsvWindow * kCsvWindow;
      if (window != window_) look(window);
      const std::uint64_t found = masks_.*which & ~std::uint64_t{0} << at % kCsvWindow;
      if (found != 0) return window + static_cast<std::size_t>(std::countr_zero(found));
      at = window + kCsvWindow;
    }
    return block_.size();
  }

  [[gnu::noinline]] void look(std::size_t window) {
    window_ = window;
    const CsvMasks all = signs_.look(block_, window);
    masks_ = {all.delimiters | all.line_ends, all.quotes | all.escapes | all.line_ends};
  }

  std::span<const char> block_;
  CsvSigns signs_;
  std::size_t window_ = ~std::size_t{0};  // that masks_ are of
  Masks masks_;
};

}  // namespace kith
