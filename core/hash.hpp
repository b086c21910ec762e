// core/hash.hpp: the hashes that core/compare.hpp's hash(cell) is made of, for kernels that know
// their type.
//
// They agree with equivalence: an integer and a float of the same value hash alike, 0.0 is -0.0,
// all NaNs are one. hash(cell) of an Integer, Float, String, Node, Relationship or Boolean cell is
// exactly the function of that name here. Hashes are of this process only, never stored.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace kith {

inline constexpr std::uint64_t kNullHash = 0x9e3779b97f4a7c15;

// A bijection in which each bit of the word moves half of the result's.
constexpr std::uint64_t mix_bits(std::uint64_t word) noexcept {
  word ^= word >> 32;
  word *= 0xd6e8feb86659fd93;
  word ^= word >> 32;
  word *= 0xd6e8feb86659fd93;
  word ^= word >> 32;
  return word;
}

// Order matters: (a, b) and (b, a) differ.
constexpr std::uint64_t combine_hashes(std::uint64_t seed, std::uint64_t next) noexcept {
  return mix_bits(seed * 0x9e3779b97f4a7c15 + next);
}

constexpr std::uint64_t hash_integer(std::int64_t value) noexcept {
  return mix_bits(static_cast<std::uint64_t>(value) ^ 0x2545f4914f6cdd1d);
}
constexpr std::uint64_t hash_boolean(bool value) noexcept {
  return value ? 0x8ebc6af09c88c6e3 : 0x589965cc75374cc3;
}
std::uint64_t hash_float(double value) noexcept;
std::uint64_t hash_text(std::string_view text) noexcept;
constexpr std::uint64_t hash_node(std::uint64_t id) noexcept { return mix_bits(id + (1ull << 60)); }
constexpr std::uint64_t hash_relationship(std::uint64_t id) noexcept {
  return mix_bits(id + (1ull << 61));
}

}  // namespace kith
