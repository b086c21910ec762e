// tests/unit/core/bulk_memory_test.cpp: pieces of regions, used and given back in any order.
#include "core/bulk_memory.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

using namespace kith;

namespace {

struct Piece {
  std::byte* memory;
  std::size_t bytes;
  std::byte mark;
};

bool is_whole(const Piece& piece) {
  for (std::size_t i = 0; i < piece.bytes; ++i)
    if (piece.memory[i] != piece.mark) return false;
  return true;
}

Piece take(std::size_t bytes, std::uint32_t number) {
  const Piece piece{take_bulk(bytes), bytes, static_cast<std::byte>(number)};
  std::memset(piece.memory, static_cast<int>(number & 0xff), bytes);
  return piece;
}

// How many pieces were not as they had been left.
std::size_t use(std::uint32_t seed) {
  std::size_t damaged = 0;
  std::mt19937 random(seed);
  std::vector<Piece> pieces;
  for (std::uint32_t round = 0; round < 4000; ++round) {
    if (pieces.empty() || random() % 5 < 3) {
      pieces.push_back(take(1 + random() % (random() % 8 == 0 ? 300'000 : 15'000), round));
    } else {
      const std::size_t at = random() % pieces.size();
      damaged += is_whole(pieces[at]) ? 0 : 1;
      give_bulk(pieces[at].memory, pieces[at].bytes);
      pieces[at] = pieces.back();
      pieces.pop_back();
    }
    if (random() % 500 == 0) give_back_bulk();
  }
  for (const Piece& piece : pieces) {
    damaged += is_whole(piece) ? 0 : 1;
    give_bulk(piece.memory, piece.bytes);
  }
  return damaged;
}

}  // namespace

TEST_CASE("Pieces are one's own until they are given back, whatever others do") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  const std::size_t before = bulk_bytes();
  CHECK(use(seed) == 0);
  CHECK(bulk_bytes() == before);
}

TEST_CASE("Threads take and give pieces at the same time") {
  const std::size_t before = bulk_bytes();
  std::atomic<std::size_t> damaged{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { damaged += use(i); });
  for (std::thread& thread : threads) thread.join();
  CHECK(damaged == 0);
  CHECK(bulk_bytes() == before);
}

TEST_CASE("Pieces are aligned and do not overlap") {
  std::map<std::uintptr_t, Piece> pieces;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const Piece piece = take(kLeastBulkBytes + i * 7 % 5000, i);
    const auto at = reinterpret_cast<std::uintptr_t>(piece.memory);
    CHECK(at % 16 == 0);
    const auto next = pieces.lower_bound(at);
    if (next != pieces.end()) CHECK(at + piece.bytes <= next->first);
    if (next != pieces.begin()) CHECK(std::prev(next)->first + std::prev(next)->second.bytes <= at);
    pieces.emplace(at, piece);
  }
  for (const auto& [at, piece] : pieces) give_bulk(piece.memory, piece.bytes);
}
