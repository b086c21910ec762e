// storage/pack/lanes.hpp: 128 numbers out of bits in four lanes (numbers.cpp has the layout): a
// straight line of vector instructions for each width, and sums of them four at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace kith::storage {

inline constexpr unsigned kLanes = 4;
inline constexpr unsigned kLaneBits = 32;
inline constexpr unsigned kLaneRows = 32;  // of a whole group

using Lanes = std::uint32_t __attribute__((vector_size(16)));

inline Lanes load_lanes(const void* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
inline void store_lanes(Lanes lanes, std::uint32_t* to) { std::memcpy(to, &lanes, sizeof lanes); }

template <unsigned Width, unsigned Row>
[[gnu::always_inline]] inline void unpack_row(const std::byte* words, std::uint32_t* numbers) {
  constexpr unsigned kShift = Row * Width % kLaneBits;
  constexpr std::size_t kWord = std::size_t{Row} * Width / kLaneBits * sizeof(Lanes);
  Lanes row = load_lanes(words + kWord) >> kShift;
  if constexpr (kShift + Width > kLaneBits)
    row |= load_lanes(words + kWord + sizeof(Lanes)) << (kLaneBits - kShift);
  if constexpr (kShift + Width != kLaneBits && Width < kLaneBits)
    row &= Lanes{} + ((std::uint32_t{1} << Width) - 1);
  store_lanes(row, numbers + std::size_t{Row} * kLanes);
}

template <unsigned Width>
void unpack_whole(const std::byte* words, std::uint32_t* numbers) {
  [&]<unsigned... Row>(std::integer_sequence<unsigned, Row...>) {
    (unpack_row<Width, Row>(words, numbers), ...);
  }
  (std::make_integer_sequence<unsigned, kLaneRows>{});
}

using UnpackWhole = void (*)(const std::byte* words, std::uint32_t* numbers);

// By the width less one: from `width` rows of words, whatever their alignment, to a whole group.
inline constexpr auto kUnpackWhole =
    []<unsigned... Width>(std::integer_sequence<unsigned, Width...>) {
  return std::array<UnpackWhole, kLaneBits>{unpack_whole<Width + 1>...};
}
(std::make_integer_sequence<unsigned, kLaneBits>{});

// Each number becomes the sum of all up to it, `base` added to each, and of `last`.
inline void add_up(std::uint32_t last, std::uint32_t base, std::uint32_t* numbers) {
  const Lanes none = {};
  Lanes before = Lanes{} + last;
  for (unsigned row = 0; row < kLaneRows; ++row, numbers += kLanes) {
    Lanes sums = load_lanes(numbers) + base;
    sums += __builtin_shufflevector(none, sums, 0, 4, 5, 6);
    sums += __builtin_shufflevector(none, sums, 0, 0, 4, 5);
    sums += before;
    store_lanes(sums, numbers);
    before = __builtin_shufflevector(sums, sums, 3, 3, 3, 3);
  }
}

// The same of bytes.
inline void add_up(std::uint8_t last, std::uint8_t base, std::uint8_t* numbers) {
  using Bytes = std::uint8_t __attribute__((vector_size(16)));
  const auto up_to = []<int... I>(Bytes sums, std::integer_sequence<int, I...>) {
    const Bytes none = {};
    sums += __builtin_shufflevector(none, sums, (I < 1 ? 0 : 15 + I)...);
    sums += __builtin_shufflevector(none, sums, (I < 2 ? 0 : 14 + I)...);
    sums += __builtin_shufflevector(none, sums, (I < 4 ? 0 : 12 + I)...);
    sums += __builtin_shufflevector(none, sums, (I < 8 ? 0 : 8 + I)...);
    return sums;
  };
  constexpr unsigned kBytes = sizeof(Bytes);
  for (unsigned at = 0; at < kLaneRows * kLanes; at += kBytes) {
    Bytes sums;
    std::memcpy(&sums, numbers + at, sizeof sums);
    sums = up_to(sums + base, std::make_integer_sequence<int, kBytes>{}) + last;
    std::memcpy(numbers + at, &sums, sizeof sums);
    last = sums[kBytes - 1];
  }
}

}  // namespace kith::storage
