// tests/unit/core/page_memory_test.cpp: memory of all sizes, taken and given back.
#include "core/page_memory.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <vector>

namespace kith {

TEST_CASE("memory of any size is aligned, and all of it can be written") {
  for (const std::size_t bytes : {1u, 100u, 4096u, 5000u, 65'536u, 300'000u, 9'000'000u})
    for (const bool large : {false, true}) {
      std::byte* const memory = large ? take_large_pages(bytes) : take_memory(bytes);
      CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
      std::memset(memory, 7, bytes);
      give_memory(memory, bytes);
    }
}

TEST_CASE("a vector of large pages grows and keeps what it has") {
  std::vector<std::uint64_t, LargePages<std::uint64_t>> numbers;
  constexpr std::uint64_t kCount = 1'500'000;  // beyond the size from which pages are large
  for (std::uint64_t i = 0; i < kCount; ++i) numbers.push_back(i * i);
  bool same = true;
  for (std::uint64_t i = 0; i < kCount; ++i) same = same && numbers[i] == i * i;
  CHECK(same);
  const auto copy = numbers;
  CHECK(copy == numbers);
  numbers = {};
  CHECK(copy.size() == kCount);
}

}  // namespace kith
