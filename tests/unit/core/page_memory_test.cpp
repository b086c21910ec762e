// tests/unit/core/page_memory_test.cpp: memory of all sizes, taken and given back.
#include "core/page_memory.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <fstream>
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

namespace {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

}  // namespace

// Enough of them that their pages are large, where the system has such.
TEST_CASE("what blocks are given back goes to the system, and what is kept stays", "[memory]") {
  constexpr std::size_t kBlocks = 400, kBytes = 252 * 1024, kAll = kBlocks * kBytes;
  const std::size_t before = resident_bytes();
  if (before == 0) return;  // not a system that says so
  for (int round = 0; round < 2; ++round) {
    std::vector<std::byte*> blocks;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      blocks.push_back(take_memory(kBytes));
      std::memset(blocks.back(), static_cast<int>(i % 100), kBytes);
    }
    CHECK(resident_bytes() > before + kAll / 2);
    for (std::size_t i = 0; i < kBlocks; i += 2) give_memory(blocks[i], kBytes);
    CHECK(resident_bytes() < before + kAll * 7 / 10);
    bool same = true;
    for (std::size_t i = 1; i < kBlocks; i += 2) {
      for (std::size_t at = 0; at < kBytes; at += 1000)
        same &= blocks[i][at] == static_cast<std::byte>(i % 100);
      give_memory(blocks[i], kBytes);
    }
    CHECK(same);
    CHECK(resident_bytes() < before + kAll / 5);
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
